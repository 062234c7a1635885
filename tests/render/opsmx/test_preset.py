"""Every entry of the incumbent's table and lists, one by one."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from halsync.errors import ConfigError
from halsync.render.presets.opsmx.surroundings import (
    Facts,
    SecretsDirectory,
    Service,
    ServicesFile,
)
from halsync.settings.model import SecretRef
from halsync.settings.steps import FileStep
from tests.render.opsmx.support import (
    CONFIG,
    DECK,
    DYNAMIC,
    FIAT,
    FRONT50,
    ORCA,
    REDIS,
    REPO,
    planned,
    rendered,
    ssh_key,
)

BOTH = pytest.mark.parametrize("chart", ["3.12", "4.0"])
RBAC = {"global.commonGate.spinnakerRBAC": True}


class TestNames:
    @BOTH
    def test_the_namespace(self, chart: str) -> None:
        done = rendered(chart)
        assert done.deployment()["deploymentEnvironment"]["location"] == "opsmx"
        assert done.value(ORCA)["namespace"] == "opsmx"

    def test_the_namespace_of_the_pod_where_none_is_set(self) -> None:
        plan = planned("3.12", facts=Facts("isd")).plan
        namespace = next(one for one in plan.placeholders if one.name == "SPINNAKER_NAMESPACE")
        assert (namespace.field, namespace.literal) == ("metadata.namespace", None)

    def test_mtls_brings_the_namespace_into_service_settings(self) -> None:
        file = {"default/service-settings/x.yml": "host: spin-x.SPINNAKER_NAMESPACE\n"}
        mtls = {"spinnaker.gitopsHalyard.mTLS.enabled": True}
        path = "default/service-settings/x.yml"
        assert rendered("3.12", mtls, file).value(path) == {"host": "spin-x.opsmx"}
        assert rendered("3.12", {}, file).value(path) == {"host": "spin-x.SPINNAKER_NAMESPACE"}

    @BOTH
    def test_the_release(self, chart: str) -> None:
        done = rendered(chart)
        assert done.deployment()["security"]["authn"]["ldap"]["url"] == "ldap://isd-openldap:389"
        assert done.value(REDIS)["overrideBaseUrl"] == "redis://isd-redis-master:6379"
        assert done.value(FIAT)["url"] == "ldap://isd-openldap:389"
        assert done.value("default/profiles/rosco-local.yml")["redis"] == "redis://isd-redis:6379"
        storm = done.value("default/profiles/stormdriver-spinnaker.yml")
        assert storm["services"]["redis"]["baseUrl"] == "RELEASE_NAME-redis"

    def test_a_release_that_is_needed_and_not_known(self) -> None:
        errors = rendered("3.12", facts=Facts(namespace="opsmx")).errors()
        assert any("RELEASE_NAME" in message for message in errors)
        own = Facts(namespace="opsmx", own=frozenset({"RELEASE_NAME"}))
        assert planned("3.12", facts=own).problems == []

    @BOTH
    def test_the_environment_only_if_there_is_one(self, chart: str) -> None:
        files = {CONFIG: "deploymentConfigurations:\n- name: default\n  timezone: ENVIRONMENT\n"}
        given = {"spinnaker.gitopsHalyard.environment": "prod"}
        assert rendered(chart, given, files).deployment()["timezone"] == "prod"
        assert rendered(chart, {}, files).deployment()["timezone"] == "ENVIRONMENT"


class TestTransport:
    @BOTH
    def test_https(self, chart: str) -> None:
        git = rendered(chart, {f"{REPO}dynAccntConfigPath": "/"}).git()
        assert git["uri"] == "https://github.com/OpsMx/standard-gitops-repo.git"
        assert (git["username"], git["password"]) == ("ada", "tok-123456")
        assert git["searchPaths"] == "/"

    def test_stash_with_a_project(self) -> None:
        given = {f"{REPO}type": "stash", f"{REPO}projectName": "~ada", f"{REPO}organization": "scm"}
        git = rendered("3.12", given).git()
        assert git["uri"] == "https://github.com/scm/~ada/standard-gitops-repo.git"

    def test_a_project_means_nothing_with_git(self) -> None:
        git = rendered("3.12", {f"{REPO}projectName": "x"}).git()
        assert git["uri"] == "https://github.com/OpsMx/standard-gitops-repo.git"

    def test_blanks_behind_credentials_are_cut(self) -> None:
        git = rendered("3.12", {f"{REPO}token": "abcdef  ", f"{REPO}username": "x "}).git()
        assert (git["username"], git["password"]) == ("x", "abcdef")

    def test_credentials_that_are_missing(self) -> None:
        errors = rendered("3.12", {f"{REPO}token": None}).errors()
        assert [message for message in errors if "GIT_TOKEN" in message]
        own = Facts("isd", "opsmx", own=frozenset({"GIT_TOKEN"}))
        assert planned("3.12", {f"{REPO}token": None}, facts=own).problems == []

    def test_a_file_with_credentials_is_secret(self) -> None:
        assert rendered("3.12").files[DYNAMIC].secret

    @BOTH
    def test_ssh(self, chart: str, tmp_path: Path) -> None:
        key = ssh_key(tmp_path)
        facts = Facts("isd", "opsmx", ssh_key=SecretRef(str(key)))
        done = rendered(chart, {f"{REPO}sshkeysecret": True}, facts=facts)
        assert done.git() == {
            "uri": "git@github.com:OpsMx/standard-gitops-repo.git",
            "privateKey": key.read_text(),
        }
        assert f"{DYNAMIC}.ssh" not in done.files
        assert done.files[DYNAMIC].secret

    def test_ssh_without_a_key(self) -> None:
        errors = rendered("3.12", {f"{REPO}sshkeysecret": True}).errors()
        assert any("private key" in message for message in errors)

    def test_ssh_finds_every_place_for_the_key(self, tmp_path: Path) -> None:
        """The chart puts it behind every line that holds a bar."""
        facts = Facts("isd", "opsmx", ssh_key=SecretRef(str(ssh_key(tmp_path))))
        ssh = "# a | b\ngit:\n  privateKey: |\nother:\n  privateKey:\nkept: {privateKey: mine}\n"
        done = rendered("3.12", {f"{REPO}sshkeysecret": True}, {f"{DYNAMIC}.ssh": ssh}, facts)
        key = (tmp_path / "ssh").read_text()
        assert done.value(DYNAMIC) == {
            "git": {"privateKey": key},
            "other": {"privateKey": key},
            "kept": {"privateKey": "mine"},
        }

    def test_s3(self) -> None:
        done = rendered("3.12", {
            f"{REPO}type": "s3", f"{REPO}s3accesskey": "AKIA1", f"{REPO}s3secretkey": "s/e+c=",
            f"{REPO}s3bucket": "bucket", f"{REPO}s3region": "eu-west-1",
        })  # fmt: skip
        assert done.value(DYNAMIC) == {"awss3": {"region": "eu-west-1", "bucket": "bucket"}}
        driver = done.value("default/service-settings/clouddriver-rw.yml")
        assert driver["artifactId"] == "s3"
        options = "-Daws.accessKeyId=AKIA1 -Daws.secretKey=s/e+c="
        assert driver["env"] == {"JAVA_OPTS": options}
        assert done.files["default/service-settings/clouddriver-rw.yml"].secret

    def test_branch_key_and_name_only_with_4_0(self) -> None:
        given = {f"{REPO}halConfigBranch": "4.0", "global.CDName": "mycd",
                 "global.sapor.config.encrypt.key": "KeyOfSapor"}  # fmt: skip
        new, old = rendered("4.0", given), rendered("3.12", given)
        assert new.git()["defaultLabel"] == "4.0"
        assert new.value(DYNAMIC)["encrypt"]["key"] == "KeyOfSapor"
        assert new.value("default/profiles/echo-local.yml")["spinnaker"]["name"] == "mycd"
        assert old.git()["defaultLabel"] == "BRANCH"
        assert old.value(DYNAMIC)["encrypt"]["key"] == "KEY"
        assert old.value("default/profiles/echo-local.yml")["spinnaker"]["name"] == "CDName"

    def test_defaults_of_4_0(self) -> None:
        done = rendered("4.0")
        assert done.value(DYNAMIC)["encrypt"]["key"] == "Q7udUkHPuA3VnNlOtksSgQ"
        assert done.value("default/profiles/echo-local.yml")["spinnaker"]["name"] == "preview-saas"


class TestSecurity:
    @BOTH
    def test_ldap_is_turned_off_in_every_deployment(self, chart: str) -> None:
        done = rendered(chart, {"global.ldap.enabled": False})
        for deployment in done.value(CONFIG)["deploymentConfigurations"]:
            assert deployment["security"]["authn"]["ldap"]["enabled"] is False
        assert rendered(chart).deployment()["security"]["authn"]["ldap"]["enabled"] is True

    @BOTH
    @pytest.mark.parametrize("on", [True, False])
    def test_authz_follows_rbac(self, chart: str, on: bool) -> None:
        done = rendered(chart, {"global.commonGate.spinnakerRBAC": on})
        for deployment in done.value(CONFIG)["deploymentConfigurations"]:
            assert deployment["security"]["authz"]["enabled"] is on

    @BOTH
    def test_rbac(self, chart: str) -> None:
        done = rendered(chart, RBAC)
        assert done.value(ORCA)["tasks"]["useManagedServiceAccounts"] is True
        assert done.value(FRONT50)["migrations"]["migrateToManagedServiceAccounts"] is True
        assert done.text(DECK).endswith("= true;\n")
        off = rendered(chart)
        assert off.value(ORCA)["tasks"]["useManagedServiceAccounts"] is False
        assert off.text(DECK).endswith("= false;\n")

    def test_rbac_creates_what_is_missing(self) -> None:
        """Branch 3.10 has no migrations in front50-local.yml."""
        done = rendered("3.12", RBAC, {FRONT50: "other: 1\n"})
        assert done.value(FRONT50) == {
            "other": 1,
            "migrations": {"migrateToManagedServiceAccounts": True},
        }

    def test_administrators_of_4_0(self) -> None:
        given = {**RBAC, "global.saporgate.config.adminGroups": "boss"}
        assert rendered("4.0", given).value(FIAT)["fiat"]["admin"]["roles"] == ["boss"]
        assert "fiat" not in rendered("3.12", given).value(FIAT)
        without = {**given, "global.ldap.enabled": False}
        assert "fiat" not in rendered("4.0", without).value(FIAT)

    def test_administrators_are_added_once(self) -> None:
        given = {**RBAC, "global.auth.saml": True, "global.spinnakerUrl": True}
        files = {FIAT: "fiat:\n  admin:\n    roles:\n    - x\n"}
        done = rendered("4.0", given, files)
        assert done.value(FIAT)["fiat"]["admin"]["roles"] == ["x", "admin"]
        again = rendered("4.0", given, {FIAT: done.text(FIAT)})
        assert again.value(FIAT) == done.value(FIAT)

    def test_administrators_with_saml_alone(self) -> None:
        given = {**RBAC, "global.auth.saml": True, "global.spinnakerUrl": True,
                 "global.ldap.enabled": False}  # fmt: skip
        assert rendered("4.0", given).value(FIAT)["fiat"]["admin"]["roles"] == ["admin"]
        kept = rendered("4.0", given, {FIAT: "fiat:\n  admin:\n    roles: [x]\n"})
        assert kept.value(FIAT)["fiat"]["admin"]["roles"] == ["x"]

    def test_pipeline_rbac(self) -> None:
        given = {"global.commonGate.spinnakerpipelineRBAC": True}
        done = rendered("4.0", given)
        for path in (ORCA, FRONT50, FIAT):
            assert done.value(path)["pipeline"] == {"rbac": True}
        assert "pipeline" not in rendered("3.12", given).value(ORCA)

    def test_saml_off_is_said(self) -> None:
        for deployment in rendered("4.0").value(CONFIG)["deploymentConfigurations"]:
            assert deployment["security"]["authn"]["saml"]["enabled"] is False
        files = {CONFIG: "deploymentConfigurations:\n- name: default\n"}
        assert "authn" not in rendered("3.12", {}, files).deployment()["security"]

    def test_saml_with_an_address_of_its_own(self) -> None:
        given = {"global.auth.saml": True, "global.spinnakerUrl": True}
        authn = rendered("4.0", given).deployment()["security"]["authn"]
        assert authn["saml"] == {"enabled": True}

    def test_saml_from_the_gate_of_the_ui(self) -> None:
        given = {
            "global.auth.saml": True,
            "global.oesUI.protocol": "https",
            "gate.config.saml.redirectHostname": "isd.example.com",
            "gate.config.saml.redirectProtocol": "https",
            "gate.config.saml.issuerId": "me",
            "gate.config.saml.keyStorePassword": "changeit",
            "gate.config.saml.keyStoreAliasName": "saml",
            "gate.config.saml.userSource": "gate",
        }
        security = rendered("4.0", given).deployment()["security"]
        assert security["apiSecurity"]["overrideBaseUrl"] == "https://isd.example.com"
        assert security["authn"]["saml"] == {
            "enabled": True,
            "issuerId": "me",
            "keyStoreAliasName": "saml",
            "metadataLocal": "encryptedFile:oesmetadataxml:oesmetadata.xml",
            "serviceAddress": "https://isd.example.com",
            "keyStore": "encryptedFile:oessamljks:oessaml.jks",
            "keyStorePassword": "encrypted:samljks-password:password",
        }

    def test_saml_without_a_host(self) -> None:
        assert any("redirectHostname" in text for text in
                   rendered("4.0", {"global.auth.saml": True}).errors())  # fmt: skip

    def test_saml_needs_the_common_gate(self) -> None:
        given = {"global.auth.saml": True, "global.commonGate.enabled": False}
        assert rendered("4.0", given).deployment()["security"]["authn"]["saml"]["enabled"] is False


class TestAddresses:
    @pytest.mark.parametrize(
        ("chart", "common", "api", "deck"),
        [
            ("3.12", True, "oes-gate.example.ops.com", "spin.example.ops.com"),
            ("3.12", False, "spin-gate.example.ops.com", "spin.example.ops.com"),
            ("4.0", True, "oes.example.ops.com/gate", "oes.example.ops.com/deck"),
            ("4.0", False, "spin-gate.example.ops.com", "oes.example.ops.com/deck"),
        ],
    )
    @pytest.mark.parametrize("ssl", [True, False])
    def test_from_the_values(
        self, chart: str, common: bool, api: str, deck: str, ssl: bool
    ) -> None:
        given = {"global.commonGate.enabled": common, "global.ssl.enabled": ssl}
        security = rendered(chart, given).deployment()["security"]
        scheme = "https" if ssl else "http"
        assert security["apiSecurity"]["overrideBaseUrl"] == f"{scheme}://{api}"
        assert security["uiSecurity"]["overrideBaseUrl"] == f"{scheme}://{deck}"

    def test_templates_in_hosts(self) -> None:
        given = {
            "global.spinDeck.host": "{{ .Release.Name }}.{{- .Release.Namespace -}} ."
            "{{.Values.zone}}",
            "global.oesGate.host": "{{ .Values.global.spinDeck.host }}",
            "spinnaker.zone": "example.com",
        }  # fmt: skip
        security = rendered("3.12", given).deployment()["security"]
        assert security["uiSecurity"]["overrideBaseUrl"] == "http://isd.opsmx.example.com"

    @pytest.mark.parametrize(
        "host", ["{{ .Values.none }}", '{{ include "x" . }}', "{{ .Release.Name | quote }}"]
    )
    def test_templates_that_are_more_than_a_field(self, host: str) -> None:
        errors = rendered("3.12", {"global.spinDeck.host": host}).errors()
        assert any("global.spinDeck.host at values.yaml:" in message for message in errors)

    AUTO: ClassVar = {"global.autoConfiguration.enabled": True}

    def test_discovered_from_load_balancers(self) -> None:
        deck = Service(("10.0.0.2",), ((9000, 31000),))
        services = ServicesFile({"spin-gate-lb": Service(("10.0.0.1",)), "spin-deck-np": deck})
        security = rendered(
            "3.12", self.AUTO, facts=Facts("isd", "opsmx", services=services)
        ).deployment()["security"]
        assert security["apiSecurity"]["overrideBaseUrl"] == "http://10.0.0.1:8084"
        assert security["uiSecurity"]["overrideBaseUrl"] == "http://10.0.0.2:9000"

    def test_discovered_from_node_ports(self) -> None:
        services = ServicesFile({"spin-gate-np": Service((), ((8085, 31001), (8084, 31002))),
                                 "spin-deck-np": Service((), ((80, 31003),))})  # fmt: skip
        facts = Facts("isd", "opsmx", "192.0.2.10", services=services)
        security = rendered("4.0", self.AUTO, facts=facts).deployment()["security"]
        assert security["apiSecurity"]["overrideBaseUrl"] == "http://192.0.2.10:31002"
        assert security["uiSecurity"]["overrideBaseUrl"] == "http://192.0.2.10:31003"
        errors = rendered("4.0", self.AUTO, facts=facts._replace(node_ip="")).errors()
        assert any("31002" in message for message in errors)

    def test_an_address_of_its_own(self) -> None:
        given = {
            "global.spinnakerUrl": True,
            "global.oesUI.protocol": "https",
            "global.oesUI.host": "isd.example.com",
            "global.spinDeck.host": "spin.example.com",
        }
        done = rendered("4.0", given)
        security = done.deployment()["security"]
        assert security["apiSecurity"]["overrideBaseUrl"] == "https://isd.example.com/gate"
        assert security["uiSecurity"]["overrideBaseUrl"] == "http://spin.example.com"
        assert done.text(DECK).endswith('= false;\nvar uiUrl = "https://isd.example.com";\n')
        again = rendered("4.0", given, {DECK: done.text(DECK)})
        assert again.text(DECK) == done.text(DECK)
        assert "uiUrl" not in rendered("3.12", given).text(DECK)

    def test_stormdriver(self) -> None:
        given = {"global.stormdriver": True, "global.oesUI.protocol": "https",
                 "global.oesUI.host": "isd.example.com", **RBAC}  # fmt: skip
        done = rendered("4.0", given)
        services = done.value("default/profiles/stormdriver-spinnaker.yml")["services"]
        assert services["deck"]["baseUrl"] == "https://isd.example.com/deck"
        assert services["gate"]["baseUrl"] == "https://isd.example.com/gate"
        assert services["redis"]["baseUrl"] == "isd-redis"
        spinnaker = done.value("default/profiles/spinnaker.yml")
        assert spinnaker["services"]["fiat"]["enabled"] is True
        assert "default/profiles/orca-overrides.yml" in done.files

    def test_without_stormdriver_its_files_go(self) -> None:
        names = ("orca-overrides", "fiat-overrides", "gate-overrides", "spinnaker")
        done, old = rendered("4.0"), rendered("3.12")
        for name in names:
            assert f"default/profiles/{name}.yml" not in done.files
            assert f"default/profiles/{name}.yml" in old.files


BOM = "version: 1.30  # a version\nservices:\n  clouddriver:\n    image: new\n"


class TestBom:
    def test_version_and_images(self) -> None:
        done = rendered("4.0", {}, {"bom": BOM})
        assert "bom" not in done.files
        for deployment in done.value(CONFIG)["deploymentConfigurations"]:
            assert deployment["version"] == "1.30"
        for path in ("clouddriver.yml", "clouddriver-rw.yml", "clouddriver-rw.yml.s3"):
            assert done.value(f"default/service-settings/{path}")["artifactId"] == "new"

    def test_with_s3_the_variant_gets_the_image(self) -> None:
        given = {f"{REPO}type": "s3", f"{REPO}s3accesskey": "a", f"{REPO}s3secretkey": "bbbb",
                 f"{REPO}s3bucket": "c", f"{REPO}s3region": "d"}  # fmt: skip
        done = rendered("4.0", given, {"bom": BOM})
        driver = done.value("default/service-settings/clouddriver-rw.yml")
        assert driver["artifactId"] == "new" and "env" in driver
        assert not done.errors()

    def test_3_12_knows_none(self) -> None:
        done = rendered("3.12", {}, {"bom": BOM})
        assert "bom" in done.files and done.deployment()["version"] == "1.28.1"

    def test_at_the_root_of_a_repository_whose_halconfig_is_below(self) -> None:
        below = {f"{REPO}halConfigPath": "/prod"}
        files = {".opsmx/bom": BOM, ".opsmx/README": "x", "bom": "version: 1.2.3\n"}
        done = rendered("4.0", below, files)
        assert done.deployment()["version"] == "1.30"
        assert not [path for path in done.files if path.startswith(".opsmx")]
        other = rendered("4.0", below, {"bom": BOM})
        assert other.deployment()["version"] == "1.28.1"

    @pytest.mark.parametrize(
        ("bom", "told"),
        [
            ("services: {}\n", "no version"),
            ("version: [1]\n", "version is no text"),
            ("version: 1.2.3\nservices:\n  gate: {}\n", "services.gate.image is no text"),
            ("version: 1.2.3\nservices: x\n", "no mapping"),
            ("- a\n", "no mapping"),
            ("a: [\n", "cannot be parsed"),
        ],
    )
    def test_what_is_wrong_with_it(self, bom: str, told: str) -> None:
        problems = rendered("4.0", {}, {"bom": bom}).problems
        found = [problem for problem in problems if problem.file == "bom"]
        assert found and told in found[0].message and found[0].severity == "error"

    def test_a_service_without_settings(self) -> None:
        bom = "version: 1.2.3\nservices:\n  kayenta: {image: x}\n"
        done = rendered("4.0", {}, {"bom": bom})
        assert not done.errors()
        assert [problem.line for problem in done.problems if problem.file == "bom"] == [3]


def secrets(directory: Path, **given: dict[str, str]) -> Facts:
    """Mounted Secrets."""
    for name, keys in given.items():
        for key, value in keys.items():
            place = directory / name.replace("_", "-") / key
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(value)
    return Facts("isd", "opsmx", secrets=SecretsDirectory(str(directory)))


SNOW = {"SERVICENOW_URL": "https://snow", "SERVICENOW_USERNAME": "u", "SERVICENOW_PASSWORD": "p"}
JIRA = {"JIRA_URL": "https://jira", "JIRA_USERNAME": "u", "JIRA_TOKEN": "token-1"}


class TestIntegrations:
    FILES: ClassVar = {
        "clusterconfig/servicenow-secret.yaml": "kind: Secret\n",
        "clusterconfig/jira-secret.yaml": "kind: Secret\n",
    }

    @BOTH
    def test_basic_credentials(self, chart: str, tmp_path: Path) -> None:
        facts = secrets(tmp_path, servicenow_secret=SNOW, jira_secret=JIRA)
        one, two = rendered(chart, {}, self.FILES, facts).value(ORCA)["webhook"]["preconfigured"]
        assert one["url"] == "https://snow/api"
        assert one["customHeaders"]["Authorization"] == "Basic dTpw"
        assert two["url"] == "https://jira/rest"
        assert two["customHeaders"]["Authorization"] == "Basic dTp0b2tlbi0x"

    def test_a_jira_of_ones_own_takes_a_token(self, tmp_path: Path) -> None:
        facts = secrets(
            tmp_path, servicenow_secret=SNOW, jira_secret={**JIRA, "JIRA_TYPE": "onPremJira"}
        )
        done = rendered("4.0", {}, self.FILES, facts)
        _, two = done.value(ORCA)["webhook"]["preconfigured"]
        assert two["customHeaders"]["Authorization"] == "Bearer token-1"
        old = rendered("3.12", {}, self.FILES, facts)
        assert old.value(ORCA)["webhook"]["preconfigured"][1]["customHeaders"][
            "Authorization"
        ].startswith("Basic ")

    @BOTH
    def test_nothing_without_the_files(self, chart: str) -> None:
        assert "SERVICENOW_URL" in rendered(chart).text(ORCA)
        assert not rendered(chart).errors()

    def test_the_users_own_placeholders_need_no_secret(self) -> None:
        own = frozenset({"SERVICENOW_URL", "SERVICENOW_BASE64_USR_PASSWD", "JIRA_URL",
                         "JIRA_BASE64_USR_PASSWD"})  # fmt: skip
        facts = Facts("isd", "opsmx", own=own)
        assert planned("3.12", {}, self.FILES, facts).problems == []


class TestDaemon:
    @BOTH
    def test_listens_everywhere(self, chart: str) -> None:
        files = {"halyard-local.yml": "mine: true\n", "halyard.yaml": "kept: true\n"}
        done = rendered(chart, {}, files)
        assert done.text("halyard-local.yml") == "server.address: 0.0.0.0\n"
        assert done.text("halyard.yaml") == "kept: true\n"


class TestInstallations:
    def test_kinds_of_repositories(self) -> None:
        with pytest.raises(ConfigError, match="git, stash, s3"):
            planned("3.12", {f"{REPO}type": "vault"})

    def test_a_path_out_of_the_repository(self) -> None:
        with pytest.raises(ConfigError, match="leads out"):
            planned("3.12", {f"{REPO}halConfigPath": "a/../.."})

    def test_one_without_gitops(self) -> None:
        with pytest.raises(ConfigError, match="does not take its configuration"):
            planned("3.12", {"spinnaker.gitopsHalyard.enabled": False})

    @pytest.mark.parametrize(
        ("given", "files", "told"),
        [
            ({"global.gitea.enabled": True}, {}, "gitea"),
            ({}, {"integration.json.enc": "x"}, "not decrypted"),
        ],
    )
    def test_what_is_not_carried_over_is_said(
        self, given: dict[str, object], files: dict[str, str], told: str
    ) -> None:
        problems = planned("4.0", given, files).problems
        assert [(one.code, one.severity) for one in problems] == [("HAL0254", "warning")]
        assert told in problems[0].message

    def test_every_step_says_where_it_comes_from(self) -> None:
        plan = planned("4.0", {**RBAC, "global.ldap.enabled": False}).plan
        steps = (plan.variants, plan.files, plan.patches, plan.placeholders)
        said = [step.declared_at for kind in steps for step in kind]
        assert all(text.startswith("preset opsmx (") for text in said)
        assert any("global.ldap.enabled at values.yaml:" in text for text in said)

    def test_nothing_is_written_twice(self) -> None:
        plan = planned("4.0", {**RBAC, "global.commonGate.spinnakerpipelineRBAC": True}).plan
        writes = [step for step in plan.files if isinstance(step, FileStep)]
        assert len({(step.action, step.path) for step in writes}) == len(writes)


def test_what_is_not_known_is_told_where_it_is_needed() -> None:
    done = rendered("4.0", {f"{REPO}token": ""}, facts=Facts("", "opsmx"))
    found = {
        (one.message.split()[0], one.file, one.line, one.column, one.excerpt)
        for one in done.problems
        if one.line
    }
    assert found == {
        ("GIT_TOKEN", DYNAMIC, 8, 21, "          password: GIT_TOKEN"),
        ("RELEASE_NAME", CONFIG, 15, 21, "        url: ldap://RELEASE_NAME-openldap:389"),
    }
    done = rendered("3.12", {f"{REPO}type": "s3", f"{REPO}s3bucket": "b", f"{REPO}s3region": "r"})
    variant = "default/service-settings/clouddriver-rw.yml.s3"
    assert [
        (one.file, one.line) for one in done.problems if "Helm values have no" in one.message
    ] == [
        (variant, 3),
        (variant, 3),
    ]
