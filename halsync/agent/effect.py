"""A release by its effect on Halyard: what Halyard notices of it, as one digest.

A revision in quarantine is followed by others that say the same: a commit to another part of the
repository, a comment. They would take Halyard down as well, so the quarantine is of what is said.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from halsync.agent.watch.identity import SECRETS
from halsync.redact import slow_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from halsync.agent.pipeline import Candidate
    from halsync.model import File, SourceState
    from halsync.restart.classify import Says
    from halsync.settings.model import Settings


def effect(
    settings: Settings, files: Mapping[str, File], says: Says, sources: Iterable[SourceState]
) -> str:
    """Hex digest of the files that Halyard notices, of the versions of their secrets and of where
    the daemon's own files go; gives away nothing.

    Args:
        settings: of the run.
        files: those of a generation, by path.
        says: as :func:`halsync.restart.seen` wants it.
        sources: that the generation was made from.
    """
    from halsync import restart

    noticed = sorted(
        (path, each.digest)
        for path, each in restart.seen(files, says).items()
        if each.asks != "none"
    )
    secrets = [each.revision for each in sources if each.kind == SECRETS]
    parts = [noticed, secrets, settings.daemon_config]
    return slow_digest(sha256(repr(parts).encode("utf-8", "surrogateescape")).digest())


def effect_of(settings: Settings, candidate: Candidate) -> str:
    """:func:`effect` of what would be published."""
    from halsync.publish.content import content

    return effect(settings, content(candidate.tree).files, candidate.says, candidate.sources)


def effect_of_generation(
    settings: Settings, generation: str, sources: Iterable[SourceState]
) -> str:
    """:func:`effect` of a generation that is kept.

    Raises:
        PublishError: it is not kept, or cannot be read.
    """
    from halsync import publish
    from halsync.validate.documents import Documents

    tree = publish.read_generation(settings.target, generation)
    return effect(settings, tree.files, Documents(tree).says, sources)
