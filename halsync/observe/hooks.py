"""``POST /hooks/<source>``: a forge tells that something was pushed.

A hook never says what is to be published: it only shortens the wait until the next check. What
can be done with a forged, replayed or flooded one is bounded all the same, before and after the
signature is checked.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from halsync.errors import ConfigError
from halsync.observe.http import JSON, Response, text
from halsync.observe.lines import encode
from halsync.observe.pushes import concerns, read_event
from halsync.observe.signatures import has_proof, prove

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from halsync.observe.http import Request
    from halsync.observe.metrics import Metrics
    from halsync.settings.watching import WebhookSettings

    Wake = Callable[[str, str], None]

PREFIX = "/hooks/"

_BURST, _REFILL, _UNIT = 200.0, 20.0, 64 * 1024
"""Deliveries that are looked at: so many at once, so many a second after that; one of a larger
body counts for each 64 KiB. It bounds the time that goes into signatures to about 1 %."""
_REMEMBERED, _REMEMBERED_FOR = 1024, 3_600.0
"""Deliveries, so that a repetition of one is known; and for how many seconds."""
_WAKE_SPACING = 1.0
"""Seconds between two wakes of one source; what comes sooner is put together."""
_TELL_SPACING = 60.0
"""Seconds between two reports of refusals for the same reason."""


class Hooks:
    """The endpoint's memory and limits. All methods are called in the server's thread."""

    def __init__(
        self,
        settings: WebhookSettings,
        refs: Mapping[str, str],
        *,
        wake: Wake,
        metrics: Metrics,
        report: Callable[..., None],
    ) -> None:
        """``refs``: every source's name and the ref it follows, empty if it has none."""
        self._settings = settings
        self._refs = refs
        self._wake = wake
        self._metrics = metrics
        self._report = report
        self._left = _BURST
        self._filled = time.monotonic()
        self._seen: dict[str, float] = {}
        self._woken: dict[str, float] = {}
        self._later: dict[str, str] = {}
        self._told: dict[str, float] = {}
        self._untold: dict[str, int] = {}
        if settings.secret:
            metrics.hooks("", REFUSALS)
            for name in refs:
                metrics.hooks(name, [each for each in OUTCOMES if each != "unknown"])

    def begin(self, request: Request) -> Response | int:
        """Before the body is read."""
        if not self._settings.secret:
            return text(404, "webhooks are off: set watch.webhook.secretFile")
        if request.method != "POST":
            return text(405, "a webhook is a POST", ("Allow", "POST"))
        why = self._unfit(request)
        return self._refuse(request, why) if why else request.length

    def _unfit(self, request: Request) -> str:
        """Why the body need not be read; empty if it must."""
        if request.length < 0:
            return "length"
        if not has_proof(request.headers):
            return "missing"
        if request.length > self._settings.max_body:
            return "too-large"
        return "" if self._take(1 + request.length // _UNIT) else "flood"

    def finish(self, request: Request) -> Response:
        """With the body."""
        try:
            secret = self._settings.secret.read()
        except ConfigError as error:
            return self._refuse(request, "secret", error.message)
        if not secret:
            return self._refuse(request, "secret", "the secret is empty")
        proof = prove(secret, request.headers, request.body, time.time())
        if proof.refused:
            return self._refuse(request, proof.refused)
        name = self._name(request)
        if name not in self._refs:
            known = ", ".join(self._refs)
            return self._refuse(request, "unknown", f"no such source; there are: {known}")
        return self._genuine(name, proof.once, request)

    def _genuine(self, name: str, once: str, request: Request) -> Response:
        if self._repeated(f"{name} {once}"):
            return self._told_sender(200, name, "repeated", "this delivery was seen before")
        news = read_event(request.headers, request.body)
        if news.kind == "ping":
            return self._told_sender(200, name, "ping", f"the webhook of {name} works")
        if not concerns(news, self._refs[name]):
            what = ", ".join(news.refs[:5]) or "this event"
            return self._told_sender(200, name, "ignored", f"{what} does not concern {name}")
        self._shorten(name, ", ".join(news.refs[:3]))
        return self._told_sender(202, name, "woken", f"{name} is checked now")

    def tick(self) -> None:
        """Wake what was woken too often in a short time."""
        now = time.monotonic()
        for name in [each for each in self._later if now - self._woken[each] >= _WAKE_SPACING]:
            self._shorten(name, self._later.pop(name))

    @property
    def due(self) -> float:
        """When the next of them may be woken; infinity if there is none."""
        return min((self._woken[name] + _WAKE_SPACING for name in self._later), default=math.inf)

    def _shorten(self, name: str, what: str) -> None:
        now = time.monotonic()
        if now - self._woken.get(name, -_WAKE_SPACING) < _WAKE_SPACING:
            self._later[name] = what
            return
        self._woken[name] = now
        self._later.pop(name, None)
        self._wake(name, f"webhook: {what}" if what else "webhook")

    def _name(self, request: Request) -> str:
        from urllib.parse import unquote

        return unquote(request.path[len(PREFIX) :])

    def _take(self, units: float) -> bool:
        now = time.monotonic()
        self._left = min(_BURST, self._left + (now - self._filled) * _REFILL)
        self._filled = now
        if self._left < min(units, _BURST):
            return False
        self._left -= units
        return True

    def _repeated(self, once: str) -> bool:
        now = time.monotonic()
        if now - self._seen.get(once, -_REMEMBERED_FOR) < _REMEMBERED_FOR:
            return True
        self._seen.pop(once, None)
        self._seen[once] = now
        if len(self._seen) > _REMEMBERED:
            del self._seen[next(iter(self._seen))]
        return False

    def _told_sender(self, status: int, name: str, outcome: str, message: str) -> Response:
        self._metrics.hook(name, outcome)
        body = encode({"result": outcome, "message": message}) + "\n"
        return Response(status, body.encode(), JSON)

    def _refuse(self, request: Request, why: str, detail: str = "") -> Response:
        """The same words for a source that exists and for one that does not."""
        name = self._name(request)
        name = name if name in self._refs else ""
        self._metrics.hook(name, why)
        now = time.monotonic()
        if now - self._told.get(why, -_TELL_SPACING) >= _TELL_SPACING:
            self._told[why] = now
            more = self._untold.pop(why, 0)
            fields = {"source": name, "why": why, "from": request.peer}
            fields |= {"error": detail} if detail else {}
            self._report("hook-refused", **fields, **({"more": more} if more else {}))
        else:
            self._untold[why] = self._untold.get(why, 0) + 1
        return _REFUSALS[why](detail)


_REFUSALS: dict[str, Callable[[str], Response]] = {
    "missing": lambda _: text(401, "the signature is missing: give the webhook a secret"),
    "signature": lambda _: text(401, "the signature is wrong: is it the same secret?"),
    "timestamp": lambda _: text(401, "the timestamp is missing or not of now"),
    "length": lambda _: text(411, "a body needs a Content-Length; it is not taken in chunks"),
    "too-large": lambda _: text(413, "the body is too large (watch.webhook.maxBody)"),
    "flood": lambda _: text(429, "too many deliveries", ("Retry-After", "10")),
    "secret": lambda _: text(503, "the webhook's secret cannot be read", ("Retry-After", "30")),
    "unknown": lambda detail: text(404, detail),
}
REFUSALS = tuple(_REFUSALS)
OUTCOMES = ("woken", "ignored", "repeated", "ping", *REFUSALS)
"""Values of the label ``outcome`` of the hooks' counter."""
