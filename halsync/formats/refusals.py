"""Texts that are YAML and that Halyard would not take, or that ask for too much."""

from __future__ import annotations

from halsync.formats.resolve import COLLECTION_TAGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from halsync.formats.document import Kind


class Refused(Exception):
    """The text is YAML and still not readable for Halyard."""

    def __init__(self, kind: Kind, message: str, hint: str, index: int) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.hint = hint
        self.index = index


def collection_tag(tag: str, value: Any, at: int) -> str:
    """How the tag of a collection changes what is made of it: ``set``, ``omap``, ``pairs`` or
    not at all (empty).

    Raises:
        Refused: the tag is not for such a value.
    """
    if tag == "!":
        return ""
    name = COLLECTION_TAGS.get(tag)
    if name is None:
        raise unknown_tag(tag, at)
    if (name in ("map", "set")) != isinstance(value, dict):
        raise Refused("tag", f"the value does not fit its tag !!{name}", "remove the tag", at)
    return "" if name in ("map", "seq") else name


def too_deep(levels: int, at: int) -> Refused:
    """More collections inside one another than Halyard takes."""
    message = f"nested more than {levels} levels deep"
    return Refused("depth", message, "flatten the structure; Halyard refuses it too", at)


def unknown_tag(tag: str, at: int) -> Refused:
    """A tag that names no standard type, or one of another kind of value."""
    shown = tag if len(tag) < 60 else tag[:60] + "…"
    return Refused(
        "tag",
        f"the tag {shown} is not one that Halyard knows or that fits here",
        "remove it; a text that begins with ! must be quoted",
        at,
    )


def no_merge(_value: object, at: int) -> Any:
    """Raise for a plain ``<<`` that is no key."""
    raise Refused("merge", "'<<' stands where a value belongs", 'quote it: "<<"', at)


def too_many(limit: int, at: int) -> Refused:
    """More values than a text may have."""
    message = f"more than {limit:,} values, an alias counted with all that it stands for"
    return Refused("size", message, "split the file, or repeat less through aliases", at)


def shown(key: str) -> str:
    """A key, quoted and at most 60 characters long, for a message."""
    return repr(key if len(key) <= 60 else key[:60] + "…")
