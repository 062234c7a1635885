"""The engines by themselves: mounted as the kubelet does it, versions, a client kept apart."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from halsync.agent.secrets import versions_of
from halsync.errors import SourceUnreachable
from halsync.secrets import Context, Item, Session, Wanted, resolve, versions
from halsync.secrets.local import FileReader
from halsync.secrets.session import revision
from halsync.settings.cluster import ClusterSettings
from halsync.settings.secrets import SecretsSettings
from tests.harness import ROOT, environment
from tests.secrets.installation import GATE, Installation
from tests.servers.kube import Cluster, serve_kube
from tests.servers.kube.cluster import cluster_on


def context(seconds: float = 5, **settings: Any) -> Context:
    """Settings of secrets, and some time."""
    own = SecretsSettings()._replace(**settings)
    return Context(own, ClusterSettings(), 1_000, time.monotonic() + seconds)


def kubelet(directory: Path, generation: str, keys: dict[str, str]) -> None:
    """What the kubelet does to a mounted Secret: a new directory, and one link led to it."""
    place = directory / f"..{generation}"
    place.mkdir(parents=True)
    for key, value in keys.items():
        (place / key).write_text(value)
        if not (directory / key).is_symlink():
            (directory / key).symlink_to(f"..data/{key}")
    (directory / "..new").symlink_to(f"..{generation}")
    os.rename(directory / "..new", directory / "..data")


def test_a_mounted_secret_and_its_rotation(tmp_path: Path) -> None:
    wanted = [Wanted(Item("kubernetes", "minio"), "key"), Wanted(Item("kubernetes", "minio"), "no")]
    kubelet(tmp_path / "minio", "2026_1", {"key": "first", "other": "x"})
    here = context(kubernetes="mounted", mounted_dir=str(tmp_path))
    found = resolve(wanted, here)
    assert found.values == {wanted[0]: b"first"}
    failure = found.failures[wanted[1]]
    assert failure.cause == "missing"
    assert (failure.message, failure.hint) == (
        f"Secret minio, mounted at {tmp_path}/minio, has no key no", "it has: key, other",
    )  # fmt: skip
    before = versions(wanted[:1], here)
    assert before and before == versions(wanted[:1], here)
    kubelet(tmp_path / "minio", "2026_2", {"key": "again", "other": "x"})
    assert versions(wanted[:1], here) != before
    assert resolve(wanted[:1], here).values == {wanted[0]: b"again"}


def test_two_pods_know_the_same_secret_by_the_same_version(tmp_path: Path) -> None:
    """Or what took Halyard down in one would be news to the next, which would publish it."""
    wanted = [
        Wanted(Item("kubernetes", "minio"), "key"),
        Wanted(Item("file", "token"), ""),
    ]

    def told(pod: str, key: str) -> str:
        kubelet(tmp_path / pod / "minio", f"2026_{pod}", {"key": key})
        path = tmp_path / pod / "token"
        path.write_text("t0ken")
        here = context(
            kubernetes="mounted", mounted_dir=str(tmp_path / pod), file_dirs=(str(tmp_path),)
        )
        # The path is the same in every pod; here it can not be.
        version = FileReader(here).version(Item("file", str(path)), frozenset())
        return versions(wanted[:1], here) + revision({wanted[1].item: version})

    assert told("one", "first") == told("two", "first") != told("three", "second")


def test_what_is_told_of_a_value_is_no_digest_of_it(tmp_path: Path) -> None:
    path = tmp_path / "pin"
    path.write_text("1234")
    item = Item("file", str(path))
    answer = FileReader(context(file_dirs=(str(tmp_path),))).read(item, frozenset())
    lines = f"file\0{path}\0()\0{answer.version}"
    assert revision({item: answer.version}) != sha256(lines.encode()).hexdigest()


def test_a_secret_that_is_not_mounted(tmp_path: Path) -> None:
    wanted = Wanted(Item("kubernetes", "none"), "key")
    failure = resolve([wanted], context(kubernetes="mounted", mounted_dir=str(tmp_path))).failures[
        wanted
    ]
    assert f"Secret none is not mounted at {tmp_path}/none" in failure.message
    assert "secrets.kubernetes: api" in failure.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    kubelet(tmp_path / "minio", "1", {"key": "first"})
    (tmp_path / "minio" / "..1" / "key").chmod(0)
    wanted = Wanted(Item("kubernetes", "minio"), "key")
    found = resolve([wanted], context(kubernetes="mounted", mounted_dir=str(tmp_path)))
    assert found.failures[wanted].cause == "denied"


def test_a_session_asks_once(tmp_path: Path) -> None:
    place = tmp_path / "x"
    place.write_text("first")
    wanted = Wanted(Item("file", str(place)))
    with Session(context(file_dirs=(str(tmp_path),))) as session:
        assert session.resolve([wanted, wanted]).values == {wanted: b"first"}
        place.write_text("second")
        assert session.resolve([wanted]).values == {wanted: b"first"}


def test_a_variable_with_bytes_that_are_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "SPIN_X", os.fsdecode(b"\xff1"))
    wanted = Wanted(Item("env", "SPIN_X"))
    assert resolve([wanted], context(variables=("SPIN_*",))).values == {wanted: b"\xff1"}


def test_nothing_is_wanted() -> None:
    assert versions([], context()) == ""
    assert resolve([], context()) == ({}, {}, {})


def test_versions_of_kubernetes_secrets(here: Installation, kube: Cluster) -> None:
    here.through(kube)
    kube.secret("s", {"k": "first-one"})
    here.write({GATE: "a: encrypted:s:k\n"})
    looked = here.look()
    before = versions_of(here.load(), looked.references)
    assert before == looked.sources[-1].revision
    assert looked.sources[-1].kind == "secrets"
    kube.secret("s", {"k": "first-one", "l": "x"})
    changed = versions_of(here.load(), looked.references)
    assert changed != before
    kube.delete("v1", "secrets", "s")
    assert versions_of(here.load(), looked.references) not in (before, changed)


def test_an_api_that_is_gone_changes_no_versions(here: Installation, tmp_path: Path) -> None:
    with serve_kube() as server, cluster_on(server, tmp_path) as cluster:
        here.through(cluster)
        cluster.secret("s", {"k": "first-one"})
        here.write({GATE: "a: encrypted:s:k\n"})
        references = here.look().references
        here.settings["timeout"] = "1s"
        server.down = True
        with pytest.raises(SourceUnreachable):
            versions_of(here.load(), references)


_SIDECAR = """
import sys
from halsync.agent.look import candidate
from halsync.agent.report import silent
from halsync.agent.secrets import versions_of
from halsync.settings.load import load
from halsync.settings.secrets import long_lived

settings = long_lived(load({}, {}, config=sys.argv[1]).settings)
looked = candidate(settings, silent)
assert looked.sources[-1].revision == versions_of(settings, looked.references) != ""
print("kubernetes" in sys.modules)
"""


def test_the_sidecar_keeps_the_client_out_of_its_process(here: Installation, kube: Cluster) -> None:
    here.through(kube)
    kube.secret("s", {"k": "first-one"})
    here.write({GATE: "a: encrypted:s:k\n"})
    here.load()
    done = subprocess.run(
        [sys.executable, "-c", _SIDECAR, here.directory / "halsync.yaml"],
        env=environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("False\n", "")
