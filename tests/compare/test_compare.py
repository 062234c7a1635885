"""What `halsync diff` shows."""

from __future__ import annotations

import json

import pytest

from halsync import redact
from halsync.compare import FileChange, as_json, compare, summary, text

CONFIG = """# halconfig
currentDeployment: default
deploymentConfigurations:
- name: default
  version: 1.30.1
  providers:
    kubernetes:
      enabled: true
      accounts:
      - name: prod
        context: a
      - name: dev
        context: d
        namespaces: [x, y]
"""


def changed(path: str, old: str | bytes, new: str | bytes) -> FileChange:
    """The one file that differs."""
    before = old.encode() if isinstance(old, str) else old
    after = new.encode() if isinstance(new, str) else new
    (change,) = compare({path: before, "same.yml": b"a"}, {path: after, "same.yml": b"a"})
    return change


def shown(path: str, old: str, new: str) -> list[str]:
    """The lines about the values of the one file that differs."""
    change = changed(path, old, new)
    return [line.strip() for line in text([change]).splitlines()[1:-1]]


def test_equal_trees() -> None:
    assert compare({"a": b"x"}, {"a": b"x"}) == []
    assert text([]) == "no differences\n"


def test_added_removed_changed_and_mode() -> None:
    found = compare(
        {"gone.yml": b"a: 1\nb: 2\n", "run.sh": b"x", "config": b"a: 1\n"},
        {"new.sh": b"x\n", "run.sh": b"x", "config": b"a: 2\n"},
        new_executable={"run.sh", "new.sh"},
    )
    assert [(change.path, change.kind) for change in found] == [
        ("config", "changed"),
        ("gone.yml", "removed"),
        ("new.sh", "added"),
        ("run.sh", "mode"),
    ]
    assert text(found) == (
        "~ config\n"
        "    ~ a: 1 → 2\n"
        "- gone.yml (2 lines)\n"
        "+ new.sh (1 line, now executable)\n"
        "~ run.sh (now executable)\n"
        "4 files differ: 1 added, 1 removed, 1 changed, 1 with another mode (1 value)\n"
    )


def test_values_by_path_and_name() -> None:
    new = CONFIG.replace("context: a", "context: b").replace("[x, y]", "[x, z, w]")
    prefix = "deploymentConfigurations[default].providers.kubernetes.accounts"
    assert shown("config", CONFIG, new) == [
        f'~ {prefix}[prod].context: "a" → "b"',
        f'~ {prefix}[dev].namespaces[1]: "y" → "z"',
        f'+ {prefix}[dev].namespaces[2]: "w"',
    ]


def test_named_items_are_matched_by_name_wherever_they_stand() -> None:
    old = "accounts:\n- name: a\n  x: 1\n- name: b\n  x: 2\n- name: c\n"
    new = "accounts:\n- name: d\n- name: b\n  x: 2\n- name: a\n  x: 3\n"
    assert shown("config", old, new) == [
        "~ accounts[a].x: 1 → 3",
        '- accounts[c]: {"name": "c"}',
        '+ accounts[d]: {"name": "d"}',
        '~ accounts: order ["a", "b"] → ["b", "a"]',
    ]


def test_items_that_share_a_name_are_matched_by_index() -> None:
    old, new = "- name: a\n- name: a\n", "- name: a\n- name: b\n"
    assert shown("a.yml", old, new) == ['~ [1].name: "a" → "b"']


def test_types_are_told_apart() -> None:
    assert shown("a.yml", "a: true\nb: 1\nc: '1.30'\n", "a: 'true'\nb: 1.0\nc: 1.30\n") == [
        '~ a: true → "true"',
        "~ b: 1 → 1.0",
        '~ c: "1.30" → 1.3',
    ]


def test_keys_with_dots_are_quoted() -> None:
    assert shown("a.yml", "a.b:\n  c: 1\n", "a.b:\n  c: 2\n") == ['~ ["a.b"].c: 1 → 2']


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a: 1 # one\nb: x\n", "# none\nb:   'x'\na: 1\n"),
        ("a: [1, 2]\n", "a:\n- 1\n- 2\n"),
        ("a: 1\n", "a: 1\r\n"),
        ("x: &a {b: 1}\ny: *a\n", "x: {b: 1}\ny: {b: 1}\n"),
    ],
)
def test_formatting_only(old: str, new: str) -> None:
    change = changed("config", old, new)
    assert change.values == ()
    assert change.note == "formatting and comments only"


def test_a_date_that_gets_quoted_is_more_than_formatting() -> None:
    assert "formatting" not in changed("config", "a: 2020-01-01\n", "a: '2020-01-01'\n").note


def test_json_and_several_documents() -> None:
    assert shown("a.json", '{"a": {"b": [1]}}', '{"a": {"b": [2]}, "c": null}') == [
        "~ a.b[0]: 1 → 2",
        "+ c: null",
    ]
    assert shown("a.yml", "a: 1\n---\na: 1\n", "a: 1\n---\na: 2\n") == ["~ (document 2).a: 1 → 2"]


