"""The part of Go templates that stands in hosts: ``{{ .Release.Name }}`` and ``{{ .Values.x }}``.

The chart runs hosts through ``tpl`` with the scope of its subchart ``spinnaker``.
"""

from __future__ import annotations

import re

from halsync.patterns import Pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.render.presets.opsmx.values import Values

_ACTION = Pattern(r"\s*\{\{-(?P<left>.*?)\}\}|\{\{(?P<plain>.*?)\}\}", re.DOTALL)
_FIELD = Pattern(r"\.(?:Release\.(?P<release>Name|Namespace)|Values\.(?P<path>[\w.-]+))\Z")


class Unsupported(Exception):
    """What stands between the braces cannot be evaluated here."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def expand(text: str, values: Values, release: str, namespace: str) -> str:
    """``text`` with its template actions replaced.

    Raises:
        Unsupported: an action that is more than a field, or a field that has no value.
    """
    if "{{" not in text:
        return text
    done: list[str] = []
    at = 0
    for found in _ACTION.finditer(text):
        body = found["left"] if found["left"] is not None else found["plain"]
        done += (text[at : found.start()], _value(body, values, release, namespace))
        at = found.end()
        if body.endswith("-"):
            at += len(text[at:]) - len(text[at:].lstrip())
    return "".join((*done, text[at:]))


def _value(body: str, values: Values, release: str, namespace: str) -> str:
    field = _FIELD.match(body.removesuffix("-").strip())
    if field is None:
        raise Unsupported(f"the template {{{{{body}}}}} is more than a field")
    if field["release"]:
        value: object = release if field["release"] == "Name" else namespace
        if not value:
            setting = "release" if field["release"] == "Name" else "namespace"
            raise Unsupported(f"render.{setting} is not set, and {{{{{body}}}}} needs it")
        return str(value)
    path = field["path"]
    value = values.find(path if path.startswith("global.") else f"spinnaker.{path}")
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise Unsupported(f"{{{{{body}}}}} is no text in the values")
    return str(value)
