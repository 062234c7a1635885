"""What Kubernetes shows of the sidecar: Events on its pod, and annotations of the pod.

``kubectl describe pod`` tells what happened, ``kubectl get pod -o jsonpath`` or custom columns
what is live. Both are a courtesy: without the rights for them halsync says so once and works.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, Literal

from halsync.clients.kubernetes.events import create_event, repeat_event
from halsync.clients.kubernetes.failures import ObjectNotFound
from halsync.clients.kubernetes.pods import annotate_pod, own_pod
from halsync.errors import AccessDenied, ConfigError, HalsyncError
from halsync.observe.facts import Fact, fact
from halsync.observe.outbox import Outbox
from halsync.observe.sentences import short

if TYPE_CHECKING:
    from collections.abc import Callable

    from halsync.clients.kubernetes.api import Api
    from halsync.observe.view import View
    from halsync.settings.cluster import ClusterSettings

STATE = "halsync.io/state"
REVISION = "halsync.io/revision"
GENERATION = "halsync.io/generation"

_QUEUE = 64
_REMEMBERED = 64
"""Events that a repetition can be added to."""
_REPEAT_SPACING = 60.0
_REPEATED_FOR = 3_000.0
"""Seconds for which an Event is counted on; the API server forgets it after an hour."""
_BURST, _REFILL = 20.0, 1 / 30
"""New Events: so many at once, one every half minute after that."""
_ANNOTATE_SPACING = 10.0
_DENIED_FOR = 600.0
"""Seconds until a right that was missing is tried again."""
_PASSING = ("working", "starting", "stopping")
"""States that are not worth an annotation: they are over before anybody looks."""


class _Made:
    """An Event that has been created."""

    def __init__(self, event: dict[str, Any]) -> None:
        self.event = event
        self.created = self.told = time.monotonic()
        self.count = 1


class Events:
    """Events and annotations of the own pod."""

    def __init__(
        self,
        api_factory: Callable[[], Api],
        cluster: ClusterSettings,
        *,
        tell: Callable[..., None] | None = None,
    ) -> None:
        """Nothing is asked of the API before the first event.

        Args:
            api_factory: makes the client when it is first needed; ``connect(…, apart=True)``.
            cluster: names the pod.
            tell: gets ``not-told`` events, from another thread.
        """
        self._factory = api_factory
        self._cluster = cluster
        self._tell = tell
        self._api: Api | None = None
        self._pod: dict[str, Any] = {}
        self._made: dict[str, _Made] = {}
        self._left, self._filled = _BURST, time.monotonic()
        self._warned: set[str] = set()
        """Topics on which the last word was a warning."""
        self._denied: dict[str, float] = {}
        self._wanted: dict[str, str] = {}
        self._annotated: dict[str, str] = {}
        self._annotated_at = -_ANNOTATE_SPACING
        self._on = in_pod(cluster)
        self._outbox: Outbox[Fact | None] = Outbox("events", self._work, _QUEUE)

    def report(self, event: str, **fields: object) -> None:
        """Record it on the pod, if it is worth it. Returns at once, never raises."""
        told = fact(event, fields) if self._on else None
        if told is None or (told.over and told.topic not in self._warned):
            return
        if told.warning:
            self._warned.add(told.topic)
        else:
            self._warned.discard(told.topic)
        self._outbox.put(told)

    def show(self, view: View) -> None:
        """Bring the annotations up to date. To be called whenever the view has been replaced:
        it costs nothing while nothing has changed."""
        if not self._on or view.state in _PASSING:
            return
        wanted = {
            STATE: view.state,
            GENERATION: view.generation[:12],
            REVISION: " ".join(f"{each.name}={short(each.revision)}" for each in view.sources),
        }
        if wanted != self._wanted:
            self._wanted = wanted
            self._outbox.put(None)

    def close(self, seconds: float = 5.0) -> None:
        """Wait for what is being told, at most so long; end the client."""
        self._outbox.close(seconds)
        if self._api is not None:
            self._api.close()

    def _work(self, told: Fact | None) -> None:
        what: Literal["events", "annotations"] = "events" if told else "annotations"
        if time.monotonic() < self._denied.get(what, 0.0):
            return
        try:
            if told is not None:
                self._record(told)
            else:
                self._annotate()
        except AccessDenied as error:
            self._give_up(what, error)
        except ConfigError as error:
            self._give_up("events", error)
            self._give_up("annotations", error)
        except HalsyncError:
            self._pod = {}  # perhaps it was replaced; what could not be told stands in the log
            if told is None:
                self._annotated = {}
        except Exception as error:  # never the loop's trouble
            self._give_up(what, ConfigError(f"a bug of halsync: {type(error).__name__}"))

    def _give_up(self, what: str, error: HalsyncError) -> None:
        known = what in self._denied
        self._denied[what] = time.monotonic() + _DENIED_FOR
        if not known and self._tell is not None:
            self._tell("not-told", receiver=f"Kubernetes ({what})", error=error.message)

    def _connected(self) -> tuple[Api, dict[str, Any]]:
        if self._api is None:
            self._api = self._factory()
        if not self._pod:
            self._pod = own_pod(self._api, self._cluster)
        return self._api, self._pod

    def _record(self, told: Fact) -> None:
        key = f"{told.topic} {told.state}"
        made = self._made.get(key)
        now = time.monotonic()
        if made is not None and now - made.created < _REPEATED_FOR:
            made.count += 1
            if now - made.told >= _REPEAT_SPACING:
                made.told = now
                try:
                    repeat_event(self._connected()[0], made.event, made.count)
                except ObjectNotFound:
                    del self._made[key]
            return
        if not self._take():
            return
        api, pod = self._connected()
        note = f"{told.text}. {told.hint}" if told.hint else told.text
        kind: Literal["Normal", "Warning"] = "Warning" if told.warning else "Normal"
        self._made.pop(key, None)
        self._made[key] = _Made(
            create_event(api, pod, reason=told.reason, note=note, kind=kind, action=told.reason)
        )
        if len(self._made) > _REMEMBERED:
            del self._made[next(iter(self._made))]

    def _take(self) -> bool:
        now = time.monotonic()
        self._left = min(_BURST, self._left + (now - self._filled) * _REFILL)
        self._filled = now
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def _annotate(self) -> None:
        wait = self._annotated_at + _ANNOTATE_SPACING - time.monotonic()
        if wait > 0 and self._annotated and self._outbox.rest(wait):
            self._outbox.put(None)  # Events, which tell their time, do not wait for it
            return
        wanted = self._wanted
        if wanted == self._annotated:
            return
        api, pod = self._connected()
        self._annotated_at = time.monotonic()
        annotate_pod(api, pod["metadata"]["name"], wanted)
        self._annotated = wanted


def in_pod(cluster: ClusterSettings) -> bool:
    """Whether there is a pod to tell of: a laptop's kubeconfig is none of halsync's business."""
    named = cluster.kubeconfig or cluster.pod_name or os.environ.get("POD_NAME")
    return bool(named or os.environ.get("KUBERNETES_SERVICE_HOST"))
