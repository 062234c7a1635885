"""``halsync explain CODE``: the whole story of one kind of problem."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from halsync.errors import ConfigError
from halsync.paths import nearest

if TYPE_CHECKING:
    from halsync.observe.console import Console
    from halsync.validate.catalogue import Entry


def is_code(word: str) -> bool:
    """Whether ``explain`` is asked for a code rather than for a place in a file."""
    return bool(re.fullmatch(r"HAL\d{4}", word, re.IGNORECASE))


def tell_code(code: str, form: str, console: Console) -> None:
    """Print what is known about ``code``, as ``text`` or ``json``.

    Raises:
        ConfigError: there is no such code.
    """
    from halsync.validate.catalogue import entries

    every = entries()
    found = every.get(code.upper())
    if found is None:
        meant = nearest(code, list(every))
        hint = f"did you mean {meant}?" if meant else "codes stand in brackets: error[HAL0401]"
        raise ConfigError(f"there is no code {code.upper()}", where="halsync explain", hint=hint)
    if form == "json":
        import json

        report = found._asdict()
        report["onDeploy"] = report.pop("on_deploy")
        console.print(json.dumps(report, indent=2, ensure_ascii=False))
        return
    console.print(page(found, console))


def page(entry: Entry, console: Console) -> str:
    """The page for a person."""
    from halsync.cli.help import width_of

    columns = width_of(console)
    style = {"fatal": "red", "error": "red", "warning": "yellow"}.get(entry.severity, "cyan")
    head = f"{entry.severity}[{entry.code}]"
    parts = [f"{console.paint(head, style)} {console.paint(entry.title, 'bold')}"]
    for paragraph in entry.text.split("\n\n"):
        parts.append("\n".join(textwrap.wrap(paragraph, columns)))
    for label, example in (("Bad", entry.bad), ("Good", entry.good)):
        if example.strip():
            shown = textwrap.indent(textwrap.dedent(example).strip("\n"), "    ")
            parts.append(f"{console.paint(label, 'bold')}\n{shown}")
    tail = [f"group {entry.group}"]
    if entry.on_deploy is not None:
        tail.append(f"Halyard {'checks' if entry.on_deploy else 'does not check'} it on deploy")
    tail.append(f"leave it out with  # halsync: ignore[{entry.code}] reason")
    wrapped = textwrap.wrap("; ".join(tail), columns)
    parts.append("\n".join(console.paint(line, "dim") for line in wrapped))
    return "\n\n".join(parts)
