"""Versions, rights, and what changes while it is being read."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from halsync.clients.vault import Kv
from halsync.clients.vault.records import Secret
from halsync.errors import AccessDenied, ContentRefused, SourceNotFound, SourceUnreachable
from halsync.settings.model import Limits
from tests.clients.vault.test_failures import before
from tests.servers.dripping import dripping
from tests.servers.openbao import ROOT, Bao, as_secret
from tests.sources.vault.conftest import Open, contents

READ = 'path "{mount}/data/hal/*" {{ capabilities = ["read"] }}\n'
LIST = 'path "{mount}/metadata/hal/*" {{ capabilities = ["list"] }}\n'
METADATA = 'path "{mount}/metadata/hal/*" {{ capabilities = ["list", "read"] }}\n'
SCAN = 'path "{mount}/detailed-metadata/hal/*" {{ capabilities = ["scan"] }}\n'


def fill(bao: Bao, mount: str, **files: str) -> None:
    for name, text in files.items():
        bao.put(mount, f"hal/{name}", as_secret(text.encode()))


@pytest.mark.parametrize("rights", [READ + SCAN, READ + METADATA, READ + LIST])
def test_the_least_rights_give_the_same_revision(
    bao: Bao, mount: str, open_vault: Open, rights: str
) -> None:
    fill(bao, mount, config="a: 1\n", gone="x", **{"default/x": "y"})
    bao.do("DELETE", f"{mount}/data/hal/gone")
    as_root = open_vault("hal").fetch()
    token = bao.token(bao.policy(f"least-{mount}", rights.format(mount=mount)))
    source = open_vault("hal", token=token)
    snapshot = source.fetch()
    assert snapshot.files == as_root.files
    assert snapshot.revision == as_root.revision == source.revision()
    assert snapshot.details.get("deleted") == "1"


def test_a_right_that_is_missing_for_one_of_many(bao: Bao, mount: str, open_vault: Open) -> None:
    fill(bao, mount, config="a: 1\n", hidden="x", other="y")
    deny = f'path "{mount}/data/hal/hidden" {{ capabilities = ["deny"] }}\n'
    rights = (READ + SCAN).format(mount=mount)
    token = bao.token(bao.policy(f"one-{mount}", rights + deny))
    with pytest.raises(AccessDenied) as caught:
        open_vault("hal", token=token).fetch()
    assert f"'{mount}/hal/hidden'" in caught.value.message
    assert f'path "{mount}/data/hal/hidden" {{ capabilities = ["read"] }}' in caught.value.hint
    none = bao.token(bao.policy(f"none-{mount}", SCAN.format(mount=mount)))
    with pytest.raises(AccessDenied, match="not allowed to read 3 of 3 secrets") as caught:
        open_vault("hal", token=none).fetch()
    assert "'hal/config', 'hal/hidden', 'hal/other'" in caught.value.message


def test_listing_is_forbidden(bao: Bao, mount: str, open_vault: Open) -> None:
    fill(bao, mount, config="a: 1\n")
    token = bao.token(bao.policy(f"read-{mount}", READ.format(mount=mount)))
    with pytest.raises(AccessDenied, match="not allowed to list") as caught:
        open_vault("hal", token=token).fetch()
    assert f'path "{mount}/metadata/hal/*" {{ capabilities = ["list"] }}' in caught.value.hint


def test_the_directory_s_own_secret_is_never_left_out_silently(
    bao: Bao, mount: str, open_vault: Open
) -> None:
    bao.put(mount, "hal", {"config": "a: 1\n"})
    bao.put(mount, "hal/default", {"x": "y"})
    rights = (READ + SCAN).format(mount=mount)
    token = bao.token(bao.policy(f"root-{mount}", rights))
    with pytest.raises(AccessDenied, match=f"'{mount}/hal'"):
        open_vault("hal", token=token, layout="directory").fetch()
    own = f'path "{mount}/data/hal" {{ capabilities = ["read"] }}\n'
    token = bao.token(bao.policy(f"own-{mount}", rights + own))
    source = open_vault("hal", token=token, layout="directory")
    assert contents(source) == {"hal/config": b"a: 1\n", "hal/default/x": b"y"}


def test_versions_can_be_pinned(bao: Bao, mount: str, open_vault: Open) -> None:
    fill(bao, mount, config="one")
    fill(bao, mount, config="two", other="first")
    time.sleep(0.01)
    between = datetime.now(UTC).isoformat()
    time.sleep(0.01)
    fill(bao, mount, config="three", other="second", late="x")
    then = contents(open_vault("hal", as_of=between))
    assert then == {"hal/config": b"two", "hal/other": b"first"}
    pinned = open_vault("hal", version=1).fetch()
    assert {path: file.content for path, file in pinned.files.items()} == {
        "hal/config": b"one",
        "hal/other": b"first",
        "hal/late": b"x",
    }
    assert pinned.ref == "version 1"
    with pytest.raises(SourceNotFound, match="has no version 2") as caught:
        open_vault("hal", version=2).fetch()
    assert f"'{mount}/hal/late'" in caught.value.message


def test_a_pinned_version_that_is_gone(bao: Bao, mount: str, open_vault: Open) -> None:
    fill(bao, mount, config="one")
    time.sleep(0.01)
    between = datetime.now(UTC).isoformat()
    time.sleep(0.01)
    fill(bao, mount, config="two")
    for verb, word in (("delete", "deleted"), ("destroy", "destroyed")):
        bao.do("PUT", f"{mount}/{verb}/hal/config", {"versions": [1]})
        for pin in ({"version": 1}, {"as_of": between}):
            with pytest.raises(SourceNotFound, match=f"version 1 of .* was {word}"):
                open_vault("hal", **pin).fetch()
    assert contents(open_vault("hal")) == {"hal/config": b"two"}


def test_what_is_deleted_leaves_the_tree(bao: Bao, mount: str, open_vault: Open) -> None:
    fill(bao, mount, config="a", old="b", older="c")
    before_it = open_vault("hal").revision()
    bao.do("DELETE", f"{mount}/data/hal/old")
    bao.do("PUT", f"{mount}/destroy/hal/older", {"versions": [1]})
    snapshot = open_vault("hal").fetch()
    assert list(snapshot.files) == ["hal/config"]
    assert snapshot.details == {"layout": "file", "deleted": "1", "destroyed": "1"}
    assert snapshot.revision != before_it
    bao.do("PUT", f"{mount}/undelete/hal/old", {"versions": [1]})
    assert list(contents(open_vault("hal"))) == ["hal/config", "hal/old"]
    bao.do("DELETE", f"{mount}/data/hal/old")
    bao.do("DELETE", f"{mount}/data/hal/config")
    with pytest.raises(SourceNotFound, match=r"were deleted \(3\)"):
        open_vault("hal").fetch()


def test_a_secret_made_anew_is_another_one(bao: Bao, mount: str, open_vault: Open) -> None:
    fill(bao, mount, config="a")
    first = open_vault("hal").revision()
    bao.do("DELETE", f"{mount}/metadata/hal/config")
    fill(bao, mount, config="b")
    assert open_vault("hal").revision() != first


def meddling(monkeypatch: pytest.MonkeyPatch, meddle: Callable[[int], None]) -> list[int]:
    """Call ``meddle`` before each reading of ``hal/a``; counts them."""
    times = [0]
    lock = threading.Lock()
    real = Kv.read

    def read(self: Kv, path: str, version: int = 0) -> Secret:
        if path == "hal/a":
            with lock:
                times[0] += 1
                meddle(times[0])
        return real(self, path, version)

    monkeypatch.setattr(Kv, "read", read)
    return times


@pytest.mark.parametrize("scans", [True, False])
def test_a_change_under_way_starts_again(
    bao: Bao, mount: str, open_vault: Open, monkeypatch: pytest.MonkeyPatch, scans: bool
) -> None:
    fill(bao, mount, a="1", b="1")
    if not scans:
        monkeypatch.setattr(Kv, "scan", lambda *_: None)

    def meddle(times: int) -> None:
        if times == 1:
            fill(bao, mount, b="2")
            fill(bao, mount, a="2")

    # The one who writes does so between two listings, wherever the second one falls.
    fetch = open_vault("hal").fetch
    times = meddling(monkeypatch, meddle)
    files = {path: file.content for path, file in fetch().files.items()}
    assert files in ({"hal/a": b"1", "hal/b": b"1"}, {"hal/a": b"2", "hal/b": b"2"})
    assert times[0] >= 1


def test_a_change_without_end_gives_up(
    bao: Bao, mount: str, open_vault: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(bao, mount, a="1")
    monkeypatch.setattr(Kv, "scan", lambda *_: None)
    source = open_vault("hal", layout="file")
    real = Kv.metadata

    def metadata(self: Kv, path: str) -> object:
        fill(bao, mount, a="again")
        return real(self, path)

    monkeypatch.setattr(Kv, "metadata", metadata)
    with pytest.raises(SourceUnreachable, match="keep changing"):
        source.fetch()


def test_version_1_tells_nobody_what_it_holds(bao: Bao, open_vault: Open) -> None:
    mount = bao.mount(1)
    bao.do("POST", f"{mount}/hal/config", {"content": "a"})
    source = open_vault("hal", mount=mount)
    first = source.fetch()
    assert first.revision.startswith("hmac-sha256:") and first.revision == source.revision()
    bao.do("POST", f"{mount}/hal/config", {"content": "b"})
    assert source.revision() != first.revision
    other = bao.mount(1)
    bao.do("POST", f"{other}/hal/config", {"content": "a"})
    assert open_vault("hal", mount=other).revision() != first.revision


def test_too_many_are_refused_before_they_are_read(
    bao: Bao, mount: str, open_vault: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(bao, mount, **{f"f{number}": "x" for number in range(6)})

    def read(*_: object) -> Secret:
        raise AssertionError("nothing is to be read")

    monkeypatch.setattr(Kv, "read", read)
    with pytest.raises(ContentRefused) as caught:
        open_vault("hal", limits=Limits(files=5), layout="file").fetch()
    assert caught.value.problems[0].code == "HAL0104"


def test_nothing_there(bao: Bao, mount: str, open_vault: Open) -> None:
    with pytest.raises(SourceNotFound, match=f"no secret below '{mount}'"):
        open_vault().fetch()
    fill(bao, mount, config="x")
    with pytest.raises(SourceNotFound) as caught:
        open_vault("hol").fetch()
    assert caught.value.hint == "did you mean 'hal'?"
    fill(bao, mount, **{"default/x": "y"})
    with pytest.raises(SourceNotFound) as caught:
        open_vault("hol/default").fetch()
    assert caught.value.hint == "did you mean 'hal/default'?"


def test_the_location_leads_to_the_secrets(bao: Bao, mount: str, open_vault: Open) -> None:
    fill(bao, mount, config="x", **{"default/x": "y", "profiles/x": "y"})
    for paths, path in (
        ([], ""),
        (["hal/default"], "/hal/default"),
        (["hal/default", "hal/profiles"], "/hal"),
    ):
        assert open_vault(*paths, layout="file").fetch().location == f"{bao.url}/{mount}{path}"


def test_an_answer_that_comes_byte_by_byte_has_one_deadline(
    open_vault: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy's, that is: hvac waits for each byte anew."""
    with dripping(b"HTTP/1.1 200 OK\r\nServer: %s\r\n\r\n{}" % (b"x" * 200)) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "")
        source = open_vault("hal", seconds=0.3, address="http://vault.example.com:8200")
        with pytest.raises(SourceUnreachable, match="in time"):
            source.revision()
        assert not proxy.told.is_set()


def test_an_unchanged_tree_costs_one_request(bao: Bao, mount: str, open_vault: Open) -> None:
    fill(bao, mount, **{f"f{number}": "x" for number in range(9)})
    asked: list[str] = []

    def note(path: str) -> None:
        asked.append(path)

    with before(bao, note) as address:
        source = open_vault("hal", address=address, layout="file")
        first = source.fetch()
        asked.clear()
        for _ in range(3):
            source.renew(time.monotonic() + 30)
            assert source.revision() == first.revision
    assert asked == [f"/v1/{mount}/detailed-metadata/hal/"] * 3
    assert ROOT not in str(asked)
