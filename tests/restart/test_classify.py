"""What a change asks for depends on what changed, and only on that."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halsync.model import File, Origin, Tree
from halsync.restart import reaction, seen
from halsync.restart.base import Reaction
from halsync.restart.classify import Seen
from halsync.validate.documents import Documents

CONFIG = """\
currentDeployment: default
deploymentConfigurations:
- name: default
  version: 1.30.0
  providers: {kubernetes: {accounts: [{name: a, kubeconfigFile: keys/prod.config}]}}
"""
BASE = {
    "config": CONFIG,
    "halyard-local.yml": "server: {port: 8064}\n",
    "default/profiles/gate-local.yml": "a: 1\nb: 2\n",
    "default/service-settings/gate.yml": "replicas: 1\n",
    ".boms/bom/1.30.0.yml": "version: 1.30.0\n",
    "keys/prod.config": "token: 1\n",
    ".secrets/default/password": "x",
    "README.md": "hello",
    "dynamic-accounts/clouddriver/accounts.yml": "accounts: []\n",
    "default/profiles/notes.txt": "nobody reads this",
}


def looked(files: dict[str, str]) -> dict[str, Seen]:
    made = {
        path: File(text.encode(), False, Origin("s", "r", path)) for path, text in files.items()
    }
    return seen(made, Documents(Tree(made, {})).says)


def asked(**changes: str) -> Reaction:
    return reaction(
        looked(BASE), looked({**BASE, **{k.replace("|", "/"): v for k, v in changes.items()}})
    )


@pytest.mark.parametrize(
    ("path", "text", "wanted"),
    [
        ("config", CONFIG.replace("1.30.0", "1.31.0"), "configuration"),
        ("config", "# a comment\n" + CONFIG, "none"),
        ("config", CONFIG.replace("version: 1.30.0", "version:   '1.30.0'"), "none"),
        ("default/profiles/gate-local.yml", "b: 2\na: 1\n", "none"),
        ("default/profiles/gate-local.yml", "b: 2\na: 2\n", "configuration"),
        ("default/profiles/new-local.yml", "b: 2\n", "none"),
        ("default/profiles/orca-local.yml", "b: 2\n", "configuration"),
        ("default/service-settings/gate.yml", "replicas: 2\n", "configuration"),
        (".boms/bom/1.30.0.yml", "version: 1.30.1\n", "configuration"),
        ("keys/prod.config", "token: 2\n", "configuration"),
        ("halyard-local.yml", "server: {port: 8065}\n", "daemon"),
        ("halyard-local.yml", "server:\n  port: 8064 # as ever\n", "none"),
        ("halyard.yaml", "server: {port: 8064}\n", "daemon"),
        ("README.md", "goodbye", "none"),
        ("default/profiles/notes.txt", "still nobody", "none"),
        ("dynamic-accounts/clouddriver/accounts.yml", "accounts: [{name: b}]\n", "none"),
    ],
)
def test_one_file(path: str, text: str, wanted: Reaction) -> None:
    assert reaction(looked(BASE), looked({**BASE, path: text})) == wanted


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("default/service-settings/gate.yml", "configuration"),
        ("halyard-local.yml", "daemon"),
        ("README.md", "none"),
    ],
)
def test_a_file_that_goes(path: str, wanted: Reaction) -> None:
    rest = {name: text for name, text in BASE.items() if name != path}
    assert reaction(looked(BASE), looked(rest)) == wanted


def test_a_rendered_secret_counts_where_it_is_named() -> None:
    config = CONFIG.replace("keys/prod.config", "/home/spinnaker/.hal/.secrets/default/password")
    before = looked({**BASE, "config": config})
    after = looked({**BASE, "config": config, ".secrets/default/password": "y"})
    assert reaction(before, after) == "configuration"


def test_a_file_counts_where_its_directory_is_named() -> None:
    config = CONFIG.replace("keys/prod.config", "keys")
    before, after = (looked({**BASE, "config": config, "keys/x": text}) for text in "12")
    assert reaction(before, after) == "configuration"


def test_nothing_told_before_asks_for_everything() -> None:
    assert reaction({}, looked(BASE)) == "daemon"


trees = st.dictionaries(
    st.sampled_from(sorted(BASE)), st.sampled_from(["a: 1\n", "a: 2\n", "# x\na: 1\n"])
)


@given(trees, trees, trees)
def test_as_strong_as_its_steps(
    one: dict[str, str], two: dict[str, str], three: dict[str, str]
) -> None:
    order = ("none", "configuration", "daemon")
    a, b, c = looked(one), looked(two), looked(three)
    assert reaction(a, a) == "none"
    assert reaction(a, b) == reaction(b, a)
    if reaction(a, b) == reaction(b, c) == "none":
        changed = {path for path in a.keys() | c.keys() if a.get(path) != c.get(path)}
        # Whether a file counts may hang on what is said elsewhere, never on how.
        assert reaction(a, c) == "none" or any("keys" in p or ".secrets" in p for p in changed)
    assert order.index(reaction(a, c)) <= 2
