"""``halsync watch`` on a real git server: what is published, refused, survived."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.end_to_end.sidecar import Sidecar, running
from tests.end_to_end.test_bad_input import mounted
from tests.harness import command, environment, halsync, sets, visible
from tests.servers.git_http import GitHttpServer
from tests.servers.git_repos import Repo

__all__ = ["mounted"]

pytestmark = pytest.mark.e2e

Files = dict[str, bytes]
GATE = "default/profiles/gate-local.yml"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Nothing is there yet."""
    return tmp_path / "home" / ".hal"


@pytest.fixture
def sidecar(
    repo: Repo, example: Files, git_server: GitHttpServer, target: Path, tmp_path: Path
) -> Iterator[Sidecar]:
    """A sidecar that has published the example from a git server."""
    repo.commit(example)
    with running(tmp_path, *source(git_server), "--target", target) as started:
        started.wait("published")
        yield started


def source(server: GitHttpServer) -> list[str]:
    """The example's repository and values."""
    return ["--git", f"{server.url}/repo.git", "--ref", "main", *sets()]


def changed(files: Files, **values: str) -> Files:
    """The example with an account renamed, so that Halyard must notice."""
    text = files["config"].decode()
    for old, new in values.items():
        assert old in text
        text = text.replace(old, new)
    return {**files, "config": text.encode()}


def live(target: Path) -> str:
    """The generation that is live."""
    return os.readlink(target / ".halsync/current").rpartition("/")[2]


def test_each_commit_is_published(
    sidecar: Sidecar, repo: Repo, example: Files, target: Path
) -> None:
    first = live(target)
    repo.commit(changed(example, production="production2"))
    done = sidecar.wait("published", 2)
    assert done["previous"] == first
    assert done["generation"] == live(target)
    assert b"production2" in visible(target)["config"]
    sidecar.state("idle")
    assert sidecar.get("/readyz")[0] == 200
    assert "halsync_" in sidecar.get("/metrics")[1]


def test_the_same_content_at_another_commit_is_nothing(
    sidecar: Sidecar, repo: Repo, example: Files, target: Path
) -> None:
    first = live(target)
    new = repo.commit(example, message="nothing")
    sidecar.wait("unchanged", generation=first)
    assert len(sidecar.events("published")) == 1
    shown = halsync("status", "--target", target, "-o", "json")
    assert json.loads(shown.out)["sources"][0]["revision"] == new


def test_what_is_invalid_is_refused_once(
    sidecar: Sidecar, repo: Repo, example: Files, target: Path
) -> None:
    first = live(target)
    repo.commit({**example, "config": b"deploymentConfigurations: [\n"})
    told = sidecar.wait("refused")
    assert told["stage"] == "validate"
    assert told["first"].startswith("config:2: HAL0001")
    sidecar.state("refused")
    checks = len(sidecar.events("checked"))
    sidecar.until(lambda: len(sidecar.events("checked")) >= checks + 4, "more checks")
    assert len(sidecar.events("refused")) == 1
    assert len(sidecar.events("fetching")) == 2, "it is not tried again"
    assert live(target) == first
    assert sidecar.get("/readyz")[0] == 200, "what is live is still good"
    repo.commit(changed(example, production="production2"))
    sidecar.wait("published", 2)
    sidecar.state("idle")


def test_back_and_forth_and_a_forced_push(
    sidecar: Sidecar, repo: Repo, example: Files, target: Path
) -> None:
    first = live(target)
    old = repo.git("rev-parse", "main")
    new = repo.commit(changed(example, production="production2"))
    sidecar.wait("published", 2)
    second = live(target)
    for commit, generation in ((old, first), (new, second), (old, first)):
        repo.git("update-ref", "refs/heads/main", commit)
        sidecar.until(lambda want=generation: live(target) == want, generation)  # type: ignore[misc]
    repo.git("update-ref", "-d", "refs/heads/main")
    sidecar.wait("check-failed")
    sidecar.state("degraded")
    assert live(target) == first


