"""Which ref a short name means: a branch, a tag, any other ref of that name, in this order.

A branch wins over a tag of the same name, as with `git clone --branch` and git-sync; the
snapshot's details say so.
"""

from __future__ import annotations

from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Found(NamedTuple):
    """A ref of the remote."""

    name: str
    """In full: ``refs/heads/main``."""
    id: str
    """The object it points to, unpeeled."""
    commit: str
    """The same with annotated tags peeled."""
    note: str
    """Worth telling the user; may be empty."""


def candidates(ref: str) -> list[str]:
    """The full names that ``ref`` may stand for, the likeliest first."""
    if ref == "HEAD" or ref.startswith("refs/"):
        return [ref]
    return [f"refs/{kind}{ref}" for kind in ("heads/", "tags/", "", "remotes/")]


def choose(ref: str, listing: Mapping[str, str]) -> Found | None:
    """The one that is meant among the refs of a remote; None if there is none.

    ``listing`` maps full names to object ids, ``name^{}`` to what an annotated tag leads to.
    """
    for name in candidates(ref):
        if name in listing:
            both = name.startswith("refs/heads/") and f"refs/tags/{ref}" in listing
            note = f"{ref} is a branch and a tag; the branch was taken" if both else ""
            return Found(name, listing[name], listing.get(f"{name}^{{}}", listing[name]), note)
    return None
