"""``rollout``: an annotation of the pod template says what is to run; another one, another pod.

The annotation holds the release's identity, so that asking again for the same release does
nothing, and nothing is restarted because two sidecars have the same idea.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halsync.clients.kubernetes.failures import Conflict, ObjectNotFound
from halsync.clients.kubernetes.pods import delete_pod, read_pod
from halsync.clients.kubernetes.workloads import change_workload
from halsync.model import short_revision
from halsync.restart.replacing import Replacing
from halsync.restart.workload import ready

if TYPE_CHECKING:
    from collections.abc import Callable

    from halsync.clients.kubernetes.objects import Object
    from halsync.restart.base import Reaction, Release
    from halsync.settings.model import Settings

IDENTITY = "halsync.io/identity"
REVISIONS = "halsync.io/revisions"


class RolloutStrategy(Replacing):
    """Needs ``get`` and ``patch`` of the one StatefulSet, ``get`` and ``delete`` of pods."""

    name = "rollout"

    def act(self, release: Release, reaction: Reaction, reason: str) -> None:
        if reaction == "none":
            return
        wanted = {
            IDENTITY: release.identity,
            REVISIONS: revisions(release),
            "halsync.io/reason": reason,
        }

        def change(found: Object) -> Object | None:
            template = found["spec"]["template"].get("metadata") or {}
            if (template.get("annotations") or {}).get(IDENTITY) == release.identity:
                return None
            return {"spec": {"template": {"metadata": {"annotations": wanted}}}}

        kind, name = self._place.workload()
        found = change_workload(self._place.api, kind, name, change)
        own = self._place.pod()["metadata"]
        # A pod that was made for this release has nobody to make way for.
        made_for = (own.get("annotations") or {}).get(IDENTITY)
        if kind == "StatefulSet" and made_for != release.identity:
            self._make_way(found["spec"], own)

    def _make_way(self, spec: Object, own: Object) -> None:
        """Delete the own pod where the StatefulSet's controller never would: with ``OnDelete``,
        below a ``partition``, and, with pods in order, while the present one is not ready
        (kubernetes#67250)."""
        in_order = spec.get("podManagementPolicy", "OrderedReady") == "OrderedReady"
        try:
            if not left_alone(spec, own["name"]) and (
                not in_order or ready(read_pod(self._place.api, own["name"]))
            ):
                return
            delete_pod(self._place.api, own["name"], uid=own["uid"])
        except (ObjectNotFound, Conflict):
            return


def left_alone(spec: Object, pod: str) -> bool:
    """Whether a changed template is nothing to this pod, as ``updateStrategy`` says."""
    strategy = spec.get("updateStrategy") or {}
    partition = (strategy.get("rollingUpdate") or {}).get("partition") or 0
    ordinal = pod.rpartition("-")[2]
    return strategy.get("type") == "OnDelete" or (
        ordinal.isdecimal() and int(ordinal) < int(partition)
    )


def revisions(release: Release) -> str:
    """``hal-config@3e25d19``, for people who look with kubectl."""
    return ",".join(f"{each.name}@{short_revision(each.revision)}" for each in release.sources)


def make(settings: Settings, report: Callable[..., None]) -> RolloutStrategy:
    """As :func:`halsync.restart.open_strategy`."""
    return RolloutStrategy(settings, report)
