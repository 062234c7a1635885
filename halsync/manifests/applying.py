"""Applying manifests: all of them tried first, then each for real, then what is gone removed."""

from __future__ import annotations

import contextlib
from base64 import b64encode
from typing import TYPE_CHECKING, Any, Literal

from halsync.clients.kubernetes import connect
from halsync.clients.kubernetes.failures import Conflict, ObjectNotFound, Rejected
from halsync.clients.kubernetes.objects import (
    MANAGER,
    delete,
    find,
    server_side_apply,
)
from halsync.errors import AccessDenied, HalsyncError, ValidationFailed
from halsync.manifests import inventory
from halsync.manifests.codes import REFUSED
from halsync.manifests.inventory import LABEL, Entry
from halsync.model import Problem
from halsync.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halsync.clients.kubernetes.api import Api
    from halsync.manifests.base import Manifest
    from halsync.settings.cluster import ClusterSettings
    from halsync.settings.manifests import ManifestSettings

Outcome = Literal["created", "changed", "unchanged", "deleted", "kept"]
"""``kept``: no longer in the repository, and left in the cluster."""

Object = dict[str, Any]


class Change(NamedTuple):
    """What is, or would be, done to one object."""

    identity: str
    """``Secret/jira-secret``"""
    outcome: Outcome
    old: Object | None
    """As it is in the cluster; None if it is not there."""
    new: Object | None
    """As it will be; None if it is deleted."""
    where: str = ""
    """File and line of the manifest; for ``kept``: why."""


class Plan(NamedTuple):
    """What the cluster itself said it would do, in the order of the manifests."""

    changes: list[Change]
    prunable: dict[str, Entry]
    """Deleted when pruning."""
    inventory: dict[str, Entry]
    """As it was read."""


class Cluster:
    """The API in each namespace that the manifests are for."""

    def __init__(self, settings: ClusterSettings, *, apart: bool = False) -> None:
        self._settings = settings
        self._apart = apart
        self._apis: dict[str, Api] = {}

    def api(self, namespace: str = "") -> Api:
        """Empty: the own one."""
        if namespace not in self._apis:
            changed = self._settings._replace(namespace=namespace or self._settings.namespace)
            self._apis[namespace] = connect(changed, apart=self._apart)
        return self._apis[namespace]

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        for api in self._apis.values():
            api.close()


def plan(
    cluster: Cluster, manifests: Sequence[Manifest], settings: ManifestSettings, *, prune: bool
) -> Plan:
    """Ask the cluster what applying all of them would do. Nothing is changed.

    Raises:
        ValidationFailed: with a problem for every manifest that the cluster refuses.
        HalsyncError: as :class:`halsync.clients.kubernetes.api.Api`.
    """
    known = inventory.read(cluster.api(), settings.inventory)
    changes: list[Change] = []
    refused: list[tuple[Manifest, HalsyncError]] = []
    for manifest in manifests:
        try:
            changes.append(_tried(cluster, manifest, settings))
        except (Rejected, Conflict, AccessDenied, ObjectNotFound) as error:
            refused.append((manifest, error))
    if refused:
        raised = ValidationFailed(
            "the cluster refuses manifests; nothing was applied",
            [_problem(manifest, error) for manifest, error in refused],
            hint="correct what is listed above",
        )
        if all(isinstance(error, AccessDenied) for _, error in refused):
            raised.exit_code = AccessDenied.exit_code
        raise raised
    wanted = {manifest.identity for manifest in manifests}
    keep = "" if prune else "pruning is off (--prune)"
    if not manifests:
        # More likely a slip in manifests.paths than the end of all of them.
        keep = keep or "the sources bring no manifest at all"
    prunable = {}
    for identity, entry in known.items():
        if identity in wanted:
            continue
        change = _gone(cluster, identity, entry, settings, keep)
        if change is None:
            continue
        changes.append(change)
        if change.outcome == "deleted":
            prunable[identity] = entry
    return Plan(changes, prunable, known)


def carry_out(
    cluster: Cluster, manifests: Sequence[Manifest], settings: ManifestSettings, planned: Plan
) -> None:
    """Do what :func:`plan` said. Repeating it after a failure anywhere is safe.

    Raises:
        HalsyncError: as :class:`halsync.clients.kubernetes.api.Api`; what was applied before
            stays applied.
    """
    if all(change.outcome in ("unchanged", "kept") for change in planned.changes) and all(
        manifest.identity in planned.inventory for manifest in manifests
    ):
        return
    before = {change.identity: change.old for change in planned.changes}
    entries = dict(planned.inventory)
    for manifest in manifests:
        # Remembered before it is made: what a killed run leaves behind is known, too.
        entries[manifest.identity] = _entry(
            before.get(manifest.identity), entries.get(manifest.identity), settings
        )
    inventory.write(cluster.api(), settings.inventory, entries)
    for manifest in manifests:
        api = cluster.api(manifest.namespace)
        try:
            applied = server_side_apply(
                api, _labelled(manifest.body, settings), force=settings.force
            )
        except HalsyncError as error:
            error.where = manifest.where
            raise
        known = entries[manifest.identity]
        entries[manifest.identity] = known._replace(uid=applied["metadata"]["uid"])
    for identity, entry in planned.prunable.items():
        namespace, kind, name = _apart(identity)
        with contextlib.suppress(ObjectNotFound, Conflict):
            delete(cluster.api(namespace), kind, name, uid=entry.uid)
        del entries[identity]
    inventory.write(cluster.api(), settings.inventory, entries)


