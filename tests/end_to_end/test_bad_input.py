"""Everything that can be wrong: a message that names place, cause and remedy, the right exit
code, and a target that still holds what it held."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from halsync.observe.termination import write_last_words
from tests.harness import EXAMPLE, Result, halsync, sets, visible
from tests.servers.git_http import GitHttpServer, serve_http
from tests.servers.git_repos import Repo
from tests.servers.git_ssh import SshServer
from tests.servers.tls import Identity, make_identity

Files = dict[str, bytes]
CONFIG = b"deploymentConfigurations:\n- name: default\n"


def failure(done: Result) -> dict[str, object]:
    """The last log line of a run that failed."""
    line = json.loads(done.err.splitlines()[-1])
    assert line["event"] == "failed" and line["exit_code"] == done.code
    assert line["error"] and line["hint"]
    assert "Traceback" not in done.err
    return dict(line)


def problems(done: Result) -> list[tuple[str, str, int]]:
    """(code, file, line) of every problem that was reported as an error."""
    lines = [json.loads(line) for line in done.err.splitlines()]
    return [
        (line["code"], line["file"], line["line"])
        for line in lines
        if line["event"] == "problem" and line["severity"] == "error"
    ]


@pytest.fixture
def run(live: Path, tmp_path: Path) -> Callable[..., Result]:
    """Run ``init`` into the live target; whatever happens, it must hold what it held."""

    def start(*arguments: str | Path, env: dict[str, str] | None = None) -> Result:
        before = visible(live)
        last_words = tmp_path / "termination-log"
        last_words.write_text("")
        done = halsync(
            "init", *arguments, "--target", live, "--termination-log", last_words,
            env={"HALSYNC_TIMEOUT": "3s", **(env or {})},
        )  # fmt: skip
        assert visible(live) == before
        assert done.code != 0
        assert len(last_words.read_text().splitlines()) == 1
        return done

    return start


class TestReachingTheSource:
    def test_a_host_that_does_not_exist(self, run: Callable[..., Result]) -> None:
        done = run("--git", "https://nowhere.invalid/x.git")
        assert done.code == 3
        assert "nowhere.invalid" in str(failure(done))

    def test_a_port_where_nobody_listens(self, run: Callable[..., Result]) -> None:
        done = run("--git", "http://127.0.0.1:9/x.git")
        assert done.code == 3
        assert '"retrying"' in done.err and "gave up after" in str(failure(done)["error"])

    def test_a_repository_that_does_not_exist(
        self, run: Callable[..., Result], git_server: GitHttpServer
    ) -> None:
        done = run("--git", f"{git_server.url}/none.git")
        assert done.code == 3 and '"retrying"' not in done.err
        assert "none.git" in str(failure(done)["where"])

    def test_an_unknown_ref_names_the_nearest(self, run: Callable[..., Result], repo: Repo) -> None:
        repo.commit({"config": CONFIG}, branch="release-4.0")
        done = run("--git", f"file://{repo.path}", "--ref", "release-4.1")
        assert done.code == 3 and '"retrying"' not in done.err
        assert "release-4.0" in str(failure(done)["hint"])

    def test_refused_credentials(
        self, run: Callable[..., Result], git_server: GitHttpServer, repo: Repo, tmp_path: Path
    ) -> None:
        repo.commit({"config": CONFIG})
        git_server.credentials = "user:right"
        (tmp_path / "token").write_text("wrong-token-value")
        token = ("--git-username", "user", "--git-token-file", tmp_path / "token")
        done = run("--git", f"{git_server.url}/repo.git", *token)
        assert done.code == 4 and '"retrying"' not in done.err
        assert "tokenFile" in str(failure(done)["hint"])
        assert "wrong-token-value" not in done.err + done.out
        assert run("--git", f"{git_server.url}/repo.git").code == 4

    def test_a_secret_that_is_not_mounted(self, run: Callable[..., Result]) -> None:
        done = run("--git", "https://git.invalid/x.git", "--git-token-file", "/none/token")
        assert done.code == 2
        assert "/none/token" in str(failure(done))

    def test_an_unknown_host_key(
        self, run: Callable[..., Result], ssh_server: SshServer, repo: Repo, tmp_path: Path
    ) -> None:
        repo.commit({"config": CONFIG})
        (tmp_path / "known_hosts").write_text("")
        done = run(
            "--git", f"{ssh_server.url}{repo.path}", "--ssh-key-file", ssh_server.key,
            "--known-hosts-file", tmp_path / "known_hosts",
        )  # fmt: skip
        assert done.code == 4
        assert "known" in str(failure(done)["hint"])

    def test_a_certificate_of_an_unknown_authority(
        self, run: Callable[..., Result], tls_server: GitHttpServer, repo: Repo
    ) -> None:
        repo.commit({"config": CONFIG})
        done = run("--git", f"{tls_server.url}/repo.git")
        assert done.code == 4
        assert "caFile" in str(failure(done)["hint"])

    def test_an_expired_certificate(
        self, run: Callable[..., Result], repos: Path, repo: Repo, tmp_path: Path
    ) -> None:
        repo.commit({"config": CONFIG})
        identity: Identity = make_identity(tmp_path / "expired", expired=True)
        with serve_http(repos, tls=identity) as server:
            done = run("--git", f"{server.url}/repo.git", "--ca-file", identity.ca)
        assert done.code == 4
        assert "expired" in str(failure(done)["error"])

    def test_a_server_that_stops_in_mid_sentence(
        self, run: Callable[..., Result], git_server: GitHttpServer, repo: Repo
    ) -> None:
        repo.commit({"config": CONFIG, "noise": os.urandom(100_000)})
        git_server.truncate = 5_000
        done = run("--git", f"{git_server.url}/repo.git")
        assert done.code == 3 and '"retrying"' in done.err

    def test_a_server_that_never_answers(
        self, run: Callable[..., Result], git_server: GitHttpServer, repo: Repo
    ) -> None:
        repo.commit({"config": CONFIG})
        git_server.stall.set()
        assert run("--git", f"{git_server.url}/repo.git").code == 3

    def test_an_empty_repository(self, run: Callable[..., Result], repo: Repo) -> None:
        done = run("--git", f"file://{repo.path}")
        assert done.code == 3
        assert "empty" in str(failure(done)["error"]) or "no commit" in str(failure(done)["error"])

    def test_a_missing_sub_path(self, run: Callable[..., Result], repo: Repo) -> None:
        repo.commit({"environments/prod/config": CONFIG})
        done = run("--git", f"file://{repo.path}", "--path", "environments/prud")
        assert done.code == 3
        assert "environments/prod" in str(failure(done)["hint"])

    @pytest.mark.parametrize(
        "arguments",
        [
            ("--git", "--upload-pack=touch pwned"),
            ("--git=ext::sh -c touch% pwned",),
            ("--git", "https://user:secret-in-url@git.invalid/x.git"),
            ("--git", "file:///x.git", "--ref=--output=/etc/passwd"),
            ("--git", "file:///x.git", "--ref", "a..b"),
            ("--git", "file:///x.git", "--path", "../.."),
        ],
    )
    def test_words_that_would_be_options_or_programs(
        self, run: Callable[..., Result], arguments: tuple[str, ...]
    ) -> None:
        done = run(*arguments)
        # A path may look like an option; it is still only a path, and not there.
        assert done.code == (3 if arguments[1:] == ("--upload-pack=touch pwned",) else 2)
        assert not list(Path.cwd().rglob("pwned"))
        assert "secret-in-url" not in done.err + done.out


class TestWhatTheSourceHolds:
    @pytest.fixture
    def holding(self, run: Callable[..., Result], repo: Repo) -> Callable[..., Result]:
        def start(files: Files, links: dict[str, str] | None = None, *words: str) -> Result:
            repo.commit(files, links)
            return run("--git", f"file://{repo.path}", *words)

        return start

    def test_no_config_names_where_one_is(self, holding: Callable[..., Result]) -> None:
        done = holding({"prod/config": CONFIG})
        assert done.code == 5
        assert "prod" in done.err and problems(done)[0][1] == "config"

    def test_an_empty_config(self, holding: Callable[..., Result]) -> None:
        assert holding({"config": b"# nothing\n"}).code == 5

    def test_a_config_that_is_a_list(self, holding: Callable[..., Result]) -> None:
        done = holding({"config": b"- a\n- b\n"})
        assert done.code == 5 and problems(done)[0][1:] == ("config", 1)

    def test_text_that_is_not_utf_8(self, holding: Callable[..., Result]) -> None:
        done = holding({"config": CONFIG + b"x: caf\xe9\n"})
        assert done.code == 5 and problems(done) == [("HAL0003", "config", 3)]

    def test_bad_yaml_and_every_other_problem_at_once(self, holding: Callable[..., Result]) -> None:
        done = holding(
            {
                "config": CONFIG + b"  bad: [1, 2\n",
                "default/profiles/gate-local.yml": b"a:\n\tb: 1\n",
                "default/service-settings/gate.yml": b"a: b: c\n",
                "notes.yml": b"a: b: c\n",
            }
        )
        assert done.code == 5
        assert {file for _, file, _ in problems(done)} == {
            "config",
            "default/profiles/gate-local.yml",
            "default/service-settings/gate.yml",
        }

    def test_a_file_of_200_megabytes(self, run: Callable[..., Result], tmp_path: Path) -> None:
        source = tmp_path / "source"
        source.mkdir()
        (source / "config").write_bytes(CONFIG)
        with (source / "dump.sql").open("wb") as stream:
            stream.truncate(200 * 1024**2)
        done = run("--dir", source)
        assert done.code == 5 and problems(done) == [("HAL0103", "dump.sql", 0)]

    def test_a_link_to_etc_passwd(self, holding: Callable[..., Result]) -> None:
        done = holding({"config": CONFIG}, {"default/profiles/x.yml": "/etc/passwd"})
        assert done.code == 5
        assert problems(done) == [("HAL0102", "default/profiles/x.yml", 0)]
        assert "root:" not in done.err

    def test_a_dangling_link(self, holding: Callable[..., Result]) -> None:
        done = holding({"config": CONFIG}, {"default/profiles/x.yml": "gone.yml"})
        assert done.code == 5 and problems(done)[0][1] == "default/profiles/x.yml"

    def test_a_yaml_bomb(self, holding: Callable[..., Result]) -> None:
        levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
        levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
        done = holding({"config": CONFIG + "\n".join(levels).encode()})
        assert done.code == 5 and problems(done)[0][1] == "config"

    def test_names_that_differ_only_in_case(self, holding: Callable[..., Result]) -> None:
        done = holding(
            {"config": CONFIG, "default/profiles/A.yml": b"", "default/profiles/a.yml": b""}
        )
        assert done.code == 5 and problems(done)[0][0] == "HAL0107"

    def test_a_placeholder_without_a_value(self, holding: Callable[..., Result]) -> None:
        done = holding({"config": CONFIG}, None, "--set", "RELEASE_NAME")
        assert done.code == 2 and "NAME=VALUE" in done.err

    def test_a_value_that_no_block_scalar_can_hold(self, holding: Callable[..., Result]) -> None:
        config = CONFIG + b"  timezone: |\n    before TEXT after\n"
        done = holding({"config": config}, None, "--set", "TEXT=a\x07b", "--ignore", "rules")
        assert done.code == 6 and problems(done) == [("HAL0203", "config", 4)]

    def test_a_placeholder_inside_a_longer_word_is_left_and_told(
        self, repo: Repo, tmp_path: Path
    ) -> None:
        repo.commit({"config": CONFIG + b"  timezone: RELEASE_NAMES and RELEASE_NAME\n"})
        done = halsync(
            "init", "--git", f"file://{repo.path}", "--set", "RELEASE_NAME=isd",
            "--target", tmp_path / "hal", "-o", "json",
        )  # fmt: skip
        assert done.code == 0
        assert b"timezone: RELEASE_NAMES and isd\n" in visible(tmp_path / "hal")["config"]
        [problem] = json.loads(done.out)["problems"]
        assert (problem["code"], problem["line"], problem["column"]) == ("HAL0202", 3, 13)


class TestTheTarget:
    ARGUMENTS: ClassVar[list[str | Path]] = ["init", "--dir", EXAMPLE, *sets()]

    def test_a_file_in_its_place(self, tmp_path: Path) -> None:
        (tmp_path / "hal").write_text("mine")
        done = halsync(*self.ARGUMENTS, "--target", tmp_path / "hal")
        assert done.code == 7 and "--target" in str(failure(done)["hint"])
        assert (tmp_path / "hal").read_text() == "mine"

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    def test_a_directory_that_may_not_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "hal").mkdir(mode=0o500)
        done = halsync(*self.ARGUMENTS, "--target", tmp_path / "hal")
        assert done.code == 7 and str(tmp_path / "hal") in str(failure(done)["where"])

    def test_two_agents_at_once_both_end_well(self, tmp_path: Path) -> None:
        from tests.harness import command, environment

        target = tmp_path / "hal"
        runs = [
            subprocess.Popen(
                command(*self.ARGUMENTS, "--set", f"DECK_HOST=host-{number}", "--target", target),
                env=environment(),
                stderr=subprocess.PIPE,
            )
            for number in range(4)
        ]
        for run in runs:
            _, error = run.communicate(timeout=60)
            assert run.returncode == 0, error.decode()
        hosts = {
            line.partition(b"host-")[2][:1]
            for content in visible(target).values()
            for line in content.splitlines()
            if b"host-" in line
        }
        assert len(hosts) == 1

    def test_a_lock_that_is_not_let_go(self, live: Path) -> None:
        import fcntl

        with (live / ".halsync/lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = halsync(*self.ARGUMENTS, "--target", live, "--lock-timeout", "300ms")
        assert done.code == 7 and str(os.getpid()) in str(failure(done))


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mount a small tmpfs; skipped where that is not allowed."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount")
    libc = ctypes.CDLL(None, use_errno=True)
    place = tmp_path / "mounted"
    place.mkdir()

    def mount(options: str) -> Path:
        flags = 0x20 | 0x1 if options == "ro" else 0  # MS_REMOUNT | MS_RDONLY
        what = None if options == "ro" else options.encode()
        if libc.mount(b"tmpfs", str(place).encode(), b"tmpfs", flags, what):
            pytest.skip(f"cannot mount: {os.strerror(ctypes.get_errno())}")
        return place

    try:
        yield mount
    finally:
        libc.umount2(str(place).encode(), 2)


class TestFileSystems:
    def test_a_full_disk(self, mounted: Callable[[str], Path], tmp_path: Path) -> None:
        target = mounted("size=256k,nr_inodes=100k") / "hal"
        assert halsync("init", "--dir", EXAMPLE, *sets(), "--target", target).code == 0
        before = visible(target)
        source = tmp_path / "source"
        source.mkdir()
        (source / "config").write_bytes(CONFIG)
        (source / "big").write_bytes(os.urandom(400_000))
        done = halsync("init", "--dir", source, "--target", target)
        assert done.code == 7 and "space" in str(failure(done)["error"])
        assert visible(target) == before
        assert halsync("status", "--target", target).code == 0

    def test_a_read_only_target(self, mounted: Callable[[str], Path]) -> None:
        target = mounted("size=1m") / "hal"
        assert halsync("init", "--dir", EXAMPLE, *sets(), "--target", target).code == 0
        mounted("ro")
        same = halsync("init", "--dir", EXAMPLE, *sets(), "--target", target)
        assert same.code == 0, same.err
        done = halsync(
            "init", "--dir", EXAMPLE, *sets(), "--set", "DECK_HOST=x", "--target", target
        )
        assert done.code == 7 and "read-only" in str(failure(done)["error"]).lower()

    def test_a_target_that_is_a_mount_point_on_another_file_system(
        self, mounted: Callable[[str], Path], repo: Repo, example: Files
    ) -> None:
        target = mounted("size=4m")
        repo.commit(example)
        arguments: list[str | Path] = ["init", "--git", f"file://{repo.path}", *sets()]
        arguments += ["--target", target]
        assert halsync(*arguments).code == 0
        assert halsync(*arguments, "--set", "DECK_HOST=other").code == 0
        assert b"https://other" in visible(target)["config"]


def test_last_words_never_fail_a_run(tmp_path: Path) -> None:
    write_last_words(str(tmp_path / "none" / "log"), "text")
