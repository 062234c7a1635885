"""The incumbent's recorded cases through ``halsync init``: the same values, but for its bugs."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml

from halsync.redact import MASK
from tests.harness import Result, halsync, visible
from tests.render.opsmx.cases import (
    NAMES,
    REPAIRS,
    Case,
    Difference,
    Repair,
    differences,
    expected,
    expected_daemon,
    expected_files,
    load,
    needs_cases,
    source,
)
from tests.servers.git_repos import Repo
from tests.servers.kube import Cluster, KubeServer, serve_kube

pytestmark = needs_cases

KEY = "".join(f"FAKE-SSH-KEY-LINE-{number}\n" for number in range(1, 8))
"""What the recorded ssh cases were given."""


def install(case: Case, directory: Path, server: KubeServer | None = None) -> Path:
    """A repository with the case's source, and settings that use it with the preset.

    The Secrets are mounted, or those of an API in the namespace of the case.
    """
    files = source(case, directory)
    repo = Repo(directory / "repo.git", case.branch)
    repo.commit(files, branch=case.branch)
    (directory / "values.yaml").write_text(yaml.safe_dump(case.values))
    (directory / "ssh").write_text(KEY)
    secrets = {
        name: {key: value.encode("utf-8", "surrogateescape") for key, value in keys.items()}
        for name, keys in case.secrets.items()
    }
    settings: dict[str, Any] = {
        "target": "home/.hal",
        "daemonConfig": "daemon",
        "sources": [{"name": "hal", "git": {"url": f"file://{repo.path}", "ref": case.branch}}],
        "render": {
            "preset": "opsmx",
            "chart": case.chart,
            "values": "values.yaml",
            "release": case.release,
            "namespace": case.namespace,
            "nodeIp": case.node_ip,
            "sshKeyFile": "ssh",
        },
    }
    if server is None:
        settings["render"]["secretsDir"] = "secrets"
        _mount(secrets, directory / "secrets")
    else:
        kubeconfig = directory / "kubeconfig"
        kubeconfig.write_text(yaml.safe_dump(server.kubeconfig(namespace="default")))
        settings["kubernetes"] = {"kubeconfig": str(kubeconfig)}
        administrator = Cluster(kubeconfig, case.namespace, server)
        for name, keys in secrets.items():
            administrator.secret(name, dict(keys))
        administrator.api.close()
    path = directory / "halsync.yaml"
    path.write_text(yaml.safe_dump(settings))
    return path


def _mount(secrets: dict[str, dict[str, bytes]], directory: Path) -> None:
    for name, keys in secrets.items():
        for key, value in keys.items():
            place = directory / name / key
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(value)


def init(settings: Path) -> Result:
    """Publish, which must work."""
    done = halsync("init", "--config", settings, cwd=settings.parent)
    assert done.code == 0, done.err
    return done


def repair_of(case: Case, found: Difference) -> Repair | None:
    """The repair that a difference is."""
    for repair in REPAIRS:
        patterns = (repair.case, repair.file, repair.path)
        if all(map(fnmatchcase, (case.name, found.file, found.path), patterns)):
            return repair
    return None


@pytest.mark.parametrize("name", NAMES)
def test_case(name: str, tmp_path: Path) -> None:
    case = load(name)
    init(install(case, tmp_path))
    compare(case, tmp_path)


def compare(case: Case, directory: Path) -> None:
    """What was published says what the incumbent leaves."""
    ours = visible(directory / "home" / ".hal")
    for found in differences(expected(case), ours):
        assert repair_of(case, found), found
    assert visible(directory / "home" / "kubeconfigdir") == expected_files(case)
    daemon = visible(directory / "daemon")
    for path, content in expected_daemon(case).items():
        assert yaml.safe_load(daemon[path]) == yaml.safe_load(content)


FROM_CLUSTER = [name for name in NAMES if "secrets" in name or "clusterconfig" in name]
"""The cases whose Secrets count."""


@pytest.mark.parametrize("name", FROM_CLUSTER)
def test_case_through_the_api(name: str, tmp_path: Path) -> None:
    case = load(name)
    with serve_kube() as server:
        init(install(case, tmp_path, server))
    compare(case, tmp_path)


def test_every_repair_is_needed(tmp_path: Path) -> None:
    from halsync.render.placeholders import lookup
    from halsync.render.presets.opsmx.plan import prepare
    from halsync.render.presets.opsmx.surroundings import Facts, SecretsDirectory
    from halsync.render.presets.opsmx.values import read
    from halsync.render.stages import apply
    from halsync.settings.model import SecretRef
    from halsync.settings.steps import Preset
    from tests.render.opsmx.cases import tree_of

    used = set()
    for name in NAMES:
        case = load(name)
        directory = tmp_path / name
        directory.mkdir()
        install(case, directory)
        tree = tree_of(source(case, directory))
        facts = Facts(
            case.release,
            case.namespace,
            case.node_ip,
            SecretRef(str(directory / "ssh")),
            secrets=SecretsDirectory(str(directory / "secrets")),
        )
        plan = prepare(read(Preset("opsmx", case.chart, case.values)), facts, tree).plan
        done = apply(tree, plan, lookup(plan.placeholders))
        assert [one for one in done.problems if one.severity != "info"] == []
        ours = {path: file.content for path, file in done.tree.files.items()}
        used |= {repair_of(case, found) for found in differences(expected(case), ours)}
    assert set(REPAIRS) <= used


def test_references_are_listed(tmp_path: Path) -> None:
    case = load("isd-3.12-https-secrets")
    settings = install(case, tmp_path)
    done = halsync("render", "-o", "json", "--config", settings, cwd=tmp_path)
    assert done.code == 0, done.err
    told = json.loads(done.out)
    got = {(one["file"], one["kind"], one["name"], one["key"]) for one in told["references"]}
    assert got == {
        ("config", "string", "minio-creds", "accesskey"),
        ("config", "string", "minio-creds", "secretkey"),
        ("config", "string", "github-token", "token"),
        ("config", "string", "samljks-password", "password"),
        ("config", "file", "kubeconfig-prod", "prod.kubeconfig"),
        ("config", "file", "oessamljks", "oessaml.jks"),
        ("default/profiles/gate-local.yml", "string", "gate-secret", "plain"),
        ("default/profiles/gate-local.yml", "string", "gate-secret", "my.key"),
        ("default/service-settings/gate.yml", "string", "gate-secret", "plain"),
    }
    token = case.values["spinnaker"]["gitopsHalyard"]["repo"]["token"]
    assert token not in done.out + done.err
    content = {one["path"]: one["content"] for one in told["files"]}
    assert f"password: {MASK}" in content["default/profiles/spinnakerconfig.yml"]


def test_again_changes_nothing(tmp_path: Path) -> None:
    settings = install(load("c4-isd-4.0-https-rbac"), tmp_path)
    init(settings)
    before = visible(tmp_path / "home" / ".hal")
    assert '"unchanged"' in init(settings).err
    assert visible(tmp_path / "home" / ".hal") == before
