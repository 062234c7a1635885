"""Which files are meant: a path, or a pattern with ``*``, ``?`` and ``**``."""

from __future__ import annotations

import re
from functools import lru_cache

from halsync.paths import nearest
from halsync.patterns import Pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_PIECE = Pattern(r"\*\*/|\*\*|\*|\?|[^*?]+")
_MEANING = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def is_pattern(path: str) -> bool:
    """Whether ``path`` is a pattern rather than the path of one file."""
    return "*" in path or "?" in path


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    pieces = _PIECE.findall(pattern)
    return re.compile("".join(_MEANING.get(piece, re.escape(piece)) for piece in pieces))


def matches(pattern: str, path: str) -> bool:
    """Whether the path, as a whole, is meant. A pattern that ends in ``/`` means all below."""
    if pattern.endswith("/"):
        pattern += "**"
    if not is_pattern(pattern):
        return pattern == path
    return _compiled(pattern).fullmatch(path) is not None


def among(patterns: Sequence[str], path: str) -> bool:
    """Whether any of the patterns means the path; no patterns mean every path."""
    return not patterns or any(matches(pattern, path) for pattern in patterns)


def matching(pattern: str, paths: Iterable[str]) -> list[str]:
    """The paths that are meant, sorted."""
    return sorted(path for path in paths if matches(pattern, path))


def similar(pattern: str, paths: Iterable[str]) -> str:
    """The existing path that was probably meant, or an empty string."""
    known = sorted(paths)
    name = pattern.rpartition("/")[2]
    same_name = [path for path in known if path.rpartition("/")[2] == name]
    if len(same_name) == 1:
        return same_name[0]
    return nearest(pattern, known)
