"""What a misspelt key brings about elsewhere, which is not said again."""

from __future__ import annotations

from halsync.formats.path_text import index_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from halsync.model import Problem
    from halsync.validate.documents import Documents

_UNKNOWN = frozenset({"HAL0401", "HAL0402"})
_REFER = {
    "HAL1020": "",
    "HAL1024": "",
    "HAL1201": "providers",
    "HAL1203": "providers",
    "HAL1304": "providers",
    "HAL1341": "dcos",
    "HAL1401": "",
    "HAL1404": "persistentStorage",
    "HAL1609": "canary",
    "HAL1802": "providers",
}
"""Rules about names that are looked up elsewhere → the section in which they are."""


def without_consequences(problems: Sequence[Problem], documents: Documents) -> list[Problem]:
    """Without rules that miss what an unknown key beside it, or in the section that is searched,
    was meant to be."""
    unknown = {
        (problem.file, problem.path.rpartition(".")[0])
        for problem in problems
        if problem.code in _UNKNOWN
    }
    if not unknown:
        return list(problems)
    return [
        problem
        for problem in problems
        if problem.group != "rules" or not _follows(problem, unknown, documents)
    ]


def _follows(problem: Problem, unknown: set[tuple[str, str]], documents: Documents) -> bool:
    parent, _, key = problem.path.rpartition(".")
    for file, holder in unknown:
        if file != problem.file:
            continue
        if problem.code in _REFER:
            section = _REFER[problem.code]
            last = holder.rpartition(".")[2].partition("[")[0]
            if holder in (parent, parent.rpartition(".")[0]) or (section and last == section):
                return True
        elif not _exists(documents, problem.file, problem.path) and (
            holder in (parent, parent.rpartition(".")[0]) and key
        ):
            return True
    return False


def _exists(documents: Documents, file: str, path: str) -> bool:
    value: Any = documents.parsed(file).documents[0].value
    for part in path.replace("[", ".[").split("."):
        if part.startswith("[") and isinstance(value, list):
            index = index_of(part[1:-1])
            value = value[index] if index is not None and index < len(value) else None
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return value is not None
