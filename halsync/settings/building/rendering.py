"""``render`` beyond placeholders: the steps, and the preset."""

from __future__ import annotations

from halsync.settings.options.rendering import RENDERING
from halsync.settings.rendering import plan_of, read_steps, render_section
from halsync.settings.resolve import Effective
from halsync.settings.steps import Preset, Surroundings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from halsync.settings.resolve import Values
    from halsync.settings.steps import RenderPlan

_BY_KEY = {option.key: option for option in RENDERING}
_STEPS = ("variants", "overlays", "files", "patches")
_PRESET = ("render.preset", "render.chart", "render.values")
_SURROUNDINGS = ("release", "namespace", "nodeIp", "servicesFile", "secretsDir", "sshKey")


def plan_settings(values: Values) -> RenderPlan | None:
    """The steps of rendering, which most installations do without."""
    raws = {key: values.raw(f"render.{key}") for key in _STEPS}
    if not any(raws.values()):
        return None
    steps: dict[str, tuple[Any, ...]] = {}
    for key, raw in raws.items():
        if raw is None:
            continue
        if isinstance(raw.value, tuple):
            steps[key] = raw.value
            continue
        texts = raw.value if isinstance(raw.value, list) else [raw.value]
        words = [word.strip() for text in texts for word in str(text).split(",") if word.strip()]
        found = read_steps(key, words, lambda _, origin=raw.origin: origin)  # type: ignore[misc]
        for wrong in found.mistakes:
            values.wrong(raw, f"render.{key}: {wrong.message}", wrong.hint)
        steps[key] = found.steps
    plan = plan_of(steps)
    for key, shown in (render_section(plan) if plan else {}).items():
        raw = raws[key]
        values.add(Effective(f"render.{key}", shown, raw.origin if raw else ""))
    return plan


def preset_settings(values: Values) -> Preset | None:
    """The preset with what belongs to it."""
    name, _, given = (values.raw(key) for key in _PRESET)
    around = tuple(f"render.{key}" for key in _SURROUNDINGS)
    if name is None:
        for key in (*_PRESET[1:], *around):
            raw = values.raw(key)
            if raw is not None:
                message = f"{key} belongs to a preset, and none is chosen"
                values.wrong(raw, message, "add render.preset: opsmx")
        return None
    found = Preset(
        values.get(_BY_KEY["render.preset"]),
        values.get(_BY_KEY["render.chart"]),
        declared_at=name.origin,
        surroundings=Surroundings(*(values.get(_BY_KEY[key]) for key in around)),
    )
    if given is None:
        return found
    if isinstance(given.value, dict):
        # Shown as a whole would be too much, and would show secrets.
        values.add(Effective("render.values", "(inline)", given.origin))
        return found._replace(values=given.value)
    if not isinstance(given.value, str) or not given.value:
        values.wrong(given, "render.values must be a mapping, or the path of a file", "")
        return found
    path = values.path(given, given.value)
    values.add(Effective("render.values", path, given.origin))
    return found._replace(values_file=path)
