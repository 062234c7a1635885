"""``halsync completion SHELL``, by shtab from the same declarations as everything else."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import shtab

from halsync.cli.commands import COMMANDS
from halsync.cli.parser import fill

if TYPE_CHECKING:
    from types import SimpleNamespace

    from halsync.observe.console import Console
    from halsync.settings.model import Settings


def run(settings: Settings, arguments: SimpleNamespace, console: Console) -> int:  # noqa: ARG001
    """Print the script."""
    script = shtab.complete(whole_parser(), arguments.shell).rstrip("\n")
    if arguments.shell == "zsh":
        # What shtab writes for several operands completes the first only.
        script = script.replace('"(*)::', '"*:')
    console.print(script)
    return 0


def whole_parser() -> argparse.ArgumentParser:
    """One parser with every command and option, which no command itself needs."""
    parser = argparse.ArgumentParser(prog="halsync", add_help=False, allow_abbrev=False)
    parser.add_argument("--version", action="store_true", help="Print the version.")
    parser.add_argument("-h", "--help", action="store_true", help="Show help.")
    commands = parser.add_subparsers()
    nested: dict[str, argparse._SubParsersAction[argparse.ArgumentParser]] = {}
    for command in COMMANDS:
        first, _, second = command.name.partition(" ")
        into = commands
        if second:
            if first not in nested:
                outer = commands.add_parser(first, help=command.summary, add_help=False)
                nested[first] = outer.add_subparsers()
            into = nested[first]
        own = into.add_parser(
            second or first, help=command.summary, add_help=False, description=command.summary
        )
        fill(own, command)
    return parser
