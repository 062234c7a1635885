"""Overlays: a directory of the tree laid over the tree."""

from __future__ import annotations

from halsync.paths import below, nearest, parents
from halsync.records import NamedTuple
from halsync.render import codes
from halsync.render.bench import Statement, decoded, encoded, holds_values, parse
from halsync.render.merging import Misfit, is_marked, merge, plain
from halsync.render.trail import Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from halsync.formats.document import Parsed
    from halsync.model import File, Origin
    from halsync.render.bench import Bench
    from halsync.settings.steps import Overlay

GONE = ".halsync-remove"
"""A file of this ending removes the file, or the directory, that the rest of its name says."""


class _Page(NamedTuple):
    """One file of an overlay."""

    step: Step
    path: str
    """In the tree, where it has been taken from."""
    file: File
    target: str
    """What it is laid over."""


def lay(bench: Bench, overlays: Sequence[Overlay]) -> None:
    """Lay the overlays over the tree, one after another; they themselves are taken out of it.

    A later overlay may change what an earlier one has set: that is what their order is for.
    """
    stacks = [(overlay, _take(bench, overlay)) for overlay in overlays]
    for overlay, files in stacks:
        step = Step(f"overlay {overlay.path}", overlay.declared_at)
        for path, file in sorted(files.items()):
            target = below(path, overlay.path) or path
            page = _Page(step, path, file, target)
            if target.endswith(GONE):
                _remove(bench, overlay, page)
            else:
                _over(bench, page)
    bench.flush_all()


def _take(bench: Bench, overlay: Overlay) -> Mapping[str, File]:
    found = {
        path: file for path, file in bench.files.items() if below(path, overlay.path) is not None
    }
    if not found and not overlay.optional:
        folders = sorted({folder for path in bench.files for folder in parents(path)})
        near = nearest(overlay.path, folders)
        bench.report(
            codes.NO_MATCH,
            f"there is no directory {overlay.path} to be laid over the tree",
            f"did you mean {near}?" if near else "",
            declared_at=overlay.declared_at,
        )
    for path in found:
        del bench.files[path]
    bench.trail.taken.update(found)
    for path in [path for path in bench.dangling if below(path, overlay.path) is not None]:
        bench.dangling[path[len(overlay.path) + 1 :]] = bench.dangling.pop(path)
    return found


def _remove(bench: Bench, overlay: Overlay, page: _Page) -> None:
    target = page.target.removesuffix(GONE)
    found = [path for path in bench.files if path == target or below(path, target) is not None]
    for path in found:
        bench.remove(path, page.step)
    if not found and not overlay.optional:
        near = nearest(target, list(bench.files))
        bench.report(
            codes.NO_MATCH,
            f"{target} is to be removed and is not there",
            f"did you mean {near}?" if near else "remove this file",
            file=page.path,
            origin=page.file.origin,
        )


def _over(bench: Bench, page: _Page) -> None:
    target, file = page.target, page.file
    if not holds_values(target):
        bench.put(target, file, page.step, page.path)
        return
    parsed = parse(target, file.content)
    if target not in bench.files:
        if not parsed.failed and any(is_marked(item.value) for item in parsed.documents):
            if not bench.is_one_value(page.path, file, parsed, "freed of its markers"):
                return
            file = _unmarked(bench, page, parsed)
        bench.put(target, file, page.step, page.path)
    elif bench.is_one_value(page.path, file, parsed, f"laid over {target}") and parsed.documents:
        _merge(bench, page, parsed)


def _merge(bench: Bench, page: _Page, parsed: Parsed) -> None:
    draft = bench.draft(page.target)
    if draft is None:
        return
    document = parsed.documents[0]
    try:
        merged = merge(draft.value, document.value, adding=True)
    except Misfit as misfit:
        _misfit(bench, page, parsed, misfit, draft.locate(misfit.at))
        return
    draft.secret = draft.secret or page.file.secret
    bench.state(
        page.target,
        draft,
        merged.value,
        page.step,
        [
            Statement(touch.place, touch.value, page.path, document.locate_key(touch.source)[0])
            for touch in merged.touches
        ],
        quarrels=False,
    )


def _unmarked(bench: Bench, page: _Page, parsed: Parsed) -> File:
    """A new file whose markers have nothing to do."""
    from halsync.formats.edit import rewrite

    try:
        value: Any = plain(parsed.documents[0].value)
    except Misfit as misfit:
        _misfit(bench, page, parsed, misfit, None)
        return page.file
    bom, text = decoded(page.file.content)
    return page.file._replace(content=encoded(bom, rewrite(text, value).text))


def _misfit(
    bench: Bench,
    page: _Page,
    parsed: Parsed,
    misfit: Misfit,
    met: tuple[int, int] | None,
) -> None:
    line, column = parsed.documents[0].locate_key(misfit.source)
    origin: Origin = page.file.origin
    message = f"it cannot be laid over {page.target}"
    message += f":{met[0]}:{met[1]}: {misfit.message}" if met else f": {misfit.message}"
    bench.report(
        codes.MISFIT,
        message,
        misfit.hint,
        file=page.path,
        at=(line, column),
        excerpt=parsed.lines.line(line),
        origin=origin,
    )