def test_an_outage_degrades_and_passes(
    sidecar: Sidecar, git_server: GitHttpServer, repo: Repo, example: Files, target: Path
) -> None:
    first = live(target)
    git_server.status = 503
    failed = sidecar.wait("check-failed")
    assert failed["source"] == "git"
    sidecar.wait("check-failed", attempt=2)
    sidecar.state("degraded")
    assert sidecar.get("/readyz")[0] == 200
    assert sidecar.get("/healthz")[0] == 200
    assert live(target) == first
    repo.commit(changed(example, production="production2"))
    git_server.status = 0
    sidecar.wait("recovered")
    sidecar.wait("published", 2)
    sidecar.state("idle")


def test_it_may_start_before_its_source(
    git_server: GitHttpServer, repo: Repo, example: Files, target: Path, tmp_path: Path
) -> None:
    git_server.status = 503
    with running(tmp_path, *source(git_server), "--target", target) as sidecar:
        sidecar.wait("check-failed", 2)
        assert sidecar.get("/readyz")[0] == 503
        assert sidecar.get("/healthz")[0] == 200
        assert sidecar.stop() == 0
        git_server.status = 0
        repo.commit(example)
        sidecar.again()
        sidecar.wait("published")
        sidecar.state("idle")
        assert sidecar.get("/readyz")[0] == 200


def test_it_can_be_woken(
    git_server: GitHttpServer, repo: Repo, example: Files, target: Path, tmp_path: Path
) -> None:
    repo.commit(example)
    secret = tmp_path / "webhook"
    secret.write_text("a shared secret")
    words: list[str | Path] = [*source(git_server), "--target", target, "--interval", "1h"]
    env = {"HALSYNC_WATCH_WEBHOOK_SECRET_FILE": str(secret)}
    with running(tmp_path, *words, env=env) as sidecar:
        sidecar.wait("published")
        repo.commit(changed(example, production="by-signal"))
        sidecar.process.send_signal(signal.SIGHUP)
        sidecar.wait("published", 2)
        repo.commit(changed(example, production="by-sync"))
        done = halsync("sync", "--target", target, "-o", "json")
        assert done.code == 0, done.err
        assert json.loads(done.out)["outcome"] == "published"
        assert json.loads(done.out)["generation"] == live(target)
        new = repo.commit(changed(example, production="by-webhook"))
        body = json.dumps({"ref": "refs/heads/main", "after": new}).encode()
        signature = hmac.new(b"a shared secret", body, hashlib.sha256).hexdigest()
        headers = {
            "X-Hub-Signature-256": f"sha256={signature}",
            "X-GitHub-Event": "push",
            "X-GitHub-Delivery": "1",
            "Content-Type": "application/json",
        }
        hook = f"http://{sidecar.address}/hooks/git"
        with urllib.request.urlopen(urllib.request.Request(hook, body, headers)) as answer:
            assert answer.status in (200, 202)
        sidecar.wait("published", 4)
        assert b"by-webhook" in visible(target)["config"]
        assert "a shared secret" not in sidecar.log.read_text()


def test_settings_on_disk_are_taken_over_and_bad_ones_refused(
    git_server: GitHttpServer, repo: Repo, example: Files, target: Path, tmp_path: Path
) -> None:
    repo.commit(example)
    file = tmp_path / "halsync.yaml"

    def write(host: str, more: str = "") -> None:
        new = tmp_path / "new.yaml"
        new.write_text(
            f"target: {target}\n"
            f"sources: [{{name: hal, git: {{url: {git_server.url}/repo.git, ref: main}}}}]\n"
            "render:\n  placeholders:\n"
            "    SPINNAKER_NAMESPACE: spinnaker\n    RELEASE_NAME: acme\n"
            f"    GATE_HOST: {host}\n    DECK_HOST: ui.acme.example\n{more}"
        )
        new.rename(file)

    write("one.acme.example")
    with running(tmp_path, "--config", file) as sidecar:
        sidecar.wait("published")
        write("two.acme.example", "watch: {intervall: 3s}\n")
        assert "intervall" in sidecar.wait("refused", stage="settings")["error"]
        # It reads well, and cannot be used: those before go on.
        mixed = tmp_path / "mixed.yaml"
        mixed.write_text(f"target: {target}\nsources: [{{name: hal, dir: {{path: {target}}}}}]\n")
        mixed.rename(file)
        assert str(target) in sidecar.wait("refused", 2, stage="settings")["error"]
        sidecar.wait("watching", 2)
        write("three.acme.example")
        sidecar.wait("published", 2)
        assert len(sidecar.events("watching")) == 3
        text = b"".join(visible(target).values())
        assert b"three.acme.example" in text
        assert b"two.acme.example" not in text


