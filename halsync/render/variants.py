"""Variants: of the files ``x.yml``, ``x.yml.s3`` and ``x.yml.ssh``, the chosen one is ``x.yml``."""

from __future__ import annotations

from halsync.formats.globs import among, similar
from halsync.render import codes
from halsync.render.trail import Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from halsync.render.bench import Bench
    from halsync.settings.steps import Variant


def choose(bench: Bench, variants: Sequence[Variant]) -> None:
    """Put the files of the chosen variants in the place of those that they are variants of.

    The others stay as they are: Halyard does not read them.
    """
    taken: dict[str, tuple[str, Variant]] = {}
    """Base → which file takes its place, and by which variant."""
    for variant in variants:
        ending = f".{variant.name}"
        found = [
            path
            for path in sorted(bench.files)
            if path.endswith(ending) and among(variant.files, path.removesuffix(ending))
        ]
        if not found and not variant.optional:
            bench.report(
                codes.NO_MATCH,
                f"no file is of the variant {variant.name}: none is named …{ending}"
                + (f" and is a variant of {', '.join(variant.files)}" if variant.files else ""),
                declared_at=variant.declared_at,
            )
        for path in found:
            base = path.removesuffix(ending)
            if base in taken:
                _report_two(bench, base, taken[base], (path, variant))
            elif base not in bench.files and not variant.optional:
                _report_no_base(bench, base, path, variant)
            else:
                taken[base] = (path, variant)
    for base, (path, variant) in taken.items():
        step = Step(f"variant {variant.name}", variant.declared_at)
        if base in bench.files:
            bench.remove(base, step)
        bench.transfer(path, base, step, keep=False)


def _report_two(
    bench: Bench, base: str, first: tuple[str, Variant], second: tuple[str, Variant]
) -> None:
    (path, variant), (other_path, other) = first, second
    bench.report(
        codes.CONFLICT,
        f"{base} would be both {path} (variant {variant.name}, chosen at"
        f" {variant.declared_at or 'an unknown place'}) and {other_path} (variant {other.name})",
        "choose one of them for this file: {name: …, files: […]}",
        declared_at=other.declared_at,
    )


def _report_no_base(bench: Bench, base: str, path: str, variant: Variant) -> None:
    ending = f".{variant.name}"
    near = similar(base, [name for name in bench.files if not name.endswith(ending)])
    bench.report(
        codes.NO_MATCH,
        f"{path} is a variant of {base}, which does not exist"
        f" (variant {variant.name}, chosen at {variant.declared_at or '?'})",
        (f"is it meant for {near}? Rename it, or" if near else "add the file, or")
        + " say optional: true to have it take the name",
        file=path,
        origin=bench.files[path].origin,
    )
