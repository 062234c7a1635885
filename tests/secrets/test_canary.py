"""Values of secrets, of every engine at once, are found nowhere but in the rendered files."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

import pytest
import yaml

from tests.end_to_end.test_secrets import watch
from tests.harness import command, environment
from tests.secrets.installation import CONFIG, GATE, Installation
from tests.servers.kube import Cluster
from tests.servers.openbao import ROOT, serve_bao, why_not

_NAMES = ("kubernetes", "vault", "file", "env", "kubeconfig", "rotated")
CANARIES = {name: f"canary-{name}-$&'\"\\1 %s|" for name in _NAMES}
PROFILE = (
    "a: -Da=encrypted:minio:key -Db=halsync(vault:secret/db#password)\n"
    "b: 'halsync(file:{directory}/open/x)'\n"
    'c: ["halsync(env:SPIN_CANARY)", halsyncFile(vault:secret/db#password)]\n'
)
ACCOUNT = (
    "  providers:\n    kubernetes:\n      accounts:\n"
    "      - {name: a, kubeconfigFile: 'encryptedFile:minio:config'}\n"
)


def spoken(*texts: str) -> None:
    """None of them, nor an obvious encoding of them, is in the texts."""
    for text in texts:
        assert "canary-" not in text.replace("SPIN_CANARY", "")


@pytest.mark.e2e
def test_canaries_are_found_nowhere(here: Installation, kube: Cluster) -> None:
    if reason := why_not():
        pytest.skip(reason)
    kubeconfig = f'apiVersion: v1\nusers:\n- user: {{token: "{CANARIES["kubeconfig"]}"}}\n'
    kube.secret("minio", {"key": CANARIES["kubernetes"], "config": kubeconfig})
    (here.directory / "open").mkdir()
    (here.directory / "open" / "x").write_text(CANARIES["file"])
    (here.directory / "token").write_text(ROOT)
    here.through(kube)
    here.secrets(fileDirs=[str(here.directory / "open")], env=["SPIN_*"])
    here.write({"config": CONFIG + ACCOUNT, GATE: PROFILE.format(directory=here.directory)})
    with serve_bao(here.directory / "bao") as bao:
        bao.do("POST", "secret/data/db", {"data": {"password": CANARIES["vault"]}})
        here.secrets(vault={"address": bao.url, "auth": {"tokenFile": "token"}})
        _published(here)
        kube.secret("minio", {"key": CANARIES["rotated"], "config": kubeconfig})
        _looked_at(here)
        _refused(here)


def _run(here: Installation, *words: str) -> subprocess.CompletedProcess[str]:
    here.load()
    return subprocess.run(
        command(*words, "--config", here.directory / "halsync.yaml"),
        env=environment({"SPIN_CANARY": CANARIES["env"], "TMPDIR": str(here.directory)}),
        cwd=here.directory,
        capture_output=True,
        text=True,
        check=False,
    )


def _published(here: Installation) -> None:
    seen: set[str] = set()
    stop = threading.Event()
    watcher = threading.Thread(target=watch, args=(stop, seen))
    watcher.start()
    try:
        done = _run(here, "init", "-o", "json", "--log-level", "debug")
    finally:
        stop.set()
        watcher.join()
    assert done.returncode == 0, done.stderr
    published = yaml.safe_load((here.target / GATE).read_text())
    assert published["a"] == f"-Da={CANARIES['kubernetes']} -Db={CANARIES['vault']}"
    assert published["b"] == CANARIES["file"]
    assert published["c"][0] == CANARIES["env"]
    assert Path(published["c"][1]).read_text() == CANARIES["vault"]
    spoken(done.stdout, done.stderr)
    # Whoever starts halsync gave it the variable; nobody else has one of them.
    spoken(*(text for text in seen if f"SPIN_CANARY={CANARIES['env']}" not in text))
    for path in (here.target / ".halsync").glob("*.json"):
        spoken(path.read_text())
    for path in (here.target / ".halsync" / "manifests").iterdir():
        spoken(path.read_text())
    assert os.stat(here.target / GATE).st_mode & 0o077 == 0
    holders = {
        str(path.relative_to(here.target))
        for path in (here.target / ".halsync" / "generations").rglob("*")
        if path.is_file() and b"canary-" in path.read_bytes()
    }
    assert {name.split("/", 3)[-1] for name in holders} == {
        GATE, ".secrets/minio/config", ".secrets/_vault/secret/db/password",
    }  # fmt: skip


def _looked_at(here: Installation) -> None:
    for words in (
        ("diff",), ("diff", "-o", "json"), ("render", "--secrets=resolve"),
        ("render", "-o", "json", "--secrets=resolve"), ("status", "-o", "json"),
        ("explain", "gate-local.yml:a", "--secrets=resolve"),
        ("explain", "gate-local.yml:1", "--secrets=resolve", "-o", "json"),
        ("render", "--out", "masked", "--secrets=resolve"), ("config", "show"),
        ("validate", "--secrets=check", "-o", "json"),
    ):  # fmt: skip
        done = _run(here, *words)
        assert done.returncode == 0, done.stderr
        spoken(done.stdout, done.stderr)
    for path in (here.directory / "masked").rglob("*"):
        if path.is_file():
            spoken(path.read_text())


def _refused(here: Installation) -> None:
    text = (here.source / GATE).read_text()
    here.write({GATE: text + "d: encrypted:minio:kez\ne: [halsync(env:SPIN_CANARY)\n"})
    done = _run(here, "init")
    assert done.returncode != 0
    spoken(done.stdout, done.stderr)
    here.write({GATE: text + "d: encrypted:minio:kez\ne: >\n  encrypted:minio:config\n"})
    done = _run(here, "init", "--log-format", "text")
    assert done.returncode == 6
    assert "HAL0263" in done.stderr and "HAL0267" in done.stderr
    spoken(done.stdout, done.stderr)
