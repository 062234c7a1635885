"""Carrying out plans on trees of a few files."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from halsync.render.placeholders import Placeholder
from halsync.render.stages import apply
from halsync.settings.rendering import plan_of, read_steps
from halsync.settings.steps import RenderPlan
from tests.render.oracle import tree_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from halsync.model import Problem
    from halsync.render import Rendered

KEYS = ("variants", "overlays", "files", "patches")


def _declared_at(key: int, entry: int) -> str:
    return f"halsync.yaml:{key}0{entry + 1}"


def plan(render: Mapping[str, Any]) -> RenderPlan:
    """The plan that a ``render:`` section says; the n-th entry of a key stands at
    ``halsync.yaml:<key's number>0<n>``."""
    steps = {}
    for number, key in enumerate(KEYS, 1):
        found = read_steps(key, render.get(key, []), partial(_declared_at, number))
        assert not found.mistakes, [wrong.message for wrong in found.mistakes]
        steps[key] = found.steps
    return plan_of(steps) or RenderPlan()


def carry_out(
    files: Mapping[str, bytes | str],
    render: Mapping[str, Any],
    placeholders: Sequence[Placeholder] = (),
) -> Rendered:
    """Render a tree."""
    return apply(tree_of(files), plan(render), placeholders)


def done(
    files: Mapping[str, bytes | str], render: Mapping[str, Any], **values: str | int | bool
) -> dict[str, str]:
    """The rendered files; nothing may be found wrong."""
    given = [Placeholder(name, value, False, "--set") for name, value in values.items()]
    rendered = carry_out(files, render, given)
    assert rendered.problems == []
    return {path: file.content.decode() for path, file in rendered.tree.files.items()}


def wrong(files: Mapping[str, bytes | str], render: Mapping[str, Any]) -> Problem:
    """The one problem of a rendering."""
    (problem,) = carry_out(files, render).problems
    assert problem.severity == "error"
    return problem
