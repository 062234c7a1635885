"""What the incumbent does wrong with secrets (incumbent.md, by number), through the real API."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.secrets.installation import GATE, Installation
from tests.servers.kube import Cluster


@pytest.fixture
def opsmx(here: Installation, kube: Cluster) -> Installation:
    """An installation that reads Secrets through an API, as the chart's does."""
    here.through(kube)
    return here


def value(published: dict[str, bytes], path: str = GATE) -> Any:
    """A published file, parsed."""
    return yaml.safe_load(published[path])


def test_h01_a_line_of_the_repository_runs_nothing(opsmx: Installation, kube: Cluster) -> None:
    pwned = opsmx.directory / "pwned"
    kube.secret("a", {"b": "1"})
    opsmx.write({GATE: f"a: encrypted:a:b/x/;1eid>{pwned};#\n"})
    refused = opsmx.refused()
    assert (refused.code, refused.one.code) == (6, "HAL0260")
    assert (refused.one.file, refused.one.line, refused.one.column) == (GATE, 1, 4)
    assert not pwned.exists()


def test_h01_a_reference_leads_to_no_other_namespace(opsmx: Installation, kube: Cluster) -> None:
    kube.secret("other", {"token": "1"})
    opsmx.write({GATE: "a: encrypted:other -n kube-system:token\nb: encrypted:o/../x:token\n"})
    assert kube.server is not None
    before = len(kube.server.seen)
    refused = opsmx.refused()
    assert [(each.code, each.line) for each in refused.problems] == [("HAL0260", 1), ("HAL0260", 2)]
    assert kube.server.seen[before:] == []


@pytest.mark.parametrize(
    "secret",
    ["with space", "two\nlines\nof text", "*", "a: b", "a & b", "-n", "\"a\"b'c'", "yes", "0123",
     "1e3", "null", "a\\1b", "$HOME `id` ${x}", "%", "@", "#x", " x ", "é漢\U0001f600", "{a: 1}"],
)  # fmt: skip
def test_h08_values_come_out_as_they_are(opsmx: Installation, kube: Cluster, secret: str) -> None:
    kube.secret("s", {"k": secret})
    lines = ["encrypted:s:k", "'encrypted:s:k'", '"encrypted:s:k"', "[encrypted:s:k, x]",
             "-Da=encrypted:s:k -Db", "|\n  >encrypted:s:k"]  # fmt: skip
    opsmx.write({GATE: "".join(f"k{number}: {line}\n" for number, line in enumerate(lines))})
    found = value(opsmx.publish())
    assert [found["k0"], found["k1"], found["k2"]] == [secret] * 3
    assert found["k3"] == [secret, "x"]
    assert found["k4"] == f"-Da={secret} -Db"
    assert found["k5"] == f">{secret}\n"


def test_h09_everything_that_is_missing_at_once(opsmx: Installation, kube: Cluster) -> None:
    kube.secret("there", {"password": "1234567", "user": "u"})
    config = (opsmx.source / "config").read_text() + (
        "  providers:\n    kubernetes:\n      accounts:\n"
        "      - {name: a, kubeconfigFile: 'encryptedFile:kube:config'}\n"
    )
    opsmx.write({"config": config, GATE: "a: encrypted:there:passwort\nb: x encrypted:none:k\n"})
    refused = opsmx.refused()
    assert refused.code == 6
    assert [(each.code, each.file, each.line) for each in refused.problems] == [
        ("HAL0263", "config", 8), ("HAL0263", GATE, 1), ("HAL0263", GATE, 2),
    ]  # fmt: skip
    gone, key, none = refused.problems
    assert f"there is no Secret kube in namespace {kube.namespace}" in gone.message
    assert "Secret there has no key passwort" in key.message
    assert key.hint == "did you mean password?"
    assert "encrypted:none:k: there is no Secret none" in none.message


def test_h10_prefixes_several_on_a_line_and_every_quoting(
    opsmx: Installation, kube: Cluster
) -> None:
    kube.secret("s", {"a": "AAA", "ab": "BBB", "a.b": "CCC"})
    opsmx.write(
        {
            GATE: "a: encrypted:s:a encrypted:s:ab,encrypted:s:a.b@encrypted:s:a\n"
            "b: 'encrypted:s:ab' # encrypted:s:a\n"
            "c: {d: encrypted:s:a, e: [encrypted:s:ab,encrypted:s:a]}\n"
        }
    )
    published = opsmx.publish()
    assert value(published) == {
        "a": "AAA BBB,CCC@AAA",
        "b": "BBB",
        "c": {"d": "AAA", "e": ["BBB", "AAA"]},
    }
    assert "# encrypted:s:a" in published[GATE].decode()


NATIVE = (
    "a: encrypted:s3!r:us-west-2!b:bucket!f:file.yml!k:x\n"
    "b: encryptedFile:gcs!b:bucket!f:kube\n"
    "c: encrypted:vault!e:secret!p:a/b!k:c\n"
    "d: encrypted:k8s!n:there!k:key\n"
)


def test_h11_spinnakers_own_pass_through(opsmx: Installation, kube: Cluster) -> None:
    kube.secret("there", {"key": "value-of-key"})
    opsmx.write({GATE: NATIVE})
    assert opsmx.publish()[GATE].decode() == NATIVE


def test_h11_and_are_resolved_on_request(opsmx: Installation, kube: Cluster) -> None:
    kube.secret("there", {"key": "value-of-key"})
    opsmx.write({GATE: NATIVE})
    opsmx.secrets(resolve=["k8s"])
    expected = NATIVE.replace("encrypted:k8s!n:there!k:key", "value-of-key")
    assert opsmx.publish()[GATE].decode() == expected


def test_h12_only_files_that_halyard_reads(opsmx: Installation, kube: Cluster) -> None:
    assert kube.server is not None
    before = len(kube.server.seen)
    others: dict[str, str | bytes] = {
        "README.md": "encrypted:readme:key\n",
        "install.sh": "echo encrypted:sh:key\n",
        "SAMPLES/values.yaml": "a: encrypted:sample:key\n",
        "default/profiles/notes.yml": "a: encrypted:notes:key\n",
    }
    opsmx.write(others)
    published = opsmx.publish()
    assert {path: published[path].decode() for path in others} == others
    assert kube.server.seen[before:] == []


def test_h12_each_secret_is_read_once(opsmx: Installation, kube: Cluster) -> None:
    kube.secret("one", {"a": "1", "b": "2"})
    kube.secret("two", {"a": "3"})
    opsmx.write(
        {GATE: "a: encrypted:one:a\nb: encrypted:one:b\nc: encrypted:two:a\nd: encrypted:one:a\n"}
    )
    assert kube.server is not None
    before = len(kube.server.seen)
    assert value(opsmx.publish()) == {"a": "1", "b": "2", "c": "3", "d": "1"}
    asked = [each.path.rpartition("/")[2] for each in kube.server.seen[before:]]
    assert sorted(asked) == ["one", "two"]


def test_h13_whatever_the_source_is(opsmx: Installation, kube: Cluster) -> None:
    kube.secret("gate-secret", {"key": "abc-def"})
    opsmx.write({GATE: "a: encrypted:gate-secret:key\n"})
    assert value(opsmx.publish()) == {"a": "abc-def"}
