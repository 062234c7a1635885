"""The problem codes of what sources bring, HAL01xx, for whoever explains them."""

from __future__ import annotations

from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.model import Group, Severity


class Code(NamedTuple):
    """What a problem code stands for."""

    title: str
    severity: Severity
    remedy: str
    group: Group = "source"


_LIMIT = "point the source at a sub-path, or raise the limit in halsync.yaml"

CODES: dict[str, Code] = {
    "HAL0101": Code("path that may not be published", "error", "rename it in the source"),
    "HAL0102": Code(
        "link that leads out of the source, or in a circle",
        "error",
        "replace it by the file itself, or by a relative link inside the source",
    ),
    "HAL0103": Code("file too large", "error", "remove it, or raise limits.fileBytes"),
    "HAL0104": Code("too many files", "error", _LIMIT),
    "HAL0105": Code("too many bytes in all", "error", _LIMIT),
    "HAL0106": Code("path too long", "error", "shorten it, or raise limits.pathLength"),
    "HAL0107": Code("names that differ only in case", "error", "rename one of the two"),
    "HAL0108": Code("neither file nor directory nor link", "error", "remove it from the source"),
    "HAL0109": Code(
        "sources in conflict",
        "error",
        "remove one of the two, or mount one source elsewhere (mount)",
    ),
    "HAL0110": Code("left out: Halyard writes it", "info", "remove it from the source"),
    "HAL0111": Code(
        "Git LFS pointer instead of a file",
        "error",
        "set lfs: true (source git), or store the file itself",
    ),
    "HAL0112": Code(
        "submodule that cannot be used", "error", "change .gitmodules, or set submodules: off"
    ),
    "HAL0116": Code(
        "Vault secret that cannot be a file",
        "error",
        "give it content, encoding and mode as docs/sources.md tells, or set vault.layout",
    ),
}
"""Code → meaning. A code is never reused for something else."""
