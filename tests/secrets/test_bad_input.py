"""Every way in which a secret cannot be had: what is said, where, and with which exit code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.secrets.installation import GATE, Installation
from tests.servers.kube import Cluster, KubeServer, serve_kube
from tests.servers.kube.cluster import cluster_on


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: encrypted:name", "it names a Secret without a key"),
        ("a: encrypted:UPPER:key", "'UPPER' cannot be the name of a Kubernetes Secret"),
        ("a: encrypted:n:k:more", "cannot be a key"),
        ("a: encryptedFile:n:../../etc/passwd", "cannot be a key"),
        ("a: halsync(vault:secret/db)", "without a key: write PATH#KEY"),
        ("a: halsync(vault:secret/../sys/x#k)", "is no path of Vault"),
        ("a: halsync(file:relative)", "the path must be absolute"),
        ("a: halsync(file:/run/../etc/shadow)", "without '..'"),
        ("a: halsync(env:A B)", "may not stand there"),
        ("a: halsync(gopher:x)", "'gopher' is none of vault, file, env"),
        ("a: halsync(env:A", "does not end with ')'"),
    ],
)
def test_malformed(here: Installation, text: str, told: str) -> None:
    here.mount(n={"k": "v"})
    here.secrets(env=["*"], fileDirs=["/"])
    here.write({GATE: f"first: 1\n{text}\n"})
    refused = here.refused()
    assert refused.code == 6
    assert (refused.one.code, refused.one.line) == ("HAL0260", 2)
    assert told in refused.one.message
    assert refused.one.hint.startswith("write ")


@pytest.mark.parametrize(
    "reference",
    [
        "encrypted:k8s!n:../agent!k:token",
        "encrypted:k8s!n:{directory}/agent!k:token",
        "encryptedFile:k8s!n:n/../../agent!k:token",
        "encrypted:k8s!n:n!k:../../agent/token",
        "encryptedFile:k8s!n:n!k:..",
    ],
)
def test_no_reference_leads_out_of_the_mounted_secrets(here: Installation, reference: str) -> None:
    here.mount(n={"k": "v"})
    here.secrets(resolve=["k8s"])
    agent = here.directory / "agent"
    agent.mkdir()
    (agent / "token").write_text("canary-of-the-agent")
    here.write({GATE: f"a: {reference.format(directory=here.directory)}\n"})
    refused = here.refused()
    assert (refused.code, refused.one.code, refused.one.line) == (6, "HAL0266", 1)
    assert "of a Kubernetes Secret" in refused.one.message
    assert "canary" not in refused.text


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("encrypted:s3!r:evil.com/#!b:b!f:k", "'evil.com/#' cannot be a region"),
        ("encrypted:secrets-manager!r:@evil.com/!s:n", "cannot be a region"),
        ("encrypted:vault!e:../sys!n:x!k:y", "'../sys' cannot be a path of Vault"),
        ("encrypted:vault!e:/!p:x!k:y", "'/' cannot be a path of Vault"),
        ("encrypted:vault!e:secret!p:a//b!k:y", "cannot be a path of Vault"),
        ("encrypted:s3!r:eu-west-1!b:no_bucket/x!f:y", "'no_bucket/x' cannot be a bucket"),
        ("encrypted:s3!r:eu-west-1!b:a..b!f:y", "'a..b' cannot be a bucket"),
        ("encrypted:s3!r:eu-west-1!b:{long}!f:y", "cannot be a bucket"),
        ("encrypted:s3!r:eu-west-1!b:bucket!f:{key}", "cannot be the key of an object"),
        ("encrypted:secrets-manager!r:eu-west-1!s:{key}", "cannot be a secret's name"),
    ],
)
def test_a_place_that_cannot_be(here: Installation, reference: str, told: str) -> None:
    """It is the file that is wrong, and no setting."""
    here.secrets(resolve=["s3", "secrets-manager", "vault"])
    here.write({GATE: f"first: 1\na: '{reference.format(long='b' * 256, key='k' * 2049)}'\n"})
    refused = here.refused()
    assert (refused.code, refused.one.code, refused.one.line) == (6, "HAL0266", 2)
    assert told in refused.one.message
    assert refused.one.hint


def test_not_utf8(here: Installation) -> None:
    here.mount(s={"k": b"\xff\xfe\x00binary"})
    here.write({GATE: "a: encrypted:s:k\n"})
    refused = here.refused()
    assert (refused.code, refused.one.code) == (6, "HAL0266")
    assert "encrypted:s:k: the value is not UTF-8 text" in refused.one.message
    assert "as a file" in refused.one.hint
    here.write({GATE: "a: encryptedFile:s:k\n"})
    published = here.publish()
    assert published[".secrets/s/k"] == b"\xff\xfe\x00binary"


def test_a_nul_character(here: Installation) -> None:
    here.mount(s={"k": b"a\0b"})
    here.write({GATE: "a: encrypted:s:k\n"})
    assert "holds a NUL character" in here.refused().one.message


@pytest.mark.parametrize("content", [b"", b"\n"])
def test_empty(here: Installation, content: bytes) -> None:
    here.mount(s={"k": content})
    here.write({GATE: "a: unencrypted:s:k\nb: x-encrypted:s:k\n"})
    (problem,) = [each for each in here.look().problems if each.code == "HAL0268"]
    assert (problem.severity, problem.line) == ("warning", 2)
    assert yaml.safe_load(here.publish()[GATE]) == {"a": "unencrypted:s:k", "b": "x-"}


def test_huge(here: Installation) -> None:
    here.mount(s={"k": "x" * 900_000, "big": "y" * 2_000_000})
    here.write({GATE: "a: encrypted:s:k\nb: encryptedFile:s:k\n"})
    assert yaml.safe_load(here.publish()[GATE])["a"] == "x" * 900_000
    here.settings["limits"] = {"fileBytes": "1MiB"}
    here.write({GATE: "a: encrypted:s:big\n"})
    refused = here.refused()
    assert (refused.one.code, refused.code) == ("HAL0266", 6)
    assert "has more than 1048576 bytes" in refused.one.message


def test_a_place_that_cannot_hold_the_value(here: Installation) -> None:
    here.mount(s={"k": "two\nlines"})
    here.write({GATE: "a: >\n  encrypted:s:k\nb: 1\n"})
    refused = here.refused()
    assert (refused.one.code, refused.one.line) == ("HAL0267", 2)
    assert "joins into one line" in refused.one.message


def test_escapes_that_take_a_reference_apart(here: Installation) -> None:
    here.mount(s={"k": "1234", "kx": "5678"})
    here.write({GATE: 'a: "encrypted:s:k\\x78"\nb: "encrypted\\x3as:k"\n'})
    refused = here.refused()
    assert [(each.code, each.line) for each in refused.problems] == [
        ("HAL0267", 1), ("HAL0267", 2),
    ]  # fmt: skip


def test_a_file_outside_of_what_is_opened(here: Installation) -> None:
    own = here.directory / "git-token"
    own.write_text("of the agent")
    inside = here.directory / "open"
    inside.mkdir()
    (inside / "link").symlink_to(own)
    (inside / "dir").mkdir()
    here.secrets(fileDirs=[str(inside)])
    here.write(
        {
            GATE: f"a: halsync(file:{own})\nb: halsync(file:{inside}/link)\n"
            f"c: halsync(file:{inside}/none)\nd: halsync(file:{inside}/dir)\n"
        }
    )
    refused = here.refused()
    assert [each.code for each in refused.problems] == ["HAL0264", "HAL0264", "HAL0263", "HAL0266"]
    assert f"secrets.fileDirs: [{here.directory}]" in refused.problems[0].hint
    assert "of the agent" not in refused.text


def test_variables(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALSYNC_GIT_TOKEN", "of-the-agent")
    here.secrets(env=["SPIN_*"])
    here.write({GATE: "a: halsync(env:HALSYNC_GIT_TOKEN)\nb: halsync(env:SPIN_NONE)\n"})
    refused = here.refused()
    assert [each.code for each in refused.problems] == ["HAL0264", "HAL0263"]
    assert "of-the-agent" not in refused.text
    assert "the environment variable SPIN_NONE is not set" in refused.problems[1].message


def test_two_files_of_one_name(here: Installation) -> None:
    here.mount(one={"config": "a"}, two={"config": "b"})
    here.secrets(layout="flat")
    here.write({GATE: "a: encryptedFile:one:config\nb: encryptedFile:two:config\n"})
    refused = here.refused()
    assert (refused.one.code, refused.one.line) == ("HAL0266", 2)
    assert "kubernetes:one:config has the same file name, config" in refused.one.message


def test_a_file_of_the_source_in_the_way(here: Installation) -> None:
    here.mount(one={"config": "a"})
    here.write({GATE: "a: encryptedFile:one:config\n", ".secrets/one/config": "mine"})
    assert "a source brings a file .secrets/one/config" in here.refused().one.message


def test_no_way_to_the_api(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(here.directory))
    here.secrets(kubernetes="api")
    here.write({GATE: "a: encrypted:s:k\n"})
    refused = here.refused()
    assert refused.code == 2
    assert "--secrets=skip" in refused.text


def test_vault_without_a_server(here: Installation) -> None:
    here.write({GATE: "a: halsync(vault:secret/db#password)\n"})
    refused = here.refused()
    assert refused.code == 2
    assert "set secrets.vault.address" in refused.text


def test_parameters_that_are_missing(here: Installation) -> None:
    here.secrets(resolve=["k8s", "vault", "s3", "secrets-manager"], kubernetes="off")
    here.write(
        {
            GATE: "a: encrypted:k8s!n:x\nb: encrypted:vault!e:x!k:y\nc: encrypted:s3!r:x!b:y\n"
            "d: encryptedFile:secrets-manager!r:x!s:y!k:z\n"
        }
    )
    refused = here.refused()
    assert [(each.line, each.message.rpartition(": ")[2]) for each in refused.problems] == [
        (1, "the engine k8s needs k"),
        (2, "the engine vault needs p"),
        (3, "the engine s3 needs f"),
        (4, "the engine secrets-manager takes no k for a file"),
    ]


@pytest.fixture
def switched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[KubeServer, Cluster]]:
    """An API server whose switches may be turned."""
    with (
        serve_kube() as server,
        cluster_on(server, tmp_path_factory.mktemp("switched")) as cluster,
    ):
        yield server, cluster


def test_permission_denied_on_one_of_many(
    here: Installation, kube: Cluster, tmp_path: Path
) -> None:
    for name in ("one", "two", "three"):
        kube.secret(name, {"k": f"value-of-{name}"})
    here.through(kube)
    account = kube.account(
        tmp_path,
        [{"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["one", "three"],
          "verbs": ["get"]}],
    )  # fmt: skip
    here.settings["kubernetes"]["kubeconfig"] = account.kubeconfig
    here.write({GATE: "a: encrypted:one:k\nb: encrypted:two:k\nc: encrypted:three:k\n"})
    refused = here.refused()
    assert (refused.code, refused.one.code, refused.one.line) == (4, "HAL0264", 2)
    assert 'resourceNames: ["two"]' in refused.one.hint
    assert "value-of" not in refused.text


def test_the_api_is_down(here: Installation, switched: tuple[KubeServer, Cluster]) -> None:
    server, cluster = switched
    here.through(cluster)
    cluster.secret("s", {"k": "1234", "l": "5678"})
    here.write({GATE: "a: encrypted:s:k\nb: encrypted:s:l\n"})
    here.publish()
    here.settings["timeout"] = "1s"
    server.down = True
    refused = here.refused()
    assert (refused.code, refused.one.code) == (3, "HAL0265")
    assert "--secrets=skip" in refused.one.hint or refused.one.hint


def test_too_many_requests_are_waited_for(
    here: Installation, switched: tuple[KubeServer, Cluster]
) -> None:
    server, cluster = switched
    here.through(cluster)
    cluster.secret("s", {"k": "1234"})
    here.write({GATE: "a: encrypted:s:k\n"})
    server.throttled = 1
    assert yaml.safe_load(here.publish()[GATE]) == {"a": "1234"}
    assert server.throttled == 0


def test_wrong_credentials(here: Installation, kube: Cluster, tmp_path: Path) -> None:
    here.through(kube)
    config = yaml.safe_load(kube.kubeconfig.read_text())
    config["users"][0]["user"] = {"token": "of-nobody"}
    path = tmp_path / "wrong"
    path.write_text(yaml.safe_dump(config))
    here.settings["kubernetes"]["kubeconfig"] = str(path)
    here.write({GATE: "a: encrypted:s:k\n"})
    refused = here.refused()
    assert (refused.code, refused.one.code) == (4, "HAL0264")
    assert "of-nobody" not in refused.text


def test_a_comment_may_leave_a_problem_out(here: Installation) -> None:
    here.mount(s={"k": ""})
    here.write({GATE: "a: encrypted:s:k # halsync: ignore[HAL0268] filled later\n"})
    assert [each for each in here.look().problems if each.code == "HAL0268"] == []
