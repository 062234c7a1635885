"""``halsync validate``."""

from __future__ import annotations

import os
import sys

from halsync.errors import ConfigError
from halsync.records import NamedTuple
from halsync.validate.reporters import show
from halsync.validate.selection import existing, fails, selected, words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import SimpleNamespace

    from halsync.agent.examine import Examined
    from halsync.agent.report import Report
    from halsync.observe.console import Console
    from halsync.settings.load import Loaded
    from halsync.settings.mistakes import SettingsError
    from halsync.settings.model import Settings

_WHERE = "halsync validate"
_SELECT = "--select, validate.select"


class Wanted(NamedTuple):
    """What is to be checked and told."""

    settings: Settings
    file: str
    """The ``halsync.yaml`` that they come from; empty if none."""
    paths: list[str]
    """Empty: what the sources render to."""
    kind: str
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    fail_on: str
    daemon: str = ""
    """URL of the Halyard daemon that is to check, too."""
    beside: Mapping[str, tuple[Settings, str]] = {}
    """Of paths without a halconfig that hold a ``halsync.yaml``: what that says, and the file."""


def run(settings: Settings, arguments: SimpleNamespace, console: Console) -> int:  # noqa: ARG001
    """Check once, or with ``--watch`` until Ctrl-C; mostly 5 if something is wrong."""
    wanted = _wanted(arguments, _loaded(arguments, arguments.mistaken))
    if arguments.watch:
        from halsync.cli.watching import watch

        return watch(lambda: _reloaded(arguments), arguments.output, console)
    text, code = report_on(wanted, arguments.output, console.colour(), console.report)
    console.close()
    console.print(text)
    return code


def _loaded(arguments: SimpleNamespace, mistaken: SettingsError | None) -> Loaded:
    """The settings; where their mistakes are what is asked about, as far as they can be read.

    Raises:
        SettingsError: there are mistakes elsewhere.
    """
    if mistaken is None:
        loaded: Loaded = arguments.loaded
        return loaded
    asked = tuple(f"{os.path.normpath(path)}:" for path in arguments.path)
    elsewhere = [each for each in mistaken.mistakes if not each.where.startswith(asked)]
    if elsewhere or mistaken.settings is None:
        raise mistaken
    from halsync.settings.load import Loaded

    return Loaded(mistaken.settings, (), arguments.path[0])


def _reloaded(arguments: SimpleNamespace) -> Wanted:
    from halsync.settings.mistakes import SettingsError

    mistaken = None
    try:
        arguments.loaded = arguments.reload()
    except SettingsError as error:
        mistaken = error
    return _wanted(arguments, _loaded(arguments, mistaken))


def _wanted(arguments: SimpleNamespace, loaded: Loaded) -> Wanted:
    settings = loaded.settings
    paths = list(arguments.path)
    if paths and settings.sources and not loaded.file:
        raise ConfigError(
            "a PATH is checked as it stands, --dir and --git are rendered: give one of them",
            where=_WHERE,
            hint="leave PATH out, or --dir and --git",
        )
    return Wanted(
        settings,
        loaded.file,
        paths or ([] if settings.sources else ["."]),
        arguments.kind,
        existing(words(settings.select, _SELECT), _SELECT),
        words(settings.ignore, "--ignore, validate.ignore"),
        arguments.fail_on or settings.fail_on,
        _address(arguments.daemon),
        {path: found for path in paths if (found := _settings_beside(path))},
    )


def report_on(wanted: Wanted, form: str, color: bool, report: Report) -> tuple[str, int]:
    """The report, and the exit code.

    Raises:
        HalsyncError: something could not be looked at.
    """
    found = look(wanted, report, beside_lines=form in ("github", "sarif"))
    if wanted.daemon:
        from halsync.agent.daemon_check import findings_of
        from halsync.model import problem_order

        # What sources render to is no file here.
        here = found.files if wanted.paths and not wanted.beside else []
        asked = findings_of(wanted.daemon, here)
        found = found._replace(problems=sorted([*found.problems, *asked], key=problem_order))
    problems = selected(found.problems, wanted.select, wanted.ignore)
    failing = [problem for problem in problems if fails(problem, wanted.fail_on)]
    code = found.exit_code(failing) if failing else 0
    text = show(
        problems,
        form,
        color=color and form == "text",
        files=found.files,
        fail_on=wanted.fail_on,
        exit_code=code,
    )
    return text, code


def look(wanted: Wanted, report: Report, *, beside_lines: bool = False) -> Examined:
    """Everything that is found, before any choice.

    ``beside_lines``: it is to be shown beside the lines of the files that are here.
    """
    from halsync.agent.examine import Examined, examine, examine_sources, reached

    def rendered(settings: Settings, file: str) -> Examined:
        found = examine_sources(settings, report)
        if not beside_lines:
            return found
        here = [reached(problem, settings, file) for problem in found.problems]
        return found._replace(problems=here)

    if not wanted.paths:
        return rendered(wanted.settings, wanted.file)
    plain = [path for path in wanted.paths if path not in wanted.beside]
    every = [rendered(*found) for found in wanted.beside.values()]
    if plain:
        every.append(examine(plain, wanted.settings, wanted.kind, _stdin))
    if len(every) == 1:
        return every[0]
    return Examined(
        [problem for each in every for problem in each.problems],
        sorted({name for each in every for name in each.files}),
        any(each.with_secrets for each in every),
    )


def _settings_beside(path: str) -> tuple[Settings, str] | None:
    file = os.path.join(path, "halsync.yaml")
    if not os.path.isfile(file):
        return None
    from halsync.agent.local import roots

    if any(os.path.isfile(os.path.join(root, "config")) for root in roots(path)):
        return None
    from halsync.settings.load import load

    return load({}, os.environ, config=file).settings, file


def _address(text: str) -> str:
    """The daemon's address, if it is one.

    Raises:
        ConfigError: it is none.
    """
    if not text:
        return ""
    from halsync.settings.building.sidecar import is_daemon

    if not is_daemon(text):
        raise ConfigError(
            "is not the address of a daemon", where="--daemon", hint="write http://localhost:8064"
        )
    return text


def _stdin() -> bytes:
    stream = getattr(sys.stdin, "buffer", None)
    if stream is None:
        raise ConfigError(
            "there is no standard input", where=_WHERE, hint="pipe the file into it, or name it"
        )
    content: bytes = stream.read()
    return content
