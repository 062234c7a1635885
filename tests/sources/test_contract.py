"""What every kind of source promises, whatever it is. A new kind adds itself to ``KINDS``."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from halsync.errors import ContentRefused, SourceNotFound
from halsync.settings.model import DirSettings, GitSettings, KindSettings, Limits, SecretRef
from halsync.settings.vault import VaultAuth, VaultConnection, VaultSettings
from halsync.sources import open_source
from halsync.sources.base import Context, Source
from tests.servers.fixtures import bao, git_server, repo, repos, tls_identity
from tests.servers.git_http import GitHttpServer
from tests.servers.git_repos import Repo
from tests.servers.openbao import ROOT, Bao, HeldTree
from tests.servers.s3 import S3Server
from tests.servers.s3_fixtures import bucket, moto, rclone

__all__ = ["bao", "bucket", "git_server", "moto", "rclone", "repo", "repos", "tls_identity"]

Files = dict[str, bytes]


class Kind(NamedTuple):
    """A kind under test: ``put`` makes the source hold exactly these files and links, and
    skips the test if that kind of source cannot hold them."""

    put: Callable[[Files, dict[str, str]], None]
    options: KindSettings


def directory(tmp_path: Path) -> Kind:
    place = tmp_path / "directory"
    place.mkdir()

    def put(files: Files, links: dict[str, str]) -> None:
        for path in sorted(place.rglob("*"), reverse=True):
            path.unlink() if path.is_symlink() or path.is_file() else path.rmdir()
        for name, content in files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(content)
        for name, target in links.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).symlink_to(target)

    return Kind(put, DirSettings(str(place)))


def s3(server: S3Server, bucket: str) -> Kind:
    def put(files: Files, links: dict[str, str]) -> None:
        if links:
            pytest.skip("a bucket holds no links")
        if any("\n" in path for path in files):
            pytest.skip("S3 takes line breaks in keys, these servers do not")
        server.fill(bucket, files)

    return Kind(put, server.settings(bucket))


def vault(server: Bao, version: int, tmp_path: Path) -> Kind:
    mount = server.mount(version)
    held = HeldTree(server, mount, version)
    (tmp_path / "token").write_text(ROOT)
    auth = VaultAuth("token", secret=SecretRef(file=str(tmp_path / "token")))
    return Kind(held.hold, VaultSettings(VaultConnection(server.url, auth), mount))


@pytest.fixture(
    params=[
        "dir",
        "git over file",
        "git over http",
        "vault, version 2",
        "vault, version 1",
        "s3, moto",
        "s3, rclone",
    ]
)
def kind(request: pytest.FixtureRequest, tmp_path: Path) -> Kind:
    if request.param == "dir":
        return directory(tmp_path)
    if request.param.startswith("s3"):
        return s3(request.getfixturevalue(request.param[4:]), request.getfixturevalue("bucket"))
    if request.param.startswith("vault"):
        return vault(request.getfixturevalue("bao"), int(request.param[-1]), tmp_path)
    held: Repo = request.getfixturevalue("repo")
    url = f"file://{held.path}"
    if request.param == "git over http":
        server: GitHttpServer = request.getfixturevalue("git_server")
        url = f"{server.url}/repo.git"

    def put(files: Files, links: dict[str, str]) -> None:
        held.commit(files, links)

    return Kind(put, GitSettings(url, "main"))


@pytest.fixture
def opened(kind: Kind, tmp_path: Path) -> Iterator[Callable[..., Source]]:
    sources: list[Source] = []

    def open_it(*paths: str, limits: Limits | None = None) -> Source:
        work = tmp_path / f"work-{time.monotonic_ns()}"
        work.mkdir(mode=0o700)
        deadline = time.monotonic() + 30
        context = Context("it", str(work), paths or ("",), limits or Limits(), deadline)
        sources.append(open_source(kind.options, context))
        return sources[-1]

    yield open_it
    for source in sources:
        source.close()


TREE = {"config": b"a: 1\n", "default/profiles/gate-local.yml": b"b: 2\r\n", "bin": b"\0\xff"}


def contents(source: Source) -> Files:
    try:
        return {path: file.content for path, file in source.fetch().files.items()}
    finally:
        source.close()


def test_it_brings_every_byte_and_names_its_origin(
    kind: Kind, opened: Callable[..., Source]
) -> None:
    kind.put(TREE, {})
    source = opened()
    snapshot = source.fetch()
    source.close()
    assert {path: file.content for path, file in snapshot.files.items()} == TREE
    for path, file in snapshot.files.items():
        assert file.origin == ("it", snapshot.revision, path)
    assert snapshot.kind and snapshot.location and snapshot.revision


def test_the_revision_is_that_of_the_snapshot_and_moves_with_the_content(
    kind: Kind, opened: Callable[..., Source]
) -> None:
    kind.put(TREE, {})
    first = opened().revision()
    assert opened().revision() == first == opened().fetch().revision
    kind.put({**TREE, "config": b"a: 2\n"}, {})
    assert opened().revision() == opened().fetch().revision != first


def test_beginning_early_changes_nothing_but_the_time(
    kind: Kind, opened: Callable[..., Source]
) -> None:
    kind.put(TREE, {})
    source = opened()
    source.begin()
    assert contents(source) == TREE


def test_closing_works_at_any_time_and_twice(kind: Kind, opened: Callable[..., Source]) -> None:
    kind.put(TREE, {})
    for steps in ([], ["begin"], ["begin", "fetch"]):
        source = opened()
        for step in steps:
            getattr(source, step)()
        source.close()
        source.close()


def test_a_sub_path_comes_with_its_place(kind: Kind, opened: Callable[..., Source]) -> None:
    kind.put({"prod/config": b"p", "stage/config": b"s", "other": b"o"}, {})
    files = contents(opened("prod", "stage"))
    assert files["prod/config"] == b"p" and files["stage/config"] == b"s"


def test_a_sub_path_that_is_not_there(kind: Kind, opened: Callable[..., Source]) -> None:
    kind.put({"environments/prod/config": b"p"}, {})
    with pytest.raises(SourceNotFound) as caught:
        opened("environments/prud").fetch()
    assert "environments/prud" in str(caught.value)
    assert "environments/prod" in caught.value.hint


def test_links_are_followed_inside_and_reported_when_they_dangle(
    kind: Kind, opened: Callable[..., Source]
) -> None:
    kind.put(
        {"shared/x": b"x", "prod/config": b"p"},
        {"prod/x": "../shared/x", "prod/all": "../shared", "prod/nowhere": "gone"},
    )
    source = opened("prod")
    snapshot = source.fetch()
    source.close()
    assert snapshot.files["prod/x"].content == b"x"
    assert snapshot.files["prod/x"].origin.path == "shared/x"
    assert snapshot.files["prod/all/x"].content == b"x"
    assert snapshot.dangling == {"prod/nowhere": "gone"}


@pytest.mark.parametrize(
    ("files", "links", "limits", "path"),
    [
        ({"a": b""}, {"l": "/etc/passwd"}, Limits(), "l"),
        ({"a": b""}, {"d/l": "../../x"}, Limits(), "d/l"),
        ({"big": b"x" * 2000}, {}, Limits(file_bytes=1000), "big"),
        ({f"f{n}": b"x" * 900 for n in range(3)}, {}, Limits(total_bytes=2000), "f2"),
        ({f"f{n}": b"" for n in range(4)}, {}, Limits(files=3), "f3"),
        ({"d" * 90: b""}, {}, Limits(path_length=80), "d" * 90),
        ({"a": b"", "A": b""}, {}, Limits(), "a"),
        ({"a\nb": b""}, {}, Limits(), repr("a\nb")),
    ],
)
def test_what_may_not_be_brought_along_is_named(
    kind: Kind,
    opened: Callable[..., Source],
    files: Files,
    links: dict[str, str],
    limits: Limits,
    path: str,
) -> None:
    kind.put(files, links)
    with pytest.raises(ContentRefused) as caught:
        opened(limits=limits).fetch()
    [problem] = caught.value.problems
    assert problem.file == path
    assert re.fullmatch(r"HAL01\d\d", problem.code) and problem.hint


def test_a_git_lfs_pointer_is_no_file(kind: Kind, opened: Callable[..., Source]) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 9\n" % (b"a" * 64)
    kind.put({"config": b"a: 1\n", "kubeconfig": pointer}, {})
    with pytest.raises(ContentRefused) as caught:
        opened().fetch()
    [problem] = caught.value.problems
    assert (problem.file, problem.code) == ("kubeconfig", "HAL0111")
    assert "Git LFS pointer" in problem.message and problem.hint
