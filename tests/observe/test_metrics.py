"""The exposition, read by Prometheus' own client library."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halsync import redact
from halsync.observe import metric_table
from halsync.observe.exposition import Metric, family, histogram, number, observe
from halsync.observe.metrics import STATES, Metrics
from halsync.observe.notify import Notifier
from halsync.observe.view import SourceView, View
from halsync.settings.model import SecretRef
from halsync.settings.watching import NotifySettings
from tests.observe.sidecar import a_view, get, github, post, running

parser = pytest.importorskip("prometheus_client.parser", reason="the oracle for the exposition")


def _samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for found in parser.text_string_to_metric_families(text)
        for sample in found.samples
    }


def _told(*events: tuple[str, dict[str, object]]) -> Metrics:
    metrics = Metrics()
    for event, fields in events:
        metrics.report(event, **fields)
    return metrics


EVENTS: tuple[tuple[str, dict[str, object]], ...] = (
    ("watching", {"sources": ["hal"], "interval": 30, "strategy": "daemon"}),
    ("checked", {"source": "hal", "revision": "a", "changed": False, "seconds": 0.02}),
    ("checked", {"source": "hal", "revision": "b", "changed": True, "seconds": 0.03}),
    ("check-failed", {"source": "hal", "error": "x", "attempt": 1, "wait": 1.0}),
    ("fetched", {"source": "hal", "seconds": 0.4}),
    ("retrying", {"source": "hal"}),
    ("rendered", {"files": 3, "placeholders": 0}),
    ("validated", {"files": 3, "errors": 0, "warnings": 1}),
    ("validated", {"files": 3, "errors": 2, "warnings": 1}),
    ("refused", {"identity": "i", "stage": "validate", "error": "x", "problems": 2}),
    ("published", {"generation": "g", "seconds": 0.1}),
    ("step-failed", {"identity": "i", "stage": "react"}),
    ("waiting", {"identity": "i", "reason": "window", "until": 5.0}),
    ("acted", {"identity": "i", "strategy": "daemon", "reaction": "configuration"}),
    ("confirmed", {"identity": "i", "seconds": 31.0, "detail": ""}),
    ("acted", {"identity": "j", "strategy": "daemon", "reaction": "configuration"}),
    ("unconfirmed", {"identity": "j", "seconds": 600.0, "detail": "never healthy"}),
    ("quarantined", {"identity": "j", "sources": []}),
    ("rolled-back", {"identity": "i", "generation": "g"}),
    ("drift", {"paths": ["config"], "action": "report"}),
    ("woken", {"source": "hal", "why": "webhook: refs/heads/main"}),
    ("woken", {"source": "", "why": "signal SIGHUP"}),
    ("woken", {"source": "", "why": "the moon"}),
    ("something new", {"source": "hal"}),
)


def test_what_is_counted() -> None:
    samples = _samples(_told(*EVENTS).text(a_view(), ready=True))

    def value(name: str, **labels: str) -> float:
        return samples[(name, tuple(sorted(labels.items())))]

    for outcome in ("unchanged", "changed", "failed"):
        assert value("halsync_source_checks_total", source="hal", outcome=outcome) == 1
    for stage, outcome in (
        ("fetch", "ok"), ("fetch", "failed"), ("render", "ok"), ("validate", "ok"),
        ("validate", "refused"), ("react", "failed"), ("publish", "ok"), ("confirm", "ok"),
        ("confirm", "refused"),
    ):  # fmt: skip
        assert value("halsync_stage_outcomes_total", stage=stage, outcome=outcome) == 1
    assert value("halsync_stage_outcomes_total", stage="react", outcome="ok") == 2
    assert value("halsync_restarts_total", strategy="daemon", outcome="requested") == 2
    assert value("halsync_restarts_total", strategy="daemon", outcome="confirmed") == 1
    assert value("halsync_restarts_total", strategy="daemon", outcome="unconfirmed") == 1
    for name in ("quarantines", "rollbacks", "waits"):
        assert value(f"halsync_{name}_total") == 1
    assert value("halsync_drifts_total", action="report") == 1
    for reason in ("webhook", "signal", "other"):
        assert value("halsync_wakes_total", reason=reason) == 1
    duration = "halsync_stage_duration_seconds"
    assert value(f"{duration}_count", stage="check") == 2
    assert value(f"{duration}_sum", stage="check") == pytest.approx(0.05)
    assert value(f"{duration}_bucket", stage="check", le="0.025") == 1
    assert value(f"{duration}_bucket", stage="check", le="+Inf") == 2
    assert value(f"{duration}_bucket", stage="confirm", le="30") == 0
    for stage in ("fetch", "prepare", "publish", "confirm"):
        assert value(f"{duration}_count", stage=stage) == 1
    assert value("halsync_ready") == 1


def test_what_is_so_now() -> None:
    sources = (SourceView("hal", "abc", 50.0, 0.0, "", 80.0), SourceView("boms", "", 0.0, 7.0, "x"))
    view = View(
        10.0, 20.0, "held", "", "g" * 64, "i" * 64, 30.0, 40.0, sources, ("q1", "q2"), 3, "p", 99.0
    )
    samples = _samples(Metrics().text(view))
    one = {(): "halsync_quarantines_total"}
    assert samples[(one[()], ())] == 0
    assert samples[("halsync_applied_timestamp_seconds", ())] == 30
    assert samples[("halsync_confirmed_timestamp_seconds", ())] == 40
    assert samples[("halsync_loop_last_iteration_timestamp_seconds", ())] == 20
    assert samples[("halsync_pending_releases", ())] == 1
    assert samples[("halsync_quarantined_releases", ())] == 2
    assert samples[("halsync_drift_paths", ())] == 3
    applied = (("generation", "g" * 64), ("identity", "i" * 64))
    assert samples[("halsync_applied_info", applied)] == 1
    names = {"hal": (50.0, 0.0), "boms": (0.0, 7.0)}
    for name, (checked, failing) in names.items():
        label = (("source", name),)
        assert samples[("halsync_source_last_success_timestamp_seconds", label)] == checked
        assert samples[("halsync_source_failing_since_timestamp_seconds", label)] == failing
    assert samples[("halsync_source_info", (("revision", "abc"), ("source", "hal")))] == 1
    assert not any(name == "halsync_source_info" and ("source", "boms") in labels
                   for name, labels in samples)  # fmt: skip
    states = {state: samples[("halsync_state", (("state", state),))] for state in STATES}
    assert states.pop("held") == 1
    assert set(states.values()) == {0}


def test_before_anything_is_published_nothing_is_said_of_it() -> None:
    text = Metrics().text(View(1.0, 1.0))
    assert "halsync_applied" not in text
    assert 'halsync_state{state="starting"} 1' in text


def test_the_process_is_shown() -> None:
    samples = _samples(Metrics().text(a_view()))
    assert samples[("process_cpu_seconds_total", ())] > 0
    assert samples[("process_resident_memory_bytes", ())] > 1_000_000
    assert samples[("process_open_fds", ())] >= 3
    assert (
        abs(samples[("process_start_time_seconds", ())] - Path("/proc/self").stat().st_ctime) < 1e6
    )


def test_a_scrape_says_what_it_is(tmp_path: Path) -> None:
    with running(tmp_path) as sidecar:
        answer = get(sidecar, "/metrics")
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert _samples(answer.text)[("halsync_ready", ())] == 1


def test_a_secret_that_is_a_word_of_ours_spoils_no_scrape(tmp_path: Path) -> None:
    for word in ("read", "state", "total", "acme"):
        redact.register(word)
    with running(tmp_path, refs={"acme-hal": "main"}) as sidecar:
        sidecar.view = a_view(sources=(SourceView("acme-hal", "of acme", 1.0),))
        sidecar.metrics.report("checked", source="acme-hal", changed=False)
        text = get(sidecar, "/metrics").text
    assert "acme" not in text
    samples = _samples(text)
    assert samples[("halsync_ready", ())] == 0
    source = ("source", f"{redact.MASK}-hal")
    assert samples[("halsync_source_checks_total", (("outcome", "unchanged"), source))] == 1
    assert samples[("halsync_source_info", (("revision", f"of {redact.MASK}"), source))] == 1


def test_everything_shown_is_declared_and_everything_declared_is_shown() -> None:
    metrics = _told(*EVENTS)
    metrics.hook("hal", "woken")
    metrics.notification("team", "sent")
    text = metrics.text(a_view())
    shown = set(re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE))
    assert shown == {metric.name for metric in metric_table.METRICS}
    for metric in metric_table.METRICS:
        assert f"# HELP {metric.name} {metric.help}\n# TYPE {metric.name} {metric.kind}\n" in text


def test_names_follow_the_conventions() -> None:
    """https://prometheus.io/docs/practices/naming/"""
    for metric in metric_table.METRICS:
        assert re.fullmatch(r"(halsync|process)_[a-z_]+", metric.name)
        assert metric.name.endswith("_total") == (metric.kind == "counter")
        assert metric.help.endswith(".")
        assert not re.search(r"_(ms|minutes|kb|percent)$", metric.name)
        assert metric.kind != "histogram" or metric.name.endswith("_seconds")


