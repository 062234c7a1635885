"""Regular expressions that are compiled when they are first used.

A run uses a third of those that its modules name, and compiling them all took a tenth of a
short run: 0.1 to 1 ms each, most for sets that hold a character beyond Latin-1.
"""

from __future__ import annotations

__all__ = ["Pattern"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from re import compile as Pattern  # noqa: N812 - a class to those who make one
else:
    _METHODS = ("finditer", "findall", "fullmatch", "match", "search", "split", "sub", "subn")

    class Pattern:
        """What ``re.compile`` returns, only later: a mistake in it shows at the first use."""

        def __init__(self, pattern, flags=0):
            self.pattern = pattern
            self._given = flags

        def __getattr__(self, name):
            # Asked for what is not there yet, and so for no method twice.
            import re

            compiled = re.compile(self.pattern, self._given)
            for method in _METHODS:
                self.__dict__[method] = getattr(compiled, method)
            return getattr(compiled, name)

        def __repr__(self):
            return f"Pattern({self.pattern!r})"
