"""The ``Status`` objects that the API answers with, worded as the real one words them."""

from __future__ import annotations

from typing import Any

from tests.servers.kube.kinds import Kind


class Refused(Exception):
    """The request ends with this Status."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        *,
        details: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.headers = headers or {}
        self.body = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
            "reason": reason,
            **({"details": details} if details else {}),
            "code": code,
        }


def _details(kind: Kind, name: str, causes: list[dict[str, str]] | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"name": name, "kind": kind.resource}
    if kind.group:
        found["group"] = kind.group
    if causes:
        found["causes"] = causes
    return found


def qualified(kind: Kind) -> str:
    """``secrets`` or ``statefulsets.apps``."""
    return kind.resource + (f".{kind.group}" if kind.group else "")


def not_found(kind: Kind, name: str) -> Refused:
    """404."""
    message = f'{qualified(kind)} "{name}" not found'
    return Refused(404, "NotFound", message, details=_details(kind, name))


def exists(kind: Kind, name: str) -> Refused:
    """409 of a create."""
    message = f'{qualified(kind)} "{name}" already exists'
    return Refused(409, "AlreadyExists", message, details=_details(kind, name))


def conflict(kind: Kind, name: str, why: str = "") -> Refused:
    """409 of a change to something that changed meanwhile."""
    why = why or (
        "the object has been modified; please apply your changes to the latest version and try"
        " again"
    )
    message = f'Operation cannot be fulfilled on {qualified(kind)} "{name}": {why}'
    return Refused(409, "Conflict", message, details=_details(kind, name))


def invalid(kind: Kind, name: str, *causes: tuple[str, str]) -> Refused:
    """422. ``causes``: field and message."""
    listed = [f"{field}: {text}" for field, text in causes]
    joined = listed[0] if len(listed) == 1 else f"[{', '.join(listed)}]"
    message = f'{kind.kind}{f".{kind.group}" if kind.group else ""} "{name}" is invalid: {joined}'
    return Refused(
        422,
        "Invalid",
        message,
        details={
            "name": name,
            "kind": kind.kind,
            **({"group": kind.group} if kind.group else {}),
            "causes": [
                {"reason": "FieldValueInvalid", "message": text, "field": field}
                for field, text in causes
            ],
        },
    )


def bad_request(message: str) -> Refused:
    """400."""
    return Refused(400, "BadRequest", message)


def apply_conflict(conflicts: list[tuple[str, str, str]]) -> Refused:
    """409 of server-side apply. ``conflicts``: manager (quoted, with its API), field, and."""
    count = len(conflicts)
    if count == 1:
        who, field, _ = conflicts[0]
        message = f"Apply failed with 1 conflict: conflict with {who}: {field}"
    else:
        lines: list[str] = []
        for who in dict.fromkeys(who for who, _, _ in conflicts):
            fields = "\n".join(f"- {field}" for other, field, _ in conflicts if other == who)
            lines.append(f"conflicts with {who}:\n{fields}")
        message = f"Apply failed with {count} conflicts: " + "\n".join(lines)
    return Refused(
        409,
        "Conflict",
        message,
        details={
            "causes": [
                {
                    "reason": "FieldManagerConflict",
                    "message": f"conflict with {who}",
                    "field": field,
                }
                for who, field, _ in conflicts
            ]
        },
    )
