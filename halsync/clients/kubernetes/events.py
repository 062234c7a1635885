"""Events, so that ``kubectl describe pod`` tells what halsync did."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from halsync.clients.kubernetes.api import MERGE_PATCH, TIMEOUT
from halsync.clients.kubernetes.paths import path_of
from halsync.redact import redact

if TYPE_CHECKING:
    from halsync.clients.kubernetes.api import Api
    from halsync.clients.kubernetes.objects import Object

_VERSION = "events.k8s.io/v1"
_LONGEST_NOTE = 1024
"""Bytes; the API refuses more."""


def create_event(
    api: Api,
    about: Object,
    *,
    reason: str,
    note: str,
    kind: Literal["Normal", "Warning"] = "Normal",
    action: str = "Sync",
    instance: str = "",
    timeout: float = TIMEOUT,
) -> Object:
    """Record something about an object, usually the own pod.

    Args:
        api: where.
        about: the object: its kind, apiVersion and metadata are read.
        reason: one word in CamelCase, at most 128 characters.
        note: a sentence; redacted and cut to what the API takes.
        kind: whether a person should look.
        action: what was done or failed, in CamelCase.
        instance: which halsync says so; by default the host's name.
        timeout: seconds for the request.

    Returns:
        The Event, for :func:`repeat_event`.
    """
    metadata = about.get("metadata", {})
    name = str(metadata.get("name", "halsync"))
    now = _now()
    body: Object = {
        "apiVersion": _VERSION,
        "kind": "Event",
        "metadata": {"generateName": f"{name[:200]}-halsync-", "namespace": api.namespace},
        "eventTime": now,
        "reportingController": "halsync.io/agent",
        "reportingInstance": (instance or os.uname().nodename)[:128],
        "action": action,
        "reason": reason,
        "regarding": {
            "apiVersion": about.get("apiVersion", "v1"),
            "kind": about.get("kind", "Pod"),
            "namespace": api.namespace,
            "name": name,
            "uid": metadata.get("uid", ""),
        },
        "note": _cut(redact(note)),
        "type": kind,
    }
    made: Object = api.request(
        "POST", path_of(_VERSION, "events", api.namespace), body=body, timeout=timeout
    )
    return made


def repeat_event(api: Api, event: Object, count: int, *, timeout: float = TIMEOUT) -> Object:
    """Say that the same thing has happened ``count`` times by now, without another Event.

    Raises:
        ObjectNotFound: the Event is older than the API keeps them; make a new one.
    """
    name = event["metadata"]["name"]
    changed: Object = api.request(
        "PATCH",
        path_of(_VERSION, "events", api.namespace, name),
        body={"series": {"count": max(count, 2), "lastObservedTime": _now()}},
        content_type=MERGE_PATCH,
        timeout=timeout,
    )
    return changed


def _now() -> str:
    """As Kubernetes writes a MicroTime."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _cut(text: str) -> str:
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= _LONGEST_NOTE:
        return text
    return encoded[: _LONGEST_NOTE - 4].decode("utf-8", "ignore") + "…"