def test_labels_are_bounded() -> None:
    """However many revisions, releases and errors go by, the number of series stands still."""

    def series(rounds: int) -> int:
        metrics = Metrics()
        for at in range(rounds):
            for event, fields in EVENTS:
                changed = {
                    name: f"{value} {at}" if isinstance(value, str) and name in _FREE else value
                    for name, value in fields.items()
                }
                metrics.report(event, **changed)
        return len(metrics.text(a_view()).splitlines())

    assert series(1) == series(50)


def test_nothing_that_happens_brings_its_series_along(tmp_path: Path) -> None:
    """`increase()` does not see the first event of a series that begins with it."""
    team = NotifySettings("team", SecretRef(file=str(tmp_path / "url")))
    with running(tmp_path) as sidecar:
        metrics = sidecar.metrics
        Notifier([team], metrics=metrics)
        for event, fields in EVENTS[:2]:  # it watches, and has looked once
            metrics.report(event, **fields)
        begun = _samples(metrics.text(sidecar.view))
        assert {value for (name, _), value in begun.items() if name.endswith("_total")} >= {0, 1}
        for event, fields in EVENTS:
            metrics.report(event, **fields)
        for stage in ("settings", "source", "render"):
            metrics.report("refused", stage=stage)
        for action in ("report", "revert", "keep"):
            metrics.report("drift", paths=["config"], action=action)
        for why in ("sync", "files"):
            metrics.report("woken", source="hal", why=why)
        for outcome in ("sent", "failed", "dropped"):
            metrics.notification("team", outcome)
        body = b"{}"
        for headers in ({}, github(body), github(body), github(body, "another")):
            post(sidecar, "/hooks/hal", body, headers)
            post(sidecar, "/hooks/nothing", body, headers)
        get(sidecar, "/hooks/hal", "DELETE")
        assert set(_samples(metrics.text(sidecar.view))) == set(begun)
        assert sidecar.counted('halsync_hooks_total{source="hal",outcome="woken"}') == 1


