"""How problems are shown. Adding a form: one module, one line in ``_FORMS``."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from halsync.model import Problem

_FORMS = {
    "text": "halsync.validate.reporters.text",
    "json": "halsync.validate.reporters.as_json",
}
"""Form → module whose ``show(problems, color)`` makes the whole report, without a last newline."""

FORMS = tuple(_FORMS)


def show(problems: Sequence[Problem], form: str = "text", *, color: bool = False) -> str:
    """The report on ``problems``, in their order, free of secrets.

    Raises:
        KeyError: there is no such form; see :data:`FORMS`.
    """
    module = import_module(_FORMS[form])
    return cast("Callable[[Sequence[Problem], bool], str]", module.show)(problems, color)


def summary(problems: Sequence[Problem]) -> dict[str, int]:
    """How many problems of each severity there are, and in how many files."""
    counts = {"errors": 0, "warnings": 0, "infos": 0, "files": 0}
    plural = {"fatal": "errors", "error": "errors", "warning": "warnings", "info": "infos"}
    for problem in problems:
        counts[plural[problem.severity]] += 1
    counts["files"] = len({problem.file for problem in problems if problem.file})
    return counts
