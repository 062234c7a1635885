"""Problems as workflow commands, which GitHub Actions shows beside the lines of a pull request."""

from __future__ import annotations

from halsync.redact import redact
from halsync.validate.reporters import file_to_edit
from halsync.validate.reporters.text import count, safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.model import Problem
    from halsync.validate.reporters import Report

_COMMANDS = {"fatal": "error", "error": "error", "warning": "warning", "info": "notice"}
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def show(report: Report) -> str:
    """``::error file=F,line=L,col=C,title=CODE::message``, one line each, then the count."""
    return "\n".join([*map(_command, report.problems), count(report.problems, report.files)])


def _command(problem: Problem) -> str:
    properties = {}
    if problem.file:
        properties["file"] = safe(redact(file_to_edit(problem)))
    if problem.line:
        properties |= {"line": str(problem.line), "col": str(problem.column)}
    properties["title"] = problem.code
    listed = ",".join(f"{name}={text.translate(_PROPERTY)}" for name, text in properties.items())
    message = safe(redact(problem.message))
    if problem.path:
        message += f" (at {safe(redact(problem.path))})"
    if problem.hint:
        message += f"\nfix: {safe(redact(problem.hint))}"
    return f"::{_COMMANDS[problem.severity]} {listed}::{message.translate(_DATA)}"
