"""The 27 recorded cases of the incumbent: inputs, and what it leaves.

From ``incumbent/`` of the shared material: ``case.json`` says what was installed,
``spinnaker/.hal`` and ``config/`` what came out. What the page calls a bug is not to be matched:
:data:`REPAIRS`.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from halsync.model import File, Origin, Tree
from tests.harness import SHARED

EXPECTED = SHARED / "incumbent" / "expected"
OVERLAYS = SHARED / "incumbent" / "overlays"

NAMES = sorted(path.parent.name for path in EXPECTED.glob("*/case.json"))

needs_cases = pytest.mark.skipif(not NAMES, reason="the recorded cases are not on this machine")


class Case(NamedTuple):
    """One installation."""

    name: str
    chart: str
    branch: str
    transport: str
    overlay: str
    namespace: str
    release: str
    values: dict[str, Any]
    secrets: dict[str, dict[str, str]]
    node_ip: str


@cache
def load(name: str) -> Case:
    """One case."""
    raw = json.loads((EXPECTED / name / "case.json").read_text())
    environment = {
        key: value for container in raw["containers"] for key, value in container["env"].items()
    }
    return Case(
        name,
        "3.12" if raw["chart"].startswith("3.12") else "4.0",
        raw["branch"],
        raw["transport"],
        raw.get("overlay", ""),
        raw["namespace"],
        raw["release"],
        raw["values_effective"],
        raw["secrets"],
        environment["NODE_IP"],
    )


def source(case: Case, directory: Path) -> dict[str, bytes]:
    """The repository's files: the branch, the overlay laid over it, its sed scripts carried out."""
    corpus = SHARED / "corpus" / f"OpsMx__standard-isd-gitops__{case.branch}"
    files = _read(corpus)
    overlay = _read(OVERLAYS / case.overlay) if case.overlay else {}
    for path, content in overlay.items():
        if not path.endswith(".sedscript"):
            files[path] = content
    for path in overlay:
        if path.endswith(".sedscript"):
            target = path.removesuffix(".sedscript")
            files[target] = _sed(files[target], OVERLAYS / case.overlay / path, directory)
    if case.branch == "4.0.4.1":
        # Halyard does not read it, so that the recorded sources lack it; chart 3.12 leaves it.
        files["bom"] = (EXPECTED / "isd-4.0.4.1-https/spinnaker/.hal/bom").read_bytes()
    return files


def _sed(content: bytes, script: Path, directory: Path) -> bytes:
    place = directory / "to-be-edited"
    place.write_bytes(content)
    subprocess.run(["sed", "-i", "-f", script, place], check=True)
    return place.read_bytes()


def _read(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(directory).parts
    }


def tree_of(files: dict[str, bytes]) -> Tree:
    """Files as a composed tree."""
    return Tree(
        {
            path: File(content, False, Origin("hal-config", "0" * 40, path))
            for path, content in files.items()
        },
        {},
    )


def expected(case: Case) -> dict[str, bytes]:
    """What the incumbent leaves in ``.hal``."""
    return _read(EXPECTED / case.name / "spinnaker" / ".hal")


def expected_files(case: Case) -> dict[str, bytes]:
    """What it leaves in ``kubeconfigdir``."""
    place = EXPECTED / case.name / "spinnaker" / "kubeconfigdir"
    return _read(place) if place.is_dir() else {}


def expected_daemon(case: Case) -> dict[str, bytes]:
    """What it leaves in the daemon's directory."""
    return _read(EXPECTED / case.name / "config")


class Difference(NamedTuple):
    """A value that is not the incumbent's."""

    file: str
    path: str
    theirs: object
    ours: object


_NOTHING = "(nothing)"


def differences(theirs: dict[str, bytes], ours: dict[str, bytes]) -> Iterator[Difference]:
    """Every value that differs, files judged by what they say."""
    for path in sorted(theirs):
        if path not in ours:
            yield Difference(path, "", "(file)", _NOTHING)
        elif theirs[path] != ours[path]:
            yield from _values(path, "", _parsed(path, theirs[path]), _parsed(path, ours[path]))


def _parsed(path: str, content: bytes) -> Any:
    if path.endswith(".js"):
        return content.decode().split("\n")
    return yaml.safe_load(content)


def _values(file: str, path: str, theirs: Any, ours: Any) -> Iterator[Difference]:
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for key in sorted({*theirs, *ours}, key=str):
            below = f"{path}.{key}".lstrip(".")
            yield from _values(file, below, theirs.get(key, _NOTHING), ours.get(key, _NOTHING))
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        for number, (one, other) in enumerate(zip(theirs, ours, strict=True)):
            yield from _values(file, f"{path}[{number}]", one, other)
    elif theirs != ours or type(theirs) is not type(ours):
        yield Difference(file, path, theirs, ours)


class Repair(NamedTuple):
    """A difference that is meant."""

    reason: str
    case: str
    """Pattern of names of cases."""
    file: str
    """Pattern of files."""
    path: str
    """Pattern of places in them."""


_CONFIG = "deploymentConfigurations[[]0[]]."
_BOOLEANS = (
    ("config", _CONFIG + "security.auth*.enabled"),
    ("default/profiles/orca-local.yml", "tasks.useManagedServiceAccounts"),
    ("default/profiles/front50-local.yml", "migrations.migrateToManagedServiceAccounts"),
)

REPAIRS: tuple[Repair, ...] = (
    *(Repair("H17: a boolean, and no text that looks like one", "*", *at) for at in _BOOLEANS),
    Repair("H17: a branch is a name: '4.0', and no number", "c4-isd-4.0-https*",
           "default/profiles/spinnakerconfig.yml", "spring.cloud.config.server.git.defaultLabel"),
    Repair("H14: every SPINNAKER_NAMESPACE of a line", "isd-3.12-https-env", "config",
           _CONFIG + "persistentStorage.s3.bucket"),
    Repair("H13: RELEASE_NAME in rosco-local.yml also with s3", "isd-4.0-s3",
           "default/profiles/rosco-local.yml", "redis.connection"),
    Repair("H5: the unedited file with the key beside it is not left behind", "*-ssh",
           "default/profiles/spinnakerconfig.yml.bak", ""),
    Repair("the chosen variant takes the plain name; nobody reads a second copy", "isd-4.0-s3",
           "default/*.s3", ""),
)  # fmt: skip
