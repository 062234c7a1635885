"""Breaks, validates and repairs; ``python -m tests.repairs`` writes docs/repairs.md."""

from __future__ import annotations

import difflib
import shutil
import tempfile
from pathlib import Path

from tests.harness import EXAMPLE, ROOT, halsync
from tests.repairs.cases import CASES, Case, Edit, Move

PAGE = ROOT / "docs" / "repairs.md"

_INTRODUCTION = """\
# Five broken repositories

<!-- Written by python -m tests.repairs; a test runs it again. -->

Each begins as `examples/acme-spinnaker` with some mistakes in it, and is repaired by doing what
the messages of `halsync validate` say, and nothing else. `HALSYNC_CONFIG` names a `halsync.yaml`
with its four placeholders.
"""


def page() -> str:
    """The text of docs/repairs.md, everything done anew."""
    return "\n".join([_INTRODUCTION, *map(transcript, CASES)])


def transcript(case: Case) -> str:
    """One repository: every look at it and every repair, until nothing is left."""
    parts = [f"## {case.title}\n\n{case.story}\n"]
    with tempfile.TemporaryDirectory(prefix="halsync-repairs-") as directory:
        place = Path(directory, "spinnaker")
        shutil.copytree(EXAMPLE, place)
        for edit in case.breaks:
            apply(place, edit)
        for comment, edits in case.rounds:
            parts.append(_look(place, case))
            before = _texts(place)
            for edit in edits:
                apply(place, edit)
            parts.append(f"{comment}\n\n```diff\n{_changes(before, _texts(place))}```\n")
        parts.append(_look(place, case))
    return "\n".join(parts)


_NAMES = ("SPINNAKER_NAMESPACE", "RELEASE_NAME", "GATE_HOST", "DECK_HOST")


def apply(place: Path, edit: Edit | Move) -> None:
    """Make one change; it must find what it is about."""
    path = place / edit.file
    if isinstance(edit, Move):
        path.rename(place / edit.to)
    else:
        text = path.read_text()
        assert edit.old in text, f"{edit.file} does not hold {edit.old!r}"
        path.write_text(text.replace(edit.old, edit.new, 1))


def _look(place: Path, case: Case) -> str:
    settings = place.with_name(f"{place.name}.halsync.yaml")
    settings.write_text(
        f"render: {{placeholders: {{{', '.join(f'{each}: x' for each in _NAMES)}}}}}\n"
    )
    variables = {"HALSYNC_LOG_FORMAT": "text", "HALSYNC_CONFIG": str(settings)}
    done = halsync("validate", *case.words, cwd=place, env=variables)
    shown = " ".join(["halsync validate", *case.words])
    return f"```console\n$ {shown}\n{done.out}{done.err}$ echo $?\n{done.code}\n```\n"


def _texts(place: Path) -> dict[str, list[str]]:
    return {
        str(path.relative_to(place)): path.read_text().splitlines(keepends=True)
        for path in sorted(place.rglob("*"))
        if path.is_file()
    }


def _changes(before: dict[str, list[str]], after: dict[str, list[str]]) -> str:
    lines: list[str] = []
    for name in sorted({*before, *after}):
        if name not in after:
            lines.append(f"--- {name}\n")
        elif name not in before:
            lines.append(f"+++ {name}\n")
        elif before[name] != after[name]:
            lines.append(f"@@ {name}\n")
            found = difflib.unified_diff(before[name], after[name], n=0)
            lines += [line for line in found if not line.startswith(("---", "+++", "@@"))]
    return "".join(line if line.endswith("\n") else line + "\n" for line in lines)
