"""Comparing two sets of files."""

from __future__ import annotations

from collections import Counter

from halsync.compare import mask
from halsync.compare.records import FileChange
from halsync.compare.values import changes
from halsync.formats.kinds import kind_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from halsync.compare.records import ValueChange
    from halsync.formats.document import Parsed

_DIFF_LINES = 4000
"""Beyond that, lines are counted but not lined up, which takes quadratic time."""
_EXCERPT = 200
"""Lines of a unified excerpt."""

FORMATTING = "formatting and comments only"


def compare(
    old: Mapping[str, bytes],
    new: Mapping[str, bytes],
    *,
    old_executable: Collection[str] = (),
    new_executable: Collection[str] = (),
) -> list[FileChange]:
    """What turns ``old`` into ``new`` (path → content), sorted by path, secrets masked.

    Args:
        old_executable, new_executable: the paths of files that are executable.
    """
    found: list[FileChange] = []
    for path in sorted({*old, *new}):
        before, after = old.get(path), new.get(path)
        executable = path in new_executable
        if before is None:
            found.append(_added(path, after or b"", executable))
        elif after is None:
            found.append(_removed(path, before))
        else:
            mode = executable if executable != (path in old_executable) else None
            if before != after:
                found.append(_changed(path, before, after)._replace(executable=mode))
            elif mode is not None:
                found.append(FileChange(path, "mode", mode, len(before), len(after)))
    return found


def _added(path: str, content: bytes, executable: bool) -> FileChange:
    return FileChange(
        path,
        "added",
        executable or None,
        new_size=len(content),
        added_lines=_count(content),
        note="binary" if _is_binary(content) else "",
    )


def _removed(path: str, content: bytes) -> FileChange:
    return FileChange(
        path,
        "removed",
        old_size=len(content),
        removed_lines=_count(content),
        note="binary" if _is_binary(content) else "",
    )


def _changed(path: str, before: bytes, after: bytes) -> FileChange:
    change = FileChange(path, "changed", None, len(before), len(after))
    if _is_binary(before) or _is_binary(after):
        return change._replace(note="binary")
    kind = kind_of(path)
    if kind not in ("yaml", "json"):
        return _lines(change, before, after)
    if kind == "json":
        from halsync.formats.json import parse
    else:
        from halsync.formats.yaml import parse
    was, now = parse(before), parse(after)
    if was.failed or now.failed:
        which = "before" if was.failed else "now"
        return _lines(change, before, after)._replace(note=f"cannot be parsed {which}")
    return _documents(change, was, now)


def _documents(change: FileChange, was: Parsed, now: Parsed) -> FileChange:
    values: list[ValueChange] = []
    several = max(len(was.documents), len(now.documents)) > 1
    olds = [document.value for document in was.documents]
    news = [document.value for document in now.documents]
    for number in range(max(len(olds), len(news))):
        path = f"(document {number + 1})" if several else ""
        old = olds[number] if number < len(olds) else None
        new = news[number] if number < len(news) else None
        values += changes(old, new, path)
    dates = [sum(len(document.timestamps) for document in side.documents) for side in (was, now)]
    # Dates are text here, as quoted dates are, but Halyard tells them apart.
    note = "" if values else FORMATTING if dates[0] == dates[1] else "dates quoted or unquoted"
    return change._replace(values=tuple(values), note=note)


def _lines(change: FileChange, before: bytes, after: bytes) -> FileChange:
    was, now = before.decode("utf-8", "replace"), after.decode("utf-8", "replace")
    old, new = was.splitlines(), now.splitlines()
    if old == new:
        return change._replace(note="line ends only")
    added = sum((Counter(new) - Counter(old)).values())
    removed = sum((Counter(old) - Counter(new)).values())
    change = change._replace(added_lines=added, removed_lines=removed)
    if not added and not removed:
        change = change._replace(note="order of lines")
    if mask.holds_secret(was) or mask.holds_secret(now):
        # The lines of the old text may hold a secret that was replaced and is unknown by value.
        return change._replace(note="holds secrets, not shown")
    if max(len(old), len(new)) > _DIFF_LINES:
        return change
    from difflib import unified_diff

    excerpt = [mask.line(line.rstrip("\n")) for line in unified_diff(old, new, n=1, lineterm="")]
    return change._replace(lines=tuple(excerpt[2 : _EXCERPT + 2]))


def _is_binary(content: bytes) -> bool:
    return b"\0" in content and content[:2] not in (b"\xff\xfe", b"\xfe\xff")


def _count(content: bytes) -> int:
    return 0 if _is_binary(content) else len(content.splitlines())
