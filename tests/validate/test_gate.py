"""The first gate, on trees as people have them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from halsync.model import Problem, Tree
from halsync.validate.codes import CODES
from halsync.validate.documents import Documents, dotted
from halsync.validate.gate import STAGES, Expectations, check

from ..harness import CORPUS, needs_corpus
from .trees import CONFIG, tree

_BAD = "a: b: c\n"


def codes(subject: Tree) -> list[tuple[str, str, str]]:
    return [
        (problem.code, problem.severity, problem.file)
        for problem in check(subject, ignore=["schema", "rules"])
    ]


def only(subject: Tree, *, placeholders: tuple[str, ...] = ()) -> Problem:
    (problem,) = check(subject, placeholders=placeholders, ignore=["schema", "rules"])
    return problem


def test_a_good_tree() -> None:
    files = {
        "default/profiles/gate-local.yml": "server: {port: 8084}\n---\nspring: {}\n",
        "default/service-settings/gate.yml": "host: 0.0.0.0\n",
        "default/profiles/settings-local.js": "window.x = 'y';\n",
        "default/profiles/rosco/packer/x.json": '{"a": 1}',
        "README.md": "\x00",
        "halyard.yaml": "server: {port: 8064}\n",
        ".boms/bom/1.2.yml": "version: '1.2'\nservices: {}\ndependencies: {}\n",
        "empty.yml": "",
    }
    assert check(tree(files)) == []


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        ("default/profiles/gate-local.yml", "error"),
        ("default/profiles/gate.yml", "error"),
        ("default/profiles/spinnaker-local.yml", "error"),
        ("default/profiles/clouddriver/x.yml", "error"),
        ("default/profiles/images-local.yml", "error"),
        ("default/profiles/monitoring-daemon/filters/Default.yml", "error"),
        ("default/service-settings/gate.yml", "error"),
        ("default/service-settings/redis.yml", "error"),
        (".boms/bom/1.30.1.yml", "error"),
        ("halyard-local.yml", "error"),
        ("default/profiles/stormdriver-spinnaker.yml", "warning"),
        ("default/profiles/Gate-local.yml", "warning"),
        ("default/profiles/spinnakerconfig.yml.s3", "warning"),
        ("default/profiles/orca-local.yaml-bckp", "warning"),
        ("default/service-settings/clouddriver-rw.yml.s3", "warning"),
        ("default/service-settings/gate.yaml", "warning"),
        ("default/service-settings/sub/gate.yml", "warning"),
        ("SAMPLES/gate-local.yml", "warning"),
        ("halconfig.yml", "warning"),
    ],
)
def test_who_reads_a_file_decides_how_bad_it_is(path: str, severity: str) -> None:
    files = {"default/profiles/igor-local.yml": "a: 1\n", path: _BAD}
    assert codes(tree(files)) == [("HAL0001", severity, path)]


@pytest.mark.parametrize(
    "path",
    [
        "default/staging/gate.yml",
        "default/history/service-profiles.yml",
        ".backup/config",
        "default/profiles/notes.txt",
        "default/profiles/settings-local.js",
    ],
)
def test_what_is_not_looked_into(path: str) -> None:
    assert check(tree({"default/profiles/igor-local.yml": "a: 1\n", path: _BAD})) == []


def test_a_finding_carries_all_that_a_person_needs() -> None:
    subject = tree({"default/profiles/gate-local.yml": "x: 1\nname: a: b\n"}, prefix="hal/")
    problem = only(subject)
    assert problem.code == "HAL0001"
    assert problem.group == "parse"
    assert (problem.line, problem.column) == (2, 8)
    assert problem.excerpt == "name: a: b"
    assert "'name'" in problem.message
    assert problem.hint
    assert problem.origin == (
        "hal-config",
        "3e25d19b587a0011",
        "hal/default/profiles/gate-local.yml",
    )


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"a: \xff\n", "HAL0003"),
        ("a: é\n".encode("utf-16-le"), "HAL0003"),
        ("a: \x01\n", "HAL0004"),
        ("[" * 60, "HAL0005"),
        ("a: &a [x]\nb: [" + "*a, " * 60 + "]\n", "HAL0006"),
        ("a: !foo x\n", "HAL0007"),
        ("a: *b\n", "HAL0008"),
        ("<<: x\n", "HAL0008"),
        ("a: 1\n---\nb: 2\n", "HAL0009"),
    ],
)
def test_each_cause_has_its_code(content: str | bytes, code: str) -> None:
    path = "default/service-settings/gate.yml"
    problem = only(tree({path: content}))
    assert (problem.code, problem.severity, problem.file) == (code, "error", path)


def test_a_mistake_whose_origin_the_line_shows_is_told_as_such() -> None:
    path = "default/profiles/gate-local.yml"
    merge = "a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> theirs\n"
    problem = only(tree({path: merge}))
    assert (problem.code, problem.line) == ("HAL0001", 2)
    assert problem.message == "a merge conflict was committed here"
    assert "=======" in problem.hint
    problem = only(tree({path: "a: 1\n{{- if .Values.b }}\nb: 2\n{{- end }}\n"}))
    assert (problem.code, problem.line) == ("HAL0001", 2)
    assert "template" in problem.message and "--set" in problem.hint


def test_json_has_a_code_of_its_own() -> None:
    path = "default/profiles/rosco/packer/x.json"
    assert codes(tree({path: "{,}"})) == [("HAL0002", "error", path)]
    assert codes(tree({path: '{"a": 1, "a": 2}'})) == [("HAL0010", "warning", path)]


def test_binary_files_that_halyard_would_copy_as_text() -> None:
    files: dict[str, str | bytes] = {
        "default/profiles/rosco/logo.png": b"\x89PNG\0\0",
        "default/profiles/spinnaker.keystore": b"\xfe\xed\xfe\xed\0",
        "default/profiles/settings-local.js": b"var x = '\xe9';\n",
        "default/profiles/rosco/nul.sh": b"echo \0\n",
        "default/profiles/unclaimed.png": b"\x89PNG\0\0",
        "logo.png": b"\x89PNG\0\0",
    }
    problems = check(tree(files), ignore=["rules"])
    found = [(problem.code, problem.file, problem.line) for problem in problems]
    assert found == [
        ("HAL0003", "default/profiles/rosco/logo.png", 1),
        ("HAL0004", "default/profiles/rosco/nul.sh", 1),
        ("HAL0003", "default/profiles/settings-local.js", 1),
        ("HAL0003", "default/profiles/spinnaker.keystore", 1),
    ]


def test_duplicate_keys_are_a_matter_of_who_reads_them() -> None:
    twice = "a: 1\na: 2\n"
    files = {
        "default/service-settings/gate.yml": twice,
        "default/profiles/gate-local.yml": twice,
        "default/profiles/images-local.yml": twice,
        "default/profiles/unclaimed.yml": twice,
    }
    assert codes(tree(files, config=CONFIG + "currentDeployment: default\n")) == [
        ("HAL0010", "warning", "config"),
        ("HAL0010", "error", "default/profiles/gate-local.yml"),
        ("HAL0010", "warning", "default/profiles/images-local.yml"),
        ("HAL0010", "warning", "default/profiles/unclaimed.yml"),
        ("HAL0010", "warning", "default/service-settings/gate.yml"),
    ]


def test_several_documents_only_where_spring_reads_them() -> None:
    two = "a: 1\n---\nb: 2\n"
    files = {
        "default/profiles/gate-local.yml": two,
        "default/service-settings/gate.yml": two,
        "default/service-settings/gate.yml.s3": two,
        ".boms/bom/1.yml": two,
    }
    found = codes(tree(files, config=two))
    assert {(code, file) for code, _, file in found} == {
        ("HAL0009", "config"),
        ("HAL0009", ".boms/bom/1.yml"),
        ("HAL0009", "default/service-settings/gate.yml"),
    }


def test_dangling_links() -> None:
    subject = tree(dangling=["default/profiles/x/y", "default/service-settings/gate.yml", "docs"])
    assert codes(subject) == [
        ("HAL0031", "error", "default/profiles/x/y"),
        ("HAL0031", "warning", "default/service-settings/gate.yml"),
        ("HAL0031", "warning", "docs"),
    ]
    assert check(subject)[0].origin is not None


def test_ignoring_by_code_and_by_group() -> None:
    subject = tree({"a.yml": _BAD, "b.yml": "a: 1\na: 2\n"})
    assert len(check(subject)) == 2
    assert [problem.code for problem in check(subject, ignore=["HAL0010"])] == ["HAL0001"]
    assert check(subject, ignore=["parse"]) == []


def test_problems_come_sorted_and_the_same_every_time() -> None:
    files = {f"f{number}.yml": "a: 1\na: 2\na: 3\nb: @\n" for number in range(20)}
    found = check(tree(files))
    assert len(found) == 60
    assert [(problem.file, problem.line) for problem in found] == sorted(
        (problem.file, problem.line) for problem in found
    )
    assert found == check(tree(dict(reversed(files.items()))))


def test_each_file_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    import halsync.formats.yaml as module

    calls: list[bytes | str] = []
    real = module.parse

    def counting(data: bytes | str) -> module.Parsed:
        calls.append(data)
        return real(data)

    monkeypatch.setattr(module, "parse", counting)
    documents = Documents(tree({"a.yml": "a: 1\n"}))
    for _ in range(2):
        for stage in STAGES:
            list(stage(documents, Expectations(frozenset({"X"}))))
    assert sorted(map(len, calls)) == sorted([len(CONFIG), 5])


def test_only_parsed_kinds_can_be_asked_for() -> None:
    documents = Documents(tree({"a.md": ""}))
    with pytest.raises(ValueError, match="neither"):
        documents.parsed("a.md")
    with pytest.raises(KeyError):
        documents.parsed("nope.yml")


def test_paths_as_people_write_them() -> None:
    assert dotted(("providers", "kubernetes", "accounts", 0, "name")) == (
        "providers.kubernetes.accounts[0].name"
    )
    assert dotted(()) == ""


def test_every_code_explains_itself() -> None:
    for code, known in CODES.items():
        assert code.startswith("HAL00")
        assert known.title
        assert known.remedy
        assert known.severity in ("error", "warning", "info")


def _trees() -> list[Path]:
    if not CORPUS.is_dir():
        return []
    patches = CORPUS / "armory__spinnaker-kustomize-patches"
    own = [path for path in CORPUS.iterdir() if path.is_dir() and path != patches]
    return sorted([*own, *patches.iterdir()])


_REFUSED = {
    "OpsMx__k8s-kubespray": {("HAL0001", "config", 51)},
    "OpsMx__standard-gitops-repo__at-010dd46c": {
        ("HAL0001", "default/profiles/orca-local.yml", 217)
    },
    "OpsMx__standard-gitops-repo__at-79c1a622": {("HAL0001", "default/profiles/spinnaker.yml", 82)},
    "TejaswiniOpsmx__404.b3__at-02975821": {("HAL0001", "config", 56)},
    "TejaswiniOpsmx__404.b3__at-96f3f415": {("HAL0001", "config", 56)},
    "aman-agrawal__cve-target__at-05617869": {("HAL0001", "default/service-settings/fiat.yml", 6)},
    "aman-agrawal__cve-target__at-295287bc": {
        ("HAL0001", "default/profiles/gate-local.yml", 1),
        ("HAL0010", "default/profiles/front50-local.yml", 4),
    },
    # Keys of Armory's own Halyard.
    "armory--features--pipelines-as-code--feature": {("HAL0401", "config", 4)},
    "armory--patch-diagnostics": {("HAL0401", "config", 4)},
    "armory--patch-terraformer": {("HAL0401", "config", 4)},
    "armory--patch-vault-secrets": {("HAL0401", "config", 4)},
    # Its author keeps the halconfig as halconfig.yaml; the file named config is a comment.
    "jupiterops__spinnaker-kustomize": {("HAL0021", "config", 0)},
    "prasadops__apple-spin-cve__at-7f12e960": {
        ("HAL0010", "default/profiles/gate-local.yml", line) for line in (6, 46, 56)
    },
    "raghuramopsmx__gitops-hal-sample__at-a6a7a82c": {("HAL0001", "config", 230)},
    # They name files that their author keeps elsewhere.
    "accounts--canary--stackdriver": {("HAL1901", "config", 14)},
    "security--patch-file-authz": {("HAL1901", "config", 11)},
    # Its author blanked the addresses out: <redacted for publishing>.
    "ruizmarlon__armory-spin": {("HAL1502", "config", 7), ("HAL1502", "config", 9)},
    "yugaa22__cve-target__at-e8ce27a1": {
        ("HAL0001", "default/service-settings/clouddriver.yml", 1)
    },
}
"""Real trees with a mistake, all of which INDEX.md lists."""


@needs_corpus
def test_real_trees_pass_or_are_refused_for_their_known_mistake() -> None:
    refused = {}
    for top in _trees():
        files: dict[str, str | bytes] = {}
        for directory, _, names in os.walk(top):
            for name in names:
                path = Path(directory, name)
                files[str(path.relative_to(top))] = path.read_bytes()
        errors = {
            (problem.code, problem.file, problem.line)
            for problem in check(tree(files, config=None))
            if problem.severity in ("fatal", "error")
        }
        if errors:
            refused[top.name] = errors
    assert len(_trees()) > 90
    assert refused == _REFUSED