_FREE = ("error", "revision", "identity", "generation", "detail", "reason", "why")


TEXT = st.text(max_size=40)


@given(TEXT, TEXT, st.floats())
def test_any_label_comes_back_as_it_was(first: str, second: str, value: float) -> None:
    metric = Metric("a_metric", "gauge", "Help with \\ and\nlines.", ("one", "two"))
    text = "\n".join(family(metric, {(first, second): value})) + "\n"
    (found,) = parser.text_string_to_metric_families(text)
    (sample,) = found.samples
    clean = {"one": first, "two": second}
    assert sample.labels == {
        name: each.encode("utf-8", "replace").decode() for name, each in clean.items()
    }
    assert found.documentation == metric.help
    assert sample.value == value or (math.isnan(value) and math.isnan(sample.value))


@given(st.lists(st.floats(min_value=0, max_value=1e6), min_size=1, max_size=30))
def test_a_histogram_adds_up(values: list[float]) -> None:
    metric = Metric("a_seconds", "histogram", "Help.", ("stage",), (0.1, 1.0, 10.0))
    series: dict[tuple[str, ...], object] = {}
    for value in values:
        observe(metric, series, ("x",), value)  # type: ignore[arg-type]
    text = "\n".join(histogram(metric, series)) + "\n"  # type: ignore[arg-type]
    samples = _samples(text)
    for bound in (0.1, 1.0, 10.0, math.inf):
        label = (("le", number(bound)), ("stage", "x"))
        assert samples[("a_seconds_bucket", label)] == sum(value <= bound for value in values)
    assert samples[("a_seconds_count", (("stage", "x"),))] == len(values)
    assert samples[("a_seconds_sum", (("stage", "x"),))] == pytest.approx(sum(values))


@given(st.floats())
def test_numbers_are_exact(value: float) -> None:
    text = number(value)
    again = float(text)
    assert again == value or (math.isnan(value) and math.isnan(again))
