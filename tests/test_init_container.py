"""What stands in ``init-container/`` is what halsync understands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from halsync.settings.load import load
from halsync.settings.model import GitSettings
from tests.harness import ROOT

PLACE = ROOT / "init-container"


def documents() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((PLACE / "statefulset.yaml").read_text()))


def test_the_manifest_sets_only_what_exists(tmp_path: Path) -> None:
    stateful_set, config_map = documents()
    pod = stateful_set["spec"]["template"]["spec"]
    [container] = pod["initContainers"]
    variables = {entry["name"]: entry.get("value", "from-a-field") for entry in container["env"]}
    file = tmp_path / "halsync.yaml"
    file.write_text(config_map["data"]["halsync.yaml"])
    variables["HALSYNC_CONFIG"] = str(file)
    loaded = load({}, variables)
    assert loaded.settings.target == "/home/spinnaker/.hal"
    options = loaded.settings.sources[0].options
    assert isinstance(options, GitSettings) and options.url.startswith("https://")
    assert {each.name for each in loaded.settings.placeholders} == {
        "RELEASE_NAME",
        "SPINNAKER_NAMESPACE",
        "GATE_HOST",
        "DECK_HOST",
    }


def test_the_containers_share_what_they_must_and_nothing_is_persistent() -> None:
    pod = documents()[0]["spec"]["template"]["spec"]
    [init], [halyard] = pod["initContainers"], pod["containers"]
    mounts = [
        {(mount["name"], mount["mountPath"]) for mount in container["volumeMounts"]}
        for container in (init, halyard)
    ]
    assert mounts[1] <= mounts[0]
    assert init["securityContext"]["readOnlyRootFilesystem"] is True
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert {name for name, _ in mounts[0]} == set(volumes)
    assert not any("persistentVolumeClaim" in volume for volume in volumes.values())


def test_the_image_starts_halsync_without_a_shell() -> None:
    lines = (PLACE / "Dockerfile").read_text().splitlines()
    assert 'ENTRYPOINT ["/usr/local/bin/halsync"]' in lines
    assert any("compileall" in line for line in lines)
