"""``halsync sync`` and ``halsync status`` beside a sidecar that answers."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from halsync import redact
from halsync.observe.turn import Turn
from tests.harness import EXAMPLE, halsync, sets
from tests.observe.sidecar import Sidecar, a_view, running

REFUSED = Turn(
    "refused",
    "the configuration is bad",
    "halsync validate shows it",
    5,
    generation="c" * 40,
    revisions={"hal": "3e25d19" + "0" * 33},
    problems=({"file": "config", "line": 3, "column": 5, "code": "HAL0401",
               "severity": "error", "message": "no such key"},),
)  # fmt: skip


@pytest.fixture
def sidecar(tmp_path: Path) -> Iterator[Sidecar]:
    with running(tmp_path, listen="") as found:
        yield found


def test_what_the_turn_did_is_printed(sidecar: Sidecar, tmp_path: Path) -> None:
    asked: list[str] = []

    def ask(source: str) -> dict[str, object]:
        asked.append(source)
        return Turn("published", "nothing is restarted for it", generation="c" * 40)._asdict()

    sidecar.ask = ask
    done = halsync("sync", "--target", tmp_path)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "published: nothing is restarted for it",
        "  generation       cccccccccccc",
    ]
    assert halsync("sync", "--target", tmp_path, "--source", "hal").code == 0
    assert asked == ["", "hal"]


def test_a_refusal_has_its_exit_code_and_its_problems(sidecar: Sidecar, tmp_path: Path) -> None:
    sidecar.ask = lambda _: REFUSED._asdict()
    done = halsync("sync", "--target", tmp_path)
    assert done.code == 5
    assert done.out.splitlines() == [
        "refused: the configuration is bad",
        "  hal              3e25d19",
        "  generation       cccccccccccc",
        "  config:3:5 HAL0401 error: no such key",
        "  fix: halsync validate shows it",
    ]
    as_json = halsync("sync", "--target", tmp_path, "-o", "json")
    assert as_json.code == 5
    shown = json.loads(as_json.out)
    assert shown["problems"] == list(REFUSED.problems)
    assert set(shown) == {*REFUSED._fields, "exitCode"} - {"exit_code"}


def test_waking_only(sidecar: Sidecar, tmp_path: Path) -> None:
    done = halsync("sync", "--target", tmp_path, "--no-wait")
    assert (done.code, done.out) == (0, "woken: asked for; not waited for\n")
    assert sidecar.wakes == [("", "sync")]


def test_a_source_that_there_is_not(sidecar: Sidecar, tmp_path: Path) -> None:
    done = halsync("sync", "--target", tmp_path, "--source", "x y")
    assert done.code == 2
    assert "there is no source 'x y'; there are: boms, hal" in done.err


@pytest.mark.parametrize("left", ["nothing", "a dead socket"])
def test_no_sidecar(tmp_path: Path, left: str) -> None:
    if left == "a dead socket":
        with running(tmp_path, listen="") as gone:
            os.link(gone.socket, f"{gone.socket}.kept")
        os.rename(f"{gone.socket}.kept", gone.socket)
    done = halsync("sync", "--target", tmp_path)
    assert done.code == 2
    assert "no halsync watch serves this target" in done.err
    status = halsync("status", "--target", tmp_path)
    assert status.code == 0
    told = "none runs for this target" if left == "nothing" else "the last one was killed"
    assert told in status.out


def test_a_sidecar_that_ends_meanwhile(sidecar: Sidecar, tmp_path: Path) -> None:
    asked, never = threading.Event(), threading.Event()

    def ask(_: str) -> dict[str, object]:
        asked.set()
        never.wait(20)
        return {}

    sidecar.ask = ask

    def close() -> None:
        asked.wait(20)
        sidecar.server.close()

    closing = threading.Thread(target=close)
    closing.start()
    done = halsync("sync", "--target", tmp_path)
    never.set()
    closing.join()
    assert done.code == 3
    assert "the sidecar answers 503: the sidecar is ending" in done.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open any socket")
def test_somebody_elses_sidecar(sidecar: Sidecar, tmp_path: Path) -> None:
    os.chmod(sidecar.socket, 0)
    done = halsync("sync", "--target", tmp_path)
    assert done.code == 4
    assert "belongs to another user" in done.err


def test_status_tells_what_the_sidecar_does(tmp_path: Path) -> None:
    assert halsync("init", "--dir", EXAMPLE, *sets(), "--target", tmp_path).code == 0
    with running(tmp_path, listen="") as sidecar:
        redact.register("canary-in-an-error")
        (hal,) = sidecar.view.sources
        failing = hal._replace(error="no route for canary-in-an-error", failing_since=hal.checked)
        sidecar.view = a_view(
            state="waiting", detail="no window is open", sources=(failing,),
            pending="ab" * 32, until=1_800_000_000.0, quarantined=("cd" * 32,),
        )  # fmt: skip
        done = halsync("status", "--target", tmp_path)
        lines = done.out.splitlines()
        assert any(line.startswith("generation  ") for line in lines)
        assert "sidecar     waiting: no window is open" in lines
        assert "waiting     release abababababab until 2027-01-15T08:00:00Z" in lines
        assert "quarantine  release cdcdcdcdcdcd" in lines
        (checks,) = (line for line in lines if line.startswith("checks"))
        assert re.match(r"checks +hal: 3e25d19 seen \d+ s ago, failing: no route for ", checks)
        assert "canary" not in done.out
        shown = json.loads(halsync("status", "--target", tmp_path, "-o", "json").out)
        assert shown["published"]
        assert shown["sidecar"]["pending"]["until"] == "2027-01-15T08:00:00Z"
        assert shown["sidecar"]["sources"][0]["name"] == "hal"
    shown = json.loads(halsync("status", "--target", tmp_path, "-o", "json").out)
    assert shown["sidecar"] is None
