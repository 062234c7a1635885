"""The ``HALSYNC_…`` variables: which are legal, what they say, which were misspelt."""

from __future__ import annotations

import re

from halsync.paths import nearest
from halsync.settings.mistakes import Mistake
from halsync.settings.options import OPTIONS
from halsync.settings.resolve import Layer, Raw, put
from halsync.settings.spec import PREFIX, of_source, variables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from halsync.settings.spec import Option

CONFIG = "HALSYNC_CONFIG"
DEBUG = "HALSYNC_DEBUG"

_SOURCE = "SOURCE_"
_SERVICE_LINK = (
    r"_?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$"
)
"""What the kubelet sets for a Service called ``halsync`` or ``halsync-…`` (service links)."""


def read(
    environment: Mapping[str, str],
    sources: Collection[str],
    referenced: Collection[str],
    directory: str,
    mistakes: list[Mistake],
    *,
    complete: bool = True,
) -> tuple[Layer, dict[str, Layer]]:
    """What the environment says. An empty variable counts as not set.

    Args:
        environment: all variables.
        sources: names of the declared sources, for ``HALSYNC_SOURCE_<NAME>_…``.
        referenced: variables that ``halsync.yaml`` itself names; they may be called anything.
        directory: what relative paths count from.
        mistakes: unknown names are added here.
        complete: whether ``sources`` are all there are; if not (``halsync.yaml`` could not be
            read), unknown ``HALSYNC_SOURCE_…`` names are let pass.

    Returns:
        The layer of the run and the single source, and one for each declared source.
    """
    layer: Layer = {}
    of: dict[str, Layer] = {name: {} for name in sources}
    ours = [name for name in environment if name.startswith(PREFIX) and environment[name]]
    if not ours:
        return layer, of
    legal = _legal(sources if any(n.startswith(PREFIX + _SOURCE) for n in ours) else ())
    for name in sorted(ours):
        found = legal.get(name)
        if name in referenced or name in (CONFIG, DEBUG):
            continue
        if found is not None:
            source, option, form = found
            value = name if form == "env" else environment[name]
            into = of[source] if source else layer
            put(into, option, Raw(value, form, name, name, directory), mistakes)
        elif not _is_service_link(name, environment[name]) and (
            complete or not name.startswith(PREFIX + _SOURCE)
        ):
            mistakes.append(_unknown(name, legal, sources))
    return layer, of


def source_prefix(name: str) -> str:
    """``hal-config`` → ``HALSYNC_SOURCE_HAL_CONFIG_``."""
    return f"{PREFIX}{_SOURCE}{name.upper().replace('-', '_')}_"


def _legal(sources: Iterable[str]) -> dict[str, tuple[str, Option, str]]:
    """Variable → source (empty for none), option, form."""
    table: dict[str, tuple[str, Option, str]] = {}
    for option in OPTIONS:
        for name, form in variables(option).items():
            table[PREFIX + name] = ("", option, form)
            if of_source(option):
                for source in sources:
                    table[source_prefix(source) + name] = (source, option, form)
    return table


def _is_service_link(name: str, value: str) -> bool:
    rest = name.removeprefix(PREFIX)
    return bool(re.search(_SERVICE_LINK, rest)) or (
        rest.endswith("PORT") and value.startswith(("tcp://", "udp://", "sctp://"))
    )


def _unknown(
    name: str, legal: Mapping[str, tuple[str, Option, str]], sources: Collection[str]
) -> Mistake:
    if name.startswith(PREFIX + _SOURCE) and not any(
        name.startswith(source_prefix(source)) for source in sources
    ):
        known = ", ".join(source_prefix(source) + "…" for source in sources)
        return Mistake(
            name,
            "no declared source has this name",
            f"the sources in halsync.yaml go by {known}" if known else "halsync.yaml declares none",
        )
    # Without the prefix, which makes everything look alike.
    known_names = [other.removeprefix(PREFIX) for other in (*legal, CONFIG, DEBUG)]
    meant = nearest(name.removeprefix(PREFIX), known_names)
    hint = f"did you mean {PREFIX}{meant}?" if meant else ""
    return Mistake(
        name, "no such setting", hint or "see docs/reference.md for all HALSYNC_ variables"
    )
