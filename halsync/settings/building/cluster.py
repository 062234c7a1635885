"""``kubernetes``, ``manifests`` and ``accounts``."""

from __future__ import annotations

import re

from halsync.settings.cluster import ClusterSettings
from halsync.settings.manifests import (
    OPSMX_PATHS,
    AccountsSettings,
    JasyptSettings,
    ManifestSettings,
)
from halsync.settings.options.cluster import CLUSTER, MANIFESTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from halsync.settings.resolve import Values

_BY_KEY = {option.key: option for option in (*CLUSTER, *MANIFESTS)}
_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_POD = rf"{_LABEL}(\.{_LABEL})*"
_OBJECT = r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?"


def cluster_settings(values: Values) -> ClusterSettings:
    """Mistakes are recorded in ``values``."""

    def get(key: str) -> Any:
        return values.get(_BY_KEY[f"kubernetes.{key}"])

    found = ClusterSettings(
        kubeconfig=get("kubeconfig"),
        context=get("context"),
        namespace=get("namespace"),
        pod_name=get("podName"),
        service_account=get("serviceAccountDir"),
    )
    for key, name, legal in (
        ("namespace", found.namespace, _LABEL),
        ("podName", found.pod_name, _POD),
    ):
        raw = values.raw(f"kubernetes.{key}")
        if raw and name and not re.fullmatch(legal, name):
            values.wrong(
                raw,
                f"kubernetes.{key}: {name[:80]!r} cannot be its name",
                "use small letters, digits and '-'",
            )
    return found


def manifest_settings(values: Values, *, opsmx: bool) -> ManifestSettings:
    """Mistakes are recorded in ``values``. ``opsmx``: that preset is chosen."""

    def get(key: str) -> Any:
        return values.get(_BY_KEY[f"manifests.{key}"])

    found = ManifestSettings(
        paths=tuple(path.strip("/") for path in get("paths")) or (OPSMX_PATHS if opsmx else ()),
        kinds=get("kinds") or ManifestSettings().kinds,
        namespaces=get("namespaces"),
        apply=get("apply"),
        prune=get("prune"),
        force=get("force"),
        inventory=get("inventory"),
        jasypt=JasyptSettings(
            password=get("jasypt.password"),
            secret=get("jasypt.secret"),
            key=get("jasypt.key"),
            algorithm=get("jasypt.algorithm"),
        ),
    )
    for key, name in (("inventory", found.inventory), ("jasypt.secret", found.jasypt.secret)):
        raw = values.raw(f"manifests.{key}")
        if raw and not re.fullmatch(_OBJECT, name):
            values.wrong(
                raw,
                f"manifests.{key}: {name[:80]!r} cannot be the name of an object",
                "use small letters, digits, '-' and '.'",
            )
    return found


def accounts_settings(values: Values) -> AccountsSettings:
    """Mistakes are recorded in ``values``."""

    def get(key: str) -> Any:
        return values.get(_BY_KEY[f"accounts.{key}"])

    found = AccountsSettings(
        directory=get("directory"),
        seen_as=get("seenAs"),
        files=get("files") or AccountsSettings().files,
        interval=get("interval") or 0.0,
        mode=get("mode"),
        group=get("group"),
    )
    raw = values.raw("accounts.seenAs")
    if raw and found.seen_as and not found.seen_as.startswith("/"):
        values.wrong(raw, "accounts.seenAs must be an absolute path", "begin it with /")
    raw = values.raw("accounts.mode")
    if raw and found.mode & 0o137:
        values.wrong(
            raw,
            "accounts.mode lets others at files that hold credentials",
            "the most is 640: the owner reads and writes, the group reads",
        )
    return found
