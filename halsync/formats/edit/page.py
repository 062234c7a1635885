"""A text as lines: what stands around an offset, and the collected edits."""

from __future__ import annotations

from halsync.formats.edit.nodes import BREAK
from halsync.records import NamedTuple

BREAKS = "\n\r\x85\u2028\u2029"


class TextEdit(NamedTuple):
    """Characters ``start`` to ``end`` of the old text become ``text``."""

    start: int
    end: int
    text: str


class Page:
    """One text being edited. Offsets are always those of the text as it was."""

    def __init__(self, text: str, eol: str, *, careful: bool = False) -> None:
        """
        Args:
            text: ends in a line break, or is empty.
            careful: write no new block scalars, and leave no blank lines where an entry was
                removed: they could become part of a block scalar above.
        """
        self.careful = careful
        self.text = text
        self.eol = eol
        self._edits: list[tuple[int, int, int, str]] = []

    def line_start(self, at: int) -> int:
        """Offset of the first character of the line."""
        text = self.text
        while at and text[at - 1] not in BREAKS:
            at -= 1
        return at

    def line_end(self, at: int) -> int:
        """Offset behind the line break that ends the line."""
        found = BREAK.search(self.text, at)
        return found.end() if found else len(self.text)

    def first_on_line(self, at: int) -> bool:
        """Whether only blanks stand before ``at`` on its line."""
        return not self.text[self.line_start(at) : at].strip(" \t")

    def last_on_line(self, at: int) -> bool:
        """Whether only blanks follow on the line, not even a comment."""
        return not self.text[at : self.line_end(at)].strip(" \t" + BREAKS)

    def before_blanks(self, at: int) -> int:
        """Offset of the blanks that stand directly before ``at``."""
        while at and self.text[at - 1] in " \t":
            at -= 1
        return at

    def comment_column(self, line: int) -> int:
        """Column of the comment that fills the line starting at ``line``; -1 if none does."""
        rest = self.text[line : self.line_end(line)]
        content = rest.lstrip(" \t")
        return len(rest) - len(content) if content.startswith("#") else -1

    def attached(self, start: int, column: int, floor: int) -> int:
        """Start of the comment lines directly above a line, in the same column and without a
        blank line between; at least ``floor``. Without any, the start of the line itself."""
        line = self.line_start(start)
        while line > floor:
            above = self.line_start(line - 2 if self.text[line - 2 : line] == "\r\n" else line - 1)
            if above < floor or self.comment_column(above) != column:
                break
            line = above
        return line

    def trail(self, end: int, column: int) -> int:
        """Start of the line after ``end``, past comment lines that are indented deeper, and past
        blank lines that have such comments behind them."""
        line = self.line_end(end)
        while (further := self.past_blank_lines(line)) < len(self.text):
            if self.comment_column(further) <= column:
                break
            line = self.line_end(further)
        return line

    def takes_literal(self, line: int, margin: int) -> bool:
        """Whether a block scalar whose lines stand in column ``margin`` may end before ``line``:
        a comment indented like it would become part of it."""
        return not self.careful and self.comment_column(self.past_blank_lines(line)) < margin

    def past_blank_lines(self, line: int) -> int:
        """The first line at or after ``line`` that is not blank."""
        while line < len(self.text) and self.last_on_line(line):
            line = self.line_end(line)
        return line

    def replace(self, start: int, end: int, text: str) -> None:
        """Put ``text`` in place of a part, or, if that is empty, before all other insertions."""
        if self.text[start:end] != text or (text and self.text[end : end + 1] == "\t"):
            self._edits.append((start, end, -1_000_000, text))

    def insert_lines(self, at: int, lines: list[str], depth: int) -> None:
        """Put lines at the start of a line; of several there, those of deeper nodes come first."""
        if lines:
            self._edits.append((at, at, -depth, self.joined(lines) + self.eol))

    def joined(self, lines: list[str]) -> str:
        """Lines with line breaks between them."""
        return self.eol.join(lines)

    def edits(self) -> list[TextEdit]:
        """All edits in order."""
        found = [
            TextEdit(start, end, text)
            for start, end, _, text in sorted(self._edits, key=lambda edit: edit[:3])
        ]
        if "\t" not in self.text:
            return found
        starts = [edit.start for edit in found[1:]] + [len(self.text)]
        return [self._untabbed(edit, after) for edit, after in zip(found, starts, strict=True)]

    def _untabbed(self, edit: TextEdit, limit: int) -> TextEdit:
        """The edit with the tabs behind it made blanks: SnakeYAML allows them only behind plain
        scalars. ``limit``: where the next edit begins."""
        end = edit.end
        while end < limit and self.text[end] in " \t":
            end += 1
        blanks = self.text[edit.end : end]
        if "\t" not in blanks or edit.text.endswith(self.eol):
            return edit
        if not edit.text and (not edit.start or self.text[edit.start - 1] in BREAKS):
            return edit
        return TextEdit(edit.start, end, edit.text + " " * len(blanks))


def splice(text: str, edits: list[TextEdit]) -> str:
    """``text`` with the edits made.

    Raises:
        ValueError: two of them overlap.
    """
    parts: list[str] = []
    done = 0
    for edit in edits:
        if edit.start < done:
            raise ValueError(f"edits overlap at {edit.start}")
        parts += (text[done : edit.start], edit.text)
        done = edit.end
    return "".join((*parts, text[done:]))
