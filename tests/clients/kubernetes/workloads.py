"""Objects that tests put into the cluster."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def stateful_set(
    name: str = "halyard", image: str = "registry.k8s.io/pause:3.10"
) -> dict[str, Any]:
    """One replica with one container."""
    return {
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {
            "replicas": 1,
            "serviceName": name,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {
                    "terminationGracePeriodSeconds": 0,
                    "containers": [{"name": "halyard", "image": image}],
                },
            },
        },
    }


def eventually(found: Callable[[], Any], seconds: float = 60.0) -> Any:
    """What ``found`` returns as soon as it is true; a cluster takes its time."""
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)
    return value
