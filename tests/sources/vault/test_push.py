"""``halsync push --to-vault``: an existing tree loaded into an engine, nothing newer lost."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from halsync.errors import ConfigError, PublishError
from halsync.model import File, Origin
from halsync.settings.model import Limits, SecretRef
from halsync.settings.vault import VaultAuth, VaultConnection, VaultSettings
from halsync.sources.destination import Writing
from halsync.sources.vault.destination import VaultDestination, open_destination
from tests.harness import Result, halsync
from tests.servers.openbao import ROOT, Bao
from tests.sources.vault.conftest import Open, contents

TREE = {
    "config": b"currentDeployment: default\ndeploymentConfigurations: []\n",
    "default/profiles/gate-local.yml": b"server: {}\n",
    "default/profiles/echo-local.yml": b"binary: [\xff\xfe]\n",
    "default/service-settings/gate.yml": b"",
}
ORIGIN = Origin("it", "", "")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small ``.hal``."""
    for name, content in TREE.items():
        path = tmp_path / "hal" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "hal"


def push(bao: Bao, tree: Path, to: str, *words: str, layout: str = "auto") -> Result:
    """The command, as root of the server."""
    token = tree.parent / "token"
    token.write_text(ROOT)
    env = {
        "HALSYNC_VAULT_ADDRESS": bao.url,
        "HALSYNC_VAULT_TOKEN_FILE": str(token),
        "HALSYNC_VAULT_LAYOUT": layout,
    }
    return halsync("push", tree, "--to-vault", to, *words, env=env)


@pytest.mark.parametrize("layout", ["file", "directory"])
def test_what_is_pushed_is_what_comes_back(
    bao: Bao, mount: str, open_vault: Open, tree: Path, layout: str
) -> None:
    (tree / "config").chmod(0o755)
    looked = push(bao, tree, f"{mount}/hal", "--dry-run", layout=layout)
    assert looked.code == 0 and "4 files differ: 4 added" in looked.out, looked.err
    assert bao.call("LIST", f"{mount}/metadata").status == 404
    done = push(bao, tree, f"{mount}/hal", "--yes", layout=layout)
    assert done.code == 0, done.err
    snapshot = open_vault("hal").fetch()
    assert snapshot.details == {"layout": layout}
    assert {path.removeprefix("hal/"): f.content for path, f in snapshot.files.items()} == TREE
    assert [path for path, file in snapshot.files.items() if file.executable] == ["hal/config"]
    again = push(bao, tree, f"{mount}/hal", "--yes")
    assert again.code == 0 and "no differences" in again.out
    assert open_vault("hal").fetch().revision == snapshot.revision


@pytest.mark.parametrize("layout", ["file", "directory"])
def test_own_work_is_changed_and_removed_without_asking(
    bao: Bao, mount: str, open_vault: Open, tree: Path, layout: str
) -> None:
    assert push(bao, tree, f"{mount}/hal", "--yes", layout=layout).code == 0
    (tree / "default/profiles/gate-local.yml").write_text("server: {port: 1}\n")
    (tree / "default/profiles/echo-local.yml").unlink()
    (tree / "default/service-settings/gate.yml").unlink()
    kept = push(bao, tree, f"{mount}/hal", "--yes")
    assert kept.code == 0, kept.err
    assert "left at" in kept.out
    assert len(contents(open_vault("hal"))) == 4
    done = push(bao, tree, f"{mount}/hal", "--yes", "--delete")
    assert done.code == 0, done.err
    assert contents(open_vault("hal")) == {
        "hal/config": TREE["config"],
        "hal/default/profiles/gate-local.yml": b"server: {port: 1}\n",
    }


def test_somebody_elses_work_is_not_lost(
    bao: Bao, mount: str, open_vault: Open, tree: Path
) -> None:
    assert push(bao, tree, f"{mount}/hal", "--yes").code == 0
    newer: dict[str, Any] = {"content": "theirs: 1\npassword: hunter22\n"}
    bao.put(mount, "hal/config", newer)
    refused = push(bao, tree, f"{mount}/hal", "--yes")
    assert refused.code == 7 and "written by somebody else" in refused.err
    assert "hunter22" not in refused.out + refused.err
    assert contents(open_vault("hal"))["hal/config"].startswith(b"theirs")
    forced = push(bao, tree, f"{mount}/hal", "--yes", "--force")
    assert forced.code == 0, forced.err
    assert contents(open_vault("hal"))["hal/config"] == TREE["config"]


