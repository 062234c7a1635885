"""The command line of one command, read with argparse.

Only the options of the command at hand are built. Nothing is converted here: text goes to
:mod:`halsync.settings.load`, which finds the mistakes of all layers together.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, NoReturn

from halsync.errors import ConfigError
from halsync.records import NamedTuple
from halsync.settings.options import OPTIONS
from halsync.settings.spec import placeholder_of, takes_flag

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from halsync.cli.command import Argument, Command
    from halsync.settings.spec import Option

CONFIG_HELP = "Settings file; by default ./halsync.yaml if it exists."


class Parsed(NamedTuple):
    """A command line, taken apart."""

    arguments: argparse.Namespace
    """The command's own arguments, every one present."""
    flags: dict[str, Any]
    """Key of the option → text, or list of texts where the flag repeats."""
    config: str
    """Value of ``--config``."""
    help: bool


class Parser(argparse.ArgumentParser):
    """Raises instead of exiting, and never echoes a value, which may be a secret."""

    def error(self, message: str) -> NoReturn:
        """Called by argparse for every mistake that it finds itself."""
        raise ConfigError(_plain(message), where=self.prog, hint=f"see {self.prog} --help")


def parse(command: Command, words: Sequence[str]) -> Parsed:
    """Take apart what follows the command's name.

    Raises:
        ConfigError: an unknown or incomplete option, a missing or surplus operand.
    """
    parser = build(command)
    if "-h" in words or "--help" in words:
        # Help is wanted even where something required is missing.
        before_end = list(words).index("--") if "--" in words else len(words)
        if {"-h", "--help"} & set(words[:before_end]):
            return Parsed(argparse.Namespace(), {}, "", help=True)
    found, rest = parser.parse_known_args(list(words))
    if rest:
        raise _unknown(command, rest)
    values = vars(found)
    own = {argument.attribute for argument in command.arguments}
    arguments = argparse.Namespace(**{name: values[name] for name in own})
    for argument in command.arguments:
        _check(command, argument, getattr(arguments, argument.attribute))
    flags = {
        key: value
        for key, value in values.items()
        if key not in own and key not in ("config", "help")
    }
    return Parsed(arguments, flags, values.get("config", ""), help=False)


def build(command: Command, *, complete: bool = False) -> Parser:
    """The parser of one command; ``complete`` adds what only completion scripts need."""
    parser = Parser(
        prog=f"halsync {command.name}",
        add_help=False,
        allow_abbrev=False,
        description=command.summary,
    )
    fill(parser, command, complete=complete)
    return parser


def fill(parser: argparse.ArgumentParser, command: Command, *, complete: bool = False) -> None:
    """Add the options and operands of ``command``."""
    # To a group and not to the parser, which would ask the terminal for its width each time.
    group = parser.add_argument_group(command.group)
    for argument in command.arguments:
        _add_argument(group, argument, complete=complete)
    if command.settings:
        action = group.add_argument(
            "--config", metavar="FILE", default=argparse.SUPPRESS, help=CONFIG_HELP
        )
        if complete:
            _complete_files(action, "path")
        for option in OPTIONS:
            if takes_flag(option, command.name):
                _add_option(group, option, complete=complete)
    group.add_argument(
        "-h", "--help", action="store_true", default=argparse.SUPPRESS, help="Show this help."
    )


def _add_argument(group: Any, argument: Argument, *, complete: bool) -> None:
    extra: dict[str, Any] = {"help": argument.help, "default": argument.default}
    if argument.kind == "switch":
        group.add_argument(*argument.names, action="store_true", help=argument.help)
        return
    if argument.metavar:
        extra["metavar"] = argument.metavar
    if complete and argument.choices:
        extra["choices"] = argument.choices
    if argument.kind == "optional operand":
        extra["nargs"] = "?"
    if argument.kind == "operand":
        del extra["default"]
    group.add_argument(*argument.names, **extra)


def _add_option(group: Any, option: Option, *, complete: bool) -> None:
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
    if complete and option.choices:
        extra["choices"] = option.choices
    else:
        extra["metavar"] = placeholder_of(option)
    action = group.add_argument(option.flag, **extra)
    if complete:
        _complete_files(action, option.type)


def negative(option: Option) -> str:
    """``--lfs`` → ``--no-lfs``."""
    return "--no-" + option.flag.removeprefix("--")


def flags_of(command: Command) -> tuple[str, ...]:
    """Every option that ``command`` takes, as it is typed."""
    names = [name for argument in command.arguments for name in argument.names if name[0] == "-"]
    if command.settings:
        names.append("--config")
        for option in OPTIONS:
            if takes_flag(option, command.name):
                names.append(option.flag)
                if option.type == "boolean":
                    names.append(negative(option))
    return (*names, "--help")


def _complete_files(action: Any, kind: str) -> None:
    """Tell shtab to offer files."""
    import shtab

    if kind in ("path", "secret"):
        action.complete = shtab.DIRECTORY if action.metavar == "DIR" else shtab.FILE


def _check(command: Command, argument: Argument, value: object) -> None:
    if argument.choices and value not in argument.choices:
        from halsync.paths import nearest

        one_of = ", ".join(argument.choices)
        meant = nearest(str(value), argument.choices)
        raise ConfigError(
            f"{argument.metavar or argument.names[-1]} must be one of {one_of}",
            where=f"halsync {command.name}",
            hint=f"write {meant}" if meant else f"choose one of {one_of}",
        )


def _unknown(command: Command, rest: Iterable[str]) -> ConfigError:
    """The error for what argparse does not know. Values are left out: they may be secrets."""
    from halsync.paths import nearest

    where = f"halsync {command.name}"
    unknown = [word.partition("=")[0] for word in rest if word.startswith("-") and len(word) > 1]
    if not unknown:
        return ConfigError(
            "there are more operands than this command takes",
            where=where,
            hint=f"see {where} --help",
        )
    flag = unknown[0]
    known = flags_of(command)
    if flag + "-file" in known:
        return ConfigError(
            f"there is no option {flag}: everybody on the machine could read the secret",
            where=where,
            hint=f"put the secret into a file and name it with {flag}-file, or set it as a"
            " HALSYNC_ variable",
        )
    elsewhere = any(flag == option.flag for option in OPTIONS)
    # Without the dashes, which would make everything look alike.
    meant = nearest(flag.lstrip("-"), tuple(name.lstrip("-") for name in known))
    hint = f"did you mean --{meant}?" if meant and not elsewhere else f"see {where} --help"
    message = "does not take" if elsewhere else "there is no option"
    return ConfigError(f"{message} {flag}", where=where, hint=hint)


def _plain(message: str) -> str:
    """argparse's own words; the two that name values are cut before these."""
    return message.partition(": ignored explicit argument")[0]
