"""Writing values into literal (``|``) and folded (``>``) block scalars."""

from __future__ import annotations

from halsync.render.edits import Edit, splice
from halsync.render.yaml_place import (
    BREAK,
    BREAKS,
    UNWRITABLE,
    Place,
    Unfit,
    body_start,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from halsync.render.tokens import Found, Value


def write_block(place: Place, hits: Sequence[Found], values: Mapping[str, Value]) -> str:
    header = place.raw[: body_start(place.raw)]
    eol = "\r\n" if header.endswith("\r\n") else header[-1] if header[-1] in BREAKS else "\n"
    indent = " " * indentation(place)

    def write(text: str) -> str:
        first, *others = text.split("\n")
        last = len(others) - 1
        # An empty line needs no indentation, unless something of the old line follows it.
        lines = [
            indent + line if line or number == last else "" for number, line in enumerate(others)
        ]
        return eol.join((first, *lines))

    edits = [Edit(hit.start, hit.end, write(values[hit.name].text)) for hit in hits]
    return splice(place.raw, edits)


def indentation(place: Place) -> int:
    """How far the lines of a block scalar are indented."""
    content = place.raw[body_start(place.raw) :]
    return max(_leading(content) - _leading(place.value), 0)


def _leading(text: str) -> int:
    line = next((line for line in BREAK.split(text) if line.strip(" ")), "")
    return len(line) - len(line.lstrip(" "))


def block_unfit(place: Place, texts: Sequence[str], wanted: str) -> Unfit:
    kind = "literal" if place.style == "|" else "folded"
    for text in texts:
        found = UNWRITABLE.search(text.replace("\n", "").replace("\t", ""))
        if found:
            return Unfit(
                f"the value holds the character U+{ord(found[0]):04X},"
                f" which a {kind} block cannot hold",
                "write the place as a double-quoted scalar",
            )
    if place.style == ">" and any("\n" in text for text in texts):
        return Unfit(
            "the value holds line breaks, which a folded block (>) joins into one line",
            "write the place as a literal block (|)",
        )
    if wanted.lstrip("\n")[:1] in (" ", "\t"):
        return Unfit(
            "the value begins with white space, which would count as the block's indentation",
            f"give the block an indentation indicator ({place.style}2),"
            " or write the place as a quoted scalar",
        )
    if wanted.endswith("\n\n") or (wanted.endswith("\n") and not place.value.endswith("\n")):
        return Unfit(
            "the value ends with a line break, which the block drops",
            f"remove it from the value, or keep it with {place.style}+",
        )
    return Unfit(
        f"the value cannot be written in a {kind} block without changing it",
        "write the place as a double-quoted scalar",
    )
