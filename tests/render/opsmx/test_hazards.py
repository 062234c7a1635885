"""What the incumbent does wrong, one test for each hazard of its description, by its number.

Secret references that are resolved: ``tests/secrets/test_hazards.py``, by the same numbers.
Shown elsewhere as well: certificates (H4) in ``tests/sources/git/test_failures.py`` and
``tests/end_to_end/test_bad_input.py``; secrets in argv and child environments (H3) and in logs
(H6) in ``tests/sources/git/test_secrets.py`` and ``tests/end_to_end/test_secrets.py``; killed and
interrupted runs (H19, H21) in ``tests/publish/test_faults.py``; depth and retries (H24) in
``tests/sources/git/test_fetch.py`` and ``tests/agent/test_fetching.py``.
"""

from __future__ import annotations

import json
import os
import stat
from base64 import b64decode, b64encode
from pathlib import Path

import pytest
import yaml

from halsync.redact import MASK, redact
from halsync.render.presets.opsmx.surroundings import Facts, SecretsDirectory
from halsync.render.references import find
from halsync.settings.model import SecretRef
from tests.harness import Result, halsync, visible
from tests.render.opsmx.support import (
    CONFIG,
    DECK,
    DYNAMIC,
    FILES,
    ORCA,
    REPO,
    rendered,
    ssh_key,
    tree_of,
)
from tests.servers.git_repos import Repo

GATE = "default/profiles/gate-local.yml"
ISD = Facts("isd", "opsmx")


class Installation:
    """A repository, settings with the preset, and a target, in a directory of their own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.repo = Repo(directory / "repo.git")
        self.target = directory / "home" / ".hal"
        self.values = {"username": "ada", "token": "tok-123456"}
        self.path = ""

    def commit(self, files: dict[str, str] | None = None) -> str:
        """A commit with the usual files, ``files`` laid over them."""
        both = {**FILES, **(files or {})}
        return self.repo.commit({path: text.encode() for path, text in both.items()})

    def run(self, command: str = "init", *more: str, path: str = "") -> Result:
        """halsync with the preset."""
        values = {"spinnaker": {"gitopsHalyard": {"repo": self.values}}}
        (self.directory / "values.yaml").write_text(yaml.safe_dump(values))
        git = {"url": f"file://{self.repo.path}", "ref": "main", **({"path": path} if path else {})}
        settings = {
            "target": str(self.target),
            "validate": {"ignore": ["rules", "schema"]},  # a small tree is no whole configuration
            "daemonConfig": str(self.directory / "daemon"),
            "sources": [{"name": "hal", "git": git}],
            "render": {"preset": "opsmx", "chart": "3.12", "values": "values.yaml",
                       "release": "isd", "namespace": "opsmx"},
        }  # fmt: skip
        (self.directory / "halsync.yaml").write_text(yaml.safe_dump(settings))
        return halsync(command, *more, "--config", "halsync.yaml", cwd=self.directory, env=self.env)

    env: dict[str, str] | None = None


@pytest.fixture
def here(tmp_path: Path) -> Installation:
    """An installation whose repository has one commit."""
    found = Installation(tmp_path)
    found.commit()
    return found


def events(done: Result) -> list[dict[str, object]]:
    """The log, line by line."""
    return [json.loads(line) for line in done.err.splitlines()]


# Security


def test_h01_a_line_of_the_repository_runs_nothing(here: Installation, tmp_path: Path) -> None:
    pwned = tmp_path / "pwned"
    here.commit({GATE: f"a: encrypted:a:b/x/;1eid>{pwned};#\n"})
    done = here.run()
    assert done.code == 6 and "HAL0260" in done.err
    assert not pwned.exists()
    assert not here.target.exists()


def test_h01_a_reference_leads_to_no_other_namespace() -> None:
    found = find(tree_of({**FILES, GATE: "a: encrypted:other -n kube-system:token\n"}))
    assert found.references == []
    assert [problem.line for problem in found.problems] == [1]


def test_h01_a_token_is_no_command(here: Installation, tmp_path: Path) -> None:
    pwned = tmp_path / "pwned"
    here.values["token"] = f"x/;1eid>{pwned};#"
    assert here.run().code == 0
    assert not pwned.exists()
    git = yaml.safe_load(visible(here.target)[DYNAMIC])["spring"]["cloud"]["config"]["server"]
    assert git["git"]["password"] == here.values["token"]


def test_h02_no_history_and_no_clone_url_in_the_target(here: Installation) -> None:
    assert here.run().code == 0
    names = [name for _, directories, files in os.walk(here.target) for name in directories + files]
    assert ".git" not in names
    holders = [path for path, content in visible(here.target).items() if b"tok-123456" in content]
    assert holders == [DYNAMIC]


def test_h03_secrets_stay_out_of_what_is_printed(here: Installation) -> None:
    for done in (
        here.run("render"),
        here.run("render", "-o", "json"),
        here.run(),
        here.run("diff"),
    ):
        assert done.code == 0 and "tok-123456" not in done.out + done.err


def test_h04_tls_is_verified_whatever_config_args_say() -> None:
    """The chart's default is http.sslVerify=false; no step of the preset carries it over."""
    plan = rendered("3.12", {f"{REPO}configArgs": "http.sslVerify=false"}).plan
    assert "sslVerify" not in str(plan)


