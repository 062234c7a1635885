"""Key-value engines of both versions, on a real server."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from halsync.clients.vault.records import Version
from halsync.errors import AccessDenied, ConfigError, PublishError, SourceNotFound
from halsync.settings.vault import moment
from tests.clients.vault.conftest import Connect, by_token
from tests.servers.openbao import Bao


@pytest.mark.parametrize("version", [1, 2])
def test_what_is_written_is_read(bao: Bao, client: Connect, version: int) -> None:
    kv = client().kv(bao.mount(version, f"team/{time.monotonic_ns()}"))
    data = {"a": "ü\n", "n": 1, "nested": {"x": [None, True]}}
    kv.write("odd name/%?#+ü", data)
    kv.write("odd name/deeper/x", {"x": "y"})
    assert kv.read("odd name/%?#+ü").data == data
    assert kv.mount.version == version
    assert kv.names("odd name") == ["%?#+ü", "deeper/"]
    assert kv.walk("") == ["odd name/%?#+ü", "odd name/deeper/x"]
    assert kv.names("nothing") == []


def test_versions(bao: Bao, client: Connect) -> None:
    kv = client().kv(bao.mount())
    assert [kv.write("a", {"n": str(number)}) for number in (1, 2, 3)] == [1, 2, 3]
    assert kv.read("a").version == 3
    assert kv.read("a", 2).data == {"n": "2"}
    metadata = kv.metadata("a")
    assert metadata.current == 3 and sorted(metadata.versions) == [1, 2, 3]
    assert kv.scan("") == [metadata]
    newest = metadata.newest()
    assert newest and newest.created == kv.read("a").created
    with pytest.raises(SourceNotFound, match="has no version 9"):
        kv.read("a", 9)


def test_deleted_and_destroyed_are_told_apart(bao: Bao, client: Connect) -> None:
    kv = client().kv(bao.mount())
    for number in (1, 2):
        kv.write("a", {"n": str(number)})
    kv.delete("a")
    with pytest.raises(SourceNotFound, match=r"version 2 of .* was deleted") as caught:
        kv.read("a")
    assert "kv undelete" in caught.value.hint
    bao.do("PUT", f"{kv.mount.path}/destroy/a", {"versions": [1]})
    with pytest.raises(SourceNotFound, match=r"version 1 of .* was destroyed") as caught:
        kv.read("a", 1)
    assert "cannot be had back" in caught.value.hint
    versions = kv.metadata("a").versions
    assert (versions[1].gone, versions[2].gone) == ("destroyed", "deleted")


def test_a_deletion_in_the_future_is_none_yet() -> None:
    assert Version(1, "2026-01-01T00:00:00Z", "2999-01-01T00:00:00.123456789Z").gone == ""
    assert Version(1, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.5+02:00").gone == "deleted"
    assert moment("2026-01-01T00:00:00.123456789Z") == datetime(
        2026, 1, 1, microsecond=123456, tzinfo=UTC
    )


def test_nobody_elses_writing_is_lost(bao: Bao, client: Connect) -> None:
    kv = client().kv(bao.mount())
    kv.write("a", {"n": "1"}, expected=0)
    for expected in (0, 7):
        with pytest.raises(PublishError, match="somebody wrote it meanwhile"):
            kv.write("a", {"n": "2"}, expected=expected)
    assert kv.write("a", {"n": "2"}, expected=1) == 2


def test_many_are_read_at_once_each_path_once(bao: Bao, client: Connect) -> None:
    mount = bao.mount()
    kv = client().kv(mount)
    for number in range(40):
        bao.put(mount, f"s{number}", {"n": str(number)})
    asked = [(f"s{number}", 0) for number in range(40)] * 2 + [("none", 0)]
    outcomes = kv.read_many(asked)
    assert len(outcomes) == 41
    for number, outcome in enumerate(outcomes[:40]):
        assert outcome.item == (f"s{number}", 0) and outcome.value.data == {"n": str(number)}
    assert isinstance(outcomes[40].failure, SourceNotFound)


def test_a_path_that_is_not_there_is_compared_with_its_neighbours(
    bao: Bao, client: Connect
) -> None:
    kv = client().kv(bao.mount())
    kv.write("spinnaker/passwords", {"x": "y"})
    with pytest.raises(SourceNotFound) as caught:
        kv.read("spinnaker/pasword")
    assert caught.value.hint == "did you mean 'spinnaker/passwords'?"
    with pytest.raises(SourceNotFound) as caught:
        kv.read("spinnaker")
    assert "folder" in caught.value.hint


def test_paths_never_climb(bao: Bao, client: Connect) -> None:
    kv = client().kv(bao.mount())
    kv.write("a", {"x": "y"})
    for path in ("../sys/seal-status", "b/../a", "./a", "b/.."):
        with pytest.raises(ConfigError, match=r"holds '\.' or '\.\.'"):
            kv.read(path)


def test_mounts_that_are_none(bao: Bao, client: Connect) -> None:
    mount = bao.mount()
    with pytest.raises(SourceNotFound, match="nothing is mounted at 'no-such'"):
        client().kv("no-such").read("a")
    with pytest.raises(ConfigError, match="type system, not a key-value engine"):
        client().kv("sys").read("a")
    with pytest.raises(ConfigError, match=f"mounted at '{mount}'") as caught:
        client().kv(f"{mount}/spinnaker/hal").read("a")
    assert "begin vault.path with spinnaker/hal" in caught.value.hint


def test_a_missing_right_names_the_line_of_the_policy(
    bao: Bao, client: Connect, tmp_path: Path
) -> None:
    mount = bao.mount()
    bao.put(mount, "a/b", {"x": "y"})
    policy = bao.policy(f"p-{mount}", f'path "{mount}/data/a/*" {{ capabilities = ["read"] }}')
    kv = client(by_token(tmp_path / "t", bao.token(policy))).kv(mount)
    assert kv.read("a/b").data == {"x": "y"}
    for what, line in (
        (lambda: kv.read("c"), f'path "{mount}/data/c" {{ capabilities = ["read"] }}'),
        (lambda: kv.names("a"), f'path "{mount}/metadata/a/*" {{ capabilities = ["list"] }}'),
        (lambda: kv.metadata("a/b"), f'path "{mount}/metadata/a/b" {{ capabilities = ["read"] }}'),
        (
            lambda: kv.write("a/b", {}),
            f'path "{mount}/data/a/b" {{ capabilities = ["create", "update"] }}',
        ),
    ):
        with pytest.raises(AccessDenied) as caught:
            what()
        assert line in caught.value.hint
    assert kv.scan("a") is None


def test_the_kind_of_an_engine_where_asking_is_forbidden(
    bao: Bao, client: Connect, tmp_path: Path
) -> None:
    deny = 'path "sys/internal/ui/mounts/*" { capabilities = ["deny"] }\n'
    for version, part in ((2, "/metadata"), (1, "")):
        mount = bao.mount(version)
        text = f'{deny}path "{mount}{part}/*" {{ capabilities = ["read", "list"] }}\n'
        policy = bao.policy(f"p-{mount}", text)
        token = bao.token(policy)
        assert client(by_token(tmp_path / mount, token)).kv(mount).mount.version == version
    token = bao.token(bao.policy("nothing", deny))
    with pytest.raises(AccessDenied, match="or nothing is allowed there"):
        client(by_token(tmp_path / "n", token)).kv(bao.mount()).read("a")


def test_what_is_known_of_an_engine_is_not_asked_again(bao: Bao, client: Connect) -> None:
    mount = bao.mount()
    first = client().kv(mount).mount
    bao.do("DELETE", f"sys/mounts/{mount}")
    assert client().kv(mount).mount == first


def test_the_deadline_ends_it_all(bao: Bao, client: Connect) -> None:
    kv = client(seconds=0.001).kv(bao.mount())
    time.sleep(0.002)
    with pytest.raises(Exception, match="no time left"):
        kv.read("a")
