"""Plug-ins that a kubeconfig calls for credentials (``exec``)."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from halsync.clients.kubernetes import connect, library
from halsync.clients.kubernetes.api import Api
from halsync.clients.kubernetes.secrets import secret_versions
from halsync.errors import AccessDenied, HalsyncError, SourceUnreachable
from halsync.settings.cluster import ClusterSettings
from tests.clients.kubernetes.kubeconfigs import kubeconfig
from tests.servers.kube import KubeServer

_API = "client.authentication.k8s.io/v1"


def with_plug_in(directory: Path, cluster: dict[str, Any], script: str) -> ClusterSettings:
    """A kubeconfig whose user is what a shell script says."""
    plug_in = directory / "plug-in"
    plug_in.write_text(f"#!/bin/sh\n{script}\n")
    plug_in.chmod(0o755)
    return kubeconfig(directory, cluster, exec={"apiVersion": _API, "command": str(plug_in)})


@contextmanager
def opened(settings: ClusterSettings, apart: bool) -> Iterator[Api]:
    """The client, closed in the end."""
    api = connect(settings, apart=apart)
    try:
        yield api
    finally:
        api.close()


@pytest.mark.parametrize("apart", [False, True])
def test_its_token_is_used_and_it_sees_no_secret_of_halsyncs(
    kube_server: KubeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, apart: bool
) -> None:
    monkeypatch.setenv("HALSYNC_GIT_TOKEN", "hunter2-hunter2")
    monkeypatch.setenv("AWS_PROFILE", "mine")
    status = {"token": kube_server.access.admin_token}
    answer = json.dumps({"apiVersion": _API, "kind": "ExecCredential", "status": status})
    cluster = {"server": kube_server.url, "certificate-authority": str(kube_server.tls.ca)}
    script = f"env > {tmp_path}/env; cat <<'END'\n{answer}\nEND"
    with opened(with_plug_in(tmp_path, cluster, script), apart) as api:
        assert secret_versions(api, ["s"]) == {"s": ""}
    seen = (tmp_path / "env").read_text()
    assert "AWS_PROFILE=mine" in seen
    assert "hunter2" not in seen


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo log in first >&2; exit 3", "returned 3. log in first"),
        ("echo hello", "failed to decode"),
        ("echo {}", "missing key"),
    ],
)
@pytest.mark.parametrize("apart", [False, True])
def test_its_failure_is_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], script: str, said: str, apart: bool
) -> None:
    settings = with_plug_in(tmp_path, {"server": "https://127.0.0.1:1"}, script)
    with pytest.raises(AccessDenied, match=said) as caught, opened(settings, apart) as api:
        assert api.namespace
    assert f"{tmp_path}/plug-in" in caught.value.message
    assert "kubectl" in caught.value.hint
    assert capfd.readouterr().err == ""


def test_its_failure_at_a_terminal_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """There it speaks for itself."""
    settings = with_plug_in(tmp_path, {"server": "https://127.0.0.1:1"}, "echo why >&2; exit 3")
    leader, end = os.openpty()
    try:
        with open(end, "w", encoding="utf-8") as terminal:
            monkeypatch.setattr(sys, "stdout", terminal)
            monkeypatch.setattr(sys, "stdin", None)
            with pytest.raises(AccessDenied, match="plug-in: it ended with an error code"):
                connect(settings)
    finally:
        os.close(leader)
    assert capfd.readouterr().err == "why\n"


def test_one_that_is_not_installed(tmp_path: Path) -> None:
    exec_ = {"apiVersion": _API, "command": "no-such-plug-in"}
    with pytest.raises(AccessDenied, match="no-such-plug-in: FileNotFoundError"):
        connect(kubeconfig(tmp_path, {"server": "https://127.0.0.1:1"}, exec=exec_))


def test_one_that_does_not_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "PLUG_IN", 0.1)
    settings = with_plug_in(tmp_path, {"server": "https://127.0.0.1:1"}, "exec sleep 1")
    with pytest.raises(SourceUnreachable, match="did not end within"):
        connect(settings)


def test_a_plug_in_without_a_command(tmp_path: Path) -> None:
    exec_ = {"apiVersion": _API}
    with pytest.raises(HalsyncError, match="command"):
        connect(kubeconfig(tmp_path, {"server": "https://127.0.0.1:1"}, exec=exec_))
