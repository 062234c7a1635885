"""``kubernetes``: from what a person wrote to :class:`ClusterSettings`."""

from __future__ import annotations

import re

from halsync.settings.cluster import ClusterSettings
from halsync.settings.options_cluster import CLUSTER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from halsync.settings.resolve import Values

_BY_KEY = {option.key: option for option in CLUSTER}
_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_NAME = rf"{_LABEL}(\.{_LABEL})*"


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
        ("podName", found.pod_name, _NAME),
    ):
        raw = values.raw(f"kubernetes.{key}")
        if raw and name and not re.fullmatch(legal, name):
            values.wrong(
                raw,
                f"kubernetes.{key}: {name[:80]!r} cannot be its name",
                "use small letters, digits and '-'",
            )
    return found
