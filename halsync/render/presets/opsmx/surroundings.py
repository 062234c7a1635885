"""What the chart takes from the cluster, behind small interfaces.

A Kubernetes client can stand behind each as well as the files that are read here.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from halsync.errors import ConfigError
from halsync.settings.model import SecretRef

if TYPE_CHECKING:
    from collections.abc import Mapping


class Service(NamedTuple):
    """What rendering needs to know of a Kubernetes Service."""

    addresses: tuple[str, ...] = ()
    """IP addresses of its load balancer."""
    node_ports: tuple[tuple[int, int], ...] = ()
    """Port of the Service and port of the node, for each port that has one."""


class Services(Protocol):
    """Finds Services of the release's namespace."""

    def find(self, name: str) -> Service | None:
        """The Service of that name; None if there is none."""

    def node_ip(self) -> str:
        """Address of the node that the pod runs on; empty if not known."""


class Secrets(Protocol):
    """Finds values in Secrets of the release's namespace."""

    def path(self, name: str, key: str) -> str:
        """File that holds the value, whether or not it exists; empty if files are not used."""

    def read(self, name: str, key: str) -> str | None:
        """The value as text; None if the Secret or the key is missing."""


class Facts(NamedTuple):
    """The surroundings of one installation."""

    release: str = ""
    """Name of the Helm release."""
    namespace: str = ""
    """Namespace of the pod; empty: asked of the pod when it is needed."""
    node_ip: str = ""
    ssh_key: SecretRef = SecretRef()
    """Private key with which the config server reads the dynamic accounts."""
    own: frozenset[str] = frozenset()
    """Placeholders that the user's settings declare, which count more than the preset's."""
    services: Services | None = None
    secrets: Secrets | None = None
    looks: bool = True
    """Whether the cluster may be asked at all. If not, what only it knows is left as it is."""


class ServicesFile:
    """What ``kubectl get services -o json`` (or yaml) printed, or one Service of it."""

    def __init__(self, services: Mapping[str, Service]) -> None:
        self._services = services

    def find(self, name: str) -> Service | None:
        """See :class:`Services`."""
        return self._services.get(name)

    def node_ip(self) -> str:
        """See :class:`Services`; a list of Services does not tell."""
        return ""

    @staticmethod
    def read(path: str) -> ServicesFile:
        """
        Raises:
            ConfigError: the file cannot be read, or holds something else.
        """
        from halsync.formats.yaml import parse

        hint = "make it with: kubectl get services -o json"
        try:
            with open(path, "rb") as stream:
                parsed = parse(stream.read())
        except OSError as error:
            reason = (error.strerror or "unreadable").lower()
            raise ConfigError(
                f"cannot read the Services: {reason}", where=path, hint=hint
            ) from None
        if parsed.failed:
            issue = next(issue for issue in parsed.issues if issue.severity == "error")
            raise ConfigError(issue.message, where=f"{path}:{issue.line}", hint=hint)
        services: dict[str, Service] = {}
        for document in parsed.documents:
            value = document.value
            items = value.get("items") if isinstance(value, dict) else None
            for item in items if isinstance(items, list) else [value]:
                services.update(_service(item, path, hint))
        return ServicesFile(services)


def service_of(item: Mapping[str, Any]) -> Service:
    """A Service as the API writes it."""
    ingress = ((item.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    ports = (item.get("spec") or {}).get("ports") or []
    return Service(
        tuple(entry["ip"] for entry in ingress if entry.get("ip")),
        tuple((port["port"], port["nodePort"]) for port in ports if port.get("nodePort")),
    )


def _service(item: Any, path: str, hint: str) -> dict[str, Service]:
    try:
        if item["kind"] != "Service":
            return {}
        return {item["metadata"]["name"]: service_of(item)}
    except (KeyError, TypeError, AttributeError):
        raise ConfigError("this is no list of Services", where=path, hint=hint) from None


class SecretsDirectory:
    """A directory that holds one directory for each Secret, which holds a file for each key:
    what mounting Secrets side by side gives."""

    def __init__(self, directory: str) -> None:
        self._directory = directory

    def path(self, name: str, key: str) -> str:
        """See :class:`Secrets`."""
        return os.path.join(self._directory, name, key)

    def read(self, name: str, key: str) -> str | None:
        """See :class:`Secrets`. One trailing line break is dropped.

        Raises:
            ConfigError: the file is there but cannot be read, or is not text.
        """
        from halsync.redact import register

        path = self.path(name, key)
        try:
            with open(path, encoding="utf-8") as stream:
                value = stream.read().removesuffix("\n").removesuffix("\r")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
            raise ConfigError(
                f"cannot read this part of the Secret {name}: {reason}",
                where=path,
                hint="mount the Secret there, readable by this user",
            ) from None
        register(value)
        return value
