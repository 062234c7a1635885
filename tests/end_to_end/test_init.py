"""The main job, from a real git server into a target, by the command line."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.harness import EXAMPLE, ROOT, environment, halsync, sets, visible
from tests.servers.git_http import GitHttpServer
from tests.servers.git_repos import Repo
from tests.servers.git_ssh import SshServer
from tests.servers.tls import Identity

Files = dict[str, bytes]


def stamps(target: Path) -> dict[str, tuple[int, int, int]]:
    """What any write below ``target`` would change."""
    return {
        str(path): (path.lstat().st_ino, path.lstat().st_mtime_ns, path.lstat().st_ctime_ns)
        for path in (target, *target.rglob("*"))
    }


def test_a_repository_behind_a_private_ca_with_a_token(
    repo: Repo, tls_server: GitHttpServer, tls_identity: Identity, example: Files, tmp_path: Path
) -> None:
    tls_server.credentials = "spinnaker:s3cr3t-token"
    commit = repo.commit(example)
    (tmp_path / "token").write_text("s3cr3t-token\n")
    done = halsync(
        "init", "--git", f"{tls_server.url}/repo.git", "--ref", "main",
        "--ca-file", tls_identity.ca, "--git-username", "spinnaker",
        "--git-token-file", tmp_path / "token", *sets(), "--target", tmp_path / "hal", "-o", "json",
    )  # fmt: skip
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert told["outcome"] == "published"
    assert told["sources"][0]["revision"] == commit
    seen = visible(tmp_path / "hal")
    assert sorted(seen) == sorted(example)
    assert b"location: spinnaker\n" in seen["config"]
    assert b"SPINNAKER_NAMESPACE" not in seen["config"]


def test_over_ssh_with_a_known_host(
    ssh_server: SshServer, repo: Repo, example: Files, tmp_path: Path
) -> None:
    repo.commit(example)
    done = halsync(
        "init", "--git", f"{ssh_server.url}{repo.path}", "--ref", "main",
        "--ssh-key-file", ssh_server.key, "--known-hosts-file", ssh_server.known_hosts,
        *sets(), "--target", tmp_path / "hal",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert sorted(visible(tmp_path / "hal")) == sorted(example)


def test_a_second_run_writes_nothing_at_all(live: Path) -> None:
    before = stamps(live)
    done = halsync("init", "--dir", EXAMPLE, *sets(), "--target", live, "-o", "json")
    assert done.code == 0 and json.loads(done.out)["outcome"] == "unchanged"
    assert stamps(live) == before


def test_everything_from_a_file_and_the_environment(tmp_path: Path, repo: Repo) -> None:
    repo.commit(
        {
            "hal/config": (EXAMPLE / "config").read_bytes(),
            "accounts/clouddriver-accounts.yml": b"kubernetes: {accounts: []}\n",
        }
    )
    (tmp_path / "halsync.yaml").write_text(
        f"""
        target: hal
        sources:
        - name: hal-config
          git: {{url: "file://{repo.path}", ref: main, path: hal}}
        - name: accounts
          mount: default/profiles
          git: {{url: "file://{repo.path}", ref: main, path: accounts}}
        render:
          placeholders:
            RELEASE_NAME: acme
            SPINNAKER_NAMESPACE: {{env: POD_NAMESPACE}}
            GATE_HOST: {{file: gate-host}}
            DECK_HOST: ui
        """
    )
    (tmp_path / "gate-host").write_text("api.example.com\n")
    done = halsync("init", env={"POD_NAMESPACE": "prod"}, cwd=tmp_path)
    assert done.code == 0, done.err
    assert done.err.count('"fetched"') == 1
    seen = visible(tmp_path / "hal")
    assert sorted(seen) == ["config", "default/profiles/clouddriver-accounts.yml"]
    assert b"location: prod\n" in seen["config"]
    assert b"https://api.example.com\n" in seen["config"]


def test_the_daemons_own_files_go_to_its_own_directory(tmp_path: Path) -> None:
    daemon = tmp_path / "opt"
    daemon.mkdir()
    (daemon / "other.yml").write_text("not ours")
    arguments: list[str | Path] = ["init", "--dir", EXAMPLE, *sets()]
    arguments += ["--target", tmp_path / "hal"]
    assert halsync(*arguments, "--daemon-config", daemon).code == 0
    assert (daemon / "halyard.yaml").read_bytes() == (EXAMPLE / "halyard.yaml").read_bytes()
    assert not (daemon / "halyard.yaml").is_symlink()
    assert (daemon / "other.yml").read_text() == "not ours"


def test_diff_then_rollback_then_the_source_moves(tmp_path: Path, repo: Repo) -> None:
    config = (EXAMPLE / "config").read_bytes()
    target = tmp_path / "hal"
    source = ("--git", f"file://{repo.path}", "--ref", "main", "--target", target)
    repo.commit({"config": config})
    assert halsync("init", *source).code == 0
    repo.commit({"config": config.replace(b"botName: spinnaker", b"botName: spinny")})
    diff = halsync("diff", *source, "--exit-code")
    assert diff.code == 1
    assert 'slack.botName: "spinnaker" → "spinny"' in diff.out
    assert visible(target)["config"] == config
    assert halsync("init", *source).code == 0
    assert halsync("diff", *source, "--exit-code").code == 0
    assert halsync("rollback", "--target", target).code == 0
    assert visible(target)["config"] == config
    pinned = halsync("init", *source, "-o", "json")
    assert json.loads(pinned.out)["outcome"] == "pinned"
    assert visible(target)["config"] == config
    repo.commit({"config": config.replace(b"botName: spinnaker", b"botName: third")})
    assert halsync("init", *source).code == 0
    assert b"botName: third" in visible(target)["config"]


def test_a_hand_made_hal_is_taken_over_without_losing_a_byte(tmp_path: Path) -> None:
    target = tmp_path / ".hal"
    mine = {
        "config": b"deploymentConfigurations: []\n",
        "default/profiles/gate-local.yml": b"mine: true\n",
        "default/profiles/notes.txt": b"\0\xff",
        "default/history/service-settings.yml": b"halyard's\n",
        ".backup/config": b"backup\n",
        "unrelated/file": b"keep\n",
    }
    for path, content in mine.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_bytes(content)
    diff = halsync("diff", "--dir", EXAMPLE, *sets(), "--target", target)
    assert "- default/profiles/notes.txt" in diff.out and "~ config" in diff.out
    done = halsync("init", "--dir", EXAMPLE, *sets(), "--target", target, "-o", "json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["leftOut"] == ["default/profiles/notes.txt"]
    seen = visible(target)
    for path in ("default/history/service-settings.yml", ".backup/config", "unrelated/file"):
        assert seen[path] == mine[path]
    kept = {content.read_bytes() for content in target.rglob("*") if content.is_file()}
    assert set(mine.values()) <= kept
    assert halsync("rollback", "--target", target).code == 0
    back = visible(target)
    assert {path: back[path] for path in mine} == mine


def test_status_tells_drift_and_init_repairs_it_keeping_the_edit(live: Path) -> None:
    (live / "config").unlink()
    (live / "config").write_text("edited: by hand\n")
    status = json.loads(halsync("status", "--target", live, "-o", "json").out)
    assert [entry["path"] for entry in status["drift"]] == ["config"]
    done = halsync("init", "--dir", EXAMPLE, *sets(), "--target", live, "-o", "json")
    [kept] = json.loads(done.out)["adopted"]
    assert (live / kept).read_text() == "edited: by hand\n"
    assert "drift       none" in halsync("status", "--target", live).out


def test_render_shows_what_would_be_published_and_writes_nowhere_else(tmp_path: Path) -> None:
    shown = halsync("render", "--dir", EXAMPLE, *sets())
    assert shown.code == 0 and "location: spinnaker" in shown.out
    out = tmp_path / "out"
    assert halsync("render", "--dir", EXAMPLE, *sets(), "--out", out).code == 0
    target = tmp_path / "hal"
    assert halsync("init", "--dir", EXAMPLE, *sets(), "--target", target).code == 0
    assert visible(out) == visible(target)
    again = halsync("render", "--dir", EXAMPLE, *sets(), "--out", out)
    assert again.code == 2 and "not empty" in again.err


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_any_user_and_a_read_only_root(tmp_path: Path, repo: Repo, example: Files) -> None:
    """As in a pod: an arbitrary UID without a passwd entry, writing only target and /tmp."""
    import subprocess
    import sys

    repo.commit(example)
    for path in (tmp_path, *tmp_path.parents):
        path.chmod(path.stat().st_mode | 0o055) if path.stat().st_uid == 0 else None
    (tmp_path / "work").mkdir(mode=0o777)
    (tmp_path / "hal").mkdir(mode=0o777)
    for path in (tmp_path / "work", tmp_path / "hal"):
        path.chmod(0o777)
    words = ["init", "--git", f"file://{repo.path}", "--ref", "main", *sets()]
    words += ["--target", str(tmp_path / "hal"), "--work-dir", str(tmp_path / "work")]
    program = (
        "import os, sys; import halsync.cli.main as program; os.setgroups([]); os.setgid(54321);"
        "os.setuid(54321); sys.exit(program.main(sys.argv[1:]))"
    )
    for needed in (Path(sys.executable).resolve(), Path(sys.prefix), ROOT):
        if _hidden(needed):
            pytest.skip(f"another user cannot read {needed}")
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        env=environment({"HOME": "/nonexistent"}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert sorted(visible(tmp_path / "hal")) == sorted(example)
    assert (tmp_path / "hal/.halsync").stat().st_uid == 54321


def _hidden(path: Path) -> bool:
    return any(not each.stat().st_mode & 0o001 for each in (path, *path.parents))
