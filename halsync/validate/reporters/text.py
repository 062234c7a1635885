"""Problems for people: place, cause, the line itself with a caret, and the remedy."""

from __future__ import annotations

from halsync.model import short_revision
from halsync.redact import MASK, mask_line, redact
from halsync.validate.reporters import summary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from halsync.model import Problem
    from halsync.validate.reporters import Report

_WIDTH = 100
"""Characters of the offending line that are shown."""

_COLORS = {"fatal": "1;31", "error": "1;31", "warning": "1;33", "info": "1;36"}


def show(report: Report) -> str:
    """One paragraph for each problem, then one line that counts them."""
    parts = [paragraph(problem, report.color) for problem in report.problems]
    return "\n".join([*parts, count(report.problems, report.files)])


def paragraph(problem: Problem, color: bool = False) -> str:
    """Place, cause, line and remedy of one problem."""
    place = problem.file or "(no file)"
    if problem.line:
        place += f":{problem.line}:{problem.column}"
    severity = _paint(f"{problem.severity}[{problem.code}]", _COLORS[problem.severity], color)
    message = problem.message
    if problem.path:
        message += f" (at {problem.path})"
    lines = [f"{_paint(safe(place), '1', color)}: {severity}: {safe(redact(message))}"]
    if problem.line and problem.excerpt:
        lines += _excerpt(problem, color)
    if problem.hint:
        lines.append(f"  {_paint('fix:', '1;32', color)} {safe(redact(problem.hint))}")
    origin = problem.origin
    if origin and origin.path != problem.file:
        where = origin.path
        if origin.source:
            where += f" in {origin.source}"
        if origin.source and origin.revision:
            where += f" at {short_revision(origin.revision)}"
        lines.append(f"  from: {safe(redact(where))}")
    return "\n".join(lines)


def _excerpt(problem: Problem, color: bool) -> list[str]:
    """The line, secrets hidden, cut around the caret, and the caret below it."""
    line = problem.excerpt
    masked = mask_line(line)
    at = min(_in_masked(max(problem.column - 1, 0), line, masked), len(masked))
    start = 0
    if len(masked) > _WIDTH:
        start = min(max(at - _WIDTH // 2, 0), len(masked) - _WIDTH)
    shown = masked[start : start + _WIDTH]
    before = "…" if start else ""
    after = "…" if start + _WIDTH < len(masked) else ""
    number = str(problem.line)
    margin = " " * len(number)
    caret = " " * (len(before) + at - start) + _paint("^", _COLORS[problem.severity], color)
    return [f"  {number} | {before}{safe(shown)}{after}", f"  {margin} | {caret}"]


def _in_masked(at: int, line: str, masked: str) -> int:
    """Where a place of the line is after secrets were hidden; within one, the mask's beginning."""
    done = shown = 0
    *pieces, last = masked.split(MASK)
    for piece in pieces:
        start = line.find(piece, done)
        if start < 0 or at < start + len(piece):
            break
        done, shown = start + len(piece), shown + len(piece) + len(MASK)
    else:
        piece, start = last, max(len(line) - len(last), done)
    return shown + at - start if 0 <= start <= at else max(shown - len(MASK), 0)


def count(problems: Sequence[Problem], files: Sequence[str] | None = None) -> str:
    """One line: how many problems of each severity, and how many files were looked at."""
    looked = "" if files is None else f"{len(files)} {'file' if len(files) == 1 else 'files'}"
    if not problems:
        return "no problems found" + (f" in {looked}" if looked else "")
    counts = summary(problems)
    named = [
        f"{counts[key]} {key[:-1] if counts[key] == 1 else key}"
        for key in ("errors", "warnings", "infos")
        if counts[key]
    ]
    found = counts["files"]
    text = ", ".join(named) + (f" in {found} {'file' if found == 1 else 'files'}" if found else "")
    return f"{text}; {looked} checked" if looked else text


def safe(text: str) -> str:
    """Without anything that a terminal would obey; each character stays one character."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else " " if char == "\t" else "\N{REPLACEMENT CHARACTER}"
        for char in text
    )


def _paint(text: str, style: str, color: bool) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if color else text
