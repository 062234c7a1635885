"""What a webhook is about: which refs of a repository have moved, as far as the event tells.

Only to save a check: where an event cannot be understood the source is checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from halsync.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_EVENT = ("x-github-event", "x-forgejo-event", "x-gitea-event", "x-gogs-event")
_PUSHES = frozenset({"push", "create", "delete"})
_GITLAB = frozenset({"Push Hook", "Tag Push Hook", "System Hook"})
_BITBUCKET = frozenset({"repo:push", "repo:refs_changed", "mirror:repo_synchronized"})
_READABLE = 1024**2
"""Bytes of a payload that are parsed: as objects it takes ten times its size in memory."""
_FORM = "application/x-www-form-urlencoded"


class News(NamedTuple):
    """What an event says."""

    kind: str
    """``push``, ``ping``, ``other`` (nothing that moves a ref) or ``unknown``."""
    refs: tuple[str, ...] = ()
    """Full names (``refs/heads/main``) of what moved; empty if that is not known."""
    default: str = ""
    """Full name of the default branch, if it is told."""


def read_event(headers: Mapping[str, str], body: bytes) -> News:
    """What a genuine delivery is about. Never raises."""
    kind = _kind(headers)
    if kind in ("ping", "other"):
        return News(kind)
    payload = _payload(headers, body)
    if not isinstance(payload, dict):
        return News(kind)
    return News(kind, tuple(_refs(payload)), _default(payload))


def concerns(news: News, ref: str) -> bool:
    """Whether a source that follows ``ref`` may have changed; ``ref`` as in its settings,
    empty for a source that has none."""
    if news.kind in ("ping", "other"):
        return False
    if not news.refs or not ref:
        return True
    if ref == "HEAD":
        return not news.default or news.default in news.refs
    if ref.startswith("refs/"):
        return ref in news.refs
    if _is_commit(ref):
        return True  # it may only now be there to be fetched
    short = ref.removeprefix("heads/").removeprefix("tags/")
    return any(moved.split("/", 2)[-1] == short for moved in news.refs)


def _kind(headers: Mapping[str, str]) -> str:
    for name in _EVENT:
        event = headers.get(name)
        if event:
            return "push" if event in _PUSHES else "ping" if event == "ping" else "other"
    gitlab = headers.get("x-gitlab-event")
    if gitlab:
        return "push" if gitlab in _GITLAB else "other"
    bitbucket = headers.get("x-event-key")
    if bitbucket:
        if bitbucket == "diagnostics:ping":
            return "ping"
        return "push" if bitbucket in _BITBUCKET else "other"
    return "unknown"


def _payload(headers: Mapping[str, str], body: bytes) -> object:
    import json

    if len(body) > _READABLE:
        return None
    try:
        if headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM:
            from urllib.parse import parse_qs  # GitHub's other content type

            fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=16)
            body = fields["payload"][0].encode() if "payload" in fields else body
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _refs(payload: dict[str, Any]) -> list[str]:
    ref = payload.get("ref")
    if isinstance(ref, str) and ref:
        if ref.startswith("refs/"):
            return [ref]
        tag = payload.get("ref_type") == "tag"  # of create and delete events
        return [f"refs/{'tags' if tag else 'heads'}/{ref}"]
    changes = payload.get("changes")  # Bitbucket Data Center
    push = payload.get("push")
    if isinstance(push, dict):  # Bitbucket Cloud
        changes = push.get("changes")
    if not isinstance(changes, list):
        return []
    found = [_changed(change) for change in changes]
    return [] if None in found else [name for name in found if name]


def _changed(change: object) -> str | None:
    """The ref of one of Bitbucket's changes; None if it cannot be told."""
    if not isinstance(change, dict):
        return None
    ref = change.get("ref")
    if isinstance(ref, dict) and isinstance(ref.get("id"), str):
        return str(ref["id"])
    for side in ("new", "old"):
        state = change.get(side)
        if isinstance(state, dict) and isinstance(state.get("name"), str):
            tag = state.get("type") in ("tag", "annotated_tag")
            return f"refs/{'tags' if tag else 'heads'}/{state['name']}"
    return None


def _default(payload: dict[str, Any]) -> str:
    for name in ("repository", "project"):
        holder = payload.get(name)
        if isinstance(holder, dict):
            branch = holder.get("default_branch")
            if isinstance(branch, str) and branch:
                return f"refs/heads/{branch}"
    return ""


def _is_commit(ref: str) -> bool:
    return len(ref) in (40, 64) and all(char in "0123456789abcdef" for char in ref)
