"""A canary in every place where a secret can be, and none of them in any place that can be read."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from pathlib import Path

from tests.harness import command, environment, halsync
from tests.servers.git_http import GitHttpServer
from tests.servers.git_repos import Repo

TOKEN = "canary/to&ken|with\\%$'\"# and spaces"
PLACED = "canary-placeholder-$&\\1'\"x"
STORED = "canary-stored-in-the-file"
CANARIES = (TOKEN, PLACED, STORED)


def config(extra: str = "") -> bytes:
    return (
        "deploymentConfigurations:\n- name: default\n"
        "  ci: {jenkins: {masters: [\n"
        "    {name: ci, address: https://ci.example.com, username: ci,\n"
        f"    password: {STORED}{extra}}}]}}}}\n"
        "  notifications: {slack: {token: DB_PASSWORD}}\n"
    ).encode()


def watch(stop: threading.Event, seen: set[str]) -> None:
    """Everything that ``ps`` and /proc show of any process while halsync runs."""
    own = str(os.getpid())
    while not stop.is_set():
        for name in os.listdir("/proc"):
            if not name.isdigit() or name == own:
                continue
            for part in ("cmdline", "environ"):
                try:
                    text = Path(f"/proc/{name}/{part}").read_bytes()
                except OSError:
                    continue
                seen.add(text.decode("utf-8", "replace"))
        time.sleep(0.002)


def spoken(*texts: str) -> None:
    for text in texts:
        for canary in CANARIES:
            assert canary not in text
            for line in (canary.replace('"', '\\"'), canary.replace("\\", "\\\\")):
                assert line not in text


def test_canaries_are_found_nowhere(repo: Repo, git_server: GitHttpServer, tmp_path: Path) -> None:
    git_server.credentials = f"canary-user:{TOKEN}"
    git_server.latency = 0.05
    (tmp_path / "token").write_text(TOKEN + "\n")
    (tmp_path / "db").write_text(PLACED)
    (tmp_path / "halsync.yaml").write_text(
        f"""
        target: hal
        sources:
        - name: it
          git:
            url: {git_server.url}/repo.git
            ref: main
            auth: {{username: canary-user, tokenFile: token}}
        render: {{placeholders: {{DB_PASSWORD: {{file: db}}}}}}
        """
    )
    repo.commit({"config": config()})
    seen: set[str] = set()
    stop = threading.Event()
    watcher = threading.Thread(target=watch, args=(stop, seen))
    watcher.start()
    try:
        process = subprocess.run(
            command("init", "-o", "json", "--log-level", "debug"),
            env=environment({"TMPDIR": str(tmp_path)}),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        stop.set()
        watcher.join()
    assert process.returncode == 0, process.stderr
    assert (tmp_path / "hal/config").read_text().count("canary-") == 2
    spoken(process.stdout, process.stderr, *seen)
    assert any("git" in text for text in seen)

    target = tmp_path / "hal"
    for path in (target / ".halsync").rglob("*.json"):
        spoken(path.read_text())
    published = os.stat(target / "config")
    assert published.st_mode & 0o077 == 0
    assert Path(os.readlink(target / ".halsync/current")).name.startswith("k")
    assert [path.name for path in tmp_path.iterdir() if "halsync-work" in path.name] == []

    repo.commit({"config": config("-changed")})
    for words in (
        ("diff",), ("diff", "-o", "json"), ("render",), ("render", "-o", "json"),
        ("status", "-o", "json"), ("config", "show"), ("config", "show", "-o", "json"),
        ("config", "show", "-o", "yaml"),
    ):  # fmt: skip
        done = halsync(*words, cwd=tmp_path)
        assert done.code == 0, done.err
        spoken(done.out, done.err)

    repo.commit({"config": config() + b"   bad: [\n", "default/profiles/a.yml": config() + b"\tx"})
    broken = halsync("init", "--log-format", "text", cwd=tmp_path)
    assert broken.code == 5
    spoken(broken.out, broken.err)

    (tmp_path / "token").write_text("canary/wrong&token")
    refused = halsync("init", cwd=tmp_path)
    assert refused.code == 4
    assert "canary/wrong" not in refused.err


def test_render_to_a_directory_masks_unless_told_otherwise(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "config").write_bytes(config())
    (tmp_path / "db").write_text(PLACED)
    (tmp_path / "halsync.yaml").write_text(
        "render: {placeholders: {DB_PASSWORD: {file: db}}}\n"
        "sources: [{name: a, dir: {path: source}}]\n"
    )
    assert halsync("render", "--out", "masked", cwd=tmp_path).code == 0
    assert PLACED not in (tmp_path / "masked/config").read_text()
    assert halsync("render", "--out", "real", "--show-secrets", cwd=tmp_path).code == 0
    assert "canary-placeholder" in (tmp_path / "real/config").read_text()
    assert (tmp_path / "real/config").stat().st_mode & 0o077 == 0
    assert halsync("render", "--show-secrets", cwd=tmp_path).code == 2
