"""Outbound notifications: webhooks as Slack takes them, and plain JSON.

A receiver's address is a secret (whoever has it can post there): it is read at every use and
stands in no message. Nothing here ever waits in the loop's thread, and nothing raises.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from halsync.errors import ConfigError
from halsync.observe.facts import DEFAULT_EVENTS, EVENTS, MEMORY, RELEASE, News, fact
from halsync.observe.messages import Occasion, as_json, as_slack
from halsync.observe.outbox import Outbox
from halsync.observe.post import Unsent, post
from halsync.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from halsync.observe.facts import Fact
    from halsync.observe.metrics import Metrics
    from halsync.settings.watching import NotifySettings

_QUEUE = 32
_TRIES = 5
"""After so many the log tells that a receiver does not answer."""
_KEPT_FOR = 3_600.0
"""Seconds for which a message is tried: what takes a source away may take the receiver away."""
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 120.0
_PATIENCE = 3
"""Failed checks of a source before somebody is told: one is no news."""
_TELL_SPACING = 600.0
"""Seconds between two reports that a receiver could not be told."""


class Notifier:
    """All receivers of one sidecar."""

    def __init__(
        self,
        settings: Sequence[NotifySettings],
        *,
        metrics: Metrics | None = None,
        tell: Callable[..., None] | None = None,
        target: str = "",
    ) -> None:
        """Nothing is sent yet, and no address is read.

        Args:
            settings: the receivers.
            metrics: counts what was sent and what was not.
            tell: gets ``not-told`` events, from other threads.
            target: the directory that the sidecar serves, for the messages; what was told last
                is remembered in its ``.halsync``, so that a restart repeats nothing.

        Raises:
            ConfigError: a receiver wants an event that there is none of.
        """
        self._occasion = Occasion.here(target)
        self._receivers = [_Receiver(each, metrics, tell) for each in settings]
        home = os.path.join(os.path.realpath(target), ".halsync") if target else ""
        self._news = News(os.path.join(home, MEMORY) if self._receivers and home else "")

    def report(self, event: str, **fields: object) -> None:
        """Tell it to whom it concerns, once; returns at once."""
        if not self._receivers:
            return
        if event == "checked" and self._news.stands(f"source {fields.get('source')}"):
            # The process that told of the failure has ended before it was over.
            event, fields = "recovered", {"source": fields.get("source")}
        told = fact(event, fields)
        if told is None:
            return
        attempt = fields.get("attempt")
        if event == "check-failed" and isinstance(attempt, int) and attempt < _PATIENCE:
            return
        if event == "published" and self._news.stands(told.topic):
            told = told._replace(over=True)  # the fix of what was refused asks for no reaction
        if told.over and told.topic == RELEASE:
            told = told._replace(text=f"set right: {told.text}")
        if not self._news.is_new(told):
            return
        here = self._occasion
        message = Message(told, as_slack(told, here), as_json(told, fields, here))
        for receiver in self._receivers:
            receiver.put(message)

    def close(self, seconds: float = 5.0) -> None:
        """Wait for what is being sent, at most so long in all; the next process tells the rest."""
        deadline = time.monotonic() + seconds
        for receiver in self._receivers:
            for message in receiver.close(max(0.0, deadline - time.monotonic())):
                self._news.forget(message.told)


class Message(NamedTuple):
    """One fact in both languages."""

    told: Fact
    slack: bytes
    json: bytes


class _Receiver:
    """One address, with a queue of its own: a slow one delays no other."""

    def __init__(
        self,
        settings: NotifySettings,
        metrics: Metrics | None,
        tell: Callable[..., None] | None,
    ) -> None:
        for name in settings.events:
            if name not in EVENTS:
                from halsync.paths import nearest

                near = nearest(name, EVENTS)
                raise ConfigError(
                    f"{name!r} is no event",
                    where=f"watch.notify, {settings.name}",
                    hint=f"did you mean {near}?" if near else f"there are: {', '.join(EVENTS)}",
                )
        self._settings = settings
        self._events = settings.events or DEFAULT_EVENTS
        self._metrics = metrics
        self._tell = tell
        self._outbox: Outbox[Message] = Outbox(f"notify-{settings.name}", self._send, _QUEUE)
        self._told = -_TELL_SPACING
        self._untold = 0
        if metrics is not None:
            metrics.receiver(settings.name)

    def put(self, message: Message) -> None:
        told = message.told
        wanted = told.event in self._events or (told.over and not self._settings.events)
        if wanted and not self._outbox.put(message):
            self._count("dropped")

    def close(self, seconds: float) -> list[Message]:
        return self._outbox.close(seconds)

    def _send(self, message: Message) -> None:
        body = message.slack if self._settings.kind == "slack" else message.json
        wait, attempt, end = _FIRST_WAIT, 0, time.monotonic() + _KEPT_FOR
        while True:
            attempt += 1
            try:
                post(self._settings.url.read(), body)
            except Unsent as error:
                if attempt == _TRIES:
                    self._say(error.reason)
                # A receiver that says when to come back is believed, within limits.
                pause = min(max(wait, error.after), _LONGEST_WAIT)
                late = not error.again or time.monotonic() > end
                if late or self._outbox.ending.wait(pause):
                    self._failed(error.reason)
                    return
                wait = min(4 * wait, _LONGEST_WAIT)
            except ConfigError as error:
                self._failed(error.message)
                return
            except Exception as error:  # never the loop's trouble; its text may hold the address
                self._failed(f"a bug of halsync: {type(error).__name__}")
                return
            else:
                self._count("sent")
                return

    def _failed(self, reason: str) -> None:
        self._count("failed")
        self._say(reason)

    def _say(self, reason: str) -> None:
        now = time.monotonic()
        if self._tell is None or now - self._told < _TELL_SPACING:
            self._untold += 1
            return
        fields: dict[str, object] = {"receiver": self._settings.name, "error": reason}
        if self._untold:
            fields["more"] = self._untold
        self._told, self._untold = now, 0
        self._tell("not-told", **fields)

    def _count(self, outcome: str) -> None:
        if self._metrics is not None:
            self._metrics.notification(self._settings.name, outcome)
