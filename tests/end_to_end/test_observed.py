"""What the sidecar shows and tells while it works, with a real git server and a real receiver."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.end_to_end.sidecar import PATIENCE, running
from tests.harness import halsync, sets
from tests.observe.sidecar import eventually
from tests.servers.git_http import GitHttpServer
from tests.servers.git_repos import Repo
from tests.servers.webhook import CANARY, receiving

parser = pytest.importorskip("prometheus_client.parser", reason="the oracle for the exposition")
pytestmark = pytest.mark.e2e


def test_a_bad_revision_and_its_repair_are_seen_everywhere(
    git_server: GitHttpServer, repo: Repo, example: dict[str, bytes], tmp_path: Path
) -> None:
    target = tmp_path / "home" / ".hal"
    bad = {**example, "config": example["config"] + b"\nnot: [closed\n"}
    better = {**example, "config": example["config"].replace(b"production", b"production2")}
    repo.commit(example)
    with receiving() as receiver:
        (tmp_path / "url").write_text(receiver.url)
        config = tmp_path / "halsync.yaml"
        config.write_text(
            f"target: {target}\n"
            f"sources: [{{name: hal, git: {{url: '{git_server.url}/repo.git', ref: main}}}}]\n"
            f"watch: {{notify: [{{name: team, urlFile: url}}]}}\n"
        )
        with running(tmp_path, "--config", config, *sets()) as sidecar:
            sidecar.wait("published")

            def shown() -> dict[tuple[str, str], float]:
                """The metrics that are asked for: name and value of the last label → value."""
                found = parser.text_string_to_metric_families(sidecar.get("/metrics")[1])
                return {
                    (each.name, next(reversed(each.labels.values()), "")): each.value
                    for family in found
                    for each in family.samples
                }

            repo.commit(bad)
            sidecar.wait("refused")
            sidecar.state("refused")
            assert sidecar.get("/readyz")[0] == 200
            assert sidecar.get("/healthz")[0] == 200
            metrics = shown()
            assert metrics[("halsync_state", "refused")] == 1
            assert metrics[("halsync_ready", "")] == 1
            assert metrics[("halsync_source_info", repo.git("rev-parse", "main").strip())] == 1
            asked = halsync("sync", "--target", target)
            assert (asked.code, "HAL0001" in asked.out) == (5, True)
            told = halsync("status", "--target", target)
            assert "sidecar     refused" in told.out

            repo.commit(better)
            sidecar.wait("published", 2)
            sidecar.state("idle")
            eventually(lambda: shown()[("halsync_notifications_total", "sent")] == 2, PATIENCE)
            refused, published = receiver.got
            assert (refused["event"], refused["resolved"]) == ("refused", False)
            assert "config" in refused["fields"]["first"]
            assert (published["event"], published["resolved"]) == ("published", True)
            metrics = shown()
            for stage in ("check", "fetch", "prepare", "publish"):
                assert metrics[("halsync_stage_duration_seconds_count", stage)] >= 2
            everything = [sidecar.get(path)[1] for path in ("/", "/status", "/metrics")]
        everything += [sidecar.log.read_text(), json.dumps(receiver.got)]
        assert not any(CANARY in text for text in everything)
