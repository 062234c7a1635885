"""``validate PATH…``: every path looked at by itself, the problems of all together.

The files of problems are named as they are reached from the current directory.
"""

from __future__ import annotations

import os

from halsync.agent.local import missing, read, roots
from halsync.errors import INVALID, AccessDenied, ConfigError, ProblemsError
from halsync.model import Origin, Problem, Tree, problem_order
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from halsync.agent.report import Report
    from halsync.settings.model import Limits, Settings

STDIN = "-"
"""The path that stands for standard input."""

KINDS = ("halconfig", "service-settings", "halyard", "bom", "versions", "profile", "halsync")
"""What a single file can be."""


class Examined(NamedTuple):
    """What a look at some files gave."""

    problems: list[Problem]
    """All of them, sorted; nothing is left out."""
    files: list[str]
    """What was looked at, sorted."""
    with_secrets: bool = False
    """Secrets were looked up: whether they can be had is part of the answer."""

    def exit_code(self, failing: Sequence[Problem]) -> int:
        """What a run ends with that fails for these problems: that of ``render`` and ``init``
        where secrets were looked up, so that an outage is not taken for a bad configuration."""
        if not self.with_secrets:
            return INVALID
        from halsync.agent.pipeline import exit_code

        return exit_code(failing)


def examine(
    paths: Sequence[str], settings: Settings, kind: str = "", stdin: Callable[[], bytes] = bytes
) -> Examined:
    """Look at directories and single files.

    ``kind`` is that of the single files, empty to judge it by their names; ``stdin`` gives the
    content of :data:`STDIN`.

    Raises:
        ConfigError: a path is not there, or what kind of file it is cannot be told.
        AccessDenied: this user may not read something.
    """
    declared = {item.name for item in settings.placeholders}
    problems: list[Problem] = []
    files: list[str] = []
    seen: set[str] = set()
    for path in paths:
        if path != STDIN and os.path.isdir(path):
            if kind:
                hint = "leave --kind out, or name the file itself"
                raise ConfigError("--kind is for single files", where=path, hint=hint)
            found = [_directory(place, settings) for place in roots(os.path.normpath(path))]
        else:
            found = [_single(path, settings, kind, stdin)]
        for each in found:
            problems += (one for one in each.problems if not _to_be_filled(one, declared))
            files += [name for name in each.files if name not in seen]
            seen.update(each.files)
    return Examined(sorted(set(problems), key=problem_order), sorted(files))


def _to_be_filled(problem: Problem, declared: Collection[str]) -> bool:
    """Whether it is about a placeholder of the settings, which a run would fill in."""
    return problem.code == "HAL2206" and problem.message.split("'")[1] in declared


def examine_sources(settings: Settings, report: Report) -> Examined:
    """Look at what the sources render to, as ``init`` does; ``validate.ignore`` has no effect.

    Raises:
        HalsyncError: whatever fetching raises.
    """
    from halsync.agent.fetching import fetching
    from halsync.settings.secrets import without_access

    settings = without_access(settings)
    looked = settings.secrets is not None and settings.secrets.mode != "skip"
    with fetching(settings, report) as running:
        from halsync.agent.pipeline import judge, warm_up

        warm_up(running.advance)
        try:
            judged = judge(settings._replace(ignore=()), running, report)
        except ProblemsError as error:
            return Examined(sorted(error.problems, key=problem_order), [], looked)
    return Examined(judged.problems, sorted(judged.made.rendered.tree.files), looked)


def reached(problem: Problem, settings: Settings, file: str) -> Problem:
    """A problem of what the sources render to, at the file as it is reached from the current
    directory, if it comes from a local one; if it is about none, at ``file``, the settings."""
    from halsync.settings.model import DirSettings

    if not problem.file:
        return problem._replace(file=file)
    places = {
        source.name: source.options.directory
        for source in settings.sources
        if isinstance(source.options, DirSettings)
    }
    origin = problem.origin
    if origin is None or origin.source not in places:
        return problem
    path = os.path.relpath(os.path.join(places[origin.source], origin.path))
    return problem._replace(origin=origin._replace(path=path))


