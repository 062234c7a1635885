"""Relative paths inside snapshots and trees."""

from __future__ import annotations


def join(*parts: str) -> str:
    """Join with ``/``, skipping empty parts: ``join("", "config") == "config"``."""
    return "/".join(part for part in parts if part)


def normalise(path: str) -> str:
    """A configured sub-path or mount point: no leading or trailing ``/``, no ``.`` parts.

    Raises:
        ValueError: ``..`` occurs, which would leave the tree.
    """
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise ValueError(f"{path!r} contains '..'")
    return "/".join(parts)


def below(path: str, base: str) -> str | None:
    """``path`` counted from ``base``, or None if it is not below it. ``base`` may be empty."""
    if not base:
        return path
    return path[len(base) + 1 :] if path.startswith(base + "/") else None


def parents(path: str) -> list[str]:
    """``parents("a/b/c") == ["a", "a/b"]``."""
    parts = path.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts))]


def nearest(word: str, choices: list[str] | tuple[str, ...]) -> str:
    """The legal word that was probably meant, or an empty string."""
    from difflib import get_close_matches

    lowered = {choice.lower(): choice for choice in choices}
    found = get_close_matches(word.lower(), list(lowered), n=1, cutoff=0.6)
    return lowered[found[0]] if found else ""
