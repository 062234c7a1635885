"""Names of a pod's fields, as the downward API writes them."""

from __future__ import annotations

from halsync.patterns import Pattern

_IN_FILES = ("metadata.name", "metadata.namespace", "metadata.uid")
_MAPS = ("metadata.labels", "metadata.annotations")
KEYED = Pattern(r"(metadata\.(?:labels|annotations))\['([^']+)'\]\Z")
_BY_VARIABLE = (
    "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs",
    "status.podIP", "status.podIPs",
)  # fmt: skip


def mistake(name: str) -> tuple[str, str] | None:
    """Why this is no field that files can give, and what to do; None if it is one."""
    if name in _IN_FILES or name in _MAPS or KEYED.match(name):
        return None
    if name in _BY_VARIABLE:
        return (
            f"{name} is given to containers only as an environment variable",
            "declare a variable with valueFrom.fieldRef and write {env: NAME}",
        )
    from halsync.paths import nearest

    legal = (*_IN_FILES, "metadata.labels['key']", "metadata.annotations['key']")
    near = nearest(name, legal)
    return (
        f"{name!r} is no field of a pod",
        f"did you mean {near}?" if near else f"legal are {', '.join(legal)}",
    )
