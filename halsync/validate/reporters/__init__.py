"""How problems are shown. Adding a form: one module, one line in ``_FORMS``."""

from __future__ import annotations

import os
from importlib import import_module

from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from halsync.model import Problem

_FORMS = {
    "text": "halsync.validate.reporters.text",
    "json": "halsync.validate.reporters.as_json",
    "sarif": "halsync.validate.reporters.sarif",
    "github": "halsync.validate.reporters.github",
    "junit": "halsync.validate.reporters.junit",
}
"""Form → module whose ``show(report)`` makes the whole report, without a last newline."""

FORMS = tuple(_FORMS)


class Report(NamedTuple):
    """What there is to show."""

    problems: Sequence[Problem]
    """In the order in which they are shown."""
    color: bool = False
    """Only where it is text for a terminal."""
    files: Sequence[str] | None = None
    """All files that were looked at; None if the caller does not know."""
    fail_on: str = "error"
    """The mildest severity that makes a run fail."""
    exit_code: int = 0
    """What the run ends with."""


def show(
    problems: Sequence[Problem],
    form: str = "text",
    *,
    color: bool = False,
    files: Sequence[str] | None = None,
    fail_on: str = "error",
    exit_code: int = 0,
) -> str:
    """The report on ``problems``, in their order, free of secrets; see :class:`Report`.

    Raises:
        KeyError: there is no such form; see :data:`FORMS`.
    """
    module = import_module(_FORMS[form])
    shown: str = module.show(Report(problems, color, files, fail_on, exit_code))
    return shown


def summary(problems: Sequence[Problem]) -> dict[str, int]:
    """How many problems of each severity there are, and in how many files."""
    counts = {"errors": 0, "warnings": 0, "infos": 0, "files": 0}
    plural = {"fatal": "errors", "error": "errors", "warning": "warnings", "info": "infos"}
    for problem in problems:
        counts[plural[problem.severity]] += 1
    counts["files"] = len({problem.file for problem in problems if problem.file})
    return counts


def file_to_edit(problem: Problem) -> str:
    """The file that a person has to change, which a link or a step of rendering may hide; from
    the current directory if it is below, as tools want it that show it beside the lines."""
    path = problem.origin.path if problem.origin else problem.file
    return path.removeprefix(os.path.join(os.getcwd(), ""))