@pytest.mark.parametrize("action", ["report", "keep", "revert"])
def test_changes_made_by_hand(
    action: str,
    git_server: GitHttpServer,
    repo: Repo,
    example: Files,
    target: Path,
    tmp_path: Path,
) -> None:
    repo.commit(example)
    words: list[str | Path] = [*source(git_server), "--target", target, "--drift", action]
    with running(tmp_path, *words, env={"HALSYNC_WATCH_FULL_CHECK": "200ms"}) as sidecar:
        sidecar.wait("published")
        published = visible(target)["config"]
        (target / "config").unlink()
        (target / "config").write_bytes(published + b"# by hand\n")
        told = sidecar.wait("drift")
        assert told["paths"] == ["config"]
        assert told["action"] == action
        if action == "revert":
            sidecar.wait("drift-gone")
            assert visible(target)["config"] == published
            kept = list((target / ".halsync/adopted").rglob("config"))
            assert [path.read_bytes() for path in kept] == [published + b"# by hand\n"]
            return
        assert sidecar.status()["drift"] == 1
        assert visible(target)["config"].endswith(b"# by hand\n")
        if action == "keep":
            work = tmp_path / "work"
            work.mkdir()
            (work / "config").write_bytes(published)
            subprocess.run(["git", "apply", told["patch"]], cwd=work, check=True)
            assert (work / "config").read_bytes() == visible(target)["config"]
            assert os.stat(told["patch"]).st_mode & 0o777 == 0o600
        repo.commit(changed(example, production="production2"))
        sidecar.wait("published", 2)
        assert b"production2" in visible(target)["config"]
        sidecar.wait("drift-gone")


def test_the_end_comes_soon_also_while_a_server_stalls(
    sidecar: Sidecar, git_server: GitHttpServer, repo: Repo, example: Files, tmp_path: Path
) -> None:
    git_server.stall.set()
    sidecar.wait("checked")
    time.sleep(0.5)
    begun = time.monotonic()
    assert sidecar.stop() == 0
    assert time.monotonic() - begun < 10
    git_server.stall.clear()
    assert sidecar.events("stopping")[0]["signal"] == "SIGTERM"
    assert sidecar.events("stopped")
    assert not list(tmp_path.glob("halsync-work-*"))


def test_a_restart_of_the_sidecar_changes_nothing(
    sidecar: Sidecar, repo: Repo, target: Path
) -> None:
    def stamps() -> dict[str, int]:
        return {
            str(path): path.lstat().st_mtime_ns
            for path in sorted(target.rglob("*"))
            if path.name not in ("agent.sock", "agent.lock")
        }

    assert sidecar.stop() == 0
    before = stamps()
    del before[str(target / ".halsync")]  # the socket came and went there
    sidecar.again()
    sidecar.wait("unchanged")
    sidecar.wait("checked", 3)
    sidecar.kill()
    sidecar.again()
    sidecar.wait("unchanged")
    after = stamps()
    del after[str(target / ".halsync")]
    assert after == before
    assert not sidecar.events("published")


def test_only_one_at_a_time(sidecar: Sidecar, git_server: GitHttpServer, target: Path) -> None:
    other = halsync("watch", *source(git_server), "--target", target, "--listen", "off")
    assert other.code == 2
    assert "another" in other.err


def test_one_turn(git_server: GitHttpServer, repo: Repo, example: Files, target: Path) -> None:
    words = ["watch", "--once", *source(git_server), "--target", str(target)]
    repo.commit(example)
    assert halsync(*words).code == 0
    first = live(target)
    repo.commit({**example, "config": b"a: [\n"})
    refused = halsync(*words)
    assert refused.code == 5
    assert "HAL0001" in refused.err
    git_server.status = 503
    assert halsync(*words).code == 3
    assert live(target) == first


