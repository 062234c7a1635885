"""What the API answers when it does not do what it is asked, as errors of ours."""

from __future__ import annotations

from json import loads
from typing import TYPE_CHECKING, Any

from halsync.errors import (
    INVALID,
    UNPUBLISHED,
    AccessDenied,
    HalsyncError,
    PermanentError,
    SourceNotFound,
    SourceUnreachable,
)
from halsync.patterns import Pattern
from halsync.redact import redact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from halsync.clients.kubernetes.paths import Target


class ObjectNotFound(SourceNotFound):
    """No such object, or the API does not know the kind."""


class Conflict(PermanentError):
    """The object has changed since it was read, exists already, or belongs to another manager.

    The same request will not succeed; one made after reading the object again may.
    """

    exit_code = UNPUBLISHED


class Rejected(PermanentError):
    """The API finds the object itself wrong."""

    exit_code = INVALID


class Busy(SourceUnreachable):
    """The server wants to be left alone for a while."""

    def __init__(
        self, message: str, *, where: str = "", hint: str = "", retry_after: float = 0.0
    ) -> None:
        super().__init__(message, where=where, hint=hint)
        self.retry_after = retry_after
        """Seconds; 0 if it did not say."""


_VERBS = {"GET": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_FORBIDDEN = Pattern(
    r'User "(?P<user>[^"]*)" cannot (?P<verb>\w+) resource "(?P<resource>[^"]*)"'
    r' in API group "(?P<group>[^"]*)"'
)
_LONGEST = 600
"""Characters of the server's own words that are passed on."""


def failure(
    status: int,
    headers: Mapping[str, str],
    content: bytes,
    *,
    method: str,
    target: Target,
    server: str,
) -> HalsyncError:
    """The error that an answer of 400 and above means."""
    said = _status(content)
    message = _words(said, content)
    where = what(target)
    details = said.get("details")
    causes = details.get("causes") if isinstance(details, dict) else None
    if status in (401, 403):
        return _unknown(server) if status == 401 else _forbidden(message, method, target)
    if not said and status not in _LATER:
        # Not the API speaks, so nothing is known about the object.
        return SourceUnreachable(
            f"answers {status}, and not as a Kubernetes API does: {message or 'no reason given'}",
            where=server,
            hint="check address and proxy, and that the cluster serves this kind",
        )
    if status == 404:
        return _not_found(message, target, details)
    if status == 409:
        return Conflict(_conflict(message, causes), where=where, hint=_who(causes))
    if status in _LATER:
        return _busy(status, headers, message, server)
    return Rejected(
        f"the Kubernetes API refuses it ({status}): {message or 'no reason given'}",
        where=where,
        hint=next((hint for mark, hint in _REMEDIES if mark in message), _CORRECT),
    )


_CORRECT = "correct the object; `kubectl explain` tells what its kind may hold"
_REMEDIES = (
    ("immutable", "leave it as it was, or delete the object first: then it is made anew"),
    ("of type string", "put the value in quotes: numbers, true and null are no texts"),
)
"""By what the API says."""
_LATER = (408, 410, 429, 500, 502, 503, 504)
"""Answers after which the same request may succeed."""


def _busy(status: int, headers: Mapping[str, str], message: str, server: str) -> Busy:
    return Busy(
        f"the Kubernetes API answers {status}: {message or 'no reason given'}",
        where=server,
        hint="it is tried again until the deadline; look at the API server if it stays so",
        retry_after=_seconds(headers.get("Retry-After", "")),
    )


def what(target: Target) -> str:
    """``secret opsmx/bootstrap``, for messages."""
    place = "/".join(part for part in (target.namespace, target.name) if part)
    resource = target.resource
    kind = {"ies": resource[:-3] + "y"}.get(resource[-3:], resource.removesuffix("s"))
    name = kind if target.name else resource
    return f"{name} {place}".strip()


def _status(content: bytes) -> dict[str, Any]:
    """The ``Status`` object that the API answers with; empty if it is something else."""
    try:
        found = loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _words(said: dict[str, Any], content: bytes) -> str:
    text = said.get("message")
    if not isinstance(text, str):
        text = content.decode("utf-8", "replace")
    return redact(" ".join(text.split()))[:_LONGEST]


def _unknown(server: str) -> AccessDenied:
    return AccessDenied(
        "the Kubernetes API does not accept the credentials",
        where=server,
        hint="check that the service account exists and its token has not expired, or log"
        " in again where a kubeconfig is used",
    )


def _forbidden(message: str, method: str, target: Target) -> AccessDenied:
    found = _FORBIDDEN.search(message)
    verb = "list" if method == "GET" and not target.name else _VERBS.get(method, "get")
    resource = target.resource + (f"/{target.subresource}" if target.subresource else "")
    group, user = target.group, ""
    if found:
        verb, resource, group = found["verb"], found["resource"], found["group"]
        user = found["user"]
    names = ""
    if target.name and verb not in ("create", "list"):
        names = f', resourceNames: ["{target.name}"]'
    rule = f'{{apiGroups: ["{group}"], resources: ["{resource}"]{names}, verbs: ["{verb}"]}}'
    who = f"{user} may" if user else "these credentials may"
    told = f"{who} not {verb} {resource}"
    if not found and message:
        # A policy or an admission webhook: no Role helps.
        return AccessDenied(f"{told}: {message}", where=what(target), hint="ask who set the policy")
    return AccessDenied(
        told,
        where=what(target),
        hint=f"add to the Role in namespace {target.namespace}: {rule} (docs/cluster.md)",
    )


def _not_found(message: str, target: Target, details: object) -> HalsyncError:
    missing = details.get("kind") if isinstance(details, dict) else None
    hint = "check that the cluster serves this kind"
    if missing == "namespaces":
        hint = "create the namespace, or correct its name"
    elif missing:
        hint = f"create it in namespace {target.namespace}, or correct the name"
    return ObjectNotFound(message or "not found", where=what(target), hint=hint)


def _conflict(message: str, causes: object) -> str:
    if not isinstance(causes, list) or not causes:
        return message or "it was changed meanwhile"
    fields = [
        f"{cause.get('field', '')} ({cause.get('message', '')})"
        for cause in causes
        if isinstance(cause, dict)
    ]
    return redact("fields belong to others: " + ", ".join(fields))[:_LONGEST]


def _who(causes: object) -> str:
    if isinstance(causes, list) and causes:
        return "take the fields out of the manifest, or take them over with --force"
    return "read it again and repeat"


def _seconds(text: str) -> float:
    """``Retry-After`` in seconds; dates, which the API never sends, count as unknown."""
    return min(float(text), 3600.0) if text.isdecimal() else 0.0
