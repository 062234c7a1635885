"""How a run that failed says so: to a person, to a log collector, to Kubernetes."""

from __future__ import annotations

import os

from halsync.errors import HalsyncError, ProblemsError
from halsync.model import SEVERITIES
from halsync.redact import redact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from halsync.model import Problem
    from halsync.observe.console import Console


def tell(error: HalsyncError, console: Console) -> str:
    """Print the error to standard error; return it in one line for the termination log.

    Text: ``error: …``, where, ``fix: …``. JSON: one object, ``level`` ``error``, ``event``
    ``failed``. Problems are printed before, as the commands print them.
    """
    console.close()
    if console.as_json:
        _tell_json(error, console)
    else:
        _tell_text(error, console)
    return one_line(error)


def one_line(error: HalsyncError) -> str:
    """Where, what, remedy; of findings the first of the worst, for whoever sees nothing else."""
    from halsync.settings.mistakes import SettingsError

    if isinstance(error, SettingsError) and len(error.mistakes) > 1:
        told = "; ".join(_words(*mistake) for mistake in error.mistakes)
        return _safe(f"{len(error.mistakes)} mistakes in the settings: {told}")
    if not isinstance(error, ProblemsError) or not error.problems:
        return _safe(_words(error.where, error.message, error.hint))
    grave = [each for each in error.problems if each.severity in ("fatal", "error")]
    grave = grave or list(error.problems)
    worst = min(grave, key=lambda problem: SEVERITIES.index(problem.severity))
    place = f"{worst.file}:{worst.line}" if worst.line else worst.file
    which = "first" if len(grave) == 1 else f"first of {len(grave)} problems"
    found = _words(place, f"{worst.code} {worst.message}", worst.hint or error.hint)
    return _safe(f"{_words(error.where, error.message, '')}; {which}: {found}")


def _words(where: str, message: str, hint: str) -> str:
    told = " ".join(f"{where}: {message}".split()) if where else " ".join(message.split())
    return f"{told} (fix: {hint})" if hint else told


def bug(error: BaseException, console: Console, debug: bool) -> HalsyncError:
    """That halsync itself is broken; the traceback is kept, or shown, where a person can get it."""
    from traceback import format_exception

    console.close()
    trace = redact("".join(format_exception(error)))
    if debug:
        for line in trace.splitlines():
            console.error_line(line)
    kept = "" if debug else _keep(trace)
    hint = f"report it, with {kept}" if kept else "run again with HALSYNC_DEBUG=1 and report it"
    if debug:
        hint = "report it, with the traceback above"
    what = f"this is a bug in halsync: {type(error).__name__}"
    return HalsyncError(what, where=_place(error), hint=hint)


def _tell_text(error: HalsyncError, console: Console) -> None:
    from halsync.settings.mistakes import SettingsError

    if isinstance(error, ProblemsError):
        tell_problems(error.problems, console)
    label = console.paint("error:", "red", "err")
    where = f"{console.paint(_safe(error.where), 'bold', 'err')}: " if error.where else ""
    if isinstance(error, SettingsError) and len(error.mistakes) > 1:
        console.error_line(f"{label} {len(error.mistakes)} mistakes in the settings")
        for mistake in error.mistakes:
            place = console.paint(_safe(mistake.where), "bold", "err")
            console.error_line(f"  {place}: {_safe(mistake.message)}")
            _tell_hint(mistake.hint, console, "    ")
        return
    console.error_line(f"{label} {where}{_safe(error.message)}")
    _tell_hint(error.hint, console, "  ")


def _tell_hint(hint: str, console: Console, indent: str) -> None:
    if hint:
        console.error_line(f"{indent}{console.paint('fix:', 'green', 'err')} {_safe(hint)}")


def _safe(text: str) -> str:
    """Redacted, and without control characters of others that could drive the terminal."""
    return "".join(
        char if char.isprintable() or char == "\n" else f"\\x{ord(char):02x}"
        for char in redact(text)
    )


def _tell_json(error: HalsyncError, console: Console) -> None:
    from halsync.settings.mistakes import SettingsError

    if isinstance(error, ProblemsError):
        tell_problems(error.problems, console)
    fields: dict[str, object] = {
        "error": error.message,
        "where": error.where,
        "hint": error.hint,
        "exit_code": error.exit_code,
    }
    if isinstance(error, SettingsError):
        fields["mistakes"] = [
            {"where": where, "message": message, "hint": hint}
            for where, message, hint in error.mistakes
        ]
        if len(error.mistakes) > 1:
            fields["error"] = f"{len(error.mistakes)} mistakes in the settings"
    console.log.error("failed", **fields)


def tell_problems(problems: Sequence[Problem], console: Console) -> None:
    """Print findings to standard error: a report, or one log line each where it is JSON."""
    if not problems:
        return
    if not console.as_json:
        from halsync.validate.reporters import show

        for line in show(problems, "text", color=console.colour("err")).splitlines():
            console.error_line(line)
        return
    for problem in problems:
        write = {"warning": console.log.warning, "info": console.log.info}.get(
            problem.severity, console.log.error
        )
        write(
            "problem",
            code=problem.code,
            severity=problem.severity,
            message=problem.message,
            hint=problem.hint,
            file=problem.file,
            line=problem.line,
            column=problem.column,
            path=problem.path,
            source=problem.origin.source if problem.origin else "",
            revision=problem.origin.revision if problem.origin else "",
        )


def _place(error: BaseException) -> str:
    """``publish/flip.py:41``, the innermost line of halsync's own."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    trace, place = error.__traceback__, ""
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if name.startswith(package):
            place = f"{os.path.relpath(name, package)}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _keep(trace: str) -> str:
    """Write the traceback to a private file; its path, or nothing where none can be written."""
    import time

    from halsync import __version__

    name = f"halsync-bug-{time.strftime('%Y%m%dT%H%M%S')}-{os.getpid()}.txt"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    for directory in (os.environ.get("TMPDIR", ""), "/tmp"):  # noqa: S108 - O_EXCL, 0600
        path = os.path.join(directory, name)
        try:
            if not directory:
                continue
            handle = os.open(path, flags, 0o600)
        except OSError:
            continue
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(f"halsync {__version__}\n{trace}")
        return path
    return ""
