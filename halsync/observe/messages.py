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

_LONGEST = 3_000
"""Characters of a text; Slack cuts at 4,000."""
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
    hint = _slack(_hint(told, occasion))
    body = f"{head}\n_What to do_: {hint}" if hint else head
    return encode({"text": body}).encode()


def _hint(told: Fact, occasion: Occasion) -> str:
    """With the pod's name in commands, ready to be pasted."""
    pod = f"-n {occasion.namespace} {occasion.pod}" if occasion.namespace else occasion.pod
    return told.hint.replace("kubectl logs POD", f"kubectl logs {pod}")


def _slack(text: str) -> str:
    """No links, no mentions: the words may come from whoever wrote the commit."""
    text = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    for char, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("@", "@\u200b")):
        text = text.replace(char, name)
    return text


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
