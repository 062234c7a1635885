"""The sidecar on git, S3 and OpenBao at once: a change of any is published, an outage passes.

Secrets that the configuration refers to are watched, too.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.sidecar import Sidecar, running
from tests.end_to_end.test_three_sources import SECTIONS, put
from tests.harness import VALUES, visible
from tests.servers.fixtures import bao
from tests.servers.git_http import GitHttpServer
from tests.servers.git_repos import Repo
from tests.servers.openbao import ROOT, Bao
from tests.servers.s3 import S3Server
from tests.servers.s3_fixtures import bucket, moto

__all__ = ["bao", "bucket", "moto"]

pytestmark = pytest.mark.e2e

Files = dict[str, bytes]
GATE = "default/profiles/gate-local.yml"
SETTINGS = "default/service-settings/gate.yml"


class World:
    """The servers, and what each of them has of the example."""

    def __init__(self, repo: Repo, server: S3Server, bucket: str, bao: Bao, example: Files) -> None:
        self.repo = repo
        self.server = server
        self.bucket = bucket
        self.bao = bao
        self.mount = bao.mount()
        self.values = bao.mount()
        self.files = example

    def part(self, section: str) -> Files:
        """The files of one source, counted from its mount point."""
        top = "" if section == "hal" else f"default/{section}/"
        return {
            path.removeprefix(top): content
            for path, content in self.files.items()
            if SECTIONS[section](path)
        }

    def fill(self) -> None:
        """Bring every source up to date."""
        self.repo.commit(self.part("hal"))
        named = self.part("service-settings").items()
        self.server.fill(self.bucket, {f"hal/{path}": content for path, content in named})
        put(self.bao, self.mount, self.part("profiles"))


@pytest.fixture
def world(
    repo: Repo, moto: S3Server, bucket: str, bao: Bao, example: Files, tmp_path: Path
) -> World:
    """All three, filled; a value of the configuration stands in OpenBao."""
    changed = dict(example)
    world = World(repo, moto, bucket, bao, changed)
    bao.put(world.values, "slack", {"token": "first-secret-value"})
    reference = f"encrypted:vault!e:{world.values}!p:slack!k:token"
    changed[GATE] = changed[GATE] + f"slackToken: {reference}\n".encode()
    world.fill()
    return world


@pytest.fixture
def sidecar(world: World, git_server: GitHttpServer, tmp_path: Path) -> Iterator[Sidecar]:
    """A sidecar that has published what the three hold."""
    token = tmp_path / "vault-token"
    token.write_text(ROOT)
    auth = {"tokenFile": str(token)}
    vault = {"address": world.bao.url, "mount": world.mount, "path": "hal", "auth": auth}
    settings = {
        "target": str(tmp_path / "hal"),
        "sources": [
            {"name": "hal", "git": {"url": f"{git_server.url}/repo.git", "ref": "main"}},
            {
                "name": "settings",
                "mount": "default/service-settings",
                "s3": {
                    "bucket": world.bucket,
                    "prefix": "hal/",
                    "endpoint": world.server.url,
                    "pathStyle": True,
                    "region": "eu-west-1",
                },
            },
            {"name": "profiles", "mount": "default/profiles", "vault": vault},
        ],
        "render": {"placeholders": dict(value.split("=", 1) for value in VALUES)},
        "secrets": {"resolve": ["vault"], "vault": {"address": world.bao.url, "auth": auth}},
        "publish": {"group": str(os.getgid())},
        "watch": {"fullCheck": "500ms", "maxBackoff": "1s"},
    }
    file = tmp_path / "halsync.yaml"
    file.write_text(json.dumps(settings))
    with running(tmp_path, "--config", file, env=world.server.variables()) as started:
        started.wait("published")
        yield started


def test_a_change_of_any_source_is_published(
    sidecar: Sidecar, world: World, git_server: GitHttpServer, tmp_path: Path
) -> None:
    target = tmp_path / "hal"
    assert b"first-secret-value" in visible(target)[GATE]
    number = 1
    for path in ("config", SETTINGS, GATE):
        number += 1
        world.files[path] += b"# changed\n"
        world.fill()
        sidecar.wait("published", number)
        assert visible(target)[path].endswith(b"# changed\n"), path
    world.bao.put(world.values, "slack", {"token": "second-secret-value"})
    sidecar.wait("published", number + 1)
    assert b"second-secret-value" in visible(target)[GATE]
    git_server.status = 503
    assert sidecar.wait("check-failed")["source"] == "hal"
    world.files[SETTINGS] += b"# while git is away\n"
    world.fill()
    checks = len(sidecar.events("checked"))
    sidecar.until(lambda: len(sidecar.events("checked")) > checks + 3, "more checks")
    sidecar.state("degraded")
    git_server.status = 0
    sidecar.wait("published", number + 2)
    assert visible(target)[SETTINGS].endswith(b"# while git is away\n")
    sidecar.state("idle")
    text = sidecar.log.read_text()
    assert "secret-value" not in text
    assert ROOT not in text
