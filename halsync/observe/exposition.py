"""The text format in which Prometheus reads metrics (version 0.0.4).

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from halsync.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Kind = Literal["counter", "gauge", "histogram"]
Labels = tuple[str, ...]


class Metric(NamedTuple):
    """One family, as it is declared."""

    name: str
    kind: Kind
    help: str
    labels: Labels = ()
    buckets: tuple[float, ...] = ()
    """Upper bounds of a histogram, without infinity."""


class Series(NamedTuple):
    """The values of a histogram."""

    counts: list[int]
    """One a bucket, not added up, and a last one for what is above all of them."""
    total: list[float]
    """The sum, alone in a list so that it can change."""


def family(metric: Metric, values: Mapping[Labels, float]) -> Iterable[str]:
    """The lines of a counter or a gauge; none at all if it has no values."""
    if not values:
        return
    yield from _head(metric)
    for labels, value in values.items():
        yield f"{metric.name}{_labels(metric.labels, labels)} {number(value)}"


def histogram(metric: Metric, values: Mapping[Labels, Series]) -> Iterable[str]:
    """The lines of a histogram."""
    if not values:
        return
    yield from _head(metric)
    names = (*metric.labels, "le")
    for labels, series in values.items():
        below = 0
        for bound, count in zip((*metric.buckets, math.inf), series.counts, strict=True):
            below += count
            yield f"{metric.name}_bucket{_labels(names, (*labels, number(bound)))} {below}"
        yield f"{metric.name}_sum{_labels(metric.labels, labels)} {number(series.total[0])}"
        yield f"{metric.name}_count{_labels(metric.labels, labels)} {below}"


def empty(metric: Metric) -> Series:
    """A histogram that has seen nothing."""
    return Series([0] * (len(metric.buckets) + 1), [0.0])


def observe(metric: Metric, values: dict[Labels, Series], labels: Labels, value: float) -> None:
    """Put a value into its bucket."""
    series = values.get(labels)
    if series is None:
        series = values[labels] = empty(metric)
    at = next((at for at, bound in enumerate(metric.buckets) if value <= bound), -1)
    series.counts[at] += 1
    series.total[0] += value


def number(value: float) -> str:
    """As Go's ``ParseFloat`` reads it: whole numbers without a point."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if value == int(value) and abs(value) < 2**53:
        return str(int(value))
    return repr(float(value))


def _head(metric: Metric) -> Iterable[str]:
    told = metric.help.replace("\\", "\\\\").replace("\n", "\\n")
    yield f"# HELP {metric.name} {told}"
    yield f"# TYPE {metric.name} {metric.kind}"


def _labels(names: Labels, values: Labels) -> str:
    if not names:
        return ""
    pairs = zip(names, values, strict=True)
    return "{" + ",".join(f'{name}="{_quoted(value)}"' for name, value in pairs) + "}"


def _quoted(value: str) -> str:
    value = value.encode("utf-8", "replace").decode()  # a lone surrogate has no UTF-8
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
