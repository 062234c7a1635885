"""Objects, and what may be done with them: the API without HTTP."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any, NamedTuple

from tests.servers.kube import ownership, patches, rules
from tests.servers.kube.answers import Refused, bad_request, conflict, exists, invalid, not_found
from tests.servers.kube.kinds import KINDS, Kind, Object
from tests.servers.kube.selectors import matches_fields, matches_labels

Key = tuple[str, str, str]
"""Kind as stored, namespace, name."""

_NAMESPACES = next(kind for kind in KINDS if kind.resource == "namespaces")


class Options(NamedTuple):
    """Parameters of a change."""

    manager: str = "unknown"
    dry_run: bool = False
    force: bool = False
    strict: bool = False
    subresource: str = ""


class Store:
    """All objects. Every method may be called from any thread."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._objects: dict[Key, Object] = {}
        self._version = 100
        self.watchers: list[Callable[[str, Kind, Object], None]] = []
        """Called, with the lock held, after each change: ``ADDED``, ``MODIFIED``, ``DELETED``."""

    def get(self, kind: Kind, namespace: str, name: str) -> Object:
        """A copy of the object."""
        with self.lock:
            found = self._objects.get((kind.stored, namespace, name))
            if found is None:
                raise not_found(kind, name)
            return self._shown(kind, found)

    def list(self, kind: Kind, namespace: str, labels: str = "", fields: str = "") -> list[Object]:
        """Copies, sorted by namespace and name."""
        with self.lock:
            found = [
                self._shown(kind, item)
                for (stored, place, _), item in sorted(self._objects.items())
                if stored == kind.stored and namespace in ("", place)
            ]
        return [
            item
            for item in found
            if matches_labels(labels, item["metadata"].get("labels") or {})
            and matches_fields(fields, item)
        ]

    @property
    def version(self) -> str:
        """The resourceVersion of a list made now."""
        return str(self._version)

    def create(self, kind: Kind, namespace: str, body: Object, options: Options) -> Object:
        """POST."""
        wrong = rules.wrong_kind(kind, body)
        if wrong:
            raise wrong
        new = deepcopy(body)
        metadata = new.setdefault("metadata", {})
        self._place(kind, namespace, metadata)
        if not metadata.get("name") and metadata.get("generateName"):
            metadata["name"] = metadata["generateName"] + uuid.uuid4().hex[:5]
        name = metadata.get("name")
        if not name:
            raise invalid(kind, "", ("metadata.name", "Required value: name or generateName is"
                " required"))  # fmt: skip
        if metadata.get("resourceVersion"):
            raise bad_request("resourceVersion should not be set on objects to be created")
        with self.lock:
            if (kind.stored, namespace, name) in self._objects:
                raise exists(kind, name)
            rules.decoded(kind, new, options.strict)
            manager = ownership.Manager(options.manager, "Update", kind.api_version)
            return self._save(kind, None, new, manager, {}, options)

    def update(
        self, kind: Kind, namespace: str, name: str, body: Object, options: Options
    ) -> Object:
        """PUT."""
        wrong = rules.wrong_kind(kind, body)
        if wrong:
            raise wrong
        with self.lock:
            old = self._found(kind, namespace, name)
            new = deepcopy(body)
            self._place(kind, namespace, new.setdefault("metadata", {}))
            rules.decoded(kind, new, options.strict)
            new = self._only(kind, old, new, options)
            manager = ownership.Manager(
                options.manager, "Update", kind.api_version, options.subresource
            )
            return self._save(kind, old, new, manager, ownership.owners_of(old), options)

    def patch(
        self, kind: Kind, namespace: str, name: str, body: Any, form: str, options: Options
    ) -> Object:
        """PATCH of the form ``json``, ``merge``, ``strategic`` or ``apply``."""
        with self.lock:
            if form == "apply":
                return self._apply(kind, namespace, name, body, options)
            old = self._found(kind, namespace, name)
            shown = rules.event_as(kind, old) if kind.kind == "Event" else old
            change = {
                "json": patches.json_patch,
                "merge": patches.merge,
                "strategic": patches.strategic,
            }[form]
            new = change(deepcopy(shown), body)
            if (new.get("metadata") or {}).get("name") != name:
                raise invalid(kind, name, ("metadata.name", "Invalid value: field is immutable"))
            rules.decoded(kind, new, options.strict)
            new = self._only(kind, old, new, options)
            manager = ownership.Manager(
                options.manager, "Update", kind.api_version, options.subresource
            )
            return self._save(kind, old, new, manager, ownership.owners_of(old), options)

    def _apply(self, kind: Kind, namespace: str, name: str, body: Any, options: Options) -> Object:
        if not isinstance(body, dict) or "kind" not in body or "apiVersion" not in body:
            raise bad_request("invalid object type: apiVersion and kind are needed")
        wrong = rules.wrong_kind(kind, body)
        if wrong:
            raise wrong
        manifest = deepcopy(body)
        metadata = manifest.setdefault("metadata", {})
        self._place(kind, namespace, metadata)
        if metadata.setdefault("name", name) != name:
            raise bad_request(
                f"the name of the object ({metadata['name']}) does not match the name on the"
                f" URL ({name})"
            )
        if metadata.get("managedFields"):
            raise bad_request("metadata.managedFields must be nil")
        rules.decoded(kind, manifest, options.strict)
        old = self._objects.get((kind.stored, namespace, name))
        asked = metadata.pop("resourceVersion", None)
        if asked and (old is None or asked != old["metadata"]["resourceVersion"]):
            raise conflict(kind, name)
        if metadata.get("uid") and (old is None or old["metadata"]["uid"] != metadata["uid"]):
            raise conflict(kind, name)
        manager = ownership.Manager(options.manager, "Apply", kind.api_version)
        live = old or {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": {}}
        owners = ownership.owners_of(live)
        new, owners = ownership.apply(live, manifest, manager, owners, options.force)
        new["metadata"] |= {"name": name} | ({"namespace": namespace} if namespace else {})
        return self._save(kind, old, new, None, owners, options)

    def delete(
        self,
        kind: Kind,
        namespace: str,
        name: str,
        body: Object | None = None,
        dry_run: bool = False,
    ) -> Object:
        """DELETE."""
        with self.lock:
            old = self._found(kind, namespace, name)
            wanted = (body or {}).get("preconditions") or {}
            for part, label in (("uid", "UID"), ("resourceVersion", "ResourceVersion")):
                if wanted.get(part) and wanted[part] != old["metadata"][part]:
                    raise conflict(
                        kind, name, f"Precondition failed: {label} in precondition:"
                        f" {wanted[part]}, {label} in object meta: {old['metadata'][part]}"
                    )  # fmt: skip
            if not dry_run:
                self._version += 1
                del self._objects[kind.stored, namespace, name]
                self._tell("DELETED", kind, old)
            return old

    def set_status(self, kind: Kind, namespace: str, name: str, status: Object) -> Object:
        """What a controller or the kubelet does: no validation, no manager."""
        with self.lock:
            found = self._found(kind, namespace, name)
            if found.get("status") != status:
                self._version += 1
                found["status"] = deepcopy(status)
                found["metadata"]["resourceVersion"] = str(self._version)
                self._tell("MODIFIED", kind, found)
            return deepcopy(found)

    def _found(self, kind: Kind, namespace: str, name: str) -> Object:
        found = self._objects.get((kind.stored, namespace, name))
        if found is None:
            raise not_found(kind, name)
        return found

    @staticmethod
    def _shown(kind: Kind, found: Object) -> Object:
        copy = deepcopy(found)
        return rules.event_as(kind, copy) if kind.kind == "Event" else copy

    def _place(self, kind: Kind, namespace: str, metadata: Object) -> None:
        if not kind.namespaced:
            return
        if metadata.get("namespace", namespace) != namespace:
            raise bad_request(
                "the namespace of the provided object does not match the namespace sent on the"
                " request"
            )
        metadata["namespace"] = namespace
        with self.lock:
            if (_NAMESPACES.stored, "", namespace) not in self._objects:
                raise not_found(_NAMESPACES, namespace)

    @staticmethod
    def _only(kind: Kind, old: Object, new: Object, options: Options) -> Object:
        """A change of the status touches nothing else, and the other way round."""
        if "status" not in kind.subresources:
            return new
        if options.subresource == "status":
            return {**deepcopy(old), "status": new.get("status", {})}
        kept = {key: value for key, value in new.items() if key != "status"}
        return {**kept, **({"status": old["status"]} if "status" in old else {})}

    def _save(
        self,
        kind: Kind,
        old: Object | None,
        new: Object,
        manager: ownership.Manager | None,
        owners: ownership.Owners,
        options: Options,
    ) -> Object:
        """The end of every change: defaults, checks, versions, owners, and keeping it."""
        metadata = new["metadata"]
        name, namespace = metadata["name"], metadata.get("namespace", "")
        if kind.kind == "Event":
            new = rules.event_as(_EVENTS, new) if not kind.group else new
        if old and metadata.get("resourceVersion", "") not in (
            "", old["metadata"]["resourceVersion"]
        ):  # fmt: skip
            raise conflict(kind, name)
        if old and metadata.get("uid", old["metadata"]["uid"]) != old["metadata"]["uid"]:
            raise conflict(
                kind, name, f"Precondition failed: UID in precondition: {metadata['uid']}, UID in"
                f" object meta: {old['metadata']['uid']}"
            )  # fmt: skip
        rules.prepared(kind, new)
        rules.validated(kind, new, old)
        new["apiVersion"], new["kind"] = kind.api_version, kind.kind
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if manager:
            owners = ownership.after_update(old, new, manager, owners)
        for part in ("uid", "creationTimestamp", "generation", "resourceVersion"):
            metadata.pop(part, None)
            if old and part in old["metadata"]:
                metadata[part] = old["metadata"][part]
        if old is None:
            metadata["uid"] = str(uuid.uuid4())
            metadata["creationTimestamp"] = now
        if kind.generation:
            changed = old is not None and old.get("spec") != new.get("spec")
            metadata["generation"] = (old or {"metadata": {}})["metadata"].get("generation", 0) + (
                1 if changed or old is None else 0
            )
        ownership.record(new, owners, now, old)
        if old is not None and _same(old, new):
            return self._shown(kind, old)
        if options.dry_run:
            return self._shown(kind, new)
        self._version += 1
        metadata["resourceVersion"] = str(self._version)
        self._objects[kind.stored, namespace, name] = new
        self._tell("ADDED" if old is None else "MODIFIED", kind, new)
        return self._shown(kind, self._objects.get((kind.stored, namespace, name), new))

    def _tell(self, what: str, kind: Kind, found: Object) -> None:
        for watcher in self.watchers:
            watcher(what, kind, deepcopy(found))


_EVENTS = next(kind for kind in KINDS if kind.group == "events.k8s.io")


def _same(old: Object, new: Object) -> bool:
    return _timeless(old) == _timeless(new)


def _timeless(found: Object) -> Object:
    entries = [{**entry, "time": ""} for entry in found["metadata"].get("managedFields") or []]
    return {**found, "metadata": {**found["metadata"], "managedFields": entries}}


__all__ = ["Options", "Refused", "Store"]
