"""What publishing reports and remembers. No I/O."""

from __future__ import annotations

from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    from halsync.model import Origin, SourceState

    Outcome = Literal["published", "unchanged", "pinned", "superseded", "rolled-back"]
    Kind = Literal["published", "adopted", "drift"]
    DriftKind = Literal[
        "replaced", "missing", "changed", "added", "removed", "mode", "generation", "daemon"
    ]
else:  # the names that others import
    Outcome = str
    Kind = str
    DriftKind = str


class Published(NamedTuple):
    """How a run of ``publish`` or ``rollback`` ended."""

    generation: str
    """The live generation after the run."""
    previous: str
    """The generation that was live before it; empty if there was none."""
    changed: bool
    """Whether what a reader sees is another generation now (or daemon files were written)."""
    outcome: Outcome
    adopted: tuple[str, ...] = ()
    """Where files that stood in the way are kept now, relative to the target."""
    left_out: tuple[str, ...] = ()
    """Files that were visible before, came from no generation, and are in no source: they
    live on only in the kept copy. Relative to the target."""
    warnings: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    """Generations that were deleted because they were old."""
    daemon_changed: bool = False
    """A file in the daemon's own directory was written or removed."""
    meaning: str = ""
    """Semantic digest of the live generation, see :class:`Manifest`; empty if not known."""


class Publication(NamedTuple):
    """One line of the history: a generation and when it went live."""

    generation: str
    since: float
    """Wall time (seconds since the epoch) of the flip."""
    started: float
    """Wall time at which the run that published it began to fetch."""
    sources: tuple[SourceState, ...]
    kind: Kind
    inputs: str = ""
    """Whatever the caller wants to remember, e.g. a digest of the settings."""


class Pin(NamedTuple):
    """Set by ``rollback``: stay on ``generation`` until a source moves."""

    generation: str
    sources: tuple[SourceState, ...]
    """What the sources had when the rollback happened."""
    at: float


class State(NamedTuple):
    """What is published."""

    current: str
    previous: str
    """The generation that ``rollback`` would go to; empty if there is none."""
    since: float
    sources: tuple[SourceState, ...]
    kind: Kind
    inputs: str
    pin: Pin | None
    history: tuple[Publication, ...]
    """Newest first; the first entry is the live one. One entry for each time that a
    generation went live, as long as the generation is kept."""
    meaning: str = ""
    """Semantic digest of the live generation, see :class:`Manifest`; empty if not known."""


class Entry(NamedTuple):
    """One file of a generation, as its manifest remembers it."""

    digest: str
    """SHA-256 in hex; HMAC-SHA-256 with the target's key if the manifest says ``keyed``."""
    mode: int
    origin: Origin
    secret: bool = False

    @property
    def executable(self) -> bool:
        """Whether the source marks the file as executable."""
        return bool(self.mode & 0o100)


class Manifest(NamedTuple):
    """Everything known about one generation beside its bytes."""

    generation: str
    kind: Kind
    created: float
    keyed: bool
    sources: tuple[SourceState, ...]
    deployments: tuple[str, ...]
    directories: tuple[str, ...]
    """Directories that exist although no file is in them."""
    files: Mapping[str, Entry]
    links: Mapping[str, str] = {}
    """Symbolic links (adopted generations only): path → target as written."""
    meaning: str = ""
    """Digest of what the files say, however it is written (keyed if ``keyed`` says so); empty
    if it is not known."""


class Drift(NamedTuple):
    """One difference between the live generation and what a reader sees."""

    path: str
    """Relative to the target; absolute for files of the daemon's own directory."""
    kind: DriftKind
    detail: str
