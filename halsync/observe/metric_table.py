"""Every metric of the sidecar. ``docs/observe.md`` is held to this table by a test.

Times are wall-clock timestamps, as Prometheus recommends: an age is ``time() - metric``.
"""

from __future__ import annotations

from halsync.observe.exposition import Metric

BUILD = Metric(
    "halsync_build_info", "gauge", "Version of halsync, always 1.", ("version", "python")
)
STATE = Metric(
    "halsync_state",
    "gauge",
    "1 for the state that the sidecar is in, 0 for the others.",
    ("state",),
)
ITERATED = Metric(
    "halsync_loop_last_iteration_timestamp_seconds", "gauge", "When the loop last came round."
)
READY = Metric("halsync_ready", "gauge", "What /readyz answers: 1 if ready.")
SOURCE_CHECKED = Metric(
    "halsync_source_last_success_timestamp_seconds",
    "gauge",
    "When a source last answered; 0 if it never did.",
    ("source",),
)
SOURCE_FAILING = Metric(
    "halsync_source_failing_since_timestamp_seconds",
    "gauge",
    "Since when a source does not answer; 0 if it does.",
    ("source",),
)
SOURCE_INFO = Metric(
    "halsync_source_info",
    "gauge",
    "Revision that a source was last seen at, always 1.",
    ("source", "revision"),
)
APPLIED_INFO = Metric(
    "halsync_applied_info",
    "gauge",
    "What is live: digest of the generation, identity of the release; always 1.",
    ("generation", "identity"),
)
APPLIED_TIME = Metric(
    "halsync_applied_timestamp_seconds", "gauge", "When the live generation was published."
)
CONFIRMED_TIME = Metric(
    "halsync_confirmed_timestamp_seconds",
    "gauge",
    "When Halyard was seen to work with the live release; 0 if it was not yet.",
)
PENDING = Metric(
    "halsync_pending_releases", "gauge", "Accepted releases that wait for their turn: 0 or 1."
)
QUARANTINED = Metric(
    "halsync_quarantined_releases", "gauge", "Releases that took Halyard down and are not tried."
)
BLAMED = Metric("halsync_newest_quarantined", "gauge", "1 if the newest revision is one of them.")
DRIFT = Metric(
    "halsync_drift_paths", "gauge", "Published paths that were changed by somebody else."
)
CHECKS = Metric(
    "halsync_source_checks_total",
    "counter",
    "Checks of a source: unchanged, changed, failed.",
    ("source", "outcome"),
)
STAGES = Metric(
    "halsync_stage_outcomes_total",
    "counter",
    "How stages ended: ok, failed (worth a retry), refused (not until something changes).",
    ("stage", "outcome"),
)
DURATIONS = Metric(
    "halsync_stage_duration_seconds",
    "histogram",
    "What a stage took: check, fetch, prepare (render and validate), publish, confirm.",
    ("stage",),
    (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800),
)
RESTARTS = Metric(
    "halsync_restarts_total",
    "counter",
    "Reactions: requested, confirmed, unconfirmed.",
    ("strategy", "outcome"),
)
QUARANTINES = Metric("halsync_quarantines_total", "counter", "Releases put into quarantine.")
ROLLBACKS = Metric("halsync_rollbacks_total", "counter", "Returns to the last known good release.")
WAITS = Metric(
    "halsync_waits_total", "counter", "Accepted releases that were told to wait for their turn."
)
DRIFTS = Metric(
    "halsync_drifts_total", "counter", "Times that drift was found, by what was done.", ("action",)
)
WAKES = Metric(
    "halsync_wakes_total",
    "counter",
    "Checks ahead of time: webhook, sync, signal, files, other.",
    ("reason",),
)
HOOKS = Metric(
    "halsync_hooks_total",
    "counter",
    "Webhook deliveries by what became of them.",
    ("source", "outcome"),
)
NOTIFICATIONS = Metric(
    "halsync_notifications_total",
    "counter",
    "Outbound messages: sent, failed, dropped (too many at once).",
    ("receiver", "outcome"),
)
CPU = Metric("process_cpu_seconds_total", "counter", "User and system CPU time of the process.")
RSS = Metric("process_resident_memory_bytes", "gauge", "Resident memory of the process.")
STARTED = Metric("process_start_time_seconds", "gauge", "When the process started.")
FDS = Metric("process_open_fds", "gauge", "Open file descriptors.")

GAUGES = (
    BUILD, STATE, ITERATED, READY, SOURCE_CHECKED, SOURCE_FAILING, SOURCE_INFO, APPLIED_INFO,
    APPLIED_TIME, CONFIRMED_TIME, PENDING, QUARANTINED, BLAMED, DRIFT,
)  # fmt: skip
COUNTERS = (
    CHECKS, STAGES, RESTARTS, QUARANTINES, ROLLBACKS, WAITS, DRIFTS, WAKES, HOOKS, NOTIFICATIONS,
)  # fmt: skip
PROCESS = (CPU, RSS, STARTED, FDS)
METRICS = (*GAUGES, *COUNTERS, DURATIONS, *PROCESS)
