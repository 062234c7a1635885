"""Help that teaches: what there is, grouped; examples first; the rest on request."""

from __future__ import annotations

import os
import textwrap
from typing import TYPE_CHECKING

from halsync import __version__
from halsync.cli.commands import COMMANDS
from halsync.cli.words import CONFIG_HELP, negative
from halsync.settings.options import OPTIONS
from halsync.settings.spec import PREFIX, placeholder_of, takes_flag, variables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halsync.cli.command import Argument, Command
    from halsync.observe.console import Console
    from halsync.settings.spec import Option

EXIT_CODES: tuple[tuple[int, str], ...] = (
    (0, "done"),
    (1, "a bug in halsync, or diff --exit-code found a difference"),
    (2, "wrong use: command line, environment or halsync.yaml"),
    (3, "a source cannot be reached or found"),
    (4, "access denied: credentials, host key, certificate or signature"),
    (5, "the configuration is not valid, nothing was published"),
    (6, "a placeholder or secret could not be filled in, nothing was published"),
    (7, "the target cannot be written; what was live stays live"),
    (8, "the restart was not confirmed"),
)

GROUPS = (
    "Source",
    "Access",
    "Rendering",
    "Secrets",
    "Validating",
    "Publishing",
    "Manifests",
    "Accounts",
    "Reacting",
    "Sidecar",
    "Kubernetes",
    "General",
)
"""Headings of the settings, in the order of the flow."""

_WIDTH, _NARROWEST, _WIDEST = 88, 60, 100
"""Columns where nobody looks at a terminal, and the bounds of what a terminal's width may be."""
_INDENT = 26


def overview(console: Console) -> str:
    """``halsync --help``."""

    def bold(text: str) -> str:
        return console.paint(text, "bold")

    columns = width_of(console)
    first, *rest = textwrap.wrap(
        f"halsync {__version__} publishes Spinnaker Halyard's configuration (~/.hal) from git, S3,"
        " Vault or a directory: fetched, rendered, checked, made live in one atomic step; and sees"
        " Halyard come back with it.",
        columns,
    )
    lines = [
        first.replace("halsync", bold("halsync"), 1),
        *rest,
        "",
        f"{bold('Usage:')} halsync COMMAND [OPTIONS]",
        "",
        bold("Try"),
    ]
    for command, tells in (
        ("halsync render --dir ./hal", "what halsync makes of a directory"),
        ("halsync init --git URL --ref main --target ~/.hal", "publish a branch"),
        ("halsync watch --config halsync.yaml", "the sidecar: publish every change"),
        ("halsync status --target ~/.hal", "what is live, and since when"),
    ):
        lines += _row(command, tells, 52, columns, console)
    width = max(len(command.name) for command in COMMANDS) + 2
    for group in dict.fromkeys(command.group for command in COMMANDS):
        lines += ["", bold(group)]
        for entry in COMMANDS:
            if entry.group == group:
                lines += _row(entry.name, entry.summary, width, columns, console)
    lines += ["", bold("Exit codes")]
    for code, meaning in EXIT_CODES:
        lines += _row(str(code), meaning, 3, columns, console)
    end = (
        "halsync COMMAND --help tells more. Every setting can also stand in halsync.yaml, nearly"
        " every one be a HALSYNC_ variable; flags beat variables, variables beat the file."
    )
    return "\n".join([*lines, "", *textwrap.wrap(end, columns)])


def for_group(word: str, commands: Sequence[Command], console: Console) -> str:
    """``halsync accounts --help``: the commands that begin with this word."""
    width = max(len(command.name) for command in commands) + 2
    lines = [f"{console.paint('Usage:', 'bold')} halsync {word} COMMAND [OPTIONS]", ""]
    for command in commands:
        lines += _row(command.name, command.summary, width, width_of(console), console)
    return "\n".join([*lines, "", f"halsync {commands[0].name} --help tells more."])


