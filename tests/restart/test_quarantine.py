"""``init`` passes over what took Halyard down, by the command line, with real repositories."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from halsync.agent.effect import effect_of_generation
from halsync.model import SourceState
from halsync.publish import read_state
from halsync.restart import open_marks
from halsync.restart.base import Marked, Release
from halsync.settings.model import Settings
from halsync.settings.watching import RestartSettings
from tests.clients.kubernetes.workloads import stateful_set
from tests.harness import Result, halsync
from tests.servers.fixtures import repo, repos
from tests.servers.git_repos import Repo
from tests.servers.halyard import CONFIG
from tests.servers.kube import Cluster, KubeServer

__all__ = ["repo", "repos"]


def files(version: str, primary: str = "prod") -> dict[str, bytes]:
    return {"config": CONFIG.format(version=version, primary=primary).encode()}


class Site:
    """A repository, a target and what a sidecar would remember."""

    def __init__(self, repo: Repo, directory: Path, **more: Any) -> None:
        self.repo = repo
        self.target = directory / "hal"
        self.file = directory / "halsync.yaml"
        self.settings: dict[str, Any] = {
            "target": str(self.target),
            "sources": [{"name": "hal-config", "git": {"url": str(repo.path), "ref": "main"}}],
            "validate": {"ignore": ["rules"]},
            **more,
        }
        self.file.write_text(json.dumps(self.settings))

    def commit(self, version: str, primary: str = "prod") -> str:
        return self.repo.commit(files(version, primary))

    def release(self, commit: str) -> Release:
        source = SourceState("hal-config", "git", str(self.repo.path), "main", commit)
        return Release(commit.ljust(64, "0"), "", (source,))

    def init(self, env: dict[str, str] | None = None) -> Result:
        return halsync("init", "--config", self.file, "-o", "json", env=env)

    def published(self) -> str:
        state = read_state(str(self.target))
        assert state
        [source] = state.sources
        assert source.ref == "main"
        return source.revision


def remember(site: Site, marked: Marked) -> None:
    open_marks(Settings(target=str(site.target))).write(marked)


def test_the_last_known_good_commit_instead(repo: Repo, tmp_path: Path) -> None:
    site = Site(repo, tmp_path)
    good, bad = site.commit("1.30.0"), site.commit("1.31.0")
    remember(site, Marked(good=site.release(good), quarantined=(site.release(bad),)))
    done = site.init()
    assert done.code == 0, done.err
    assert site.published() == good
    assert "passed-over" in done.err or "passed over" in done.err
    # The source moves on: so does init.
    new = site.commit("1.32.0")
    assert site.init().code == 0
    assert site.published() == new


def test_the_same_commit_with_other_settings_is_another_release(repo: Repo, tmp_path: Path) -> None:
    site = Site(repo, tmp_path)
    good, bad = site.commit("1.30.0"), site.commit("1.31.0")
    chosen = site.release(bad)._replace(identity="after the settings were put right")
    marked = Marked("acted", chosen, good=site.release(good), quarantined=(site.release(bad),))
    remember(site, marked)
    assert site.init().code == 0
    assert site.published() == bad
    remember(site, marked._replace(quarantined=(chosen, site.release(bad))))
    assert site.init().code == 0
    assert site.published() == good


def test_other_commits_with_the_same_effect(repo: Repo, tmp_path: Path) -> None:
    site = Site(repo, tmp_path)
    good, bad = site.commit("1.30.0"), site.commit("1.31.0")
    assert site.init().code == 0
    state = read_state(str(site.target))
    assert state
    settings = Settings(target=str(site.target))
    effect = effect_of_generation(settings, state.current, state.sources)
    known = site.release(bad)._replace(effect=effect)
    remember(site, Marked(good=site.release(good), quarantined=(known,)))
    config = files("1.31.0")["config"]
    repo.commit({"config": b"# said\n" + config, "README.md": b"For people.\n"})
    done = site.init()
    assert done.code == 0, done.err
    assert site.published() == good
    # What Halyard notices is another release.
    new = repo.commit({"config": config, "default/profiles/gate-local.yml": b"server: {port: 1}\n"})
    assert site.init().code == 0
    assert site.published() == new


def test_what_means_the_same_as_what_works(repo: Repo, tmp_path: Path) -> None:
    """A pod came up with a comment more while the cloud was away: what worked is still taken."""
    site = Site(repo, tmp_path)
    good = site.commit("1.30.0")
    assert site.init().code == 0
    state = read_state(str(site.target))
    assert state
    effect = effect_of_generation(Settings(target=str(site.target)), state.current, state.sources)
    bad = repo.commit({**files("1.30.0"), "README.md": b"For people.\n"})
    known = site.release(bad)._replace(effect=effect)
    remember(site, Marked(good=site.release(good), quarantined=(known,)))
    done = site.init()
    assert done.code == 0, done.err
    assert site.published() == good
    # Or the settings were bad, and nothing else can be had with them.
    chosen = site.release(good)
    other = chosen._replace(identity="with other settings", effect=effect)
    remember(site, Marked("confirmed", chosen, good=chosen, quarantined=(other,)))
    done = site.init()
    assert done.code == 0, done.err
    assert site.published() == good


def test_a_branch_that_was_rewritten_still_has_the_commit(repo: Repo, tmp_path: Path) -> None:
    site = Site(repo, tmp_path)
    good = site.commit("1.30.0")
    repo.git("tag", "keep", good)
    repo.git("update-ref", "-d", "refs/heads/main")
    bad = site.commit("1.31.0")
    remember(site, Marked(good=site.release(good), quarantined=(site.release(bad),)))
    assert site.init().code == 0
    assert site.published() == good


def test_a_commit_that_is_gone_is_not_replaced_by_what_is_bad(repo: Repo, tmp_path: Path) -> None:
    site = Site(repo, tmp_path)
    bad = site.commit("1.31.0")
    remember(site, Marked(good=site.release("1" * 40), quarantined=(site.release(bad),)))
    done = site.init()
    assert done.code in (3, 8), done.err
    assert read_state(str(site.target)) is None


def test_nothing_is_known_to_work(repo: Repo, tmp_path: Path) -> None:
    site = Site(repo, tmp_path)
    bad = site.commit("1.31.0")
    remember(site, Marked(quarantined=(site.release(bad),)))
    done = site.init()
    assert done.code == 8, done.err
    assert "took Halyard down before" in done.err


def test_a_directory_cannot_be_pinned(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "config").write_bytes(files("1.30.0")["config"])
    target = tmp_path / "hal"
    command = ("init", "--dir", source, "--target", target, "--ignore", "rules")
    assert halsync(*command).code == 0
    state = read_state(str(target))
    assert state
    bad = Release("x", "", state.sources)
    good = Release("y", "", tuple(each._replace(revision="other") for each in state.sources))
    open_marks(Settings(target=str(target))).write(Marked(good=good, quarantined=(bad,)))
    done = halsync(*command)
    assert done.code == 8
    assert "cannot be pinned" in done.err


@pytest.fixture
def pod(kube: Cluster, kube_server: KubeServer, tmp_path: Path, repo: Repo) -> Site:
    """A site whose strategy is rollout, with halyard-0 running."""
    kube.put("apps/v1", "statefulsets", stateful_set())
    kube_server.machinery.settle()
    return Site(
        repo,
        tmp_path,
        restart={"strategy": "rollout", "statefulset": "halyard"},
        kubernetes={"kubeconfig": str(kube.kubeconfig), "namespace": kube.namespace},
    )


@pytest.mark.e2e
def test_the_next_pod_reads_the_statefulset(
    pod: Site, kube: Cluster, kube_server: KubeServer, tmp_path: Path
) -> None:
    good, bad = pod.commit("1.30.0"), pod.commit("1.31.0")
    restart = RestartSettings("rollout", statefulset="halyard")
    cluster = kube.settings._replace(pod_name="halyard-0")
    old = Settings(target=str(tmp_path / "old"), restart=restart, cluster=cluster)
    marks = open_marks(old)
    marks.write(Marked("accepted", good=pod.release(good), quarantined=(pod.release(bad),)))
    marks.close()  # type: ignore[attr-defined]
    done = pod.init()
    assert done.code == 0, done.err
    assert pod.published() == good
    kube_server.failing = 503
    done = pod.init()
    assert done.code == 0, done.err
    assert "503" in done.err
    assert pod.published() == bad


@pytest.mark.e2e
def test_a_bad_commit_does_not_keep_a_new_pod_down(
    pod: Site, kube: Cluster, tmp_path: Path
) -> None:
    good = pod.commit("1.30.0")
    pod.repo.commit({"config": b"currentDeployment: [\n"})
    restart = RestartSettings("rollout", statefulset="halyard")
    cluster = kube.settings._replace(pod_name="halyard-0")
    marks = open_marks(Settings(target=str(tmp_path / "old"), restart=restart, cluster=cluster))
    done = pod.init()
    assert done.code == 5, done.err
    marks.write(Marked("confirmed", good=pod.release(good)))
    marks.close()  # type: ignore[attr-defined]
    done = pod.init()
    assert done.code == 0, done.err
    assert pod.published() == good