def _directory(root: str, settings: Settings) -> Examined:
    from halsync.validate.gate import check, requested

    local = read(root, settings.limits)
    found = check(
        local.tree,
        halyard_version=settings.halyard_version,
        hal_directories=[os.path.abspath(root)],
        on_request=requested(settings.select),
    )
    prefix = "" if root == "." else root.rstrip("/") + "/"
    problems = [_from_here(each, prefix, local.base) for each in [*local.problems, *found]]
    return Examined(problems, [prefix + path for path in local.tree.files])


def _from_here(problem: Problem, prefix: str, base: str) -> Problem:
    """Named from the current directory; with the file to edit, if it is another one."""
    file = prefix + problem.file
    origin = problem.origin
    if origin is not None:
        source = os.path.normpath(os.path.join(base, origin.path))
        same = source == os.path.normpath(os.path.join(os.getcwd(), file)) or source == file
        origin = None if same else Origin("", "", os.path.relpath(source))
    return problem._replace(file=file, origin=origin)


def _single(path: str, settings: Settings, kind: str, stdin: Callable[[], bytes]) -> Examined:
    name = "<stdin>" if path == STDIN else os.path.normpath(path)
    kind = kind or kind_of_file(path)
    if path == STDIN:
        content = stdin()
    else:
        content = _content(path, settings.limits)
        kind = kind or ("halconfig" if b"deploymentConfigurations:" in content else "")
    if not kind:
        raise ConfigError(
            "what kind of file this is cannot be told from its name",
            where=name,
            hint=f"say it with --kind, one of {', '.join(KINDS)}",
        )
    if kind == "halsync":
        from halsync.agent.own_settings import check_settings

        return Examined(check_settings(content, name, "" if path == STDIN else path), [name])
    from halsync.model import File
    from halsync.validate.gate import check_one

    place = _place(path, kind)
    tree = Tree({place: File(content, False, Origin("", "", place))}, {})
    found = check_one(tree, halyard_version=settings.halyard_version)
    return Examined([each._replace(file=name, origin=None) for each in found], [name])


def _content(path: str, limits: Limits) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read(limits.file_bytes + 1)
    except FileNotFoundError as error:
        raise missing(path) from error
    except PermissionError as error:
        hint = "run as a user who may read it, or correct its mode"
        raise AccessDenied("permission denied", where=path, hint=hint) from error
    except OSError as error:
        reason = (error.strerror or "unknown error").lower()
        raise ConfigError(
            f"cannot be read: {reason}", where=path, hint="name a regular file or a directory"
        ) from error


def kind_of_file(path: str) -> str:
    """What a file is by its name and the directories that it is in; empty if they do not tell."""
    from halsync.halyard import CONFIG, DAEMON_FILES

    *above, name = os.path.abspath(path).split("/")
    by_name = {CONFIG: "halconfig", "halsync.yaml": "halsync", "halsync.yml": "halsync"}
    if name in DAEMON_FILES:
        return "halyard"
    if name in by_name:
        return by_name[name]
    if above[-1:] == ["service-settings"]:
        return "service-settings"
    if above[-2:] == [".boms", "bom"]:
        return "bom"
    if above[-1:] == [".boms"] and name == "versions.yml":
        return "versions"
    return "profile" if "profiles" in above else ""


def _place(path: str, kind: str) -> str:
    """Where Halyard would find the file."""
    from halsync.halyard import CONFIG, SETTINGS_SERVICES, takes_profile

    name = os.path.basename(path)
    if kind == "halconfig":
        return CONFIG
    if kind == "halyard":
        return "halyard.yml"
    if kind == "bom":
        return f".boms/bom/{name if name.endswith('.yml') else 'bom.yml'}"
    if kind == "versions":
        return ".boms/versions.yml"
    if kind == "service-settings":
        known = name.removesuffix(".yml") in SETTINGS_SERVICES and name.endswith(".yml")
        return f"default/service-settings/{name if known else 'gate.yml'}"
    _, found, inner = os.path.abspath(path).rpartition("/profiles/")
    if found:
        name = inner
    elif not takes_profile(name):
        name = "settings-local.js" if name.endswith(".js") else "gate-local.yml"
    return f"default/profiles/{name}"
