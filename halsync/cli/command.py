"""How one command is declared."""

from __future__ import annotations

from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal


class Argument(NamedTuple):
    """An option or operand that only one command has; settings are declared elsewhere."""

    names: tuple[str, ...]
    """``("-o", "--output")``, or one name without dashes for an operand."""
    help: str
    metavar: str = ""
    choices: tuple[str, ...] = ()
    default: str = ""
    kind: Literal["value", "switch", "optional operand", "operand", "operands"] = "value"

    @property
    def attribute(self) -> str:
        """What ``run`` finds it under: ``arguments.exit_code``. Text, a bool for a switch,
        a list for operands."""
        return self.names[-1].lstrip("-").replace("-", "_")


class Example(NamedTuple):
    """A command line that works, and what it does."""

    line: str
    tells: str


class Command(NamedTuple):
    """One command. Its module defines ``run(settings, arguments, console) -> int``."""

    name: str
    """One or two words; the module is ``halsync.cli.commands.<words joined by _>``."""
    group: str
    """Heading in ``halsync --help``."""
    summary: str
    """A few words, no capital, no full stop."""
    description: str
    """What it does, one paragraph."""
    examples: tuple[Example, ...]
    arguments: tuple[Argument, ...] = ()
    needs: tuple[str, ...] = ()
    """Settings without which it cannot work: ``target``, ``sources``."""
    settings: bool = True
    """Whether it reads settings. If not, ``run`` gets the defaults."""
    even_so: bool = False
    """Whether it runs also with what can be read of bad settings; unless it has no need of them,
    it ends with ``arguments.mistaken``, the mistakes."""
    termination_log: bool = False
    """Whether its last line goes to the termination log: the main process of a container."""

    @property
    def module(self) -> str:
        """Where ``run`` stands."""
        return f"halsync.cli.commands.{self.name.replace(' ', '_')}"


def output(*formats: str) -> Argument:
    """``-o``; the first format is the default."""
    return Argument(("-o", "--output"), "Format of the result.", "", formats, formats[0])
