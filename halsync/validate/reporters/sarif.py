"""Problems as SARIF 2.1.0 (OASIS), which code scanners and editors read."""

from __future__ import annotations

import json
from hashlib import sha256
from urllib.parse import quote

from halsync import __version__
from halsync.redact import redact
from halsync.validate.reporters import file_to_edit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from halsync.model import Problem
    from halsync.validate.reporters import Report

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"fatal": "error", "error": "error", "warning": "warning", "info": "note"}


def show(report: Report) -> str:
    """One run; its rules are the codes that occur, as the catalogue tells them."""
    codes = sorted({problem.code for problem in report.problems})
    run = {
        "tool": {
            "driver": {
                "name": "halsync",
                "semanticVersion": __version__,
                "rules": [_rule(code, report) for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "where halsync was started"}}},
        "results": [_result(problem, codes, report) for problem in report.problems],
    }
    whole = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(whole, indent=2, ensure_ascii=False)


def _rule(code: str, report: Report) -> dict[str, Any]:
    from halsync.validate.catalogue import entry

    try:
        known = entry(code)
    except KeyError:
        first = next(problem for problem in report.problems if problem.code == code)
        title, text, severity = first.message, first.hint, first.severity
        group = first.group
    else:
        title, text, severity, group = known.title, known.text, known.severity, known.group
    return {
        "id": code,
        "shortDescription": {"text": redact(title)},
        "fullDescription": {"text": redact(text or title)},
        "help": {"text": redact(f"{text or title}\n\nMore: halsync explain {code}")},
        "defaultConfiguration": {"level": _LEVELS[severity]},
        "properties": {"tags": [group]},
    }


def _result(problem: Problem, codes: list[str], report: Report) -> dict[str, Any]:
    message = redact(f"{problem.message}\nfix: {problem.hint}" if problem.hint else problem.message)
    # The standard would let it have no location; GitHub refuses the whole report for it.
    file = problem.file or next(iter(report.files or ()), "config")
    return {
        "ruleId": problem.code,
        "ruleIndex": codes.index(problem.code),
        "level": _LEVELS[problem.severity],
        "message": {"text": message},
        "partialFingerprints": {"halsync/v1": _fingerprint(problem)},
        "locations": [_location(problem._replace(file=file))],
    }


def _location(problem: Problem) -> dict[str, Any]:
    uri = quote(redact(file_to_edit(problem)), safe="/", errors="surrogateescape")
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri}}
    if not uri.startswith("/"):
        physical["artifactLocation"]["uriBaseId"] = "SRCROOT"
    if problem.line:
        physical["region"] = {
            "startLine": problem.line,
            "startColumn": max(problem.column, 1),
        }
    location: dict[str, Any] = {"physicalLocation": physical}
    if problem.path:
        location["logicalLocations"] = [{"fullyQualifiedName": redact(problem.path)}]
    return location


def _fingerprint(problem: Problem) -> str:
    """The same as long as the mistake is, wherever the lines above it move it."""
    parts = (problem.code, file_to_edit(problem), problem.path, problem.message)
    return sha256("\0".join(map(redact, parts)).encode("utf-8", "surrogateescape")).hexdigest()[:32]
