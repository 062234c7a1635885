"""Trees to publish, and the target seen with a reader's eyes."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from halsync.model import File, Origin, SourceState, Tree
from halsync.publish import Published, publish
from halsync.settings.model import PublishSettings

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount")
needs_plain_user = pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")

DEFAULTS = PublishSettings()

V1 = {
    "config": "currentDeployment: default\nversion: 1\n",
    "default/profiles/gate-local.yml": "generation: 1\n",
    "default/profiles/rosco/packer.json": "{}\n",
    "default/service-settings/gate.yml": "kubernetes: {}\n",
    ".boms/bom/acme.yml": "version: acme\n",
    "scripts/check.sh": "#!/bin/sh\n",
}
V2 = {
    "config": "currentDeployment: default\nversion: 2\n",
    "default/profiles/gate-local.yml": "generation: 2\n",
    "default/profiles/echo-local.yml": "generation: 2\n",
    "default/service-settings/gate.yml": "kubernetes: {two: true}\n",
    "kubeconfigs/prod.yaml": "apiVersion: v1\n",
}


def tree(
    files: Mapping[str, str | bytes], *, secret: Iterable[str] = (), executable: Iterable[str] = ()
) -> Tree:
    """A tree as composing would hand it over."""
    return Tree(
        {
            path: File(
                text.encode() if isinstance(text, str) else text,
                path in executable,
                Origin("hal-config", "0123abc", path),
                path in secret,
            )
            for path, text in files.items()
        },
        {},
    )


def sources(revision: str = "r1") -> tuple[SourceState, ...]:
    """One git source at a revision."""
    return (SourceState("hal-config", "git", "https://git.example/hal.git", "main", revision),)


def put(
    target: Path | str,
    files: Mapping[str, str | bytes],
    revision: str = "r1",
    *,
    options: PublishSettings = DEFAULTS,
    daemon: Path | str = "",
    started: float | None = None,
    secret: Iterable[str] = (),
) -> Published:
    """Publish ``files``."""
    return publish(
        tree(files, secret=secret),
        sources(revision),
        options,
        str(target),
        daemon_config=str(daemon),
        started=time.time() if started is None else started,
    )


def lay(root: Path, files: Mapping[str, str]) -> None:
    """Write files as a person would."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def visible(target: Path | str) -> dict[str, str]:
    """Every file a reader finds below the target, links followed, ``.halsync`` left out.

    A link that leads nowhere is no file: opening it says that nothing is there.
    """
    found: dict[str, str] = {}

    def visit(directory: str, prefix: str) -> None:
        for name in sorted(os.listdir(directory)):
            path = f"{directory}/{name}"
            if not prefix and name == ".halsync":
                continue
            if os.path.isdir(path):
                visit(path, f"{prefix}{name}/")
            elif os.path.isfile(path):
                found[prefix + name] = Path(path).read_text()

    if os.path.isdir(target):
        visit(str(target), "")
    return found


def everything(root: Path | str) -> dict[str, tuple[int, ...]]:
    """Each entry below ``root`` → inode, mode, size, mtime, ctime: what any write changes."""
    found: dict[str, tuple[int, ...]] = {}
    for directory, folders, files in os.walk(root):
        for name in ("", *folders, *files):
            path = os.path.normpath(os.path.join(directory, name))
            status = os.lstat(path)
            found[path] = (
                status.st_ino,
                status.st_mode,
                status.st_size,
                status.st_mtime_ns,
                status.st_ctime_ns,
            )
    return found


def discard(root: Path | str) -> None:
    """Remove a tree with read-only directories in it, as its owner."""
    for directory, _, _ in os.walk(root):
        os.chmod(directory, 0o700)
    shutil.rmtree(root, ignore_errors=True)


def all_bytes(root: Path | str) -> set[bytes]:
    """The content of every regular file below ``root``, wherever it is."""
    found = set()
    for directory, _, files in os.walk(root):
        for name in files:
            path = os.path.join(directory, name)
            if os.path.isfile(path) and not os.path.islink(path):
                found.add(Path(path).read_bytes())
    return found
