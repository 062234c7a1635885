"""The policies of examples/vault are enough for the settings beside them, and no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from halsync.clients.vault import Kv
from halsync.errors import AccessDenied
from halsync.settings.load import load
from halsync.settings.vault import VaultSettings
from tests.harness import ROOT
from tests.servers.openbao import Bao, as_secret
from tests.sources.vault.conftest import Open, contents

PLACE = "spinnaker/hal"
TREE = {"config": b"a: 1\n", "halyard.yaml": b"b: 2\n", "default/profiles/gate.yml": b"c: 3\n"}


@pytest.mark.parametrize("layout", ["file", "directory"])
@pytest.mark.parametrize("scans", [True, False])
def test_the_policy_is_enough(
    bao: Bao, open_vault: Open, layout: str, scans: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = ROOT / "examples/vault"
    file = example / f"halsync-{layout}.yaml"
    loaded = load({}, {}, config=str(file), directory=str(example)).settings
    [source] = loaded.sources
    assert isinstance(source.options, VaultSettings)
    assert (source.options.mount, source.path, source.options.layout) == ("secret", PLACE, layout)
    bao.call("DELETE", f"secret/metadata/{PLACE}")
    for path in TREE:
        bao.call("DELETE", f"secret/metadata/{PLACE}/{path}")
        bao.call("DELETE", f"secret/metadata/{PLACE}/{Path(path).parent}")
    if layout == "file":
        for path, content in TREE.items():
            bao.put("secret", f"{PLACE}/{path}", as_secret(content))
    else:
        bao.put("secret", PLACE, {name: TREE[name].decode() for name in ("config", "halyard.yaml")})
        bao.put("secret", f"{PLACE}/default/profiles", {"gate.yml": "c: 3\n"})
    bao.put("secret", "others", {"content": "x"})
    policy = bao.policy(f"example-{layout}", (example / f"policy-{layout}.hcl").read_text())
    if not scans:
        monkeypatch.setattr(Kv, "scan", lambda *_: None)
    here = {"token": bao.token(policy), "mount": "secret", "layout": layout}
    want = {f"{PLACE}/{path}": content for path, content in TREE.items()}
    assert contents(open_vault(PLACE, **here)) == want
    with pytest.raises(AccessDenied):
        open_vault("others", **here).fetch()
