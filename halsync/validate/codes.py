"""The problem codes of the first gate, in one table. Further stages add tables of their own."""

from __future__ import annotations

from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.model import Group, Severity


class Code(NamedTuple):
    """What a problem code stands for."""

    title: str
    severity: Severity
    """Unless the place of the file makes it more or less severe."""
    remedy: str
    group: Group = "parse"


CODES: dict[str, Code] = {
    "HAL0001": Code("not YAML", "error", "correct the syntax at the place shown"),
    "HAL0002": Code("not JSON", "error", "correct the syntax at the place shown"),
    "HAL0003": Code("not UTF-8 text", "error", "save the file as UTF-8"),
    "HAL0004": Code("control character", "error", "remove the character"),
    "HAL0005": Code("nested too deep", "error", "flatten the structure"),
    "HAL0006": Code("too large to be parsed", "error", "split the file or repeat less by aliases"),
    "HAL0007": Code("tag that Halyard does not know", "error", "remove the tag or quote the text"),
    "HAL0008": Code("alias or merge that leads nowhere", "error", "define the anchor before it"),
    "HAL0009": Code("several documents", "error", "keep one document and remove the '---' lines"),
    "HAL0010": Code("duplicate key", "warning", "remove one of the two; the last one wins"),
    "HAL0020": Code("no config", "error", "point the source at the directory that holds config"),
    "HAL0021": Code("empty config", "error", "write the halconfig into config"),
    "HAL0022": Code("config is no halconfig", "error", "give config a halconfig's structure"),
    "HAL0023": Code("unknown current deployment", "error", "name one of the deployments"),
    "HAL0024": Code("deployment without a name of its own", "error", "give each its own name"),
    "HAL0030": Code("unresolved placeholder", "error", "give it a value with --set", "render"),
    "HAL0031": Code("dangling link", "warning", "add the target to the source, or remove the link"),
    "HAL0040": Code("comment that leaves nothing out", "warning", "remove the code", "rules"),
    "HAL0041": Code(
        "comment to halsync that is not understood",
        "warning",
        "write it like # halsync: ignore[HAL0403] because …",
        "rules",
    ),
    "HAL0042": Code(
        "problem left out without a reason",
        "info",
        "write the reason behind the bracket",
        "rules",
    ),
    "HAL0050": Code(
        "mistake in halsync.yaml", "error", "correct it; see docs/reference.md", "schema"
    ),
}
"""Code → meaning. A code is never reused for something else."""
