"""Events and annotations on the own pod, through a Kubernetes API over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from halsync.clients.kubernetes import connect
from halsync.observe import events
from halsync.observe.events import GENERATION, REVISION, STATE, Events, in_pod
from halsync.settings.cluster import ClusterSettings
from tests.observe.sidecar import a_view, eventually
from tests.servers.kube import Cluster, KubeServer

POD = {
    "metadata": {"name": "halyard-0"},
    "spec": {"containers": [{"name": "halsync", "image": "halsync"}]},
}
REFUSED = {"identity": "ab" * 32, "stage": "validate", "error": "config:3: no such key"}


class Told:
    """Events of a pod, with what they say of themselves."""

    def __init__(self, cluster: Cluster, settings: ClusterSettings) -> None:
        self.cluster = cluster
        self.reports: list[dict[str, object]] = []
        self.events = Events(
            lambda: connect(settings),
            settings,
            tell=lambda event, **fields: self.reports.append({"event": event, **fields}),
        )

    def shown(self) -> list[dict[str, Any]]:
        """The Events in the namespace, oldest first."""
        found = self.cluster.list("events.k8s.io/v1", "events")
        return sorted(found, key=lambda event: str(event["eventTime"]))

    def annotations(self) -> dict[str, str]:
        """Of the pod."""
        pod = self.cluster.get("v1", "pods", "halyard-0")
        return dict(pod["metadata"].get("annotations") or {})


@pytest.fixture
def told(kube: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    monkeypatch.setattr(events, "_REPEAT_SPACING", 0.0)
    monkeypatch.setattr(events, "_ANNOTATE_SPACING", 0.05)
    kube.put("v1", "pods", POD)
    found = Told(kube, kube.settings._replace(pod_name="halyard-0"))
    yield found
    found.events.close()


def test_what_happens_stands_on_the_pod(told: Told) -> None:
    told.events.report("refused", **REFUSED)
    told.events.report("confirmed", identity="cd" * 32, seconds=31.0, detail="healthy")
    told.events.report("checked", source="hal", changed=False)  # nobody need know
    told.events.close()
    first, second = told.shown()
    pod = told.cluster.get("v1", "pods", "halyard-0")
    assert first["regarding"]["uid"] == pod["metadata"]["uid"]
    assert (first["reason"], first["type"]) == ("ReleaseRefused", "Warning")
    assert "config:3: no such key" in first["note"]
    assert "halsync validate" in first["note"]
    assert (second["reason"], second["type"]) == ("ReleaseConfirmed", "Normal")
    assert told.reports == []


def test_what_ends_nothing_is_no_event(told: Told) -> None:
    live = {"generation": "ab" * 20, "target": "/hal"}
    for event in ("unchanged", "refused", "unchanged", "unchanged", "recovered"):
        told.events.report(event, **(REFUSED if event == "refused" else live), source="hal")
    told.events.close()
    assert [each["reason"] for each in told.shown()] == ["ReleaseRefused", "Unchanged"]


def test_what_repeats_is_one_event_with_a_count(told: Told) -> None:
    for attempt in range(1, 6):
        told.events.report("check-failed", source="hal", error=f"try {attempt}", attempt=attempt)
    told.events.report("check-failed", source="boms", error="x", attempt=1)
    told.events.close()
    first, second = told.shown()
    assert first["series"]["count"] == 5
    assert "series" not in second


def test_an_event_that_the_api_has_forgotten_is_made_anew(told: Told) -> None:
    told.events.report("held", reason="a")
    eventually(lambda: len(told.shown()) == 1)
    told.cluster.delete("events.k8s.io/v1", "events", told.shown()[0]["metadata"]["name"])
    told.events.report("held", reason="a")
    eventually(lambda: "hold held a" not in told.events._made)
    told.events.report("held", reason="a")
    eventually(lambda: len(told.shown()) == 1)


def test_a_flood_of_events_is_bounded(told: Told) -> None:
    for number in range(60):
        told.events.report("held", reason=str(number))
    told.events.close(20)
    assert len(told.shown()) <= events._BURST + 1


def test_revision_and_state_can_be_read_with_kubectl(told: Told) -> None:
    told.events.show(a_view())
    eventually(lambda: STATE in told.annotations())
    assert (
        told.annotations().items()
        >= {
            STATE: "idle",
            GENERATION: "f" * 12,
            REVISION: "hal=3e25d19",
        }.items()
    )
    for state in ("working", "idle", "held"):
        told.events.show(a_view(state=state))
    eventually(lambda: told.annotations()[STATE] == "held")
    path = "jsonpath={.metadata.annotations.halsync\\.io/revision}"
    assert told.cluster.kubectl("get", "pod", "halyard-0", "-o", path) == "hal=3e25d19"


def test_events_do_not_wait_for_annotations(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_ANNOTATE_SPACING", 3_600.0)
    told.events.show(a_view())
    eventually(lambda: STATE in told.annotations())
    told.events.show(a_view(state="degraded"))
    for reason in ("a", "b"):
        told.events.report("held", reason=reason)
    eventually(lambda: len(told.shown()) == 2)
    assert told.annotations()[STATE] == "idle"
    told.events.close()
    assert told.annotations()[STATE] == "degraded", "what is so at the end is told at the end"


def test_what_has_not_changed_is_not_sent(told: Told, kube_server: KubeServer) -> None:
    told.events.show(a_view())
    eventually(lambda: STATE in told.annotations())
    before = sum(seen.method == "PATCH" for seen in kube_server.seen)
    for _ in range(20):
        told.events.show(a_view())
    told.events.close()
    assert sum(seen.method == "PATCH" for seen in kube_server.seen) == before


def test_missing_rights_are_told_once_and_stop_nothing(
    kube: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> None:
    kube.put("v1", "pods", POD)
    rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
    account = kube.account(tmp_path_factory.mktemp("account"), [rule])
    told = Told(kube, account._replace(pod_name="halyard-0"))
    for number in range(5):
        told.events.report("held", reason=str(number))
        told.events.show(a_view(state=str(number)))
    told.events.close()
    assert [report["receiver"] for report in told.reports] == [
        "Kubernetes (events)",
        "Kubernetes (annotations)",
    ]
    assert "may not create events" in str(told.reports[0]["error"])
    assert told.shown() == []


def test_an_api_that_is_down_stops_nothing(told: Told, kube_server: KubeServer) -> None:
    told.events.report("held", reason="before")
    eventually(lambda: len(told.shown()) == 1)
    kube_server.failing = 500
    told.events.report("resumed", reason="")
    told.events.show(a_view())
    eventually(lambda: not told.events._outbox._items and not told.events._outbox._busy)
    kube_server.failing = 0
    told.events.report("held", reason="after")
    told.events.show(a_view(state="held"))
    eventually(lambda: [event["note"][:14] for event in told.shown()][-1:] == ["on hold (after"])
    eventually(lambda: told.annotations().get(STATE) == "held")
    assert told.reports == []


def test_outside_a_pod_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A laptop's kubeconfig may lead to a cluster that this is none of the business of."""
    monkeypatch.delenv("POD_NAME", raising=False)
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)

    def never() -> Any:
        raise AssertionError("a client was made")

    found = Events(never, ClusterSettings(), tell=never)
    found.report("refused", **REFUSED)
    found.show(a_view())
    found.close()
    assert not in_pod(ClusterSettings())
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    assert in_pod(ClusterSettings())