def test_other_text_by_line() -> None:
    change = changed("settings-local.js", "a\nb\nc\nd\n", "a\nB\nc\nd\n")
    assert change.lines == ("@@ -1,3 +1,3 @@", " a", "-b", "+B", " c")
    assert (change.added_lines, change.removed_lines) == (1, 1)
    assert changed("x.js", "a\nb\n", "a\r\nb\r\n").note == "line ends only"
    assert changed("x.js", "a\nb\n", "b\na\n").note == "order of lines"


def test_large_text_is_counted_only() -> None:
    old = "".join(f"{number}\n" for number in range(6000))
    change = changed("a.txt", old, old.replace("77\n", "x\n"))
    assert change.lines == ()
    assert change.added_lines == change.removed_lines > 0


def test_what_cannot_be_parsed_is_compared_by_line() -> None:
    change = changed("config", "a: 1\n", "a: [\n")
    assert change.note == "cannot be parsed now"
    assert "+a: [" in change.lines


def test_binary_files_by_size() -> None:
    change = changed("keystore.jks", b"\x00abc", b"\x00abcdef")
    assert text([change]).startswith("~ keystore.jks (binary, 4 → 7 bytes)\n")
    (added,) = compare({}, {"k.jks": b"\0\0"})
    assert text([added]).startswith("+ k.jks (binary, 2 bytes)\n")


SECRET_PLACES = [
    ("config", "password: {}\n"),
    ("config", "a:\n  githubToken: '{}'\n"),
    ("config", "credentials:\n  - {{name: x, value: {}}}\n"),
    ("config", "env:\n- {{name: DB_PASSWORD, value: {}}}\n"),
    ("config", "url: https://user:{}@host/x\n"),
    ("config", "opts: -Xmx1g -Ddb.password={} -Dx=y\n"),
    ("config", "client-key-data: {}\n"),
    ("config", "key: |\n  -----BEGIN RSA PRIVATE KEY-----\n  {}\n"),
    ("a.json", '{{"private_key": "{}"}}'),
    ("a.js", "var token = '{}';\n"),
    ("a.properties", "db.password={}\n"),
    ("id_rsa", "-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n-----END OPENSSH PRIVATE KEY-----\n"),
]


@pytest.mark.parametrize(("path", "template"), SECRET_PLACES)
def test_secrets_are_masked_by_name(path: str, template: str) -> None:
    old, new = template.format("canaryOLD123"), template.format("canaryNEW456")
    for before, after in ((old, new), ("x: 1\n", new), (old, "x: 1\n")):
        change = changed(path, before, after)
        for output in (text([change]), json.dumps(as_json([change])), repr(change)):
            assert "canary" not in output
    assert summary([changed(path, old, new)]).startswith("1 file differs: 1 changed")


def test_secrets_are_masked_by_value_and_their_predecessors_with_them() -> None:
    redact.register("registered-value-71")
    for path, template in (("config", "a:\n  b: x-{}\n"), ("a.sh", "run {}\nother\n")):
        old, new = template.format("rotated-value-70"), template.format("registered-value-71")
        output = text([changed(path, old, new)]) + json.dumps(as_json([changed(path, old, new)]))
        assert "registered-value-71" not in output
        assert "rotated-value-70" not in output


def test_nothing_steers_the_terminal() -> None:
    found = compare(
        {"a.yml": b"a: 1\n", "b.js": b"x\n"},
        {"a.yml": b'a: "\\x1b[31m \\x9b"\n', "b.js": b"\x1b]0;t\x07\n"},
    )
    assert "\x1b" not in text(found)
    assert "\x9b" not in text(found)
    assert "\x1b" not in "".join(found[1].lines)


def test_colour() -> None:
    found = compare({"a.yml": b"a: 1\nb: 1\n"}, {"a.yml": b"a: 2\nc: 1\n", "b.yml": b""})
    coloured = text(found, colour=True)
    assert "\x1b[33m~ a.yml\x1b[0m" in coloured
    assert "    \x1b[33m~ a: 1 → 2\x1b[0m" in coloured
    assert "    \x1b[31m- b: 1\x1b[0m" in coloured
    assert "    \x1b[32m+ c: 1\x1b[0m" in coloured
    assert "\x1b[32m+ b.yml\x1b[0m" in coloured


def test_long_values_show_where_they_differ() -> None:
    (line,) = shown("a.yml", f"a: {'x' * 500}old{'y' * 500}\n", f"a: {'x' * 500}new{'y' * 500}\n")
    assert "old" in line
    assert "new" in line
    assert len(line) < 300


def test_many_values_are_counted() -> None:
    old = "".join(f"k{number}: 1\n" for number in range(150))
    lines = text([changed("a.yml", old, old.replace(": 1", ": 2"))]).splitlines()
    assert lines[-2].strip() == "… and 50 more values"
    assert lines[-1] == "1 file differs: 1 changed (150 values)"


def test_json_form() -> None:
    found = compare({"a.yml": b"a: 1\n"}, {"a.yml": b"a: 2\nb: x\n"}, new_executable=["a.yml"])
    assert json.loads(json.dumps(as_json(found))) == [
        {
            "path": "a.yml",
            "change": "changed",
            "executable": True,
            "size": {"old": 5, "new": 10},
            "values": [
                {"change": "changed", "path": "a", "old": "1", "new": "2"},
                {"change": "added", "path": "b", "new": '"x"'},
            ],
        }
    ]
