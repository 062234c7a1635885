"""Inputs of the size that the targets speak of, made from the bundled example."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "acme-spinnaker"
FILES = 85

_STAGE = """\
  - label: Stage number {number}
    type: customStage{number}
    enabled: true
    description: Calls service {number} of RELEASE_NAME
    method: POST
    url: https://service{number}.acme.example/api/v1/run
    customHeaders:
      Content-Type: [application/json]
    payload: |-
      {{
        "service": "${{parameterValues['service']}}",
        "number": {number}
      }}
    parameters:
    - {{name: service, label: Service, type: string}}
"""


def reference_tree(root: Path) -> None:
    """The example grown to 85 files and some 130 KB, as large as a real team's repository."""
    shutil.copytree(EXAMPLE, root)
    orca = root / "default/profiles/orca-local.yml"
    stages = "".join(_STAGE.format(number=number) for number in range(90))
    orca.write_text(f"{orca.read_text()}\nmore:\n{stages}".replace("\nmore:\n", "\n"))
    samples = root / "samples"
    samples.mkdir()
    missing = FILES - sum(1 for path in root.rglob("*") if path.is_file())
    for number in range(missing):
        lines = "".join(f"  key{line}: value {number}-{line}\n" for line in range(20))
        (samples / f"sample-{number:02}.yml").write_text(f"sample:\n{lines}")


def bare_repository(tree: Path, repository: Path) -> None:
    """One commit of ``tree`` on ``main``, as a bare repository that allows any fetch."""
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"]
    for command in (
        ["-C", str(tree), "init", "-q", "-b", "main"],
        ["-C", str(tree), "add", "-A"],
        ["-C", str(tree), *identity, "commit", "-q", "-m", "bench"],
        ["clone", "-q", "--bare", str(tree), str(repository)],
        ["-C", str(repository), "config", "uploadpack.allowFilter", "true"],
        ["-C", str(repository), "repack", "-adq"],
    ):
        subprocess.run(["git", *command], check=True, env=environment)
    shutil.rmtree(tree / ".git")


def accounts(count: int, placeholders: int) -> bytes:
    """A ``config`` with that many Kubernetes accounts of 35 keys; placeholders spread evenly."""
    head = "deploymentConfigurations:\n- name: default\n  providers:\n    kubernetes:\n"
    lines = [head, "      enabled: true\n      accounts:\n"]
    each = placeholders // count if count else 0
    for number in range(count):
        lines.append(f"      - name: account-{number}\n        context: context-{number}\n")
        lines.extend(f"        token{n}: https://RELEASE_NAME-{n}:80\n" for n in range(each))
        lines.extend(f"        key{n}: value {n} of {number}\n" for n in range(33 - each))
    return "".join(lines).encode()


_ACCOUNT = """\
      - name: account-{n}
        requiredGroupMembership: []
        providerVersion: V2
        permissions: {{READ: [team-{n}, platform], WRITE: [team-{n}]}}
        dockerRegistries:
        - accountName: registry
          namespaces: [team-{n}, team-{n}-test]
        kubeconfigFile: /etc/kubeconfigs/cluster-{n}
        context: cluster-{n}
        cluster: cluster-{n}
        user: spinnaker
        configureImagePullSecrets: true
        serviceAccount: false
        cacheThreads: 2
        namespaces:
        - team-{n}
        - team-{n}-test
        - team-{n}-canary
        omitNamespaces: []
        kinds:
        - deployment
        - service
        - rollout.argoproj.io
        omitKinds: []
        customResources:
        - kubernetesKind: rollout.argoproj.io
          versioned: false
        cachingPolicies: []
        oAuthScopes: []
        onlySpinnakerManaged: true
        checkPermissionsOnStartup: false
        liveManifestCalls: false
        cacheIntervalSeconds: 30
        environment: production
        oAuthServiceAccount: null
        skin: v2
        namingStrategy: kubernetesAnnotations
"""


def halconfig(count: int) -> bytes:
    """A good ``config`` with that many Kubernetes accounts as real ones are, 35 lines each."""
    head = """\
currentDeployment: default
deploymentConfigurations:
- name: default
  version: "1.36.1"
  persistentStorage: {persistentStoreType: s3, s3: {bucket: spinnaker, region: eu-west-1}}
  providers:
    dockerRegistry:
      enabled: true
      primaryAccount: registry
      accounts:
      - {name: registry, address: "https://registry.example.com"}
    kubernetes:
      enabled: true
      primaryAccount: account-0
      accounts:
"""
    return (head + "".join(_ACCOUNT.format(n=number) for number in range(count))).encode()