def test_a_directory_is_written_at_once_config_last(bao: Bao, mount: str, tree: Path) -> None:
    (tree / "halyard.yaml").write_text("server: {}\n")
    assert push(bao, tree, f"{mount}/hal", "--yes", layout="directory").code == 0
    assert bao.do("GET", f"{mount}/metadata/hal/default/profiles")["current_version"] == 1
    first = bao.do("GET", f"{mount}/data/hal?version=1")["data"]
    assert list(first) == ["halyard.yaml"]
    assert bao.do("GET", f"{mount}/metadata/hal")["current_version"] == 2


def test_the_mark_tells_nothing_of_what_is_held(bao: Bao, mount: str, tree: Path) -> None:
    assert push(bao, tree, f"{mount}/hal", "--yes").code == 0
    bao.do("POST", f"{mount}/metadata/hal/config", {"custom_metadata": {"owner": "team"}})
    (tree / "config").write_text("currentDeployment: default\n")
    assert push(bao, tree, f"{mount}/hal", "--yes", "--force").code == 0
    custom = bao.do("GET", f"{mount}/metadata/hal/config")["custom_metadata"]
    assert custom["owner"] == "team"
    name, _, version = custom["halsync-push"].partition(":")
    assert len(name) == 16 and version == "2"


def test_without_a_right_to_metadata_it_writes_all_the_same(
    bao: Bao, mount: str, tree: Path, open_vault: Open
) -> None:
    rights = (
        f'path "{mount}/data/hal/*" {{ capabilities = ["create", "update", "read"] }}\n'
        f'path "{mount}/metadata/hal/*" {{ capabilities = ["list"] }}\n'
    )
    token = tree.parent / "narrow"
    token.write_text(bao.token(bao.policy(f"push-{mount}", rights)))
    env = {"HALSYNC_VAULT_ADDRESS": bao.url, "HALSYNC_VAULT_TOKEN_FILE": str(token)}
    done = halsync("push", tree, "--to-vault", f"{mount}/hal", "--yes", env=env)
    assert done.code == 0, done.err
    assert len(contents(open_vault("hal"))) == 4
    denied = halsync("push", tree, "--to-vault", f"{mount}/other", "--yes", env=env)
    assert denied.code == 4 and f"{mount}/metadata/other/*" in denied.err


def test_version_1_is_written_too(bao: Bao, tree: Path, open_vault: Open) -> None:
    mount = bao.mount(1)
    assert push(bao, tree, f"{mount}/hal", "--yes").code == 0
    files = contents(open_vault("hal", mount=mount))
    assert {path.removeprefix("hal/"): content for path, content in files.items()} == TREE
    (tree / "config").write_text("currentDeployment: other\n")
    assert push(bao, tree, f"{mount}/hal", "--yes").code == 7  # it keeps no record of whose it is
    assert push(bao, tree, f"{mount}/hal", "--yes", "--force").code == 0


def destination(bao: Bao, mount: str, tmp_path: Path, **settings: Any) -> VaultDestination:
    file = tmp_path / "token"
    file.write_text(ROOT)
    auth = VaultAuth("token", secret=SecretRef(file=str(file)))
    options = VaultSettings(VaultConnection(bao.url, auth), mount)._replace(**settings)
    return open_destination(options, Writing("tree", Limits(), time.monotonic() + 20, "hal"))


@pytest.mark.parametrize("layout", ["file", "directory"])
def test_what_was_written_since_the_look_is_not_overwritten(
    bao: Bao, mount: str, tmp_path: Path, layout: str
) -> None:
    bao.put(mount, "hal/a", {"content": "1"} if layout == "file" else {"x": "1"})
    writer = destination(bao, mount, tmp_path, layout=layout)
    path = "a" if layout == "file" else "a/x"
    new, other = File(b"2", False, ORIGIN), File(b"3", False, ORIGIN)
    held = writer.held({path: new, f"b{path}": other})
    bao.put(mount, "hal/a", {"content": "theirs"} if layout == "file" else {"x": "theirs"})
    bao.put(mount, "hal/ba", {"content": "theirs"} if layout == "file" else {"x": "theirs"})
    for name, file in ((path, new), (f"b{path}", other)):
        with pytest.raises(PublishError, match="somebody wrote it meanwhile"):
            writer.write(name, file, held.get(name))
    if layout == "file":
        with pytest.raises(PublishError, match="somebody else has just written"):
            writer.remove(path, held[path])
    writer.close()


def test_the_past_cannot_be_written_to(bao: Bao, mount: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the past cannot be written to"):
        destination(bao, mount, tmp_path, version=3)


def test_no_server_is_named(tree: Path) -> None:
    done = halsync("push", tree, "--to-vault", "secret/hal", "--yes")
    assert done.code == 2 and "HALSYNC_VAULT_ADDRESS" in done.err
    assert json.loads(done.err.splitlines()[-1])["where"] == "halsync push --to-vault"