def for_command(command: Command, console: Console) -> str:
    """``halsync COMMAND --help``."""

    def bold(text: str) -> str:
        return console.paint(text, "bold")

    forms = {"optional operand": " [{}]", "operands": " [{}…]"}
    operands = "".join(
        forms.get(argument.kind, " {}").format(argument.metavar)
        for argument in command.arguments
        if "operand" in argument.kind
    )
    lines = [f"{bold('Usage:')} halsync {command.name}{operands} [OPTIONS]", ""]
    columns = width_of(console)
    lines += textwrap.wrap(command.description, columns)
    lines += ["", bold("Examples")]
    for example in command.examples:
        lines += [f"  # {example.tells}", f"  {console.paint(example.line, 'cyan')}"]
    sections: dict[str, list[str]] = {}
    own = f"Options of {command.name}"
    for argument in command.arguments:
        sections.setdefault(own, []).extend(_argument(argument, columns))
    if command.settings:
        for option in OPTIONS:
            if takes_flag(option, command.name):
                sections.setdefault(option.group, []).extend(_option(option, columns))
        config = _entry("--config FILE", f"{CONFIG_HELP} ({PREFIX}CONFIG)", columns)
        sections["General"] = [*config, *sections.get("General", [])]
    sections.setdefault("General", []).extend(_entry("-h, --help", "Show this help.", columns))
    for name in (own, *GROUPS):
        if name in sections:
            lines += ["", bold(name), *sections[name]]
    return "\n".join(lines)


def _argument(argument: Argument, columns: int) -> list[str]:
    value = argument.metavar or "|".join(argument.choices)
    names = ", ".join(argument.names) if argument.names[0][0] == "-" else ""
    text = argument.help
    if argument.default:
        text += f" [default: {argument.default}]"
    if argument.choices and argument.metavar:
        text += f" One of {', '.join(argument.choices)}."
    name = f"{names} {value}".strip() if argument.kind != "switch" else names
    return _entry(name, text, columns)


def _option(option: Option, columns: int) -> list[str]:
    flag = option.flag
    if option.type == "boolean":
        flag = f"{flag}, {negative(option)}"
    else:
        flag = f"{flag} {placeholder_of(option)}"
    text = option.flag_help or option.help
    if option.default not in (None, "", False):
        text += f" [default: {'on' if option.default is True else option.default}]"
    names = " or ".join(PREFIX + name for name in variables(option))
    if option.type in ("list", "placeholders", "steps"):
        text += " May be repeated."
    return _entry(flag, f"{text} ({names})" if names else text, columns)


def _entry(name: str, text: str, columns: int) -> list[str]:
    """An option and what it does; a long name stands on a line of its own."""
    wrapped = _wrapped(text, columns - _INDENT)
    if len(name) > _INDENT - 4:
        return [f"  {name}", *[" " * _INDENT + line for line in wrapped]]
    first = f"  {name:<{_INDENT - 2}}{wrapped[0]}"
    return [first, *[" " * _INDENT + line for line in wrapped[1:]]]


def _row(name: str, text: str, indent: int, columns: int, console: Console) -> list[str]:
    """A name, and beside it what it means; below it where there is no room."""
    painted = console.paint(name, "cyan")
    room = columns - indent - 2
    if len(text) > room < _NARROWEST // 2:
        return [f"  {painted}", *(f"      {line}" for line in _wrapped(text, columns - 6))]
    first, *rest = _wrapped(text, room)
    gap = " " * (indent - len(name))
    return [f"  {painted}{gap}{first}", *[" " * (indent + 2) + line for line in rest]]


def _wrapped(text: str, columns: int) -> list[str]:
    return textwrap.wrap(text, columns, break_on_hyphens=False, break_long_words=False)


def width_of(console: Console) -> int:
    """The columns for text: those of the terminal, within bounds."""
    try:
        if not console.stdout.isatty():
            return _WIDTH
        columns = os.get_terminal_size(console.stdout.fileno()).columns
    except (OSError, ValueError):
        return _WIDTH
    # A terminal that does not know says 0.
    return min(max(columns, _NARROWEST), _WIDEST) if columns else _WIDTH
