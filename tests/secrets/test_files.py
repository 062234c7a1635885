"""Secret files are a part of the generation, and halyard finds them where its settings say."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
import yaml

from halsync.agent.secret_files import place_of
from halsync.secrets import Item, Wanted
from tests.secrets.installation import CONFIG, GATE, Installation, link_of

ACCOUNT = (
    "  providers:\n    kubernetes:\n      accounts:\n"
    "      - {name: a, kubeconfigFile: 'encryptedFile:kube-prod:config'}\n"
)
KUBECONFIG = "apiVersion: v1\nkind: Config\nclusters: []\n"


def kubeconfig_of(published: dict[str, bytes]) -> str:
    """The path that the account names."""
    (deployment,) = yaml.safe_load(published["config"])["deploymentConfigurations"]
    return str(deployment["providers"]["kubernetes"]["accounts"][0]["kubeconfigFile"])


def test_a_file_where_halyard_finds_it(here: Installation) -> None:
    here.mount(kube_prod={"config": KUBECONFIG})
    here.settings["validate"] = {"ignore": ["HAL1703", "HAL1405"]}
    here.write({"config": CONFIG + ACCOUNT})
    published = here.publish()
    path = kubeconfig_of(published)
    assert path == str(here.target / ".secrets/kube-prod/config")
    assert Path(path).read_text() == KUBECONFIG
    assert stat.S_IMODE(os.stat(path).st_mode) & 0o077 == 0
    assert link_of(here.target / ".secrets") == ".halsync/current/.secrets"
    # Only a path was written there: config itself is no secret, but the digest is keyed.
    assert os.stat(here.target / "config").st_mode & 0o040
    assert link_of(here.target / ".halsync/current").startswith("generations/k")


def test_rotation_is_a_change_and_rollback_goes_back_with_the_config(here: Installation) -> None:
    here.mount(kube_prod={"config": KUBECONFIG}, s={"k": "first-one"})
    here.write({"config": CONFIG + ACCOUNT, GATE: "a: encrypted:s:k\n"})
    here.publish()
    first = link_of(here.target / ".halsync/current")
    here.publish()
    assert link_of(here.target / ".halsync/current") == first
    here.mount(kube_prod={"config": KUBECONFIG + "users: []\n"}, s={"k": "second-one"})
    published = here.publish()
    assert link_of(here.target / ".halsync/current") != first
    assert b"users" in published[".secrets/kube-prod/config"]
    assert here.run("rollback").code == 0
    assert (here.target / ".secrets/kube-prod/config").read_text() == KUBECONFIG
    assert "first-one" in (here.target / GATE).read_text()


def test_what_is_referenced_no_more_is_gone(here: Installation) -> None:
    here.mount(kube_prod={"config": KUBECONFIG})
    here.write({"config": CONFIG + ACCOUNT})
    here.publish()
    here.write({"config": CONFIG})
    published = here.publish()
    assert not [path for path in published if path.startswith(".secrets")]
    assert not os.path.lexists(here.target / ".secrets")


def test_seen_as_something_else(here: Installation) -> None:
    here.mount(kube_prod={"config": KUBECONFIG})
    here.secrets(seenAs="/home/spinnaker/.hal/.secrets")
    here.settings["validate"] = {"ignore": ["HAL1703", "HAL1405"]}
    here.write({"config": CONFIG + ACCOUNT})
    assert kubeconfig_of(here.publish()) == "/home/spinnaker/.hal/.secrets/kube-prod/config"


def test_a_link_beside_the_target(here: Installation) -> None:
    here.mount(kube_prod={"config": KUBECONFIG})
    link = here.target.parent / "kubeconfigdir"
    here.secrets(layout="flat", seenAs=str(link), link=str(link))
    here.write({"config": CONFIG + ACCOUNT})
    path = kubeconfig_of(here.publish())
    assert path == f"{link}/config"
    assert Path(path).read_text() == KUBECONFIG
    assert link_of(link) == ".hal/.secrets"
    link.unlink()
    link.mkdir()  # the incumbent's, empty
    left = link.with_name(f"{link.name}.halsync-{os.getpid()}")
    left.symlink_to("nowhere")  # of a killed run that had this process id
    here.publish()
    assert link_of(link) == ".hal/.secrets"
    assert not os.path.lexists(left)


@pytest.mark.parametrize("kind", ["file", "directory"])
def test_something_else_where_the_link_belongs(here: Installation, kind: str) -> None:
    here.mount(kube_prod={"config": KUBECONFIG})
    link = here.target.parent / "kubeconfigdir"
    link.parent.mkdir()
    if kind == "file":
        link.write_text("mine")
    else:
        link.mkdir()
        (link / "mine").write_text("mine")
    here.secrets(layout="flat", seenAs=str(link), link=str(link))
    here.write({"config": CONFIG + ACCOUNT})
    refused = here.refused()
    assert refused.code == 7
    assert "move away what is there" in refused.text
    assert [path.name for path in link.parent.iterdir()] == ["kubeconfigdir"]


def test_only_the_owner_may_list_what_a_group_may_not(here: Installation) -> None:
    here.mount(kube_prod={"config": KUBECONFIG})
    here.settings["publish"] = {"group": str(os.getgid())}
    here.write({"config": CONFIG + ACCOUNT})
    here.publish()
    mode = stat.S_IMODE(os.stat(here.target / ".secrets/kube-prod/config").st_mode)
    assert mode == 0o440


@pytest.mark.parametrize(
    ("item", "key", "nested", "flat"),
    [
        (Item("kubernetes", "a.b"), "c_d", "a.b/c_d", "c_d"),
        (Item("vault", "secret/a/b"), "key", "_vault/secret/a/b/key", "key"),
        (Item("file", "/run/x/y"), "", "_file/run/x/y", "y"),
        (Item("s3", "a/b.yml", (("bucket", "bu"), ("region", "r"))), "",
         "_s3/bu/r/a/b.yml", "b.yml"),
    ],
)  # fmt: skip
def test_names(item: Item, key: str, nested: str, flat: str) -> None:
    assert place_of(Wanted(item, key), flat=False) == nested
    assert place_of(Wanted(item, key), flat=True) == flat


@pytest.mark.parametrize("name", ["a b/../c", "..", "ü", "x" * 300, "a//b", "."])
def test_names_that_no_file_may_have(name: str) -> None:
    for flat in (True, False):
        parts = place_of(Wanted(Item("vault", "secret/" + name), name), flat=flat).split("/")
        assert all(part and part not in (".", "..") and len(part) < 256 for part in parts)
        assert all(part.isascii() and " " not in part for part in parts)
