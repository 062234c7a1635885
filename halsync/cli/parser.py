"""The command line for argparse, from which ``shtab`` makes completion scripts.

What a command line says is read by :mod:`halsync.cli.words`.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

import shtab

from halsync.cli.words import CONFIG_HELP, negative
from halsync.settings.options import OPTIONS
from halsync.settings.spec import placeholder_of, takes_flag

if TYPE_CHECKING:
    from halsync.cli.command import Argument, Command
    from halsync.settings.spec import Option


def fill(parser: argparse.ArgumentParser, command: Command) -> None:
    """Add the options and operands of ``command``."""
    group = parser.add_argument_group(command.group)
    for argument in command.arguments:
        _add_argument(group, argument)
    if command.settings:
        action = group.add_argument(
            "--config", metavar="FILE", default=argparse.SUPPRESS, help=CONFIG_HELP
        )
        _complete_files(action, "path")
        for option in OPTIONS:
            if takes_flag(option, command.name):
                _add_option(group, option)
    group.add_argument(
        "-h", "--help", action="store_true", default=argparse.SUPPRESS, help="Show this help."
    )


def _add_argument(group: Any, argument: Argument) -> None:
    extra: dict[str, Any] = {"help": argument.help, "default": argument.default}
    if argument.kind == "switch":
        group.add_argument(*argument.names, action="store_true", help=argument.help)
        return
    if argument.metavar:
        extra["metavar"] = argument.metavar
    if argument.choices:
        extra["choices"] = argument.choices
    if argument.kind == "optional operand":
        extra["nargs"] = "?"
    if argument.kind == "operands":
        extra["nargs"] = "*"
    if argument.kind == "operand":
        del extra["default"]
    action = group.add_argument(*argument.names, **extra)
    if argument.metavar in ("DIR", "FILE", "PATH", "VALUES"):
        _complete_files(action, "path")


def _add_option(group: Any, option: Option) -> None:
    extra: dict[str, Any] = {
        "dest": option.key,
        "default": argparse.SUPPRESS,
        "help": (option.flag_help or option.help).replace("%", "%%"),
    }
    if option.type == "boolean":
        group.add_argument(option.flag, action="store_const", const="true", **extra)
        group.add_argument(negative(option), action="store_const", const="false", **extra)
        return
    if option.type in ("list", "placeholders", "steps"):
        extra["action"] = "append"
    if option.choices:
        extra["choices"] = option.choices
    else:
        extra["metavar"] = placeholder_of(option)
    action = group.add_argument(option.flag, **extra)
    _complete_files(action, option.type)


def _complete_files(action: Any, kind: str) -> None:
    """Tell shtab to offer files."""
    if kind in ("path", "secret"):
        action.complete = shtab.DIRECTORY if action.metavar == "DIR" else shtab.FILE