def test_h05_files_with_secrets_are_private(here: Installation, tmp_path: Path) -> None:
    assert here.run().code == 0
    for path in (here.target / DYNAMIC, here.target.parent / ".hal" / DYNAMIC):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_h05_no_private_key_is_left_behind(tmp_path: Path) -> None:
    facts = ISD._replace(ssh_key=SecretRef(str(ssh_key(tmp_path))))
    done = rendered("3.12", {f"{REPO}sshkeysecret": True}, facts=facts)
    holders = [path for path, file in done.files.items() if b"BEGIN KEY" in file.content]
    assert holders == [DYNAMIC] and done.files[DYNAMIC].secret


@pytest.mark.parametrize("token", ["canary/slash", "canary space", "canary\\back", "canary&amp"])
def test_h06_any_token_is_redacted(token: str) -> None:
    rendered("3.12", {f"{REPO}token": token})
    assert redact(f"fatal: {token}!") == f"fatal: {MASK}!"


# Wrong output


TOKENS = [
    "a/b", "\\1", "tok&en&1", "a|b%c,d;e", "$HOME `id` $(id)", "'a\"b'", "- x", "#x", "a: b",
    "a #b", "*a", "&a", "!a", "%a", "@a", "yes", "0123", "null", "1e3", "GIT_USER", "{a}", "[a]",
    "\t x", "ä€𝄞",
]  # fmt: skip


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("chart", ["3.12", "4.0"])
def test_h07_a_token_is_what_it_is(chart: str, token: str) -> None:
    done = rendered(chart, {f"{REPO}token": token})
    assert done.git()["password"] == token
    assert not done.errors()


def test_h07_token_with_slash(here: Installation) -> None:
    here.values["token"] = "ghp/with/slash"
    assert here.run().code == 0
    assert b"password: ghp/with/slash\n" in visible(here.target)[DYNAMIC]


def test_h07_a_user_whose_name_holds_a_placeholder() -> None:
    git = rendered("3.12", {f"{REPO}username": "GIT_TOKEN-x", f"{REPO}token": "GIT_USER"}).git()
    assert (git["username"], git["password"]) == ("GIT_TOKEN-x", "GIT_USER")


def test_h07_an_environment_with_slash() -> None:
    files = {CONFIG: "deploymentConfigurations:\n- name: default\n  timezone: x-ENVIRONMENT\n"}
    given = {"spinnaker.gitopsHalyard.environment": "prod/eu"}
    assert rendered("3.12", given, files).deployment()["timezone"] == "x-prod/eu"


def test_h07_s3_secrets_with_every_character() -> None:
    given = {
        f"{REPO}type": "s3",
        f"{REPO}s3accesskey": "AK/IA&1",
        f"{REPO}s3secretkey": "s&%e/c+\"'",
        f"{REPO}s3bucket": "a&b",
        f"{REPO}s3region": "eu",
    }
    done = rendered("3.12", given)
    options = done.value("default/service-settings/clouddriver-rw.yml")["env"]["JAVA_OPTS"]
    assert options == "-Daws.accessKeyId=AK/IA&1 -Daws.secretKey=s&%e/c+\"'"
    assert done.value(DYNAMIC)["awss3"]["bucket"] == "a&b"


