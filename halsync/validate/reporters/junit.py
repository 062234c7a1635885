"""JUnit XML: a suite for each file, in it a case for each problem, or one that passes."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from halsync.patterns import Pattern
from halsync.redact import redact
from halsync.validate.reporters.text import paragraph
from halsync.validate.selection import fails

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.model import Problem
    from halsync.validate.reporters import Report

_ILLEGAL = Pattern("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold."""


def show(report: Report) -> str:
    """What makes the run fail is a failure; milder problems are the output of a passed case."""
    problems: dict[str, list[Problem]] = {name: [] for name in report.files or ()}
    for problem in report.problems:
        problems.setdefault(problem.file, []).append(problem)
    count = sum(fails(problem, report.fail_on) for problem in report.problems)
    total = sum(max(len(found), 1) for found in problems.values())
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="halsync" tests="{total}" failures="{count}" errors="0">',
    ]
    for name, found in problems.items():
        lines += _suite(name or "(no file)", found, report.fail_on)
    return "\n".join([*lines, "</testsuites>"])


def _suite(name: str, problems: list[Problem], fail_on: str) -> list[str]:
    shown = quoteattr(_legal(redact(name)))
    count = sum(fails(problem, fail_on) for problem in problems)
    head = f'  <testsuite name={shown} tests="{max(len(problems), 1)}" failures="{count}"'
    lines = [f'{head} errors="0" skipped="0">']
    if not problems:
        lines.append(f'    <testcase classname={shown} name="halsync"/>')
    for problem in problems:
        place = f":{problem.line}:{problem.column}" if problem.line else ""
        case = quoteattr(f"{problem.code}{place}")
        lines.append(f"    <testcase classname={shown} name={case}>")
        text = escape(_legal(paragraph(problem)))
        if fails(problem, fail_on):
            message = quoteattr(_legal(redact(problem.message)))
            kind = quoteattr(problem.severity)
            lines.append(f"      <failure type={kind} message={message}>{text}</failure>")
        else:
            lines.append(f"      <system-out>{text}</system-out>")
        lines.append("    </testcase>")
    return [*lines, "  </testsuite>"]


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text)
