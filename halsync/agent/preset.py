"""From the settings to the steps of their preset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halsync.render.presets.opsmx.plan import prepare
from halsync.render.presets.opsmx.surroundings import Facts
from halsync.render.presets.opsmx.values import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halsync.model import Problem, Tree
    from halsync.settings.model import Settings
    from halsync.settings.steps import RenderPlan


def steps_of(settings: Settings, tree: Tree) -> tuple[RenderPlan, Sequence[Problem]]:
    """What the preset does to the composed tree, and what it finds on the way.

    Raises:
        ConfigError: the values cannot be read, or are not those of such an installation.
    """
    if settings.preset is None:
        raise ValueError("no preset is chosen")
    facts = Facts(own=frozenset(item.name for item in settings.placeholders))
    prepared = prepare(read(settings.preset), facts, tree)
    return prepared.plan, prepared.problems