@pytest.mark.parametrize(
    "value", ["a b", "a\nb", "*", "a: b", "a&b", "-n x", "a\"b'c", "yes", "0123"]
)
def test_h08_secret_values_come_out_as_they_are(value: str, tmp_path: Path) -> None:
    """Values of Secrets: here those that rendering itself fills in."""
    snow = {"SERVICENOW_URL": value, "SERVICENOW_USERNAME": "u", "SERVICENOW_PASSWORD": value}
    facts = mounted(tmp_path, servicenow_secret=snow)
    done = rendered("3.12", {}, {SNOW: ""}, facts)
    (one, _) = done.value(ORCA)["webhook"]["preconfigured"]
    assert one["url"] == f"{value}/api"
    credentials = one["customHeaders"]["Authorization"].removeprefix("Basic ")
    assert b64decode(credentials).decode() == f"u:{value}"


def test_h09_a_missing_secret_is_an_error_with_a_place(tmp_path: Path) -> None:
    (name, password) = ("SERVICENOW_USERNAME", "SERVICENOW_PASSWORD")
    facts = mounted(tmp_path, servicenow_secret={"SERVICENOW_URL": "https://snow", name: ""})
    done = rendered("3.12", {}, {SNOW: ""}, facts)
    told = [problem for problem in done.problems if problem.severity == "error"]
    assert {problem.file for problem in told} == {ORCA}
    assert f"{name} of Secret servicenow-secret is empty" in told[0].message
    assert f"{password} of Secret servicenow-secret is missing" in told[1].message
    assert "SERVICENOW_BASE64_USR_PASSWD" in done.text(ORCA)


def test_h09_every_reference_is_known_with_its_place() -> None:
    (one,) = find(tree_of({**FILES, GATE: "a: 1\nb: encrypted:none:key\n"})).references
    assert (one.file, one.line, one.name, one.key) == (GATE, 2, "none", "key")


def test_h10_keys_that_begin_alike_and_every_way_to_write_them() -> None:
    text = (
        "a: encrypted:s:a encrypted:s:ab\n"
        "b: 'encrypted:s:a'\n"
        "c: {d: encrypted:s:a, e: [encrypted:s:ab]}\n"
    )
    found = find(tree_of({**FILES, GATE: text}))
    assert [(one.path, one.key) for one in found.references] == [
        ("a", "a"), ("a", "ab"), ("b", "a"), ("c.d", "a"), ("c.e[0]", "ab"),
    ]  # fmt: skip
    assert found.problems == []


NATIVE = (
    "a: encrypted:s3!r:us-west-2!b:bucket!f:file.yml!k:x\n"
    "b: encryptedFile:s3!r:us-west-2!b:bucket!f:kubeconfig\n"
    "c: encrypted:vault!e:secret!p:a/b!k:c\n"
)


def test_h11_spinnakers_own_references_pass_through(here: Installation) -> None:
    here.commit({GATE: NATIVE})
    assert here.run().code == 0
    assert visible(here.target)[GATE].decode() == NATIVE
    families = {one.family for one in find(tree_of({**FILES, GATE: NATIVE})).references}
    assert families == {"spinnaker"}


OTHERS = {
    "README.md": "encrypted:readme:key RELEASE_NAME\n",
    "install.sh": "echo encrypted:sh:key\n",
    "SAMPLES/values.yaml": "a: encrypted:sample:key\n",
    "default/profiles/notes.yml": "a: encrypted:notes:key\n",
}


def test_h12_only_files_that_somebody_reads(here: Installation) -> None:
    here.commit(OTHERS)
    done = here.run("render", "-o", "json")
    assert done.code == 0 and json.loads(done.out)["references"] == []
    assert here.run().code == 0
    published = visible(here.target)
    assert {path: published[path].decode() for path in OTHERS} == OTHERS


