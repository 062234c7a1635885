"""What rendering is told to do: the records of :mod:`halsync.settings.steps`, and ``apply``.

A preset makes a :class:`RenderPlan`; :func:`halsync.render.stages.apply` carries it out;
:func:`halsync.settings.rendering.render_section` writes it as the ``render:`` section of a
``halsync.yaml``, and reading that gives an equal plan (places of declaration aside).
"""

from __future__ import annotations

from halsync.settings.steps import FileStep, Overlay, Patch, Preset, RenderPlan, Variant

__all__ = ["FileStep", "Overlay", "Patch", "Preset", "RenderPlan", "Variant"]
