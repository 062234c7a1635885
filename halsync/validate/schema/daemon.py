"""The daemon's own ``halyard.yml``: a Spring file, so its content is open.

Only two things can be known: a key that nothing reads, and a value that Spring cannot bind.
Keys may be nested, dotted, or both; a value with ``${`` is filled in by Spring.
"""

from __future__ import annotations

from halsync.validate.schema.tables import read_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from halsync.formats.document import Document
    from halsync.validate.schema.findings import Findings

_BOOLEANS = frozenset({"true", "false", "on", "off", "yes", "no", "1", "0"})
"""What Spring takes for one, in any case."""


def check_daemon(document: Document, found: Findings) -> None:
    """Report keys without effect and values of the wrong type."""
    kinds, useless = {}, set()
    for line in read_table("halyard").splitlines()[1:]:
        key, _, kind = line.partition(" ")
        if key[0] == "-":
            useless.add(key[1:])
        else:
            kinds[key] = kind
    if not isinstance(document.value, dict):
        found.wrong_shape(document.value, "a mapping")
        return
    _section(document.value, "", kinds, useless, found)


def _section(
    value: dict[str, Any], prefix: str, kinds: dict[str, str], useless: set[str], found: Findings
) -> None:
    for key, item in value.items():
        dotted = f"{prefix}.{key}" if prefix else key
        found.path.append(key)
        if dotted in useless:
            message = f"nothing in Halyard reads '{dotted}'"
            found.at_key("HAL0430", message, _instead(dotted))
        elif isinstance(item, dict) and len(found.path) < 50:
            _section(item, dotted, kinds, useless, found)
        elif dotted in kinds:
            _value(item, kinds[dotted], found)
        found.path.pop()


def _instead(key: str) -> str:
    better = {
        "halconfig.filesystem.path": "halyard.halconfig.directory",
        "spinnaker.artifacts.debian": "spinnaker.artifacts.debianRepository",
        "spinnaker.artifacts.docker": "spinnaker.artifacts.dockerRegistry",
    }.get(key)
    return f"remove it, or use {better}" if better else "remove it"


def _value(item: Any, kind: str, found: Findings) -> None:
    if item is None or (isinstance(item, str) and ("${" in item or not item.strip())):
        return
    if isinstance(item, dict | list):
        # Spring joins a list into text, so only numbers and booleans cannot be one.
        if kind != "s":
            found.wrong_shape(item, "one value")
    elif kind == "b" and not isinstance(item, bool):
        if str(item).lower() not in _BOOLEANS:
            found.not_converted(item, "b", "value", ())
    elif kind == "l" and (
        isinstance(item, bool | float)
        or (isinstance(item, str) and not item.strip().lstrip("+-").isdecimal())
    ):
        found.not_converted(item, "l", "value", ())
