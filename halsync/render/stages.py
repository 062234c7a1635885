"""All stages of rendering, in their order.

1. variants, 2. overlays, 3. file steps, 4. patches, 5. placeholders (and, later, secret
references). Each is only imported if the plan has something for it to do.
"""

from __future__ import annotations

from halsync.render.filling import Rendered, render

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from halsync.model import Problem, Tree
    from halsync.render.placeholders import Placeholder
    from halsync.render.trail import Trail
    from halsync.settings.steps import RenderPlan


def apply(tree: Tree, plan: RenderPlan, placeholders: Sequence[Placeholder]) -> Rendered:
    """Carry out a plan.

    Args:
        placeholders: what :func:`halsync.render.placeholders.lookup` makes of those of the plan.

    Files that no step changes are the same objects afterwards. Problems stand where a person
    wrote what is wrong: in the source's file, the overlay's, or the settings.

    Raises:
        RenderError: a file does not read back as intended after rendering: a bug.
    """
    if not (plan.variants or plan.overlays or plan.files or plan.patches):
        return render(tree, placeholders)
    from halsync.render.bench import Bench

    bench = Bench(tree)
    if plan.variants:
        from halsync.render.variants import choose

        choose(bench, plan.variants)
    if plan.overlays:
        from halsync.render.overlays import lay

        lay(bench, plan.overlays)
    if plan.files:
        from halsync.render.file_steps import carry_out

        carry_out(bench, plan.files)
    if plan.patches:
        from halsync.render.patches import patch

        patch(bench, plan.patches)
    bench.flush_all()
    changed = tree._replace(files=bench.files, dangling=bench.dangling)
    done = render(changed, placeholders)
    problems = [*bench.problems, *_followed(done.problems, bench.trail, changed)]
    bench.trail.fill_in(changed, done.edits, placeholders)
    return Rendered(done.tree, done.replaced, problems, done.edits, bench.trail)


def followed(problems: Sequence[Problem], composed: Tree, rendered: Rendered) -> Sequence[Problem]:
    """Problems of the rendered files, at the places where a person wrote what is wrong.

    ``composed`` is the tree before rendering.
    """
    changed = rendered.edits if rendered.trail is None else rendered.trail.changes
    if not any(problem.file in changed for problem in problems):
        return problems
    from halsync.render.trail import trail_of

    return _followed(problems, trail_of(composed, rendered, ()), rendered.tree)


def _followed(problems: Sequence[Problem], trail: Trail, tree: Tree) -> Sequence[Problem]:
    if not any(problem.file in trail.changes for problem in problems):
        return problems
    from halsync.render.origins import follow, forget

    try:
        return [follow(problem, trail, tree) for problem in problems]
    finally:
        forget()
