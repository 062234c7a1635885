"""Every complete tree that other people keep goes through ``init``, or is refused for a reason
that a person agrees with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.harness import CORPUS, halsync, needs_corpus, visible

PATCHES = "armory__spinnaker-kustomize-patches"

REFUSED = {
    "OpsMx__k8s-kubespray": [("config", 51, "HAL0001")],
    "OpsMx__standard-gitops-repo__at-010dd46c": [
        ("default/profiles/orca-local.yml", 217, "HAL0001")
    ],
    "OpsMx__standard-gitops-repo__at-79c1a622": [("default/profiles/spinnaker.yml", 82, "HAL0001")],
    "TejaswiniOpsmx__404.b3__at-02975821": [("config", 56, "HAL0001")],
    "TejaswiniOpsmx__404.b3__at-96f3f415": [("config", 56, "HAL0001")],
    "aman-agrawal__cve-target__at-05617869": [("default/service-settings/fiat.yml", 6, "HAL0001")],
    "aman-agrawal__cve-target__at-295287bc": [
        ("default/profiles/front50-local.yml", 4, "HAL0010"),
        ("default/profiles/gate-local.yml", 1, "HAL0001"),
    ],
    # Keys of Armory's own Halyard, which Spinnaker's refuses.
    "armory--features--pipelines-as-code--feature": [("config", 4, "HAL0401")],
    "armory--patch-diagnostics": [("config", 4, "HAL0401")],
    "armory--patch-terraformer": [("config", 4, "HAL0401")],
    "armory--patch-vault-secrets": [("config", 4, "HAL0401")],
    # They name files that the author keeps elsewhere: Halyard stops where it collects them.
    "accounts--canary--stackdriver": [("config", 14, "HAL1901")],
    "security--patch-file-authz": [("config", 11, "HAL1901")],
    # Its author blanked the addresses out: http://<redacted for publishing>.
    "ruizmarlon__armory-spin": [("config", 7, "HAL1502"), ("config", 9, "HAL1502")],
    # Its ``config`` holds nothing but a comment; the halconfig is in ``halconfig.yaml``.
    "jupiterops__spinnaker-kustomize": [("config", 0, "HAL0021")],
    # Spring Boot does not start with a duplicate key (DuplicateKeyException).
    "prasadops__apple-spin-cve__at-7f12e960": [
        ("default/profiles/gate-local.yml", 6, "HAL0010"),
        ("default/profiles/gate-local.yml", 46, "HAL0010"),
        ("default/profiles/gate-local.yml", 56, "HAL0010"),
    ],
    "raghuramopsmx__gitops-hal-sample__at-a6a7a82c": [("config", 230, "HAL0001")],
    "yugaa22__cve-target__at-e8ce27a1": [
        ("default/service-settings/clouddriver.yml", 1, "HAL0001")
    ],
}
"""Tree → what is wrong with it: (file, line, code)."""


def trees() -> list[Path]:
    if not CORPUS.is_dir():
        return []
    found = [path for path in CORPUS.iterdir() if path.is_dir() and path.name != PATCHES]
    return sorted(found) + sorted((CORPUS / PATCHES).iterdir())


@needs_corpus
@pytest.mark.parametrize("tree", trees(), ids=lambda tree: tree.name)
def test_a_real_tree(tree: Path, tmp_path: Path) -> None:
    target = tmp_path / "hal"
    names = ("SPINNAKER_NAMESPACE=spin", "RELEASE_NAME=rel")
    words = ("init", "--dir", tree, "--set", names[0], "--set", names[1], "--target", target)
    done = halsync(*words)
    problems = sorted(
        (line["file"], line["line"], line["code"])
        for line in map(json.loads, done.err.splitlines())
        if line["event"] == "problem" and line["severity"] in ("fatal", "error")
    )
    assert problems == REFUSED.get(tree.name, [])
    assert done.code == (5 if problems else 0), done.err
    if problems:
        assert not target.exists()
    else:
        assert "config" in visible(target)
        again = halsync(*words)
        assert '"unchanged"' in again.err
