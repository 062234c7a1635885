"""Marks that outlive the pod: annotations of its StatefulSet, or of a ConfigMap of their own.

``rollout`` may patch the StatefulSet and uses that. ``pod`` is for those who may not, so its marks
are annotations of the ConfigMap ``NAME-halsync``, which is made if it is not there. They are kept
on the disk as well: whichever is newer counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halsync.clients.kubernetes.failures import Conflict, ObjectNotFound
from halsync.clients.kubernetes.objects import get
from halsync.clients.kubernetes.paths import path_of
from halsync.clients.kubernetes.workloads import change_workload
from halsync.errors import ConfigError, HalsyncError, RestartFailed
from halsync.restart.base import Marked
from halsync.restart.opening import restart_of
from halsync.restart.rollout import revisions
from halsync.restart.workload import Place
from halsync.restart.written import OtherVersion, marked_of, text_of

if TYPE_CHECKING:
    from halsync.clients.kubernetes.objects import Object
    from halsync.restart.marks import DiskMarks
    from halsync.settings.model import Settings

MARKS = "halsync.io/marks"
PHASE = "halsync.io/phase"
RELEASE = "halsync.io/release"
GOOD = "halsync.io/last-known-good"
QUARANTINED = "halsync.io/quarantined"
_QUARANTINED = 5
"""Releases in quarantine that the cluster remembers; annotations are small."""
_REACTIONS = 20


class ClusterMarks:
    """See :class:`halsync.restart.base.Marks`."""

    def __init__(self, settings: Settings, on_disk: DiskMarks) -> None:
        self._own = restart_of(settings).strategy == "pod"
        self._place = Place(settings)
        self._disk = on_disk

    def read(self) -> Marked:
        here = self._disk.read()
        try:
            there = self._there()
        except HalsyncError as error:
            if here == Marked():
                raise _nowhere(error) from error
            # A process that has been here before goes on with what it knew.
            return here
        return here if here.since > there.since else there

    def write(self, marked: Marked) -> None:
        # First where the next pod looks: what could not be written there must not be found here
        # by the next process, which would act upon what the loop has long thought better of.
        self._write_there(marked)
        self._disk.write(marked)

    def _write_there(self, marked: Marked) -> None:
        short = marked._replace(
            quarantined=tuple(marked.quarantined[:_QUARANTINED]),
            reactions=tuple(marked.reactions[:_REACTIONS]),
        )
        annotations = {
            MARKS: text_of(short),
            PHASE: marked.phase,
            RELEASE: revisions(marked.release) if marked.release else "",
            GOOD: revisions(marked.good) if marked.good else "",
            QUARANTINED: " ".join(revisions(each) for each in short.quarantined if each.identity),
        }

        def change(found: Object) -> Object | None:
            present = found["metadata"].get("annotations") or {}
            if all(present.get(key) == text for key, text in annotations.items()):
                return None
            return {"metadata": {"annotations": annotations}}

        kind, name = self._where()
        try:
            change_workload(self._place.api, kind, name, change)  # type: ignore[arg-type]
        except ObjectNotFound:
            if not self._own:
                raise
            try:
                self._make(name, annotations)
            except Conflict:
                # Somebody made it in between.
                change_workload(self._place.api, kind, name, change)  # type: ignore[arg-type]

    def close(self) -> None:
        """End the child process. Safe to call twice."""
        self._place.close()

    def _there(self) -> Marked:
        kind, name = self._where()
        try:
            found = get(self._place.api, kind, name)
        except ObjectNotFound:
            if self._own:
                return Marked()
            raise
        text = (found["metadata"].get("annotations") or {}).get(MARKS)
        if not text:
            return Marked()
        try:
            return marked_of(text)
        except OtherVersion as error:
            raise RestartFailed(
                f"the annotation {MARKS} was written by another version of halsync: it {error}",
                where=f"{kind} {name}",
                hint="run the halsync that wrote it, or remove the annotation",
            ) from error
        except ValueError:
            # Cut off or edited by hand: the next write puts it right.
            return Marked()

    def _where(self) -> tuple[str, str]:
        kind, name = self._place.workload()
        return ("ConfigMap", f"{name}-halsync") if self._own else (kind, name)

    def _make(self, name: str, annotations: dict[str, str]) -> None:
        body = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name, "annotations": annotations},
        }
        path = path_of("v1", "configmaps", self._place.api.namespace)
        self._place.api.request("POST", path, body=body)


def _nowhere(error: HalsyncError) -> HalsyncError:
    """A StatefulSet that is not there when the sidecar comes is a name in the settings that is
    wrong: the sidecar's own pod belongs to the right one."""
    if not isinstance(error, ObjectNotFound):
        return error
    return ConfigError(
        f"there is nothing to roll out: {error.message}",
        where="restart.statefulset",
        hint="correct the name, or leave it out: then it is the one that the pod belongs to",
    )
