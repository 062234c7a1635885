"""Paths of the API, made of checked parts and taken apart again.

Names come from repositories. A name that is not one that Kubernetes allows never gets into a
path, so it can neither add a segment nor a query, nor lead into another namespace.
"""

from __future__ import annotations

import re

from halsync.errors import ConfigError
from halsync.records import NamedTuple

_NAME = r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?"
"""A DNS subdomain, which the names of all kinds used here are."""
_KEY = r"[-._a-zA-Z0-9]+"
"""A key of a Secret or ConfigMap."""
_SEGMENT = r"[A-Za-z0-9]([-A-Za-z0-9._:]*[A-Za-z0-9])?"


class Target(NamedTuple):
    """What a path is about."""

    group: str
    """Empty for the core group."""
    version: str
    namespace: str
    """Empty for what belongs to no namespace."""
    resource: str
    """In the plural, as the API spells it: ``statefulsets``."""
    name: str = ""
    """Empty for the collection."""
    subresource: str = ""


def legal_name(name: str) -> bool:
    """Whether an object can have this name."""
    return len(name) <= 253 and ".." not in name and bool(re.fullmatch(_NAME, name))


def legal_namespace(name: str) -> bool:
    """Whether a namespace can have this name: a DNS label."""
    return legal_name(name) and "." not in name and len(name) <= 63


def legal_key(key: str) -> bool:
    """Whether a Secret or ConfigMap can hold this key."""
    return len(key) <= 253 and key not in (".", "..") and bool(re.fullmatch(_KEY, key))


def checked_name(name: str, kind: str = "object") -> str:
    """The name itself, if an object can have it.

    Raises:
        ConfigError: it cannot.
    """
    if not legal_name(name):
        raise ConfigError(
            f"{name[:80]!r} cannot be the name of a {kind}",
            hint="names are made of small letters, digits, '-' and '.', 253 at most",
        )
    return name


def path_of(
    api_version: str,
    resource: str,
    namespace: str,
    name: str | None = None,
    subresource: str = "",
) -> str:
    """The path of an object, or of the collection if the name is None.

    ``path_of("apps/v1", "statefulsets", "opsmx", "halyard")`` is
    ``/apis/apps/v1/namespaces/opsmx/statefulsets/halyard``.

    Raises:
        ConfigError: a part is not one that Kubernetes allows.
    """
    root = "apis" if "/" in api_version else "api"
    if not legal_namespace(namespace):
        raise ConfigError(
            f"{namespace[:80]!r} cannot be the name of a namespace",
            hint="set kubernetes.namespace (HALSYNC_KUBERNETES_NAMESPACE)",
        )
    parts = ["", root, *api_version.split("/"), "namespaces", namespace, resource]
    if name is not None:
        parts.append(checked_name(name, resource.removesuffix("s")))
    if subresource:
        parts.append(subresource)
    path = "/".join(parts)
    if taken_apart(path) is None:
        raise ConfigError(f"no kind of object is called {api_version[:80]!r} {resource[:80]!r}")
    return path


def taken_apart(path: str) -> Target | None:
    """What the path is about; None if it is not a path of an object or a collection."""
    root, *parts = path.split("/")
    if root or not all(re.fullmatch(_SEGMENT, part) and ".." not in part for part in parts):
        return None
    group = ""
    if parts[:1] == ["apis"] and len(parts) > 3:
        group, version, *rest = parts[1:]
    elif parts[:1] == ["api"] and len(parts) > 2:
        version, *rest = parts[1:]
    else:
        return None
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2:
        namespace, *rest = rest[1:]
    if len(rest) > 3:
        return None
    return Target(group, version, namespace, *rest)
