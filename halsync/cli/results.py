"""Results for scripts: one JSON object on standard output, also of a run that fails.

The names are a contract, ``schemas/results.schema.json``; fields may be added.
"""

from __future__ import annotations

import json
from contextlib import suppress

from halsync.errors import HalsyncError, ProblemsError
from halsync.observe.console import silence
from halsync.redact import redact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from halsync.observe.console import Console


def wanted(words: Sequence[str]) -> bool:
    """Whether a command line asks for JSON, whatever else is wrong with it."""
    before = words[: words.index("--")] if "--" in words else words
    form = ""
    for at, word in enumerate(before):
        if word in ("-o", "--output"):
            form = "".join(before[at + 1 : at + 2])
        elif word.startswith(("-o", "--output=")):
            form = word.removeprefix("--output=").removeprefix("-o")
    return form == "json"


def of_failure(error: HalsyncError) -> dict[str, Any]:
    """How a run failed: what went wrong, where, what to do, all problems, the exit code."""
    from halsync.settings.mistakes import SettingsError
    from halsync.validate.reporters.as_json import records

    found = error.problems if isinstance(error, ProblemsError) else ()
    mistakes = error.mistakes if isinstance(error, SettingsError) else ()
    several = f"{len(mistakes)} mistakes in the settings" if len(mistakes) > 1 else ""
    return {
        "outcome": "refused" if found else "failed",
        "exitCode": error.exit_code,
        "message": redact(several or error.message),
        "where": redact(error.where),
        "hint": redact(error.hint),
        "problems": records(found),
        "mistakes": [
            {key: redact(text) for key, text in each._asdict().items()} for each in mistakes
        ],
    }


def answer(error: HalsyncError, besides: Mapping[str, Any], console: Console) -> None:
    """Print how a run failed, with what it has found out nevertheless. Never raises."""
    try:
        with suppress(HalsyncError):
            console.print(json.dumps({**besides, **of_failure(error)}, indent=2))
            console.flush()
    except BrokenPipeError:
        silence(console.stdout)
