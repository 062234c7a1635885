"""The command line of one command, taken apart.

Nothing is converted here: text goes to :mod:`halsync.settings.load`, which finds the mistakes of
all layers together. Options are read as argparse reads them (``--flag VALUE``, ``--flag=VALUE``,
``-oVALUE``, ``--`` before operands), but without it: with the modules that it needs and a parser
to be built it took 6 ms before git could start. Completion scripts still come from argparse.
"""

from __future__ import annotations

from types import SimpleNamespace

from halsync.errors import ConfigError
from halsync.records import NamedTuple
from halsync.settings.options import OPTIONS
from halsync.settings.spec import PREFIX, takes_flag, variables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from halsync.cli.command import Argument, Command
    from halsync.settings.spec import Option

CONFIG_HELP = "Settings file; by default ./halsync.yaml if it exists."

_HELP = ("-h", "--help")


class Parsed(NamedTuple):
    """A command line, taken apart."""

    arguments: SimpleNamespace
    """The command's own arguments, every one present."""
    flags: dict[str, Any]
    """Key of the option → text, or list of texts where the flag repeats."""
    config: str
    """Value of ``--config``."""
    help: bool


class _Flag(NamedTuple):
    """How one option is read."""

    names: str
    """As messages name it: ``-o/--output``."""
    key: str
    """What its value is kept under."""
    own: bool
    """It belongs to the command, not to the settings."""
    repeats: bool = False
    fixed: str | bool | None = None
    """The value of an option that takes none; None if it takes one."""


def parse(command: Command, words: Sequence[str]) -> Parsed:
    """Take apart what follows the command's name.

    Raises:
        ConfigError: an unknown or incomplete option, a missing or surplus operand.
    """
    options, after = _at_double_dash(words)
    if not set(_HELP).isdisjoint(options):
        # Help is wanted even where something required is missing.
        return Parsed(SimpleNamespace(), {}, "", help=True)
    own = {argument.attribute: _absent(argument) for argument in command.arguments}
    flags: dict[str, Any] = {}
    operands, unknown = _read(command, options, own, flags)
    operands += after
    if unknown:
        raise _unknown(command, unknown[0].partition("=")[0])
    _place(command, operands, own)
    for argument in command.arguments:
        _check(command, argument, own[argument.attribute])
    config = flags.pop("config", "")
    return Parsed(SimpleNamespace(**own), flags, config, help=False)


def negative(option: Option) -> str:
    """``--lfs`` → ``--no-lfs``."""
    return "--no-" + option.flag.removeprefix("--")


def flags_of(command: Command) -> tuple[str, ...]:
    """Every option that ``command`` takes, as it is typed."""
    return (*_table(command), "--help")


