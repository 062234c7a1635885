"""Secret references: both families, everywhere in a value, only where somebody reads them."""

from __future__ import annotations

import pytest

from halsync.model import File, Origin, Tree
from halsync.render.references import MALFORMED, MIXED, find, references

GATE = "default/profiles/gate-local.yml"


def tree(**files: str) -> Tree:
    """A tree; ``__`` stands for ``/`` ``_DOT_`` and ``_DASH_`` for a dot and a dash."""
    return Tree(
        {
            path.replace("__", "/").replace("_DOT_", ".").replace("_DASH_", "-"): File(
                text.encode(), False, Origin("hal", "0" * 40, path)
            )
            for path, text in files.items()
        },
        {},
    )


def gate(text: str) -> Tree:
    """One profile."""
    return Tree({GATE: File(text.encode(), False, Origin("hal", "0" * 40, GATE))}, {})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: encrypted:n:k", [("a", "string", "n", "k")]),
        ("a: 'encrypted:n:k'", [("a", "string", "n", "k")]),
        ('a: "encrypted:n:my.key" # why', [("a", "string", "n", "my.key")]),
        ("a: {b: encrypted:n:k, c: [encrypted:m:l]}", [("a.b", "string", "n", "k"),
                                                      ("a.c[0]", "string", "m", "l")]),
        ("a: -Da=encrypted:n:k -Db=encrypted:n:kk", [("a", "string", "n", "k"),
                                                    ("a", "string", "n", "kk")]),
        ("a: redis://:encrypted:n:k@host:6379", [("a", "string", "n", "k")]),
        ("a: |\n  x encrypted:n:k,\n  y encrypted:m:l}\n", [("a", "string", "n", "k"),
                                                          ("a", "string", "m", "l")]),
        ("a: encryptedFile:kube.prod:config_1", [("a", "file", "kube.prod", "config_1")]),
        ("# encrypted:n:k\na: 1", []),
        ("encrypted:n:k: 1", []),
        ("a: is encrypted: yes", []),
        ("a: unencrypted:n:k", []),
    ],
)  # fmt: skip
def test_of_kubernetes(text: str, found: list[tuple[str, str, str, str]]) -> None:
    got = references(gate(text))
    assert [(one.path, one.kind, one.name, one.key) for one in got] == found
    assert all(one.family == "kubernetes" for one in got)
    assert find(gate(text)).problems == []


@pytest.mark.parametrize(
    ("value", "kind", "name", "key"),
    [
        ("encrypted:s3!r:us-west-2!b:x!f:a/b.yml!k:c.d", "string", "s3",
         "r:us-west-2!b:x!f:a/b.yml!k:c.d"),
        ("encryptedFile:secrets-manager!s:x!r:y", "file", "secrets-manager", "s:x!r:y"),
        ("encrypted:vault!e:secret!p:a/b!k:c", "string", "vault", "e:secret!p:a/b!k:c"),
        ("encrypted:noop!v:a:b", "string", "noop", "v:a:b"),
    ],
)  # fmt: skip
def test_of_spinnaker(value: str, kind: str, name: str, key: str) -> None:
    (got,) = references(gate(f"a: {value}\n"))
    assert (got.kind, got.family, got.name, got.key) == (kind, "spinnaker", name, key)


@pytest.mark.parametrize(
    ("value", "code", "told"),
    [
        ("encrypted:name", MALFORMED, "without a key"),
        ("encrypted::key", MALFORMED, "names nothing"),
        ("encrypted:Name:key", MALFORMED, "'Name' cannot be the name"),
        ("encrypted:-n:key", MALFORMED, "cannot be the name"),
        ("encrypted:n:/etc", MALFORMED, "cannot be a key"),
        ("encrypted:n:k:more", MALFORMED, "cannot be a key"),
        ("encrypted:n:kk:more", MALFORMED, "cannot be a key"),
        ("x encrypted:s3!r:us!b:x", MALFORMED, "must be the whole value"),
        ("encrypted:s3!r:us!bad", MALFORMED, "'bad' is no parameter"),
        ("encrypted:n:k!r:us", MIXED, "half"),
        ("encrypted:s3!r:encrypted:n:k", MIXED, "half"),
    ],
)
def test_what_is_wrong(value: str, code: object, told: str) -> None:
    found = find(gate(f"first: 1\na: {value}\n"))
    assert found.references == []
    (problem,) = found.problems
    assert problem.code == getattr(code, "code", "") and told in problem.message
    assert (problem.file, problem.line, problem.path) == (GATE, 2, "a")
    assert problem.excerpt == f"a: {value}"


def test_only_files_that_somebody_reads() -> None:
    text = "a: encrypted:n:k\n"
    found = references(
        tree(
            config=text,
            default__profiles__gate_DOT_yml=text,
            default__profiles__gate_DOT_yml_DOT_s3=text,
            default__profiles__settings_DOT_js=text,
            default__SAMPLES__x_DOT_yml=text,
            default__profiles__settings_DASH_local_DOT_js=f'// {text}a = "encrypted:n:k";\n',
            README_DOT_md=text,
            install_DOT_sh=text,
        )
    )
    assert [(one.file, one.line) for one in found] == [
        ("config", 1),
        ("default/profiles/gate.yml", 1),
        ("default/profiles/settings-local.js", 2),
    ]


def test_places() -> None:
    (one,) = references(gate("a:\n  b:\n  - c: 1\n    d: x encrypted:n:k\n"))
    assert (one.line, one.column, one.path) == (4, 8, "a.b[0].d")


def test_files_that_are_no_yaml_are_left_to_others() -> None:
    assert find(gate("a: [encrypted:n:k")) == ([], [])
