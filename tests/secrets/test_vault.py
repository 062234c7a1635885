"""Secrets in a real OpenBao: both versions of engines, rights, versions."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from halsync.agent.secrets import versions_of
from tests.secrets.installation import GATE, Installation
from tests.servers.openbao import ROOT, Bao, serve_bao, serve_sealed, why_not


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bao]:
    """A server."""
    if reason := why_not():
        pytest.skip(reason)
    with serve_bao(tmp_path_factory.mktemp("bao")) as server:
        yield server


def through(here: Installation, bao: Bao, token: str = ROOT) -> None:
    """Log in to this server."""
    path = here.directory / "token"
    path.write_text(token)
    here.secrets(vault={"address": bao.url, "auth": {"tokenFile": str(path)}})


def value(published: dict[str, bytes]) -> Any:
    """The profile."""
    return yaml.safe_load(published[GATE])


def test_in_longer_text_both_quotings_several_on_a_line(here: Installation, bao: Bao) -> None:
    mount = bao.mount()
    bao.put(mount, "spinnaker/redis", {"user": "u-1", "password": "p#: &'\"\\1", "port": 6379})
    through(here, bao)
    at = f"vault:{mount}/spinnaker/redis"
    here.write(
        {
            GATE: f"a: redis://halsync({at}#user):halsync({at}#password)@host:halsync({at}#port)\n"
            f"b: 'halsync({at}#password)'\nc: \"halsync({at}#password)\"\n"
            f"d: {{e: halsync({at}#user), f: [halsync({at}#user)]}} # halsync({at}#none)\n"
            f"g: halsyncFile({at}#password)\n"
        }
    )
    published = here.publish()
    found = value(published)
    assert found["a"] == "redis://u-1:p#: &'\"\\1@host:6379"
    assert (found["b"], found["c"]) == ("p#: &'\"\\1", "p#: &'\"\\1")
    assert found["d"] == {"e": "u-1", "f": ["u-1"]}
    path = f".secrets/_vault/{mount}/spinnaker/redis/password"
    assert found["g"] == str(here.target / path)
    assert published[path] == b"p#: &'\"\\1"


def test_an_engine_of_version_1_and_a_mount_with_slashes(here: Installation, bao: Bao) -> None:
    mount = bao.mount(1, "team-s/kv")
    bao.do("POST", f"{mount}/a/b", {"k": "old-value"})
    through(here, bao)
    here.write({GATE: f"a: halsync(vault:{mount}/a/b#k)\n"})
    assert value(here.publish()) == {"a": "old-value"}
    before = versions_of(here.load(), here.look().references)
    assert before == versions_of(here.load(), here.look().references)
    bao.do("POST", f"{mount}/a/b", {"k": "new-value"})
    assert before != versions_of(here.load(), here.look().references)


def test_spinnakers_own_form_on_request(here: Installation, bao: Bao) -> None:
    mount = bao.mount()
    bao.put(mount, "a/b", {"k": base64.b64encode(b"\x00binary").decode(), "t": "text-1"})
    through(here, bao)
    here.write(
        {GATE: f"a: encrypted:vault!e:{mount}!p:a/b!k:t\nb: encryptedFile:vault!e:{mount}!n:a/b"
               "!k:k!b:true\n"}
    )  # fmt: skip
    assert "encrypted:vault!" in value(here.publish())["a"]
    here.secrets(resolve=["vault"])
    published = here.publish()
    assert value(published)["a"] == "text-1"
    (path,) = [path for path in published if path.startswith(".secrets/")]
    assert published[path] == b"\x00binary"


def test_missing_and_denied_together(here: Installation, bao: Bao) -> None:
    mount = bao.mount()
    bao.put(mount, "open", {"password": "abc-123"})
    bao.put(mount, "closed", {"password": "def-456"})
    bao.policy("open-only", f'path "{mount}/data/open" {{ capabilities = ["read"] }}\n'
                            f'path "{mount}/data/none" {{ capabilities = ["read"] }}')  # fmt: skip
    through(here, bao, bao.token("open-only"))
    here.write(
        {
            GATE: f"a: halsync(vault:{mount}/open#pasword)\n"
            f"b: halsync(vault:{mount}/closed#password)\n"
            f"c: halsync(vault:{mount}/none#password)\n"
            f"d: halsync(vault:{mount}/open#password)\n"
        }
    )
    refused = here.refused()
    assert refused.code == 6
    key, closed, none = refused.problems
    assert (key.code, key.hint) == ("HAL0263", "did you mean password?")
    assert (closed.code, closed.line) == ("HAL0264", 2)
    assert f'path "{mount}/data/closed" {{ capabilities = ["read"] }}' in closed.hint
    assert (none.code, none.line) == ("HAL0263", 3)
    assert "abc-123" not in refused.text
    here.write({GATE: f"b: halsync(vault:{mount}/closed#password)\n"})
    assert here.refused().code == 4


def test_versions_without_the_right_to_metadata(here: Installation, bao: Bao) -> None:
    mount = bao.mount()
    bao.put(mount, "x", {"k": "first-one"})
    bao.policy("data-only", f'path "{mount}/data/x" {{ capabilities = ["read"] }}')
    here.write({GATE: f"a: halsync(vault:{mount}/x#k)\n"})
    seen = []
    for token in (ROOT, bao.token("data-only")):
        through(here, bao, token)
        looked = here.look()
        seen.append(versions_of(here.load(), looked.references))
        assert looked.sources[-1].revision == seen[-1]
    assert seen[0] == seen[1]
    bao.put(mount, "x", {"k": "second-one"})
    assert versions_of(here.load(), here.look().references) != seen[0]


def test_a_deleted_version(here: Installation, bao: Bao) -> None:
    mount = bao.mount()
    bao.put(mount, "x", {"k": "gone-one"})
    bao.do("DELETE", f"{mount}/data/x")
    through(here, bao)
    here.write({GATE: f"a: halsync(vault:{mount}/x#k)\n"})
    refused = here.refused()
    assert refused.one.code == "HAL0263"
    assert "was deleted" in refused.one.message and "undelete" in refused.one.hint


def test_no_such_mount_and_a_dead_token(here: Installation, bao: Bao) -> None:
    through(here, bao)
    here.write({GATE: "a: halsync(vault:nowhere/x#k)\n"})
    assert here.refused().one.code in ("HAL0263", "HAL0264")
    through(here, bao, "s.not-a-token")
    refused = here.refused()
    assert (refused.code, refused.one.code) == (4, "HAL0264")
    assert "not-a-token" not in refused.text


def test_sealed(here: Installation) -> None:
    if reason := why_not():
        pytest.skip(reason)
    with serve_sealed(here.directory / "sealed") as sealed:
        through(here, sealed.bao)
        here.settings["timeout"] = "1s"
        here.write({GATE: "a: halsync(vault:secret/x#k)\nb: halsync(vault:secret/y#k)\n"})
        refused = here.refused()
    assert refused.code == 3
    assert {each.code for each in refused.problems} == {"HAL0265"}
    assert "sealed" in refused.text


def test_a_source_of_the_same_server_is_enough(here: Installation, bao: Bao) -> None:
    mount = bao.mount()
    bao.put(mount, "hal/config", {"content": "currentDeployment: default\n"
            "deploymentConfigurations: [{name: default}]\n"})  # fmt: skip
    bao.put(mount, f"hal/{GATE}", {"content": f"a: halsync(vault:{mount}/x#k)\n"})
    bao.put(mount, "x", {"k": "of-the-source"})
    (here.directory / "token").write_text(ROOT)
    here.settings["sources"] = [
        {"name": "v", "vault": {"address": bao.url, "mount": mount, "path": "hal",
                                "auth": {"tokenFile": str(here.directory / "token")}}}
    ]  # fmt: skip
    assert value(here.publish()) == {"a": "of-the-source"}