def _at_double_dash(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """What stands before ``--``, and the operands after it."""
    every = list(words)
    at = every.index("--") if "--" in every else len(every)
    return every[:at], every[at + 1 :]


def _absent(argument: Argument) -> str | bool | list[str]:
    if argument.kind == "operands":
        return []
    return False if argument.kind == "switch" else argument.default


def _table(command: Command) -> dict[str, _Flag]:
    """Option as typed → how it is read."""
    table: dict[str, _Flag] = {}
    for argument in command.arguments:
        if argument.names[0][0] == "-":
            fixed = True if argument.kind == "switch" else None
            flag = _Flag("/".join(argument.names), argument.attribute, True, fixed=fixed)
            table.update(dict.fromkeys(argument.names, flag))
    if command.settings:
        table["--config"] = _Flag("--config", "config", False)
        for option in OPTIONS:
            if not takes_flag(option, command.name):
                continue
            name = option.flag
            if option.type == "boolean":
                no = negative(option)
                table[name] = _Flag(name, option.key, False, fixed="true")
                table[no] = _Flag(no, option.key, False, fixed="false")
            else:
                repeats = option.type in ("list", "placeholders", "steps")
                table[name] = _Flag(name, option.key, False, repeats)
    return table


def _read(
    command: Command, words: list[str], own: dict[str, Any], flags: dict[str, Any]
) -> tuple[list[str], list[str]]:
    """Collect the options' values; the operands, and the options that there are not."""
    table = _table(command)
    operands: list[str] = []
    unknown: list[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if not _is_option(word, table):
            operands.append(word)
            continue
        flag, value = _split(word, table)
        if flag is None:
            unknown.append(word)
            continue
        if flag.fixed is not None:
            if value is not None:
                # Not the value itself: somebody may have put a secret there.
                raise _wrong(command, f"{flag.names} takes no value")
            found: str | bool = flag.fixed
        elif value is not None:
            found = value
        elif at < len(words) and not _is_option(words[at], table):
            found = words[at]
            at += 1
        else:
            raise _without_value(command, flag)
        into = own if flag.own else flags
        if flag.repeats:
            into.setdefault(flag.key, []).append(found)
        else:
            into[flag.key] = found
    return operands, unknown


def _is_option(word: str, table: Mapping[str, _Flag]) -> bool:
    """Whether a word is meant as an option: one that there is, or anything else that begins with
    a dash, but not the dash alone, a negative number, or a sentence."""
    if word[:1] != "-" or word == "-":
        return False
    if _split(word, table)[0]:
        return True
    return " " not in word and not word[1:].replace(".", "", 1).isdecimal()


def _split(word: str, table: Mapping[str, _Flag]) -> tuple[_Flag | None, str | None]:
    """The option that a word names, and the value that is joined to it."""
    if word in table:
        return table[word], None
    name, joined, value = word.partition("=")
    if joined and name in table:
        return table[name], value
    if word[1] != "-" and word[:2] in table:
        return table[word[:2]], word[2:]
    return None, None


def _place(command: Command, operands: list[str], own: dict[str, Any]) -> None:
    wanted = [argument for argument in command.arguments if argument.names[0][0] != "-"]
    if wanted and wanted[-1].kind == "operands":
        own[wanted[-1].attribute] = operands[len(wanted) - 1 :]
        del operands[len(wanted) - 1 :], wanted[-1:]
    if len(operands) > len(wanted):
        raise _wrong(command, "there are more operands than this command takes")
    for argument, word in zip(wanted, operands, strict=False):
        own[argument.attribute] = word
    missing = [argument for argument in wanted[len(operands) :] if argument.kind == "operand"]
    if missing:
        names = ", ".join(argument.metavar or argument.names[0] for argument in missing)
        raise _wrong(command, f"the following arguments are required: {names}")


def _check(command: Command, argument: Argument, value: object) -> None:
    if argument.choices and value not in (*argument.choices, argument.default):
        from halsync.paths import nearest

        one_of = ", ".join(argument.choices)
        meant = nearest(str(value), argument.choices)
        raise ConfigError(
            f"{argument.metavar or argument.names[-1]} must be one of {one_of}",
            where=f"halsync {command.name}",
            hint=f"write {meant}" if meant else f"choose one of {one_of}",
        )


def _without_value(command: Command, flag: _Flag) -> ConfigError:
    where, name = f"halsync {command.name}", flag.names.rpartition("/")[2]
    return ConfigError(
        f"{flag.names} needs a value",
        where=where,
        hint=f"a value that begins with '-' is written {name}=VALUE; see {where} --help",
    )


def _wrong(command: Command, message: str) -> ConfigError:
    where = f"halsync {command.name}"
    return ConfigError(message, where=where, hint=f"see {where} --help")


def _unknown(command: Command, flag: str) -> ConfigError:
    """The error for an option that there is not. Values are left out: they may be secrets."""
    from halsync.paths import nearest

    where = f"halsync {command.name}"
    known = flags_of(command)
    secrets = [option.flag for option in OPTIONS if option.type == "secret"]
    if flag + "-file" in known and flag + "-file" in secrets:
        return ConfigError(
            f"there is no option {flag}: everybody on the machine could read the secret",
            where=where,
            hint=f"put the secret into a file and name it with {flag}-file, or set it as a"
            " HALSYNC_ variable",
        )
    elsewhere = any(flag == option.flag for option in OPTIONS)
    # Without the dashes, which would make everything look alike.
    meant = nearest(flag.lstrip("-"), _stripped(known))
    hint = f"did you mean --{meant}?" if meant and not elsewhere else f"see {where} --help"
    if command.settings and not elsewhere:
        hint = _spelt_as_variable(flag, known) or hint
    message = "does not take" if elsewhere else "there is no option"
    return ConfigError(f"{message} {flag}", where=where, hint=hint)


def _spelt_as_variable(flag: str, known: Iterable[str]) -> str:
    """The remedy where the name is that of a variable: ``--git-path`` for HALSYNC_GIT_PATH."""
    name = flag.lstrip("-").replace("-", "_").upper()
    for option in OPTIONS:
        if name in variables(option):
            if option.flag in known:
                return f"did you mean {option.flag}?"
            return f"set {PREFIX}{name}, or {option.key} in halsync.yaml"
    return ""


def _stripped(flags: Iterable[str]) -> tuple[str, ...]:
    return tuple(name.lstrip("-") for name in flags)