@pytest.mark.parametrize("chart", ["3.12", "4.0"])
@pytest.mark.parametrize("kind", ["stash", "s3"])
def test_h13_stash_and_s3_are_treated_as_git(chart: str, kind: str) -> None:
    given = {
        f"{REPO}type": kind, f"{REPO}s3accesskey": "AK", f"{REPO}s3secretkey": "abcd",
        f"{REPO}s3bucket": "b", f"{REPO}s3region": "r", "global.ldap.enabled": False,
        "global.commonGate.spinnakerRBAC": True, "spinnaker.gitopsHalyard.environment": "prod",
    }  # fmt: skip
    config = FILES[CONFIG] + "- name: ENVIRONMENT\n"
    text = "a: encrypted:gate-secret:key\n"
    done = rendered(chart, given, {CONFIG: config, GATE: text})
    security = done.deployment()["security"]
    assert security["authn"]["ldap"]["enabled"] is False
    assert security["authz"]["enabled"] is True
    assert done.value(CONFIG)["deploymentConfigurations"][2]["name"] == "prod"
    assert done.value("default/profiles/rosco-local.yml")["redis"] == "redis://isd-redis:6379"
    if chart == "4.0":
        assert done.value("default/profiles/echo-local.yml")["spinnaker"]["name"] == "preview-saas"
    tree = tree_of({path: done.text(path) for path in done.files})
    assert [one.name for one in find(tree).references] == ["gate-secret"]


def test_h14_every_occurrence_on_a_line() -> None:
    line = "bucket: SPINNAKER_NAMESPACE-SPINNAKER_NAMESPACE-RELEASE_NAME-RELEASE_NAME"
    config = (
        f"deploymentConfigurations:\n- name: default\n  persistentStorage: {{s3: {{{line}}}}}\n"
    )
    storage = rendered("3.12", {}, {CONFIG: config}).deployment()["persistentStorage"]
    assert storage["s3"]["bucket"] == "opsmx-opsmx-isd-isd"


def test_h15_a_wrong_path_stops(here: Installation) -> None:
    done = here.run(path="nowhere")
    assert done.code == 3 and "nowhere" in done.err
    assert not here.target.exists() or visible(here.target) == {}


def test_h15_a_repository_without_config_stops(tmp_path: Path) -> None:
    here = Installation(tmp_path)
    here.repo.commit({"default/profiles/gate-local.yml": b"a: 1\n"})
    done = here.run()
    assert done.code in (5, 6) and "config" in done.err
    assert not here.target.exists() or visible(here.target) == {}


def test_h16_a_missing_servicenow_secret_is_said() -> None:
    done = rendered("3.12", {}, {SNOW: "", JIRA: ""})
    told = " ".join(done.errors())
    assert "servicenow-secret" in told and "jira-secret" in told
    assert "Og==" not in done.text(ORCA)


def test_h16_long_credentials_are_one_line(tmp_path: Path) -> None:
    token = "t" * 200
    jira = {"JIRA_URL": "https://jira", "JIRA_USERNAME": "ada", "JIRA_TOKEN": token}
    done = rendered("3.12", {}, {JIRA: ""}, mounted(tmp_path, jira_secret=jira))
    (_, two) = done.value(ORCA)["webhook"]["preconfigured"]
    encoded = b64encode(f"ada:{token}".encode()).decode()
    assert two["customHeaders"]["Authorization"] == f"Basic {encoded}"


def test_h17_booleans_are_booleans_and_names_are_texts() -> None:
    given = {"global.ldap.enabled": False, "global.commonGate.spinnakerRBAC": True}
    done = rendered("4.0", {**given, f"{REPO}halConfigBranch": "3.10"})
    security = done.deployment()["security"]
    assert security["authn"]["ldap"]["enabled"] is False
    assert security["authz"]["enabled"] is True
    assert done.value(ORCA)["tasks"]["useManagedServiceAccounts"] is True
    assert done.git()["defaultLabel"] == "3.10"


@pytest.mark.parametrize("value", ["3.10", "0123456", "4.0"])
def test_h17_numbers_in_the_values_are_what_is_written(value: str) -> None:
    from halsync.render.presets.opsmx.values import parse

    text = f"spinnaker: {{gitopsHalyard: {{repo: {{token: {value}, halConfigBranch: {value}}}}}}}\n"
    values = parse("4.0", text.encode(), "values.yaml")
    assert values.text(f"{REPO}token") == values.text(f"{REPO}halConfigBranch") == value


