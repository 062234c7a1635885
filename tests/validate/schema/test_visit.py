"""Walking over a file with the types of its parts."""

from __future__ import annotations

from collections import Counter

from halsync.formats.yaml import parse
from halsync.validate.schema.tables import model
from halsync.validate.schema.visit import Object, Scalar, visit
from schemas.generate.facts import read

TEXT = """\
deploymentConfigurations:
- name: default
  unknown: {a: b}
  providers:
    kubernetes:
      accounts:
      - name: one
        kubeconfigFile: /k
        permissions: {READ: [a]}
      - [x]
  notifications: {slack: {token: t, enabled: true}}
  canary:
    serviceIntegrations:
    - {name: aws, accounts: [{name: c, supportedTypes: [OBJECT_STORE]}]}
    - {name: none, accounts: [{name: d}]}
"""


def test_objects_have_classes_and_scalars_have_types() -> None:
    seen = list(visit("halconfig", parse(TEXT).documents[0].value))
    objects = {part.cls: part.path for part in seen if isinstance(part, Object)}
    assert objects["KubernetesAccount"] == (
        "deploymentConfigurations", 0, "providers", "kubernetes", "accounts", 0,
    )  # fmt: skip
    assert "AwsCanaryAccount" in objects and "GoogleCanaryAccount" not in objects
    scalars = {
        (part.cls, part.field): (part.kind, part.value) for part in seen if isinstance(part, Scalar)
    }
    assert scalars["KubernetesAccount", "kubeconfigFile"] == ("F", "/k")
    assert scalars["SlackNotification", "token"] == ("S", "t")
    assert scalars["SlackNotification", "enabled"] == ("b", True)
    assert scalars["KubernetesAccount", "permissions"] == ("s", "a")
    assert scalars["AwsCanaryAccount", "supportedTypes"] == ("#", "OBJECT_STORE")
    assert not any(part.value == "d" for part in seen if isinstance(part, Scalar))


def test_secrets_and_files_are_those_of_the_facts() -> None:
    facts, kinds = model("halconfig"), Counter[str]()
    for cls in facts.names():
        kinds.update(spec.kind for spec in facts.cls(cls).fields.values())
    fields = [
        field
        for entry in read("halconfig")["classes"].values()
        for field in entry["fields"].values()
    ]
    assert kinds["S"] == sum("secret" in field for field in fields) == 59
    assert kinds["F"] == sum("secret_file" in field for field in fields) == 43
    assert kinds["F"] + kinds["f"] == sum("local_file" in field for field in fields) == 49


def test_other_kinds_and_nonsense() -> None:
    settings = parse("env: {A: b}\nkubernetes: {nodePort: 30000}\n").documents[0].value
    seen = [part for part in visit("service-settings", settings) if isinstance(part, Scalar)]
    assert [(part.path, part.kind) for part in seen] == [
        (("env", "A"), "s"),
        (("kubernetes", "nodePort"), "s"),
    ]
    assert not list(visit("halconfig", ["x"]))
