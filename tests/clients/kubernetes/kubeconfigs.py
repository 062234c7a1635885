"""Kubeconfigs that tests write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from halsync.settings.cluster import ClusterSettings


def kubeconfig(directory: Path, cluster: dict[str, Any], **user: Any) -> ClusterSettings:
    """Settings that name a kubeconfig for this cluster, as this user."""
    config = {
        "current-context": "c",
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    }
    path = directory / "kubeconfig"
    path.write_text(yaml.safe_dump(config))
    return ClusterSettings(kubeconfig=str(path), namespace="opsmx")
