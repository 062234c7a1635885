"""What of the sidecar's events is worth telling outside the log: to people, and to Kubernetes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from halsync.observe.lines import encode
from halsync.observe.sentences import plain, sentence
from halsync.records import NamedTuple
from halsync.redact import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Fields = Mapping[str, object]


MEMORY = "told.json"
"""Name below ``<target>/.halsync`` of what was told last."""
RELEASE = "release"
"""Topic of what becomes of revisions."""
_TOPICS = 256


class Fact(NamedTuple):
    """Something that is so since an event told it."""

    event: str
    topic: str
    """What it is about: two facts on one topic cannot both be true."""
    state: str
    """Equal for two facts on a topic if they say the same."""
    reason: str
    """CamelCase, as Kubernetes wants it."""
    warning: bool
    """Whether a person should look."""
    over: bool
    """It ends an earlier one, and means nothing if there was none."""
    text: str
    """One sentence, redacted."""
    hint: str
    """What to do; empty if nothing."""


class _Kind(NamedTuple):
    """How an event becomes a fact."""

    reason: str
    topic: Callable[[Fields], str]
    state: Callable[[Fields], str]
    warning: bool = False
    over: bool = False
    hint: str = ""


def fact(event: str, fields: Fields) -> Fact | None:
    """The fact that an event tells; None if nobody outside need know."""
    kind = _KINDS.get(event)
    if kind is None:
        return None
    return Fact(
        event,
        kind.topic(fields),
        f"{event} {kind.state(fields)}",
        kind.reason,
        kind.warning,
        kind.over,
        redact(sentence(event, fields)),
        redact(_hint(event, fields) or kind.hint),
    )


def _hint(event: str, fields: Fields) -> str:
    """What the error itself advises; of problems it says "listed above", which nothing is here."""
    if event == "refused" and fields.get("problems"):
        return ""
    if event == "refused" and plain(fields.get("stage")) == "settings":
        return "correct the file: it is read again by itself"
    return plain(fields.get("hint"))


def _release(_fields: Fields) -> str:
    return RELEASE


def _source(fields: Fields) -> str:
    return f"source {plain(fields.get('source'))}"


def _always(name: str) -> Callable[[Fields], str]:
    return lambda _: name


def _of(*names: str) -> Callable[[Fields], str]:
    return lambda fields: " ".join(plain(fields.get(name)) for name in names)


_LOG = "look at Halyard's log (kubectl logs POD -c halyard)"

_KINDS: dict[str, _Kind] = {
    "check-failed": _Kind(
        "SourceUnreachable",
        _source,
        _always(""),  # not the words of the error, which may differ from try to try
        warning=True,
        hint="what is live stays and works; see whether the server is up and lets halsync in",
    ),
    "recovered": _Kind("SourceAnswers", _source, _always(""), over=True),
    "refused": _Kind(
        "ReleaseRefused",
        _release,
        _of("identity", "stage", "error"),
        warning=True,
        hint="halsync validate shows every problem with its place; push a fix",
    ),
    "step-failed": _Kind(
        "StepFailed",
        _release,
        _of("identity", "stage"),  # nor the words of the error
        warning=True,
        hint="it is tried again by itself; what is live stays live",
    ),
    "accepted": _Kind("ReleaseAccepted", _release, _of("identity")),
    "waiting": _Kind("ReleaseWaits", _release, _of("identity", "reason")),
    "published": _Kind("Published", _release, _of("generation")),
    "unchanged": _Kind("Unchanged", _release, _of("generation"), over=True),
    "acted": _Kind("RestartRequested", _release, _of("identity")),
    "confirmed": _Kind("ReleaseConfirmed", _release, _of("identity")),
    "unconfirmed": _Kind(
        "ReleaseUnconfirmed",
        _release,
        _of("identity"),
        warning=True,
        hint=f"what worked before, if anything is known to, is put back; {_LOG}",
    ),
    "quarantined": _Kind(
        "ReleaseQuarantined",
        _release,
        _of("identity"),
        warning=True,
        hint=f"push a fix, and it is tried again; to find out why, {_LOG}",
    ),
    "rolled-back": _Kind(
        "RolledBack", _release, _of("identity", "generation"), warning=True, hint=_LOG
    ),
    "drift": _Kind(
        "Drift",
        _always("drift"),
        _of("paths", "action"),
        warning=True,
        hint="put the change into the repository; halsync status shows what it is",
    ),
    "drift-gone": _Kind("DriftGone", _always("drift"), _always(""), over=True),
    "held": _Kind(
        "Held", _always("hold"), _of("reason"), warning=True, hint="halsync status shows the reason"
    ),
    "resumed": _Kind("Resumed", _always("hold"), _always(""), over=True),
}

EVENTS = tuple(_KINDS)
"""Events that can be told; ``watch.notify[].events`` names some of them."""
DEFAULT_EVENTS = tuple(
    name for name in EVENTS if name not in ("accepted", "waiting", "published", "acted")
)
"""What a person should know."""


class News:
    """Lets a fact pass once, until another one takes its place; also across restarts."""

    def __init__(self, path: str = "") -> None:
        """``path``: where it is remembered, if anywhere. What cannot be read is not known."""
        self._path = path
        self._standing: dict[str, str] = _remembered(path)
        """Topic → mark of the fact that was told last; that of a warning begins with ``!``."""

    def stands(self, topic: str) -> bool:
        """Whether what was told last on the topic is a warning."""
        return self._standing.get(topic, "").startswith("!")

    def is_new(self, told: Fact) -> bool:
        """Whether it says something that was not said last on its topic."""
        mark = ("!" if told.warning else "") + _digest(told.state)
        if mark == self._standing.get(told.topic) or (told.over and not self.stands(told.topic)):
            return False
        self._standing.pop(told.topic, None)
        self._standing[told.topic] = mark
        if len(self._standing) > _TOPICS:
            del self._standing[next(iter(self._standing))]
        self._remember()
        return True

    def forget(self, told: Fact) -> None:
        """It did not arrive: let it pass again, in the next process too."""
        if told.over:
            self._standing[told.topic] = "!"  # what it ends stands
        else:
            self._standing.pop(told.topic, None)
        self._remember()

    def _remember(self) -> None:
        if not self._path:
            return
        temporary = f"{os.path.dirname(self._path)}/.tmp-told"
        try:
            with open(temporary, "w", encoding="utf-8") as stream:
                stream.write(encode(self._standing))
            os.replace(temporary, self._path)
        except OSError:
            return  # a full disk: at worst somebody is told twice


def _remembered(path: str) -> dict[str, str]:
    import json

    try:
        with open(path, encoding="utf-8") as stream:
            found = json.load(stream)
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {topic: mark for topic, mark in found.items() if isinstance(mark, str)}


def _digest(text: str) -> str:
    """Not the words: an error may say more than a file beside the configuration should."""
    from hashlib import sha256

    return sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
