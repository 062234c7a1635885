"""Help that teaches: what there is, grouped; examples first; the rest on request."""

from __future__ import annotations

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

_WIDTH = 88
_INDENT = 26


def overview(console: Console) -> str:
    """``halsync --help``."""

    def bold(text: str) -> str:
        return console.paint(text, "bold")

    lines = [
        f"{bold('halsync')} {__version__} publishes Spinnaker Halyard's configuration (~/.hal)"
        " from git, S3,",
        "Vault or a directory: fetched, rendered, checked, made live in one atomic step; and sees",
        "Halyard come back with it.",
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
        lines += [f"  {console.paint(f'{command:<50}', 'cyan')}  {tells}"]
    width = max(len(command.name) for command in COMMANDS) + 2
    for group in dict.fromkeys(command.group for command in COMMANDS):
        lines += ["", bold(group)]
        lines += [
            f"  {console.paint(f'{entry.name:<{width}}', 'cyan')}{entry.summary}"
            for entry in COMMANDS
            if entry.group == group
        ]
    lines += ["", bold("Exit codes")]
    lines += [f"  {code}  {meaning}" for code, meaning in EXIT_CODES]
    lines += [
        "",
        "halsync COMMAND --help tells more. Every setting can also stand in halsync.yaml, nearly",
        "every one be a HALSYNC_ variable; flags beat variables, variables beat the file.",
    ]
    return "\n".join(lines)


def for_group(word: str, commands: Sequence[Command], console: Console) -> str:
    """``halsync accounts --help``: the commands that begin with this word."""
    width = max(len(command.name) for command in commands) + 2
    lines = [f"{console.paint('Usage:', 'bold')} halsync {word} COMMAND [OPTIONS]", ""]
    lines += [
        f"  {console.paint(f'{command.name:<{width}}', 'cyan')}{command.summary}"
        for command in commands
    ]
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
    lines += textwrap.wrap(command.description, _WIDTH)
    lines += ["", bold("Examples")]
    for example in command.examples:
        lines += [f"  # {example.tells}", f"  {console.paint(example.line, 'cyan')}"]
    sections: dict[str, list[str]] = {}
    own = f"Options of {command.name}"
    for argument in command.arguments:
        sections.setdefault(own, []).extend(_argument(argument))
    if command.settings:
        for option in OPTIONS:
            if takes_flag(option, command.name):
                sections.setdefault(option.group, []).extend(_option(option))
        config = _entry("--config FILE", f"{CONFIG_HELP} ({PREFIX}CONFIG)")
        sections["General"] = [*config, *sections.get("General", [])]
    sections.setdefault("General", []).extend(_entry("-h, --help", "Show this help."))
    for name in (own, *GROUPS):
        if name in sections:
            lines += ["", bold(name), *sections[name]]
    return "\n".join(lines)


def _argument(argument: Argument) -> list[str]:
    value = argument.metavar or "|".join(argument.choices)
    names = ", ".join(argument.names) if argument.names[0][0] == "-" else ""
    text = argument.help
    if argument.default:
        text += f" [default: {argument.default}]"
    if argument.choices and argument.metavar:
        text += f" One of {', '.join(argument.choices)}."
    return _entry(f"{names} {value}".strip() if argument.kind != "switch" else names, text)


def _option(option: Option) -> list[str]:
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
    return _entry(flag, f"{text} ({names})" if names else text)


def _entry(name: str, text: str) -> list[str]:
    wrapped = textwrap.wrap(text, _WIDTH - _INDENT, break_on_hyphens=False, break_long_words=False)
    if len(name) > _INDENT - 4:
        return [f"  {name}", *[" " * _INDENT + line for line in wrapped]]
    first = f"  {name:<{_INDENT - 2}}{wrapped[0]}"
    return [first, *[" " * _INDENT + line for line in wrapped[1:]]]
