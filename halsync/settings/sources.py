"""The sources: the single one of flags and environment, or those that ``halsync.yaml`` declares."""

from __future__ import annotations

from halsync.settings.environment import source_prefix
from halsync.settings.kinds import KINDS, OF_SOURCE, build, naming
from halsync.settings.mistakes import Mistake
from halsync.settings.model import SourceSettings
from halsync.settings.resolve import DEFAULT, Effective, Values
from halsync.settings.spec import SOURCE, suffix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from halsync.settings.resolve import Layer, SourceLayer

_NAMING = {kind.key: kind.name for kind in KINDS}


def single_kind(flags: Layer, environment: Layer, mistakes: list[Mistake]) -> str:
    """The kind of source that flags or environment name, or an empty string.

    Flags beat the environment here too: ``--dir`` makes ``HALSYNC_GIT_URL`` void.
    """
    for layer in (flags, environment):
        named = [key for key in _NAMING if key in layer]
        for key in named[1:]:
            mistakes.append(
                Mistake(
                    layer[key].where,
                    f"{layer[named[0]].origin} names a source already",
                    "name one source, or list several in halsync.yaml",
                )
            )
        if named:
            return _NAMING[named[0]]
    return ""


def instead(flags: Layer, environment: Layer, file: str) -> str:
    """A word on a variable that makes the sources of the file void, which nobody sees; a flag
    that does is there to be seen."""
    if any(key in flags for key in _NAMING):
        return ""
    [named] = [environment[key].origin for key in _NAMING if key in environment]
    return f"{named} names the source, so the sources of {file} are not used"


def find_strays(
    kind: str, flags: Layer, environment: Layer, declared: bool, mistakes: list[Mistake]
) -> None:
    """Settings of a single source that do not fit it, or for which there is none."""
    named_by_flag = any(key in flags for key in _NAMING)
    for layer in (flags,) if named_by_flag else (flags, environment):
        for key, raw in layer.items():
            if not key.startswith(SOURCE) or key in _NAMING or _fits(key, kind):
                continue
            if kind:
                message = f"does not apply to a source of kind {kind}"
                hint = "leave it out"
                if kind == "dir" and key.endswith("git.path"):
                    hint = "append the sub-path to --dir"
            else:
                message = "describes a source that no flag and no variable names"
                hint = f"add {naming(variables=True)}"
                if declared:
                    hint += (
                        ", or change a source of halsync.yaml with"
                        f" HALSYNC_SOURCE_<NAME>_{suffix(key)}"
                    )
            mistakes.append(Mistake(raw.where, message, hint))


def build_single(
    kind: str, layers: list[Layer], mistakes: list[Mistake], effective: list[Effective]
) -> SourceSettings | None:
    """The one source that flags and environment describe; it is called after its kind."""
    values = Values(layers, mistakes, effective, "sources[0]")
    effective.append(Effective("sources[0].name", kind, DEFAULT))
    return _build(kind, kind, values, mistakes)


def build_declared(
    entries: Sequence[SourceLayer],
    environment: dict[str, Layer],
    mistakes: list[Mistake],
    effective: list[Effective],
) -> tuple[SourceSettings, ...]:
    """The sources of ``halsync.yaml``, each overridden by its own variables."""
    built = []
    for number, (name, kind, layer) in enumerate(entries):
        own = environment.get(name, {})
        for key, raw in own.items():
            if not _fits(key, kind):
                mistakes.append(
                    Mistake(raw.where, f"the source {name} is of kind {kind}", "leave it out")
                )
        values = Values([own, layer], mistakes, effective, f"sources[{number}]")
        values.get(OF_SOURCE["name"])
        source = _build(name, kind, values, mistakes)
        if source is not None:
            built.append(source)
    return tuple(built)


def _fits(key: str, kind: str) -> bool:
    rest = key.removeprefix(SOURCE)
    return bool(kind) and ("." not in rest or rest.startswith(kind + "."))


def _build(name: str, kind: str, values: Values, mistakes: list[Mistake]) -> SourceSettings | None:
    [required] = [each.key for each in KINDS if each.name == kind]
    mount = values.get(OF_SOURCE["mount"])
    if values.raw(required) is None:
        place = values.raw(SOURCE + "name")
        short = required.removeprefix(SOURCE)
        mistakes.append(
            Mistake(
                place.where if place else name,
                f"the source {name} has no {short}",
                f"add {short}, or set {source_prefix(name)}{suffix(required)}",
            )
        )
        return None
    options, path = build(kind, values)
    return SourceSettings(name, options, path, mount)
