"""One stream of YAML events, from libyaml where PyYAML has it and else from Python.

Both parsers give the same events; positions are character offsets into the text without its
byte order mark.
"""

from __future__ import annotations

from halsync.formats.libyaml import CParser, MarkedYAMLError, ScalarEvent, YAMLError
from halsync.formats.text import BOM
from halsync.patterns import Pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

UNPRINTABLE = Pattern("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
"""What neither YAML 1.1 nor SnakeYAML lets into a stream (``StreamReader.isPrintable``).

The few that are refused, not the negation of the many that are allowed: Python's compiler visits
every character of a range, which took 3 ms for each pattern with this one in it."""

UNPRINTABLE_PROBLEM = "unprintable character"

_STAND_INS = "\uf8ff\ue000\ue001\ue002\ue003"


class Broken(Exception):
    """The text is not YAML, in the parser's own words; offsets are -1 where unknown."""

    def __init__(
        self, problem: str, index: int, context: str = "", context_index: int = -1
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.index = index
        self.context = context
        self.context_index = context_index
        self.quote_index = -1
        """Where the last quoted scalar before ``index`` begins, if it spans lines."""

    @property
    def unprintable(self) -> bool:
        """Whether a character is the matter rather than the syntax."""
        return self.problem == UNPRINTABLE_PROBLEM


class Stream:
    """Events of one text, and the way back from a scalar's value to what the text says."""

    def __init__(self, text: str, *, pure: bool = False) -> None:
        """``text`` without a leading byte order mark. ``pure`` avoids libyaml."""
        self._stand_in = ""
        if BOM in text:
            # SnakeYAML takes U+FEFF for an ordinary character, libyaml refuses it.
            self._stand_in = next((char for char in _STAND_INS if char not in text), "")
            if self._stand_in:
                text = text.replace(BOM, self._stand_in)
        self._text = text
        self._pure = pure or CParser is None

    def open(self) -> Callable[[], Any]:
        """The function that returns the next event, None after the last.

        Raises (also the function):
            yaml.YAMLError, UnicodeEncodeError: hand it to :meth:`broken`.
        """
        if self._pure:
            import yaml

            # The Python parser knows the end by asking first.
            python: Any = yaml.Loader(self._text)
            return lambda: python.get_event() if python.check_event() else None
        event: Callable[[], Any] = CParser(self._text).get_event
        return event

    def restore(self, value: str) -> str:
        """A scalar's value as it would be had the parser taken the text as it is."""
        return value.replace(self._stand_in, BOM) if self._stand_in else value

    @property
    def altered(self) -> bool:
        """Whether :meth:`restore` has anything to do."""
        return bool(self._stand_in)

    def broken(self, error: Exception) -> Broken:
        """What a parser's exception says, with offsets into the text."""
        from yaml.reader import ReaderError

        found = UNPRINTABLE.search(self._text)
        if found and isinstance(error, UnicodeEncodeError | ReaderError):
            return Broken(UNPRINTABLE_PROBLEM, found.start())
        if isinstance(error, MarkedYAMLError):
            mark, context_mark = error.problem_mark, error.context_mark
            broken = Broken(
                error.problem or "",
                mark.index if mark else -1,
                error.context or "",
                context_mark.index if context_mark else -1,
            )
            if self._text[: broken.index].endswith(("'", '"', "' ", '" ')):
                broken.quote_index = self._last_quote()
            return broken
        if isinstance(error, ReaderError):
            return Broken(UNPRINTABLE_PROBLEM, error.position)
        return Broken(str(error), -1)

    def _last_quote(self) -> int:
        """Read once more up to the error: where the last quoted scalar of several lines begins."""
        start = -1
        try:
            get = self.open()
            while (event := get()) is not None:
                if isinstance(event, ScalarEvent):
                    first: Any = event.start_mark
                    last: Any = event.end_mark
                    spans = event.style in ("'", '"') and first.line < last.line
                    start = first.index if spans else -1
        except YAMLError:
            pass
        return start