def _entry(old: Object | None, known: Entry | None, settings: ManifestSettings) -> Entry:
    """What is remembered of an object that is about to be applied."""
    if old is None:
        return Entry("", made=True)
    uid = old["metadata"]["uid"]
    if known and known.uid == uid:
        return known
    # A run was killed after it made the object and before it could note which one it was.
    killed = known is not None and known == Entry("", made=True)
    return Entry(uid, killed and _is_ours(old, settings))


def _tried(cluster: Cluster, manifest: Manifest, settings: ManifestSettings) -> Change:
    api = cluster.api(manifest.namespace)
    old = find(api, manifest.kind, manifest.name)
    new = server_side_apply(
        api, _labelled(manifest.body, settings), dry_run=True, force=settings.force
    )
    if old is None:
        return Change(manifest.identity, "created", None, new, manifest.where)
    outcome: Outcome = "unchanged" if plain(old) == plain(new) else "changed"
    return Change(manifest.identity, outcome, old, new, manifest.where)


def _gone(
    cluster: Cluster, identity: str, entry: Entry, settings: ManifestSettings, keep: str
) -> Change | None:
    """What becomes of an object that the repository does not bring any more. ``keep`` says why
    none is deleted; empty if they may be."""
    namespace, kind, name = _apart(identity)
    if namespace and namespace not in settings.namespaces:
        return Change(identity, "kept", None, None, "its namespace is not allowed any more")
    if kind not in settings.kinds:
        return Change(identity, "kept", None, None, "its kind is not allowed any more")
    found = find(cluster.api(namespace), kind, name)
    if found is None:
        return None
    metadata = found["metadata"]
    why = keep
    if metadata["uid"] != entry.uid:
        why = "somebody made it anew"
    elif not entry.made:
        why = "it was there before halsync"
    elif not _is_ours(found, settings):
        why = "it is not halsync's any more"
    if why:
        return Change(identity, "kept", found, found, why)
    return Change(identity, "deleted", found, None)


def _is_ours(found: Object, settings: ManifestSettings) -> bool:
    """Whether label and field manager say so."""
    if (found["metadata"].get("labels") or {}).get(LABEL) != settings.inventory:
        return False
    return any(
        entry.get("manager") == MANAGER and entry.get("operation") == "Apply"
        for entry in found["metadata"].get("managedFields") or []
    )


def _labelled(body: Object, settings: ManifestSettings) -> Object:
    metadata = {**body["metadata"]}
    metadata.pop("namespace", None)
    for written in ("managedFields", "resourceVersion", "uid", "creationTimestamp", "generation"):
        metadata.pop(written, None)
    metadata["labels"] = {**(metadata.get("labels") or {}), LABEL: settings.inventory}
    result = {key: value for key, value in body.items() if key != "status"} | {"metadata": metadata}
    texts = result.pop("stringData", None) if body["kind"] == "Secret" else None
    if isinstance(texts, dict):
        # The API only writes stringData, so that keys taken out of it would never be removed.
        added = {
            key: b64encode(value.encode()).decode() if isinstance(value, str) else value
            for key, value in texts.items()
        }
        result["data"] = {**(result.get("data") or {}), **added}
    return result


def plain(found: Object) -> Object:
    """The object without what the server keeps about it."""
    kept = ("name", "namespace", "labels", "annotations", "finalizers", "ownerReferences")
    metadata = {key: value for key, value in found["metadata"].items() if key in kept and value}
    return {
        **{key: value for key, value in found.items() if key not in ("metadata", "status")},
        "metadata": metadata,
    }


def _apart(identity: str) -> tuple[str, str, str]:
    *namespace, kind, name = identity.split("/")
    return "".join(namespace), kind, name


def _problem(manifest: Manifest, error: HalsyncError) -> Problem:
    return Problem(
        REFUSED.code,
        "render",
        REFUSED.severity,
        f"{manifest.kind} {manifest.name}: {error.message}",
        error.hint or REFUSED.remedy,
        manifest.path,
        manifest.line,
        1,
        origin=manifest.file.origin,
    )
