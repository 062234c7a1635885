"""The daemon's findings as problems of ours, at the place in ``config`` that they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from halsync.formats.path_text import shown
from halsync.halyard import CONFIG
from halsync.model import Problem
from halsync.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from halsync.clients.daemon.records import Finding
    from halsync.formats.document import Path
    from halsync.model import File, Severity


class Code(NamedTuple):
    """What a finding of the daemon means."""

    code: str
    severity: Severity
    title: str
    remedy: str


FOUND = Code(
    "HAL2301",
    "error",
    "The Halyard daemon itself finds fault with the configuration",
    "do what Halyard proposes; the daemon's log says more",
)

_SEVERITIES: dict[str, Severity] = {
    "INFO": "info",
    "WARNING": "warning",
    "ERROR": "error",
    "FATAL": "fatal",
}
_NODES = {"ui": "uiSecurity", "api": "apiSecurity", "notification": "notifications"}
"""Names of nodes that are no form of their key's: ``UiSecurity.getNodeName`` and the like."""


def problems_of(
    findings: Iterable[Finding], files: Mapping[str, File] | None = None
) -> list[Problem]:
    """The findings as problems.

    Args:
        findings: of a task.
        files: the tree that Halyard was asked about; with it, places get lines.
    """
    config = files.get(CONFIG) if files else None
    document = lines = None
    if config is not None:
        from halsync.formats.yaml import parse

        parsed = parse(config.content)
        document = parsed.documents[0] if parsed.documents else None
        lines = parsed.lines
    found = []
    for finding in findings:
        path = located(document.value, finding.location) if document else ()
        line, column = document.locate_key(path) if document and path else (0, 0)
        found.append(
            Problem(
                FOUND.code,
                "daemon",
                _SEVERITIES[finding.severity],
                f"Halyard: {finding.message}",
                _hint(finding),
                # A place that is in no file is still worth telling.
                CONFIG if path or (config is not None and finding.location) else "",
                line,
                column,
                shown(path) if path else finding.location,
                lines.line(line) if lines and line else "",
                config.origin if config is not None else None,
            )
        )
    return found


def located(config: Any, location: str) -> Path:
    """The place in a halconfig that the names of nodes lead to, as far as they do.

    ``default.provider.kubernetes.prod`` →
    ``("deploymentConfigurations", 0, "providers", "kubernetes", "accounts", 2)``.
    """
    if not location or location == "Global" or not isinstance(config, dict):
        return ()
    deployments = config.get("deploymentConfigurations")
    parts = location.split(".")
    found = _item(deployments, parts)
    if found is None:
        return ()
    index, taken = found
    path: list[str | int] = ["deploymentConfigurations", index]
    value: Any = deployments[index] if isinstance(deployments, list) else None
    parts = parts[taken:]
    while parts:
        step = _step(value, parts)
        if step is None:
            break
        inner, taken = step
        for part in inner:
            value = value[part]
        path += inner
        parts = parts[taken:]
    return tuple(path)


def _step(value: Any, parts: list[str]) -> tuple[tuple[str | int, ...], int] | None:
    """Where the first of the names leads from here, and how many of them it took."""
    if not isinstance(value, dict):
        return None
    wanted = _NODES.get(parts[0], parts[0]).lower()
    for key in value:
        if str(key).lower() in (wanted, f"{wanted}s", f"{wanted[:-1]}ies"):
            return (key,), 1
    for key, below in value.items():
        found = _item(below, parts)
        if found is not None:
            return (key, found[0]), found[1]
    return None


def _item(items: Any, parts: list[str]) -> tuple[int, int] | None:
    """The item of a list that goes by the next name, which may hold dots itself."""
    if not isinstance(items, list):
        return None
    for count in range(len(parts), 0, -1):
        name = ".".join(parts[:count])
        for index, item in enumerate(items):
            if isinstance(item, dict) and name in (item.get("name"), item.get("id")):
                return index, count
    return None


def _hint(finding: Finding) -> str:
    legal = f"legal here: {', '.join(finding.options[:10])}" if finding.options else ""
    return "; ".join(part for part in (finding.remediation, legal) if part) or FOUND.remedy
