"""A Lease: one of many at a time, even when its holder dies.

The time that counts is the reader's own: a lease has run out when it did not change for its
duration while being watched, so clocks that differ do no harm.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from halsync.clients.kubernetes.api import TIMEOUT
from halsync.clients.kubernetes.failures import Conflict, ObjectNotFound
from halsync.clients.kubernetes.paths import path_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from halsync.clients.kubernetes.api import Api
    from halsync.clients.kubernetes.objects import Object

_VERSION = "coordination.k8s.io/v1"


class Lease:
    """One holder's view of a Lease. Not to be shared between threads."""

    def __init__(
        self,
        api: Api,
        name: str,
        holder: str,
        *,
        seconds: int = 60,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._api = api
        self._name = name
        self._holder = holder
        self._seconds = seconds
        self._clock = clock
        self._seen: tuple[str, float] = ("", 0.0)
        self.holder = ""
        """Who held it when it was last looked at; empty if nobody did."""

    def acquire(self, *, timeout: float = TIMEOUT) -> bool:
        """Take it, or renew it; False while somebody else has it. Call it again and again.

        Raises:
            HalsyncError: as :class:`halsync.clients.kubernetes.api.Api`; never for a lost race.
        """
        path = path_of(_VERSION, "leases", self._api.namespace, self._name)
        try:
            found: Object = self._api.request("GET", path, timeout=timeout)
        except ObjectNotFound:
            return self._create(timeout)
        spec = found.get("spec") or {}
        self.holder = spec.get("holderIdentity") or ""
        if self.holder not in ("", self._holder) and not self._ran_out(found):
            return False
        taken = self.holder != self._holder
        now = _now()
        body = {
            **found,
            "spec": {
                **spec,
                "holderIdentity": self._holder,
                "leaseDurationSeconds": self._seconds,
                "renewTime": now,
                "acquireTime": now if taken else spec.get("acquireTime", now),
                "leaseTransitions": (spec.get("leaseTransitions") or 0) + taken,
            },
        }
        return self._put(path, body, timeout)

    renew = acquire

    def release(self, *, timeout: float = TIMEOUT) -> None:
        """Give it back, if it is ours; nothing happens otherwise."""
        path = path_of(_VERSION, "leases", self._api.namespace, self._name)
        try:
            found: Object = self._api.request("GET", path, timeout=timeout)
            spec = found.get("spec") or {}
            if spec.get("holderIdentity") != self._holder:
                return
            # An empty holder is refused; none is how client-go gives a lease back, too.
            free = {key: value for key, value in spec.items() if key != "holderIdentity"}
            free |= {"leaseDurationSeconds": 1, "renewTime": _now()}
            self._api.request("PUT", path, body={**found, "spec": free}, timeout=timeout)
        except (ObjectNotFound, Conflict):
            return
        self.holder = ""

    def _create(self, timeout: float) -> bool:
        now = _now()
        body = {
            "apiVersion": _VERSION,
            "kind": "Lease",
            "metadata": {"name": self._name, "namespace": self._api.namespace},
            "spec": {
                "holderIdentity": self._holder,
                "leaseDurationSeconds": self._seconds,
                "acquireTime": now,
                "renewTime": now,
                "leaseTransitions": 0,
            },
        }
        path = path_of(_VERSION, "leases", self._api.namespace)
        try:
            self._api.request("POST", path, body=body, timeout=timeout)
        except Conflict:
            return False
        self.holder = self._holder
        return True

    def _put(self, path: str, body: Object, timeout: float) -> bool:
        """With the resourceVersion that was read: whoever comes second loses."""
        try:
            self._api.request("PUT", path, body=body, timeout=timeout)
        except (Conflict, ObjectNotFound):
            return False
        self.holder = self._holder
        return True

    def _ran_out(self, found: Object) -> bool:
        version = str(found["metadata"]["resourceVersion"])
        now = self._clock()
        if version != self._seen[0]:
            self._seen = (version, now)
            return False
        lasts = (found.get("spec") or {}).get("leaseDurationSeconds") or self._seconds
        return now - self._seen[1] > float(lasts)


def _now() -> str:
    """As Kubernetes writes a MicroTime."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