def test_a_mounted_config_map(example: Files, target: Path, tmp_path: Path) -> None:
    mount = tmp_path / "mount"

    def flip(name: str, files: Files) -> None:
        for path, content in files.items():
            file = mount / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        (mount / "..new").symlink_to(name)
        (mount / "..new").rename(mount / "..data")

    flip("..2024_1", example)
    words: list[str | Path] = ["--dir", mount, *sets(), "--target", target, "--interval", "1h"]
    with running(tmp_path, *words) as sidecar:
        sidecar.wait("published")
        flip("..2024_2", changed(example, production="production2"))
        sidecar.wait("woken", why="files")
        sidecar.wait("published", 2)
        assert b"production2" in visible(target)["config"]


def test_a_rollback_by_hand_stays(
    sidecar: Sidecar, repo: Repo, example: Files, target: Path
) -> None:
    first = live(target)
    repo.commit(changed(example, production="production2"))
    sidecar.wait("published", 2)
    fetches = len(sidecar.events("fetching"))
    done = halsync("rollback", "--target", target)
    assert done.code == 0, done.err
    sidecar.until(lambda: len(sidecar.events("fetching")) > fetches, "another look")
    checks = len(sidecar.events("checked"))
    sidecar.until(lambda: len(sidecar.events("checked")) > checks + 3, "more checks")
    assert live(target) == first
    repo.commit(changed(example, production="production3"))
    sidecar.until(lambda: b"production3" in visible(target)["config"], "the next commit")


def test_a_full_volume_degrades_and_passes(
    git_server: GitHttpServer,
    repo: Repo,
    example: Files,
    tmp_path: Path,
    mounted: Callable[[str], Path],
) -> None:
    target = mounted("size=512k,nr_inodes=10k") / ".hal"
    repo.commit(example)
    words: list[str | Path] = [*source(git_server), "--target", target]
    with running(tmp_path, *words, env={"HALSYNC_WATCH_MAX_BACKOFF": "500ms"}) as sidecar:
        sidecar.wait("published")
        first = live(target)
        filler = target.parent / "filler"
        with suppress(OSError), filler.open("wb", buffering=0) as stream:
            while stream.write(b"x" * 4096):
                pass
        new = {**changed(example, production="production2"), "notes.txt": b"n" * 20_000}
        repo.commit(new)
        told = sidecar.wait("step-failed", stage="publish")
        assert "space" in told["error"]
        sidecar.state("degraded")
        assert live(target) == first
        assert b"production2" not in visible(target)["config"]
        filler.unlink()
        sidecar.wait("published", 2)
        sidecar.state("idle")
        assert len(sidecar.events("step-failed")) == 1


HEAVY = {
    *("boto3", "botocore", "kubernetes", "hvac", "requests", "urllib3", "watchdog", "structlog"),
    *("asyncio", "jsonschema", "ruamel", "git", "argparse"),
}


def test_an_idle_sidecar_on_git_has_loaded_nothing_heavy(
    git_server: GitHttpServer, repo: Repo, example: Files, target: Path, tmp_path: Path
) -> None:
    repo.commit(example)
    log = tmp_path / "imports"
    words = [*source(git_server), "--target", str(target), "--interval", "100ms"]
    with log.open("wb") as stream:
        run = subprocess.Popen(
            command("watch", *words, "--listen", "127.0.0.1:0"),
            env=environment({"PYTHONPROFILEIMPORTTIME": "1"}),
            stderr=stream,
        )
    try:
        end = time.monotonic() + 30
        while b'"published"' not in log.read_bytes() or len(git_server.seen) < 12:
            assert time.monotonic() < end, log.read_text()[-2000:]
            time.sleep(0.05)
        memory = Path(f"/proc/{run.pid}/status").read_text().partition("VmRSS:")[2].split()[0]
    finally:
        run.terminate()
        run.wait(30)
    lines = [line for line in log.read_text().splitlines() if line.startswith("import time:")]
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}
    assert "halsync" in loaded
    assert not loaded & HEAVY
    assert int(memory) < 40_000, f"{memory} KiB"
