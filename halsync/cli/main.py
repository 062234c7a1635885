"""The entry point: find the command, load the settings, run it, turn failures into exit codes."""

from __future__ import annotations

import os
import signal
import sys

from halsync.cli.commands import COMMANDS
from halsync.errors import BUG, ConfigError, HalsyncError, Interrupted
from halsync.observe.console import Console, silence
from halsync.settings.model import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType
    from typing import Any

    from halsync.cli.command import Command
    from halsync.cli.words import Parsed
    from halsync.settings.load import Loaded

_BROKEN_PIPE = 128 + signal.SIGPIPE

_NEEDS = {
    "target": ("no target is given", "--target DIR, HALSYNC_TARGET, or target: in halsync.yaml"),
    "sources": ("no source is given", ""),  # the remedy depends on the kinds of source
}


class _Run:
    """What the handling of failures needs to know about a run, as far as it has come."""

    def __init__(self) -> None:
        self.termination_log = ""
        self.interrupted = False
        self.words: Sequence[str] = ()
        self.result: dict[str, Any] = {}
        """What a command has found out before it failed, for a script."""


def main(words: Sequence[str] | None = None) -> int:
    """Run one command line, without the program's name; return the exit code."""
    words = sys.argv[1:] if words is None else words
    console = Console(os.environ)
    run = _Run()
    run.words = words
    last = ""
    previous = signal.signal(signal.SIGTERM, _on_sigterm(run))
    try:
        code = _run(words, console, run)
        console.close()
        last = console.last_line
        console.flush()
    except HalsyncError as error:
        code, last = error.exit_code, _told(error, console, run)
    except KeyboardInterrupt:
        stop = Interrupted(signal.SIGINT)
        code, last = stop.exit_code, _told(stop, console, run)
    except BrokenPipeError:
        silence(console.stdout)
        code = _BROKEN_PIPE
    except Exception as error:
        from halsync.cli.failures import bug

        code = BUG
        last = _told(bug(error, console, bool(os.environ.get("HALSYNC_DEBUG"))), console, run)
    finally:
        console.close()
        signal.signal(signal.SIGTERM, previous)
    if run.termination_log and last:
        from halsync.observe.termination import write_last_words

        write_last_words(run.termination_log, last)
    return code


def _run(words: Sequence[str], console: Console, run: _Run) -> int:
    _configure_early(words, console)
    if not words or words[0] in ("-h", "--help", "help"):
        return _help(words[1:], console)
    if words[0] == "--version":
        words = ["version"]
    if len(words) == 2 and words[1] in ("-h", "--help") and below(words[0]):
        return _help(words[:1], console)
    command, rest = find(words)
    from halsync.cli.words import parse

    if command.termination_log:
        # Also a mistake in the settings is something that kubectl describe should show.
        run.termination_log = _early(words, "--termination-log", "HALSYNC_TERMINATION_LOG")
        run.termination_log = run.termination_log or Settings().termination_log
    parsed = parse(command, rest)
    if parsed.help:
        from halsync.cli.help import for_command

        console.print(for_command(command, console))
        return 0
    parsed.arguments.result = run.result
    settings = _settings(command, parsed, console, run) if command.settings else Settings()
    from importlib import import_module

    code: int = import_module(command.module).run(settings, parsed.arguments, console)
    return code


def _settings(command: Command, parsed: Parsed, console: Console, run: _Run) -> Settings:
    """The settings of a run, and what a command may ask about them."""
    from halsync.settings.load import load
    from halsync.settings.mistakes import SettingsError

    def reload() -> Loaded:
        whole = command.name in ("watch", "config show")
        return load(parsed.flags, os.environ, config=parsed.config, everything=whole)

    arguments = parsed.arguments
    arguments.reload, arguments.mistaken = reload, None
    note = ""
    try:
        loaded = reload()
    except SettingsError as error:
        if not command.even_so or error.settings is None:
            raise
        arguments.mistaken, settings = error, error.settings
    else:
        arguments.loaded, settings, note = loaded, loaded.settings, loaded.note
    console.configure(settings.log_level, settings.log_format)
    if note:
        console.log.warning("settings", message=note)
    if command.termination_log:
        run.termination_log = settings.termination_log
    if arguments.mistaken is None:
        _require(command, settings)
    return settings


def find(words: Sequence[str]) -> tuple[Command, Sequence[str]]:
    """The command that ``words`` begin with, and the words after it.

    Raises:
        ConfigError: no such command; names the nearest one.
    """
    for length in (2, 1):
        name = " ".join(words[:length])
        for command in COMMANDS:
            if command.name == name:
                return command, words[length:]
    from halsync.paths import nearest

    if words[0].startswith("-"):
        raise ConfigError(
            "the command comes first",
            where="halsync",
            hint="for example: halsync init --dir DIR --target DIR; see halsync --help",
        )
    names = [command.name for command in COMMANDS]
    if group := below(words[0]):
        raise ConfigError(
            f"halsync {words[0]} needs one more word",
            where="halsync",
            hint=f"write {' or '.join('halsync ' + command.name for command in group)}",
        )
    meant = nearest(words[0], names) or nearest(" ".join(words[:2]), names)
    raise ConfigError(
        f"there is no command {words[0]!r}",
        where="halsync",
        hint=f"did you mean halsync {meant}?" if meant else "see halsync --help",
    )


def below(word: str) -> list[Command]:
    """The commands of two words that begin with ``word``."""
    return [command for command in COMMANDS if command.name.startswith(word + " ")]


def _help(words: Sequence[str], console: Console) -> int:
    from halsync.cli.help import for_command, for_group, overview

    if len(words) == 1 and (group := below(words[0])):
        console.print(for_group(words[0], group, console))
    elif words and not words[0].startswith("-"):
        console.print(for_command(find(words)[0], console))
    else:
        console.print(overview(console))
    return 0


def _require(command: Command, settings: Settings) -> None:
    """Stop where a setting is missing without which the command means nothing."""
    for need in command.needs:
        if not getattr(settings, need):
            message, remedy = _NEEDS[need]
            if need == "sources":
                from halsync.settings.kinds import naming

                remedy = f"{naming(variables=True)}, or sources: in halsync.yaml"
            raise ConfigError(message, where=f"halsync {command.name}", hint=f"give {remedy}")


def _configure_early(words: Sequence[str], console: Console) -> None:
    """The format of errors that come before the settings are known."""
    form = _early(words, "--log-format", "HALSYNC_LOG_FORMAT")
    if form == "json":
        console.configure("info", "json")
    elif form == "text":
        console.configure("info", "text")


def _early(words: Sequence[str], flag: str, variable: str) -> str:
    for at, word in enumerate(words):
        if word == flag and at + 1 < len(words):
            return words[at + 1]
        if word.startswith(flag + "="):
            return word.partition("=")[2]
    return os.environ.get(variable, "")


def _told(error: HalsyncError, console: Console, run: _Run) -> str:
    """Tell a person and, where one asked, a script; one line for the termination log."""
    from halsync.cli.failures import tell

    last = tell(error, console)
    from halsync.cli.results import answer, wanted

    if wanted(run.words):
        answer(error, run.result, console)
    return last


def _on_sigterm(run: _Run) -> Callable[[int, FrameType | None], None]:
    def stop(number: int, _frame: FrameType | None) -> None:
        # Once: a second request must not break into the cleaning up after the first.
        if not run.interrupted:
            run.interrupted = True
            raise Interrupted(number)

    return stop
