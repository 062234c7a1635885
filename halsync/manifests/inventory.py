"""What halsync applied, remembered in a ConfigMap: the base of pruning.

Each entry is ``KIND.NAME: {"uid": …, "made": true}`` (or ``NAMESPACE_KIND.NAME``: keys of a
ConfigMap hold no slash, names no underscore). ``made`` is false for what existed before halsync
first applied it, and such an object is never deleted.
"""

from __future__ import annotations

from json import dumps, loads
from typing import TYPE_CHECKING

from halsync.clients.kubernetes.objects import find, server_side_apply
from halsync.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from halsync.clients.kubernetes.api import Api

LABEL = "halsync.io/inventory"
"""On everything that halsync applies: name of the inventory."""


class Entry(NamedTuple):
    """One applied object."""

    uid: str
    made: bool
    """Whether it did not exist before."""


def read(api: Api, name: str) -> dict[str, Entry]:
    """What was applied; empty if nothing ever was. Keys: :attr:`Manifest.identity`.

    Entries that a person spoiled are passed over: what they name is not pruned.
    """
    found = find(api, "ConfigMap", name)
    entries = {}
    for key, text in ((found or {}).get("data") or {}).items():
        try:
            value = loads(text)
            entry = Entry(str(value["uid"]), value["made"] is True)
        except (ValueError, TypeError, KeyError):
            continue
        # The own namespace may have been a foreign one to whoever wrote it.
        entries[_identity(key).removeprefix(f"{api.namespace}/")] = entry
    return entries


def write(api: Api, name: str, entries: Mapping[str, Entry]) -> None:
    """Replace it."""
    server_side_apply(
        api,
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": name,
                "labels": {"app.kubernetes.io/managed-by": "halsync"},
                "annotations": {
                    "halsync.io/about": "what halsync applied from its repository; see"
                    " docs/cluster.md before you change it"
                },
            },
            "data": {
                key_of(identity): dumps({"uid": entry.uid, "made": entry.made})
                for identity, entry in sorted(entries.items())
            },
        },
        force=True,
    )


def key_of(identity: str) -> str:
    """Under which an object is remembered; as every key it has 253 characters at most."""
    *namespace, kind, name = identity.split("/")
    return "".join(f"{part}_" for part in namespace) + f"{kind}.{name}"


def _identity(key: str) -> str:
    namespace, _, rest = key.rpartition("_")
    kind, _, name = rest.partition(".")
    return "/".join(part for part in (namespace, kind, name) if part)
