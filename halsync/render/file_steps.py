"""File steps: moving, copying, removing, writing and extending whole files."""

from __future__ import annotations

from halsync.formats.globs import is_pattern, matches, similar
from halsync.model import File, Origin
from halsync.paths import below
from halsync.render import codes
from halsync.render.bench import decoded, encoded
from halsync.render.edits import Edit
from halsync.render.trail import Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from halsync.render.bench import Bench
    from halsync.settings.steps import FileStep

SETTINGS = "settings"
"""Name of the source of files that the settings write."""


def carry_out(bench: Bench, steps: Sequence[FileStep]) -> None:
    """Do the steps, one after another."""
    for given in steps:
        step = Step(f"{given.action} {given.path}", given.declared_at)
        if given.action == "write":
            _write(bench, given, step)
            continue
        found = _found(bench, given.path)
        if not found:
            _missing(bench, given)
        elif given.action == "remove":
            for path in found:
                bench.remove(path, step)
        elif given.action == "append":
            for path in found:
                _append(bench, path, given, step)
        else:
            _transfer(bench, found, given, step)


def _found(bench: Bench, path: str) -> list[str]:
    """The file, the files below the directory, or those that match the pattern."""
    if path in bench.files:
        return [path]
    if is_pattern(path) or path.endswith("/"):
        return sorted(name for name in bench.files if matches(path, name))
    return sorted(name for name in bench.files if below(name, path) is not None)


def _missing(bench: Bench, given: FileStep) -> None:
    if given.optional:
        return
    near = similar(given.path, bench.files)
    bench.report(
        codes.NO_MATCH,
        f"there is no {given.path} to {given.action}",
        f"did you mean {near}?" if near else "",
        declared_at=given.declared_at,
    )


def _write(bench: Bench, given: FileStep, step: Step) -> None:
    if given.path in bench.files and not given.override:
        if not given.optional:
            _in_the_way(bench, given, given.path)
        return
    origin = Origin(SETTINGS, "", given.declared_at or given.path)
    bench.put(given.path, File(given.content.encode(), False, origin), step)


def _append(bench: Bench, path: str, given: FileStep, step: Step) -> None:
    bench.flush(path)
    file = bench.files[path]
    try:
        bom, text = decoded(file.content)
    except UnicodeDecodeError:
        bench.report(
            codes.MISFIT,
            f"text is to be appended to {path}, which is not UTF-8 text",
            declared_at=given.declared_at,
        )
        return
    content = given.content
    end = "\r\n" if "\r\n" in text else "\n"
    if end == "\r\n":
        content = content.replace("\r\n", "\n").replace("\n", end)
    if text and not text.endswith(("\n", "\r")):
        content = end + content
    if not content.endswith("\n"):
        content += end
    new = file._replace(content=encoded(bom, text + content))
    bench.append(path, new, step, Edit(len(text), len(text), content))


def _transfer(bench: Bench, found: Sequence[str], given: FileStep, step: Step) -> None:
    whole = found == [given.path]
    pairs = [
        (path, given.to if whole else f"{given.to}/{below(path, given.path)}") for path in found
    ]
    blocked = [new for old, new in pairs if new in bench.files and new != old]
    if blocked and not given.override:
        _in_the_way(bench, given, blocked[0])
        return
    for old, new in pairs:
        if old != new:
            bench.transfer(old, new, step, keep=given.action == "copy")


def _in_the_way(bench: Bench, given: FileStep, path: str) -> None:
    origin = bench.files[path].origin
    bench.report(
        codes.CONFLICT,
        f"{given.action} {given.path}: {path} exists already (from {origin.path} in"
        f" {origin.source})",
        "say override: true to replace it"
        + (", or optional: true to leave it" if given.action == "write" else ""),
        declared_at=given.declared_at,
    )
