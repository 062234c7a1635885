"""Rendering with more than placeholders: the settings' steps, after those of a preset."""

from __future__ import annotations

from halsync.render.placeholders import Placeholder, lookup
from halsync.render.stages import apply
from halsync.settings.steps import RenderPlan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from halsync.model import Problem, Tree
    from halsync.render import Rendered
    from halsync.settings.model import Settings


def carry_out(
    settings: Settings, tree: Tree, own: Sequence[Placeholder]
) -> tuple[Rendered, Sequence[Placeholder]]:
    """Render, and the placeholders that were declared, by a preset or by the settings.

    Args:
        own: the placeholders of the settings, looked up already.

    Raises:
        RenderError: a placeholder of the preset has no value.
        ConfigError: the preset does not fit the installation.
    """
    plan = settings.plan or RenderPlan()
    problems: Sequence[Problem] = ()
    placeholders = list(own)
    if settings.preset is not None:
        from halsync.agent.preset import steps_of

        preset, problems, scopes = steps_of(settings, tree)
        names = {item.name for item in own}
        added = [item for item in preset.placeholders if item.name not in names]
        placeholders = [
            *lookup(added, settings.pod_info),
            *(item._replace(files=item.files or scopes.get(item.name, ())) for item in own),
        ]
        plan = preset.followed_by(plan)
    rendered = apply(tree, plan, placeholders)
    return rendered._replace(problems=[*problems, *rendered.problems]), placeholders
