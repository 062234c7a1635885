"""The values that flow through the stages: source → snapshot → tree → generation.

No I/O here, and no imports that cost anything. The records are named tuples rather than
frozen dataclasses because every run pays for their definition before any work is done:
0.3 ms instead of 1.4 ms each, plus the import of ``inspect`` (see docs/architecture.md).

Paths inside a snapshot or a tree are relative, with ``/`` between the parts, normalised, and
never empty: ``default/profiles/gate-local.yml``.
"""

from __future__ import annotations

from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    Severity = Literal["fatal", "error", "warning", "info"]
    Group = Literal["source", "parse", "schema", "render", "rules", "daemon"]
else:  # the names that others import
    Severity = str
    Group = str


SEVERITIES: tuple[Severity, ...] = ("fatal", "error", "warning", "info")
"""Worst first."""

_COMMIT, _DIGEST = 40, 64
"""Digits of a commit's id; of a SHA-256, which may also be a commit's."""


class Origin(NamedTuple):
    """Where a file came from."""

    source: str
    """Name of the source in the settings, ``hal-config``."""
    revision: str
    """What identifies the source's content: a commit id, a digest."""
    path: str
    """Path inside the source, counted from its root and not from a configured sub-path."""


class File(NamedTuple):
    """One regular file."""

    content: bytes
    executable: bool
    origin: Origin
    secret: bool = False
    """Rendering put a secret value into it: published 0600, and its digest is keyed."""


class Snapshot(NamedTuple):
    """A source's files at one revision."""

    kind: str
    """``git``, ``dir``, …"""
    location: str
    """Where it was fetched from, fit for a log line: never a credential."""
    ref: str
    """What was asked for (``main``); empty where the kind has no refs."""
    revision: str
    files: Mapping[str, File]
    dangling: Mapping[str, str]
    """Links inside the tree whose target does not exist: path → target as written."""
    details: Mapping[str, str] = {}
    """Facts worth showing: ``signature``, ``committed``, ``submodules`` …"""


class Tree(NamedTuple):
    """The composed configuration: what rendering reads and returns, what publish writes."""

    files: Mapping[str, File]
    dangling: Mapping[str, Origin]
    """Links that lead nowhere: path of the link → where the link came from."""


class Problem(NamedTuple):
    """One finding. Lines and columns count from 1; 0 means that there is no position."""

    code: str
    group: Group
    severity: Severity
    message: str
    hint: str = ""
    file: str = ""
    line: int = 0
    column: int = 0
    path: str = ""
    """The place inside the document: ``providers.kubernetes.accounts[0].name``."""
    excerpt: str = ""
    """The offending line as it stands in the file; reporters redact it."""
    origin: Origin | None = None


class SourceState(NamedTuple):
    """What a generation remembers of one source."""

    name: str
    kind: str
    location: str
    ref: str
    revision: str
    path: str = ""
    mount: str = ""


def short_revision(revision: str) -> str:
    """As much of a revision as a person compares: a commit like git, a digest with more; the
    name that the kubelet gives a mounted directory has its own end, and stays whole."""
    digest = revision.rpartition(":")[2]
    if digest != revision or len(digest) == _DIGEST:
        return digest[:12]
    return digest[:7] if len(digest) == _COMMIT else digest


def problem_order(problem: Problem) -> tuple[str, int, int, int, str, str]:
    """Sort key: by file and place, the worst first where places are equal."""
    return (
        problem.file,
        problem.line,
        problem.column,
        SEVERITIES.index(problem.severity),
        problem.code,
        problem.message,
    )
