"""What a receiver of notifications reads: what happened, where, and what to do."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from halsync.observe.lines import cleaned, encode, timestamp
from halsync.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from halsync.observe.facts import Fact

_LONGEST, _LONGEST_HINT = 1_200, 400
"""Characters of a text as it is sent: Discord refuses a message of more than 2,000."""
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "@\u200b"}
_NAMESPACE_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"


class Occasion(NamedTuple):
    """Where it happened."""

    namespace: str
    pod: str
    """Or host."""
    target: str

    @classmethod
    def here(cls, target: str) -> Occasion:
        """This pod, or this host."""
        namespace = os.environ.get("POD_NAMESPACE", "")
        if not namespace:
            try:
                with open(_NAMESPACE_FILE, encoding="utf-8") as stream:
                    namespace = stream.read().strip()
            except (OSError, UnicodeDecodeError):
                namespace = ""
        return cls(namespace, os.environ.get("POD_NAME", "") or os.uname().nodename, target)

    @property
    def place(self) -> str:
        """``oes/halyard-0``."""
        return f"{self.namespace}/{self.pod}" if self.namespace else self.pod


def as_slack(told: Fact, occasion: Occasion) -> bytes:
    """``{"text": …}``: what Slack, Mattermost, Rocket.Chat and Discord's ``/slack`` take."""
    head = f"*halsync* · {_slack(occasion.place)}: {_slack(told.text)}"
    hint = _slack(_hint(told, occasion), _LONGEST_HINT)
    body = f"{head}\n_What to do_: {hint}" if hint else head
    return encode({"text": body}).encode()


def _hint(told: Fact, occasion: Occasion) -> str:
    """With the pod's name in commands, ready to be pasted."""
    pod = f"-n {occasion.namespace} {occasion.pod}" if occasion.namespace else occasion.pod
    return told.hint.replace("kubectl logs POD", f"kubectl logs {pod}")


def _slack(text: str, most: int = _LONGEST) -> str:
    """No mentions, no links with other words: they may come from whoever wrote the commit."""
    parts: list[str] = []
    for char in text:
        parts.append(_ESCAPES.get(char, char))
        most -= len(parts[-1])
        if most < 0:
            return "".join(parts[:-1]) + "…"
    return "".join(parts)


def as_json(told: Fact, fields: Mapping[str, object], occasion: Occasion) -> bytes:
    """Everything, for programs. Described in docs/observe.md."""
    from halsync import __version__

    shown: dict[str, Any] = {
        "event": told.event,
        "reason": told.reason,
        "severity": "warning" if told.warning else "info",
        "topic": told.topic,
        "resolved": told.over,
        "summary": told.text,
        "hint": _hint(told, occasion),
        "time": timestamp(time.time_ns()),
        "namespace": occasion.namespace,
        "pod": occasion.pod,
        "target": occasion.target,
        "version": __version__,
        "fields": {name: _plain(value) for name, value in fields.items()},
    }
    return encode(cleaned(shown)).encode()


def _plain(value: object) -> object:
    """Records as objects with their fields' names."""
    if hasattr(value, "_asdict"):
        return {name: _plain(item) for name, item in value._asdict().items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
