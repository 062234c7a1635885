"""Real configuration: every file parses, but for the mistakes that INDEX.md lists."""

from __future__ import annotations

import json
import re

from halsync.formats.json import parse as parse_json
from halsync.formats.kinds import kind_of
from halsync.formats.yaml import parse

from .shared import CORPUS, SHARED, needs_shared

_CAUSE_ABOVE = {
    "aman-agrawal__cve-target__at-05617869/default/service-settings/fiat.yml": 6,
    "raghuramopsmx__gitops-hal-sample__at-a6a7a82c/config": 230,
}
"""Where the parser gives up (INDEX.md) below the line that has to be corrected."""

_TAB_IS_FINE = "default/service-settings/kayenta.yml"
"""A tab behind an unquoted value: PyYAML's own parser refuses it, SnakeYAML does not."""


def _listed() -> tuple[dict[str, int], dict[str, list[tuple[str, int]]]]:
    """From INDEX.md: file → line of its YAML error; file → duplicate keys with their lines."""
    errors: dict[str, int] = {}
    duplicates: dict[str, list[tuple[str, int]]] = {}
    for row in (CORPUS / "INDEX.md").read_text(encoding="utf-8").splitlines():
        if not row.startswith("| ") or not (CORPUS / row.split("|")[1].strip()).is_dir():
            continue
        tree = row.split("|")[1].strip()
        for found in re.finditer(r"([\w./-]+): YAML error line (\d+)", row):
            errors[f"{tree}/{found[1]}"] = int(found[2])
        for found in re.finditer(r"([\w./-]+): duplicate keys ((?:[\w.]+@\d+(?:, )?)+)", row):
            pairs = (pair.split("@") for pair in found[2].split(", "))
            duplicates[f"{tree}/{found[1]}"] = [(key, int(line)) for key, line in pairs]
    return errors, duplicates


@needs_shared
def test_exactly_the_listed_files_do_not_parse() -> None:
    expected, _ = _listed()
    assert len(expected) > 10
    expected = {name: at for name, at in expected.items() if not name.endswith(_TAB_IS_FINE)}
    found = {}
    count = 0
    for file in sorted(CORPUS.rglob("*")):
        name = str(file.relative_to(CORPUS))
        if not file.is_file() or kind_of(name) not in ("yaml", "json"):
            continue
        parsed = (parse if kind_of(name) == "yaml" else parse_json)(file.read_bytes())
        count += 1
        errors = [issue for issue in parsed.issues if issue.severity == "error"]
        if errors:
            found[name] = errors[0].line
    assert count > 1000
    assert found == {**expected, **_CAUSE_ABOVE}


@needs_shared
def test_the_listed_duplicate_keys_are_found_in_their_lines() -> None:
    _, expected = _listed()
    assert len(expected) > 5
    for name, keys in expected.items():
        issues = parse((CORPUS / name).read_bytes()).issues
        found = [
            (issue.message.split("'")[1], issue.line)
            for issue in issues
            if issue.kind == "duplicate-key"
        ]
        assert found == keys, name


@needs_shared
def test_halyards_verdicts_on_the_real_files() -> None:
    verdicts = json.loads((SHARED / "halyard" / "corpus-verdicts.json").read_text())["files"]
    refused = 0
    for name, verdict in verdicts.items():
        parsed = parse((SHARED / name).read_bytes())
        ours = parsed.failed or len(parsed.documents) > 1
        assert ours == (not verdict["accepted"] and verdict["stage"] == "yaml"), name
        refused += ours
    assert refused > 3
