"""Marks that outlive the pod, and turns, against a Kubernetes API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from halsync.errors import ConfigError, HalsyncError, SourceUnreachable
from halsync.restart import open_marks, open_turn
from halsync.restart.base import Marked, Release, Standing
from halsync.settings.cluster import ClusterSettings
from tests.servers.kube import Cluster, KubeServer

from .cluster import GONE, A, B, closing, pod, settings_of

__all__ = ["closing", "pod"]


# Marks


@pytest.mark.parametrize("name", ["rollout", "pod"])
def test_marks_outlive_the_pod(pod: Cluster, closing: list[Any], tmp_path: Path, name: str) -> None:
    marks = open_marks(settings_of(pod.settings, tmp_path / "old", name))
    closing.append(marks)
    marked = Marked("acted", B, "daemon", Standing("uid", True), 5.0, A, (B,), (4.0,))
    marks.write(marked)
    fresh = open_marks(settings_of(pod.settings, tmp_path / "new", name))
    closing.append(fresh)
    assert fresh.read() == marked
    where = GONE if name == "rollout" else ("v1", "configmaps", "halyard-halsync")
    annotations = pod.get(*where)["metadata"]["annotations"]
    assert annotations["halsync.io/phase"] == "acted"
    assert annotations["halsync.io/last-known-good"] == "hal-config@" + A.sources[0].revision[:7]
    assert annotations["halsync.io/quarantined"] == "hal-config@" + B.sources[0].revision[:7]
    marks.write(marked._replace(quarantined=(B._replace(identity=""),)))
    annotations = pod.get(*where)["metadata"]["annotations"]
    assert not annotations["halsync.io/quarantined"], "a person has it tried again"


def test_marks_while_the_api_is_away(
    pod: Cluster, kube_server: KubeServer, closing: list[Any], tmp_path: Path
) -> None:
    marks = open_marks(settings_of(pod.settings, tmp_path / "old"))
    fresh = open_marks(settings_of(pod.settings, tmp_path / "new"))
    closing += [marks, fresh]
    marks.write(Marked("accepted", A, since=1.0))
    kube_server.failing = 503
    with pytest.raises(HalsyncError):
        marks.write(Marked("acted", A, since=2.0))
    assert marks.read().phase == "accepted", "what the cluster does not know was not written"
    with pytest.raises(SourceUnreachable):
        fresh.read()
    kube_server.failing = 0
    assert marks.read().phase == "accepted"
    assert fresh.read().phase == "accepted"


def test_a_stateful_set_that_there_is_not(pod: Cluster, closing: list[Any], tmp_path: Path) -> None:
    marks = open_marks(settings_of(pod.settings, tmp_path, statefulset="halyrd"))
    closing.append(marks)
    with pytest.raises(ConfigError, match="halyrd") as found:
        marks.read()
    assert found.value.where == "restart.statefulset"


def test_an_annotation_that_somebody_broke(
    pod: Cluster, closing: list[Any], tmp_path: Path
) -> None:
    marks = open_marks(settings_of(pod.settings, tmp_path))
    closing.append(marks)
    pod.kubectl("annotate", "sts", "halyard", "halsync.io/marks={cut off")
    assert marks.read() == Marked()
    marks.write(Marked("accepted", A))
    assert marks.read().release == A


def test_marks_stay_small(pod: Cluster, closing: list[Any], tmp_path: Path) -> None:
    sources = A.sources * 10
    many = tuple(Release(f"{n:064}", f"{n:040}", sources) for n in range(50))
    marks = open_marks(settings_of(pod.settings, tmp_path))
    closing.append(marks)
    marks.write(Marked("confirmed", A, quarantined=many, reactions=tuple(map(float, range(500)))))
    annotations = pod.get(*GONE)["metadata"]["annotations"]
    assert sum(map(len, annotations.values())) < 64_000


# Turns


def test_two_halyards_take_turns(kube: Cluster, closing: list[Any], tmp_path: Path) -> None:
    one, two = (
        open_turn(settings_of(kube.settings._replace(pod_name=name), tmp_path, lease="turns"))
        for name in ("halyard-0", "other-0")
    )
    closing += [one, two]
    assert one.take() == ""
    assert two.take() == "halyard-0"
    one.keep()
    assert one.take() == ""
    one.give_back()
    assert two.take() == ""
    one.give_back()
    assert one.take() == "other-0"


def test_without_a_lease_it_is_always_ones_turn(tmp_path: Path) -> None:
    turn = open_turn(settings_of(ClusterSettings(pod_name="x"), tmp_path))
    assert turn.take() == ""
    turn.keep()
    turn.give_back()
    turn.close()
