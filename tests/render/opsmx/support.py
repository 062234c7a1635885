"""A small installation, rendered in memory by the preset."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import yaml

from halsync.model import File, Origin, Problem, Tree
from halsync.render.placeholders import lookup
from halsync.render.presets.opsmx.plan import Prepared, prepare
from halsync.render.presets.opsmx.surroundings import Facts
from halsync.render.presets.opsmx.values import Values, parse
from halsync.render.stages import apply
from halsync.settings.steps import RenderPlan

CONFIG = "config"
DYNAMIC = "default/profiles/spinnakerconfig.yml"
ORCA = "default/profiles/orca-local.yml"
FIAT = "default/profiles/fiat-local.yml"
FRONT50 = "default/profiles/front50-local.yml"
DECK = "default/profiles/settings-local.js"
REDIS = "default/service-settings/redis.yml"

FILES: dict[str, str] = {
    CONFIG: """\
# the halconfig
deploymentConfigurations:
- name: default
  version: "1.28.1"
  deploymentEnvironment:
    location: SPINNAKER_NAMESPACE  # where
  security:
    apiSecurity:
      overrideBaseUrl: PROTOCOL://OVERRIDE_API_URL
    uiSecurity:
      overrideBaseUrl: PROTOCOL://OVERRIDE_DECK_URL
    authn:
      ldap:
        enabled: true
        url: ldap://RELEASE_NAME-openldap:389
        userDnPattern: cn={0}
      saml:
        enabled: false
    authz:
      enabled: false
- name: second
  security: {}
""",
    DYNAMIC: """\
spring:
  cloud:
    config:
      server:
        git:
          uri: DYNAMIC_ACCOUNTS_REPO
          username: GIT_USER
          password: GIT_TOKEN
          searchPaths: DYN_ACCNT_CONFG_PATH
          defaultLabel: BRANCH
encrypt:
  key: KEY
""",
    f"{DYNAMIC}.ssh": """\
spring:
  cloud:
    config:
      server:
        git:
          uri: DYNAMIC_ACCOUNTS_REPO
          privateKey: |
""",
    f"{DYNAMIC}.s3": "awss3:\n  region: AWS_S3_REGION\n  bucket: AWS_S3_BUCKET\n",
    ORCA: """\
tasks:
  useManagedServiceAccounts: false
namespace: SPINNAKER_NAMESPACE
webhook:
  preconfigured:
  - label: one
    url: SERVICENOW_URL/api
    customHeaders:
      Authorization: Basic SERVICENOW_BASE64_USR_PASSWD
  - label: two
    url: JIRA_URL/rest
    customHeaders:
      Authorization: Basic JIRA_BASE64_USR_PASSWD
""",
    FIAT: "url: ldap://RELEASE_NAME-openldap:389\n",
    FRONT50: "migrations:\n  migrateToManagedServiceAccounts: false\n",
    DECK: "window.spinnakerSettings.feature.managedServiceAccounts = false;\n",
    REDIS: "overrideBaseUrl: redis://RELEASE_NAME-redis-master:6379\n",
    "default/service-settings/clouddriver.yml": "artifactId: old\n",
    "default/service-settings/clouddriver-rw.yml": "artifactId: plain\n",
    "default/service-settings/clouddriver-rw.yml.s3": """\
artifactId: s3
env:
  JAVA_OPTS: "-Daws.accessKeyId=AWS_ACCESS_KEY_ID -Daws.secretKey=AWS_SECRET_ACCESS_KEY"
""",
    "default/profiles/rosco-local.yml": "redis: redis://RELEASE_NAME-redis:6379\n",
    "default/profiles/echo-local.yml": "spinnaker:\n  name: CDName\n",
    "default/profiles/stormdriver-spinnaker.yml": """\
services:
  deck: {baseUrl: none}
  gate: {baseUrl: none}
  redis: {baseUrl: RELEASE_NAME-redis}
""",
    "default/profiles/orca-overrides.yml": "a: 1\n",
    "default/profiles/fiat-overrides.yml": "a: 1\n",
    "default/profiles/gate-overrides.yml": "a: 1\n",
    "default/profiles/spinnaker.yml": "services:\n  fiat: {enabled: false}\n",
}

REPO = "spinnaker.gitopsHalyard.repo."
CREDENTIALS = {f"{REPO}username": "ada", f"{REPO}token": "tok-123456"}


class Done(NamedTuple):
    """What came out."""

    files: dict[str, File]
    problems: list[Problem]
    plan: RenderPlan

    def value(self, path: str) -> Any:
        """The parsed content of a YAML file."""
        return yaml.safe_load(self.files[path].content)

    def text(self, path: str) -> str:
        """The content of a file."""
        return self.files[path].content.decode()

    def git(self) -> Any:
        """The config server's git section."""
        return self.value(DYNAMIC)["spring"]["cloud"]["config"]["server"]["git"]

    def deployment(self) -> Any:
        """The first deployment."""
        return self.value(CONFIG)["deploymentConfigurations"][0]

    def errors(self) -> list[str]:
        """Messages of errors."""
        return [problem.message for problem in self.problems if problem.severity == "error"]


def values_of(chart: str, given: dict[str, Any] | None = None) -> Values:
    """Values from dotted keys."""
    nested: dict[str, Any] = {}
    for key, value in (CREDENTIALS | (given or {})).items():
        here = nested
        *parents, last = key.split(".")
        for part in parents:
            here = here.setdefault(part, {})
        here[last] = value
    return parse(chart, yaml.safe_dump(nested).encode(), "values.yaml")


def tree_of(files: dict[str, str]) -> Tree:
    """A composed tree."""
    return Tree(
        {
            path: File(text.encode(), False, Origin("hal", "0" * 40, path))
            for path, text in files.items()
        },
        {},
    )


def planned(
    chart: str,
    given: dict[str, Any] | None = None,
    files: dict[str, str] | None = None,
    facts: Facts | None = None,
) -> Prepared:
    """The plan alone."""
    facts = facts or Facts("isd", "opsmx")
    return prepare(values_of(chart, given), facts, tree_of({**FILES, **(files or {})}))


def rendered(
    chart: str,
    given: dict[str, Any] | None = None,
    files: dict[str, str] | None = None,
    facts: Facts | None = None,
) -> Done:
    """The plan carried out on :data:`FILES`, ``files`` laid over them."""
    tree = tree_of({**FILES, **(files or {})})
    prepared = prepare(values_of(chart, given), facts or Facts("isd", "opsmx"), tree)
    done = apply(tree, prepared.plan, lookup(prepared.plan.placeholders))
    problems = [*prepared.problems, *done.problems]
    return Done(dict(done.tree.files), problems, prepared.plan)


def ssh_key(directory: Path) -> Path:
    """A file that could be a private key."""
    key = directory / "ssh"
    key.write_text("-----BEGIN KEY-----\nabc|def\n-----END KEY-----\n")
    return key
