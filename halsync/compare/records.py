"""The findings of a comparison. Everything in them is masked: they may be shown and logged."""

from __future__ import annotations

from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal


class ValueChange(NamedTuple):
    """One value of a YAML or JSON file."""

    kind: Literal["added", "removed", "changed", "order"]
    """``order``: the named items of a list are the same in another order."""
    path: str
    """``deploymentConfigurations[default].providers.kubernetes.accounts[prod].context``."""
    old: str = ""
    """As JSON, shortened; empty where there was nothing."""
    new: str = ""


class FileChange(NamedTuple):
    """One file that differs."""

    path: str
    kind: Literal["added", "removed", "changed", "mode"]
    """``mode``: only the executable flag differs."""
    executable: bool | None = None
    """What the flag becomes, where it changes."""
    old_size: int = 0
    """Bytes."""
    new_size: int = 0
    values: tuple[ValueChange, ...] = ()
    """For YAML and JSON."""
    lines: tuple[str, ...] = ()
    """For other text: a unified excerpt, each line with ``+``, ``-``, a space or ``@``."""
    added_lines: int = 0
    removed_lines: int = 0
    note: str = ""
    """``binary``, ``formatting and comments only``, …"""
