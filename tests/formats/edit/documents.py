"""Random YAML documents in every style, random changes, and a model of what changes mean."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, NamedTuple

from halsync.formats import emit
from halsync.formats.edit import Edited, rewrite
from halsync.formats.yaml import Path, parse

if TYPE_CHECKING:
    from random import Random


class Set(NamedTuple):
    """Give the place this value; a key that the mapping does not have is added."""

    path: Path
    value: Any


class Delete(NamedTuple):
    """Remove a key or a list item."""

    path: Path


class Insert(NamedTuple):
    """Add an item to a list, before the one at ``position``, or at the end."""

    path: Path
    value: Any
    position: int | None = None


Change = Set | Delete | Insert

WORDS = [
    "alpha",
    "beta gamma",
    "yes",
    "no",
    "1.30",
    "010",
    "0x1F",
    "2020-01-01",
    "~",
    "null",
    "",
    "a: b",
    "#x",
    "x #y",
    "- z",
    "it's",
    'say "hi"',
    "tab\there",
    "é🎉ü",
    "\\d+",
    "*star",
    "&amp",
    "!bang",
    "%pct",
    "@at",
    "`tick`",
    "{curly}",
    "[sq]",
    "a,b",
    "trailing ",
    " leading",
    "<<",
    "=",
    "1:30",
    "1e3",
    ".5",
    "_",
    "-",
    "?",
    "? q",
    ":",
    "key:",
    "---",
    "...",
    "--- x",
    "\u2028sep",
    "\x00nul",
    "\x85nel",
    "nbsp\xa0x",
    "\ufeffbom",
    "y",
    "n",
    "0o17",
    "+1",
    "1_000",
    "https://x/y?z=1#f",
]
LINES = [
    "one",
    "two words",
    "  indented",
    "# no comment",
    "",
    "key: value",
    "- item",
    "\ttab",
    "é🎉",
    "trailing  ",
    "...",
]
KEYS = [
    "a",
    "b",
    "name",
    "x-y",
    "k.1",
    "8080",
    "true",
    "key with space",
    "é",
    "q'uote",
    "c#",
    "d:e",
]
SCALARS: list[Any] = [0, 1, -5, 1.5, 1e300, float("inf"), True, False, None, 10**30]


class Writer:
    """Writes one document, with comments that are all different."""

    def __init__(self, random: Random, *, shared: bool = True, ends: bool = True) -> None:
        """``shared``: with anchors; ``ends``: with marks at its begin and end."""
        self.random = random
        self.shared = shared
        self.ends = ends
        self.count = 0
        self.anchors: list[str] = []
        self.open: list[str] = []
        """Anchors inside which the text being written stands."""
        self.maps: list[str] = []
        self.step = random.choice([1, 2, 2, 2, 3, 4])
        self.dash = random.choice([0, 0, 2, 1])
        self.budget = random.choice([6, 12, 25])

    def anchor_name(self) -> str:
        """A new name or, now and then, one that is then defined a second time."""
        old = [name for name in self.anchors if name not in self.open]
        name = f"n{len(self.anchors) + len(self.open)}"
        if old and self.maybe(0.15):
            name = self.random.choice(old)
        self.open.append(name)
        return name

    def comment(self) -> str:
        self.count += 1
        return f"# c{self.count}."

    def maybe(self, chance: float) -> bool:
        return self.random.random() < chance

    def document(self) -> str:
        lines: list[str] = []
        if self.maybe(0.2):
            lines.append(self.comment())
        if self.ends and self.maybe(0.1):
            lines += ["%YAML 1.1", "---"]
        elif self.ends and self.maybe(0.2):
            lines.append("---" + (f" {self.comment()}" if self.maybe(0.3) else ""))
        root = self.random.random()
        if root < 0.8:
            lines += self.mapping(0, 0)
        elif root < 0.95:
            lines += self.sequence(0, 0)
        else:
            lines.append(self.flow(0))
        if self.maybe(0.2):
            lines.append(self.comment())
        if not self.ends:
            return "\n".join(lines) + "\n"
        if self.maybe(0.1):
            lines.append("...")
        eol = self.random.choice(["\n", "\n", "\n", "\r\n"])
        text = eol.join(lines)
        if self.maybe(0.85):
            text += eol
        if self.maybe(0.1):
            text += eol * 2
        return text

    def fillers(self, column: int) -> list[str]:
        lines = []
        while self.maybe(0.2):
            indent = " " * (column if self.maybe(0.7) else self.random.randint(0, column + 4))
            lines.append("" if self.maybe(0.4) else indent + self.comment())
        return lines

    def mapping(self, column: int, level: int) -> list[str]:
        lines: list[str] = []
        pad = " " * column
        names = self.random.sample(KEYS, self.random.randint(1, 4))
        if self.maybe(0.05):
            names.append(names[0])
        for name in names:
            self.budget -= 1
            if lines:
                lines += self.fillers(column)
            key = self.key(name)
            if self.maybe(0.04):
                lines.append(f"{pad}? {key}")
                if self.maybe(0.7):
                    head, rest = self.value(column, level)
                    lines += [f"{pad}:{head}", *rest]
                continue
            if self.maps and self.maybe(0.12):
                chosen = self.random.choice(self.maps)
                lines.append(f"{pad}<<: " + (f"*{chosen}" if self.maybe(0.7) else f"[*{chosen}]"))
                continue
            head, rest = self.value(column, level)
            space = " " if self.maybe(0.05) else ""
            lines += [f"{pad}{key}{space}:{head}", *rest]
        return lines

    def sequence(self, column: int, level: int) -> list[str]:
        lines: list[str] = []
        pad = " " * column
        for _ in range(self.random.randint(1, 4)):
            self.budget -= 1
            if lines:
                lines += self.fillers(column)
            if self.budget > 0 and level < 5 and self.maybe(0.5):
                gap = self.random.choice([1, 1, 1, 2, 3])
                inner = (self.mapping if self.maybe(0.75) else self.sequence)(
                    column + 1 + gap, level + 1
                )
                first = inner[0].lstrip(" ")
                lines += [f"{pad}-{' ' * gap}{first}", *inner[1:]]
                continue
            head, rest = self.value(column, level)
            lines += [f"{pad}-{head}", *rest]
        return lines

    def value(self, column: int, level: int) -> tuple[str, list[str]]:
        """What follows the colon or dash, with its leading blank, and the lines below."""
        blank = "\t" if self.maybe(0.1) else " "
        tail = f"{blank}{self.comment()}" if self.maybe(0.15) else ""
        kind = self.random.random()
        if self.anchors and kind < 0.1:
            return f" *{self.random.choice(self.anchors)}{tail}", []
        anchor, is_anchor = "", self.shared and self.maybe(0.12)
        if is_anchor:
            name = self.anchor_name()
            anchor = f" &{name}"
        if self.budget > 0 and level < 5 and kind < 0.5:
            below = self.fillers(column + self.step) if self.maybe(0.3) else []
            if self.maybe(0.6):
                inner = self.mapping(column + self.step, level + 1)
                if is_anchor:
                    self.maps.append(name)
            else:
                inner = self.sequence(
                    column + max(self.dash, 1 if level == 99 else self.dash), level + 1
                )
            if is_anchor:
                self.anchors.append(name)
                self.open.remove(name)
            return anchor + tail, [*below, *inner]
        if is_anchor:
            self.anchors.append(name)
            self.open.remove(name)
            if name in self.maps:
                self.maps.remove(name)
        if kind < 0.56:
            return anchor + tail, []
        if kind < 0.66:
            return f"{anchor} {self.flow(column)}{tail}", []
        if kind < 0.78:
            return self.block_scalar(column, anchor, tail)
        if kind < 0.82:
            pad = "\n" + " " * (column + 2)
            quote = self.random.choice(["'", '"', ""])
            return f"{anchor} {quote}folded{pad}text{quote}{tail}", []
        if kind < 0.85:
            return anchor, [" " * (column + 2) + self.scalar(flow=False) + tail]
        return f"{anchor} {self.scalar(flow=False)}{tail}", []

    def block_scalar(self, column: int, anchor: str, tail: str) -> tuple[str, list[str]]:
        header = self.random.choice("|>") + self.random.choice(["", "", "-", "+"])
        lines = []
        for _ in range(self.random.randint(1, 4)):
            line = self.random.choice([line for line in LINES if line[:1] not in (" ", "\t")])
            lines.append(" " * (column + self.step) + line if line else "")
        return f"{anchor} {header}{tail}", lines

    def key(self, name: str) -> str:
        return emit.key(name, like=self.random.choice(["", "", "", "'", '"']))

    def scalar(self, *, flow: bool) -> str:
        if self.maybe(0.5):
            return emit.scalar(self.random.choice(SCALARS))
        text = self.random.choice(WORDS)
        return emit.scalar(text, flow=flow, like=self.random.choice(["", "", "'", '"']))

    def flow(self, column: int) -> str:
        is_map = self.maybe(0.5)
        opening, closing = "{}" if is_map else "[]"
        wide = self.maybe(0.3)
        pad = "\n" + " " * (column + 4)
        parts = []
        for name in self.random.sample(KEYS, self.random.randint(0, 3)):
            self.budget -= 1
            nested = self.budget > 0 and self.maybe(0.2)
            value = self.flow(column) if nested else self.scalar(flow=True)
            if self.anchors and self.maybe(0.1):
                value = f"*{self.random.choice(self.anchors)} "
            key = emit.key(name, flow=True, like=self.random.choice(["", '"']))
            if not is_map:
                parts.append(f"{key}: {value}" if self.maybe(0.05) else value)
            else:
                parts.append(key if self.maybe(0.05) else f"{key}: {value}")
        if not parts:
            return opening + closing
        trailing = "," if self.maybe(0.15) else ""
        if not wide:
            space = " " if self.maybe(0.2) else ""
            joined = self.random.choice([", ", ","]).join(parts)
            return f"{opening}{space}{joined}{trailing}{space}{closing}"
        lines = ""
        for index, part in enumerate(parts):
            comma = "," if index < len(parts) - 1 else trailing
            note = f" {self.comment()}" if self.maybe(0.3) else ""
            lines += pad + part + comma + note
        close = (
            "\n" + " " * (column + 2)
            if lines.rsplit("\n", 1)[-1].count("#") or self.maybe(0.7)
            else ""
        )
        return opening + lines + close + closing


def document(random: Random, *, shared: bool = True, ends: bool = True) -> tuple[str, Any]:
    """A text and its value."""
    while True:
        text = Writer(random, shared=shared, ends=ends).document()
        if "\r\n" in text:
            text = text.replace("\r\n", "\n").replace("\n", "\r\n")
        parsed = parse(text)
        if not parsed.failed and len(parsed.documents) == 1:
            return text, parsed.documents[0].value


def value(random: Random, depth: int = 2) -> Any:
    """A new value."""
    kind = random.random()
    if depth and kind < 0.2:
        return {random.choice(KEYS): value(random, depth - 1) for _ in range(random.randint(0, 3))}
    if depth and kind < 0.4:
        return [value(random, depth - 1) for _ in range(random.randint(0, 3))]
    if kind < 0.5:
        text = "\n".join(random.choice(LINES) for _ in range(random.randint(2, 4)))
        return text + random.choice(["", "\n", "\n\n"])
    return random.choice(WORDS) if kind < 0.8 else random.choice(SCALARS)


def paths(root: Any, above: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """All paths below (and of) a value."""
    found = [above]
    items = (
        root.items()
        if isinstance(root, dict)
        else enumerate(root)
        if isinstance(root, list)
        else ()
    )
    for key, item in items:
        found += paths(item, (*above, key))
    return found


def at(root: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        root = root[part]
    return root


def change(random: Random, root: Any) -> Change:
    """A change that fits the value."""
    path = random.choice(paths(root))
    here = at(root, path)
    kind = random.random()
    if isinstance(here, list) and kind < 0.5:
        return Insert(path, value(random), random.randint(0, len(here)))
    if isinstance(here, dict | None) and kind < 0.4:
        return Set((*path, random.choice(KEYS)), value(random))
    if path and kind < 0.7:
        return Delete(path)
    return Set(path, value(random))


def edit(text: str, changes: list[Change]) -> Edited:
    """The text after changes of its value."""
    parsed = parse(text)
    value = parsed.documents[0].value if parsed.documents else None
    return rewrite(text, model(value, changes), parsed=parsed)


def model(root: Any, changes: list[Change]) -> Any:
    """What the changes make of the value, by plain means."""
    box = [deepcopy_apart(root)]
    for item in changes:
        holder: Any = box
        key: Any = 0
        for part in item.path:
            if holder[key] is None:
                holder[key] = {}
            holder, key = holder[key], part
        if isinstance(item, Set):
            holder[key] = deepcopy(item.value)
        elif isinstance(item, Delete):
            del holder[key]
        else:
            if holder[key] is None:
                holder[key] = []
            index = len(holder[key]) if item.position is None else item.position
            holder[key].insert(index, deepcopy(item.value))
    return box[0]


def deepcopy_apart(root: Any) -> Any:
    """A copy in which nothing is shared, unlike what :func:`copy.deepcopy` makes."""
    if isinstance(root, dict):
        return {key: deepcopy_apart(item) for key, item in root.items()}
    if isinstance(root, list):
        return [deepcopy_apart(item) for item in root]
    return root