def test_h17_an_address_as_user_name_breaks_no_url() -> None:
    git = rendered("3.12", {f"{REPO}username": "user@example.com"}).git()
    assert git["username"] == "user@example.com"
    assert git["uri"] == "https://github.com/OpsMx/standard-gitops-repo.git"


@pytest.mark.parametrize("chart", ["3.12", "4.0"])
def test_h18_auto_configuration_without_services(chart: str) -> None:
    done = rendered(chart, {"global.autoConfiguration.enabled": True})
    found = [problem for problem in done.problems if problem.code == "HAL0251"]
    assert len(found) == 2 and all("servicesFile" in problem.hint for problem in found)


def test_h18_mtls_needs_no_ingress() -> None:
    assert not rendered("3.12", {"spinnaker.gitopsHalyard.mTLS.enabled": True}).errors()


def test_h18_only_code_is_turned_on() -> None:
    deck = (
        "// false is the default\n"
        "var falsehood = false; /* false */\n"
        'var text = "false"; var other = {a: false, b: false};\n'
    )
    done = rendered("3.12", {"global.commonGate.spinnakerRBAC": True}, {DECK: deck})
    assert done.text(DECK) == (
        "// false is the default\n"
        "var falsehood = true; /* false */\n"
        'var text = "false"; var other = {a: true, b: false};\n'
    )


# Life cycle


def test_h19_leftovers_of_a_killed_run_are_in_nobodys_way(here: Installation) -> None:
    work = here.directory / "work"
    (work / "halsync-leftover" / "0" / "test").mkdir(parents=True)
    for _ in range(2):
        assert here.run("init", "--work-dir", str(work)).code == 0


def test_h20_rendering_again_gives_the_same(here: Installation) -> None:
    assert here.run().code == 0
    before = visible(here.target)
    done = here.run()
    assert done.code == 0 and "unchanged" in [event["event"] for event in events(done)]
    assert visible(here.target) == before


def test_h21_invalid_yaml_leaves_what_was_live(here: Installation) -> None:
    assert here.run().code == 0
    before = visible(here.target)
    here.commit({CONFIG: "deploymentConfigurations:\n- name: [\n"})
    done = here.run()
    assert done.code in (5, 6) and visible(here.target) == before
    problem = next(event for event in events(done) if event["event"] == "problem")
    assert problem["file"] == "config"


def test_h22_the_revision_is_recorded_and_a_push_is_taken_up(here: Installation) -> None:
    for text in ("a: 1\n", "a: 2\n"):
        commit = here.commit({GATE: text})
        assert here.run().code == 0
        status = halsync("status", "--target", here.target, "-o", "json")
        assert commit in status.out
        assert visible(here.target)[GATE].decode() == text


def test_h23_nothing_is_deployed_or_applied(here: Installation, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    called = tmp_path / "called"
    for name in ("hal", "kubectl", "java", "yq", "sed"):
        tool = tools / name
        tool.write_text(f"#!/bin/sh\necho {name} >> {called}\n")
        tool.chmod(0o755)
    here.commit({"clusterconfig/x.yaml": "kind: Secret\n", "pipeline-promotion/y.yaml": "a: 1\n"})
    here.env = {"PATH": f"{tools}:{os.environ['PATH']}"}
    assert here.run().code == 0
    assert not called.exists()


def test_h24_a_name_with_a_space(here: Installation) -> None:
    path = "default/profiles/gate-my file.yml"
    here.commit({path: "a: encrypted:gate-secret:key\n"})
    done = here.run("render", "-o", "json")
    assert [one["file"] for one in json.loads(done.out)["references"]] == [path]


SNOW = "clusterconfig/servicenow-secret.yaml"
JIRA = "clusterconfig/jira-secret.yaml"


def mounted(directory: Path, **secrets: dict[str, str]) -> Facts:
    """Secrets as mounted; ``_`` stands for ``-`` in names."""
    for name, keys in secrets.items():
        for key, value in keys.items():
            place = directory / name.replace("_", "-") / key
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(value)
    return ISD._replace(secrets=SecretsDirectory(str(directory)))
