"""Problems for machines. The field names are a contract; fields may be added, never renamed."""

from __future__ import annotations

import json

from halsync.redact import redact
from halsync.validate.reporters import summary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from halsync.model import Problem
    from halsync.validate.reporters import Report

VERSION = 1
"""Of the format; it grows only if a field is taken away or changes its meaning."""


def records(problems: Sequence[Problem]) -> list[dict[str, object]]:
    """Each problem as a mapping of plain values, free of secrets."""
    return [
        {
            "code": problem.code,
            "group": problem.group,
            "severity": problem.severity,
            "file": redact(problem.file),
            "line": problem.line,
            "column": problem.column,
            "path": redact(problem.path),
            "message": redact(problem.message),
            "hint": redact(problem.hint),
            "origin": problem.origin._asdict() if problem.origin else None,
        }
        for problem in problems
    ]


def show(report: Report) -> str:
    """``{"version": 1, outcome, exitCode, "problems": [{code, group, severity, file, line, column,
    path, message, hint, origin: {source, revision, path} | null}], "summary": {errors, warnings,
    infos, files, checked}}``; schemas/report.schema.json describes it.

    Lines and columns count from 1; 0 means that there is no position.
    """
    counted = {**summary(report.problems), "checked": len(report.files or ())}
    whole = {
        "version": VERSION,
        "outcome": "refused" if report.exit_code else "passed",
        "exitCode": report.exit_code,
        "problems": records(report.problems),
        "summary": counted,
    }
    return json.dumps(whole, indent=2, ensure_ascii=False)
