"""``halsync accounts sync`` as clouddriver's pod runs it."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.clients.kubernetes.workloads import eventually
from tests.harness import Result, command, environment, halsync
from tests.servers.kube import Cluster, KubeServer

_LOCAL = """\
kubernetes:
  enabled: true
  accounts:
  - name: prod
    kubeconfigFile: /opsmx/prod
  - name: test   # of the other team
    kubeconfigFile: "/opsmx/team/admin.conf"
  - name: own
    kubeconfigFile: /home/spinnaker/.kube/config
"""

Sync = Callable[..., Result]


class Place:
    """A repository of accounts, and the directory for the kubeconfigs."""

    def __init__(self, directory: Path, cluster: Cluster) -> None:
        self.cluster = cluster
        self.repo = directory / "repo"
        self.repo.mkdir()
        self.out = directory / "out"
        self.file = directory / "halsync.yaml"
        self.settings: dict[str, Any] = {
            "timeout": "5s",
            "log": {"format": "text"},
            "sources": [{"name": "accounts", "dir": {"path": str(self.repo)}}],
            "kubernetes": {
                "kubeconfig": str(cluster.kubeconfig), "namespace": cluster.namespace,
            },
            "accounts": {"directory": str(self.out), "seenAs": "/opsmx"},
        }  # fmt: skip
        (self.repo / "clouddriver-local.yml").write_text(_LOCAL)

    def sync(self, *arguments: str, code: int = 0) -> Result:
        """Run it; it must end with this code."""
        self.file.write_text(yaml.safe_dump(self.settings))
        done = halsync("accounts", "sync", *arguments, "--config", self.file)
        assert done.code == code, done.out + done.err
        return done

    def files(self) -> dict[str, str]:
        """What clouddriver finds."""
        return {
            str(path.relative_to(self.out)): path.read_text()
            for path in sorted(self.out.rglob("*"))
            if path.is_file() and path.name != ".halsync-accounts.json"
        }


@pytest.fixture
def place(tmp_path: Path, kube: Cluster) -> Place:
    """Two accounts with their Secrets."""
    kube.secret("prod", {"config": "kubeconfig-of-prod"})
    kube.secret("team", {"admin.conf": "kubeconfig-of-team", "other": "x"})
    return Place(tmp_path, kube)


def test_once(place: Place) -> None:
    done = place.sync("-o", "json")
    assert json.loads(done.out)["written"] == ["prod", "team/admin.conf"]
    assert place.files() == {"prod": "kubeconfig-of-prod", "team/admin.conf": "kubeconfig-of-team"}
    assert stat.S_IMODE((place.out / "prod").stat().st_mode) == 0o640
    assert json.loads(place.sync("-o", "json").out)["written"] == []


def test_a_changed_secret_and_an_account_that_is_gone(place: Place, kube: Cluster) -> None:
    place.sync()
    kube.secret("prod", {"config": "rotated"})
    text = _LOCAL.replace("/opsmx/team/admin.conf", "/elsewhere")
    (place.repo / "clouddriver-local.yml").write_text(text)
    done = json.loads(place.sync("-o", "json").out)
    assert (done["written"], done["removed"]) == (["prod"], ["team/admin.conf"])
    assert place.files() == {"prod": "rotated"}


def test_the_halconfig_names_accounts_too(place: Place) -> None:
    (place.repo / "clouddriver-local.yml").unlink()
    (place.repo / "config").write_text(
        "deploymentConfigurations:\n- name: default\n  providers:\n    kubernetes:\n"
        "      accounts:\n      - {name: prod, kubeconfigFile: /opsmx/prod}\n"
    )
    place.sync()
    assert place.files() == {"prod": "kubeconfig-of-prod"}


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/opsmx/absent", "there is no Secret absent"),
        ("/opsmx/team/amin.conf", "did you mean admin.conf?"),
        ("/opsmx/team", "has 2 keys"),
        ("/opsmx/../etc/passwd", "names no Secret"),
        ("/opsmx/team/a/b", "names no Secret"),
        ("/opsmx/Prod_1", "names no Secret"),
        ("/opsmx/empty", "is empty"),
        ("/opsmx/team/", "names no Secret"),
    ],
)
def test_an_account_without_its_file_is_told_and_the_others_have_theirs(
    place: Place, kube: Cluster, path: str, said: str
) -> None:
    kube.secret("empty", {"config": ""})
    (place.repo / "clouddriver-local.yml").write_text(
        _LOCAL.replace("/opsmx/team/admin.conf", path)
    )
    done = place.sync(code=6)
    assert said in done.err
    assert "clouddriver-local.yml:7" in done.err
    assert f"7 | {_LOCAL.splitlines()[6].replace('/opsmx/team/admin.conf', path)}" in done.err
    assert place.files() == {"prod": "kubeconfig-of-prod"}


def test_a_secret_that_is_deleted_takes_no_file_away(place: Place, kube: Cluster) -> None:
    place.sync()
    kube.delete("v1", "secrets", "prod")
    place.sync(code=6)
    assert place.files()["prod"] == "kubeconfig-of-prod"


def test_a_file_that_cannot_be_parsed_takes_no_file_away(place: Place) -> None:
    place.sync()
    (place.repo / "clouddriver-local.yml").write_text("kubernetes: [\n")
    done = place.sync(code=6)
    assert "clouddriver-local.yml:" in done.err
    assert len(place.files()) == 2


def test_an_outage_takes_no_file_away(place: Place, kube_server: KubeServer) -> None:
    place.sync()
    kube_server.down = True
    place.settings["timeout"] = "1s"
    place.sync(code=3)
    assert len(place.files()) == 2


def test_a_right_that_is_missing(place: Place, kube: Cluster, tmp_path: Path) -> None:
    rule = {
        "apiGroups": [""],
        "resources": ["secrets"],
        "resourceNames": ["prod"],
        "verbs": ["get"],
    }
    place.settings["kubernetes"]["kubeconfig"] = kube.account(tmp_path, [rule]).kubeconfig
    done = place.sync(code=6)
    assert 'resourceNames: ["team"], verbs: ["get"]' in done.err
    assert place.files() == {"prod": "kubeconfig-of-prod"}


def test_what_is_wrong_in_the_settings(place: Place) -> None:
    place.settings["accounts"] = {"directory": str(place.out), "mode": "644"}
    assert "lets others at files" in place.sync(code=2).err
    place.settings["accounts"] = {}
    assert "--directory" in place.sync(code=2).err


def _holds(place: Place, text: str) -> bool:
    return place.files()["prod"] == text


@pytest.mark.e2e
def test_it_stays_and_follows(place: Place, kube: Cluster) -> None:
    place.settings["accounts"]["interval"] = "1s"
    place.file.write_text(yaml.safe_dump(place.settings))
    child = subprocess.Popen(
        command("accounts", "sync", "--config", place.file),
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        eventually(lambda: place.out.exists() and len(place.files()) == 2)
        kube.secret("prod", {"config": "rotated"})
        eventually(lambda: place.files()["prod"] == "rotated")
        kube.delete("v1", "secrets", "team")
        for text in ("again", "and again"):
            # When the second one is there, the turn of the first has told what it lacks.
            kube.secret("prod", {"config": text})
            eventually(partial(_holds, place, text))
        assert place.files()["team/admin.conf"] == "kubeconfig-of-team"
    finally:
        child.send_signal(signal.SIGTERM)
        _, told = child.communicate(timeout=30)
    assert child.returncode == 0
    assert told.count("there is no Secret team") == 1
    assert "kubeconfig-of" not in told


def test_many_accounts_read_each_secret_once(place: Place, kube_server: KubeServer) -> None:
    keys = {f"key-{number}": f"kubeconfig-{number}" for number in range(40)}
    place.cluster.secret("many", keys)
    accounts = "".join(f"  - kubeconfigFile: /opsmx/many/{key}\n" for key in keys)
    (place.repo / "clouddriver-local.yml").write_text(f"kubernetes:\n  accounts:\n{accounts}")
    kube_server.seen.clear()
    place.sync()
    assert place.files() == {f"many/{key}": value for key, value in keys.items()}
    assert len(kube_server.seen) == 1


def test_nothing_is_removed_where_no_file_could_name_an_account(place: Place) -> None:
    place.sync()
    (place.repo / "clouddriver-local.yml").unlink()
    (place.repo / "README.md").write_text("moved\n")
    done = place.sync(code=6)
    assert "no file that could name accounts (**/clouddriver*.yml, config)" in done.err
    assert set(place.files()) == {"prod", "team/admin.conf"}


@pytest.mark.parametrize("group", ["4294967296", "²"])
def test_a_group_that_cannot_be(place: Place, group: str) -> None:
    place.settings["accounts"]["group"] = group
    assert "accounts.group" in place.sync(code=2).err
