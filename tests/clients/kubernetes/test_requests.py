"""The client itself: credentials, deadlines, failures, and the child."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from halsync import redact
from halsync.clients.kubernetes import connect
from halsync.clients.kubernetes.apart import ApartApi
from halsync.clients.kubernetes.api import Api
from halsync.clients.kubernetes.failures import Busy
from halsync.clients.kubernetes.objects import get, server_side_apply
from halsync.clients.kubernetes.secrets import read_secret, secret_versions
from halsync.errors import AccessDenied, ConfigError, SourceUnreachable
from halsync.settings.cluster import ClusterSettings
from tests.servers.kube import Cluster, KubeServer
from tests.servers.tls import make_identity

_SECRETS = "secrets"


def test_rights_are_named_when_they_are_missing(kube: Cluster, tmp_path: Path) -> None:
    kube.secret("allowed", {"a": "1"})
    kube.secret("denied", {"a": "1"})
    rule = {
        "apiGroups": [""],
        "resources": [_SECRETS],
        "resourceNames": ["allowed"],
        "verbs": ["get"],
    }
    api = connect(kube.account(tmp_path, [rule]))
    assert read_secret(api, "allowed").data == {"a": b"1"}
    with pytest.raises(AccessDenied) as caught:
        read_secret(api, "denied")
    assert "may not get secrets" in caught.value.message
    assert "system:serviceaccount" in caught.value.message
    assert caught.value.where == f"secret {kube.namespace}/denied"
    missing = '{apiGroups: [""], resources: ["secrets"], resourceNames: ["denied"], verbs: ["get"]}'
    assert missing in caught.value.hint
    with pytest.raises(AccessDenied, match="may not get secrets"):
        secret_versions(api, ["allowed", "denied"])
    api.close()


def test_apply_needs_create_for_what_is_new(kube: Cluster, tmp_path: Path) -> None:
    rule = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["patch"]}
    api = connect(kube.account(tmp_path, [rule]))
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {}}
    with pytest.raises(AccessDenied, match="may not create configmaps"):
        server_side_apply(api, manifest)
    api.close()


def test_credentials_that_are_not_accepted(kube: Cluster, tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(kube.kubeconfig.read_text().replace("admin-", "wrong-"))
    api = connect(kube.settings._replace(kubeconfig=str(path)))
    with pytest.raises(AccessDenied, match="does not accept the credentials"):
        read_secret(api, "s")
    api.close()


def test_another_namespace_is_out_of_reach(kube: Cluster, api: Api) -> None:
    for path in (
        "/api/v1/namespaces/kube-system/secrets/token",
        f"/api/v1/namespaces/{kube.namespace}/../kube-system/secrets/token",
        f"/api/v1/namespaces/{kube.namespace}/secrets/../../kube-system/secrets/x",
        f"/api/v1/namespaces/{kube.namespace}/secrets/x?dryRun=All",
        "/api/v1/secrets",
        "/version",
    ):
        with pytest.raises(ConfigError, match="not one of namespace"):
            api.request("GET", path)


def _in_cluster(
    server: KubeServer, directory: Path, monkeypatch: pytest.MonkeyPatch, token: str
) -> ClusterSettings:
    """What a pod sees."""
    account = directory / "serviceaccount"
    account.mkdir(exist_ok=True)
    (account / "token").write_text(token)
    (account / "namespace").write_text("opsmx")
    (account / "ca.crt").write_bytes(server.tls.ca.read_bytes())
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(server.server_address[1]))
    monkeypatch.delenv("POD_NAMESPACE", raising=False)
    return ClusterSettings(service_account=str(account))


@pytest.mark.parametrize("apart", [False, True])
def test_in_a_pod_the_service_account_counts_and_a_rotated_token_works(
    kube_server: KubeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, apart: bool
) -> None:
    first = kube_server.access.admin_token
    settings = _in_cluster(kube_server, tmp_path, monkeypatch, first)
    api = connect(settings, apart=apart)
    assert api.namespace == "opsmx"
    assert secret_versions(api, ["s"]) == {"s": ""}
    second = "rotated-" + "0123456789" * 3
    kube_server.access._tokens[second] = kube_server.access._tokens.pop(first)
    (tmp_path / "serviceaccount" / "token").write_text(second)
    assert secret_versions(api, ["s"]) == {"s": ""}
    api.close()


def test_the_token_never_shows(
    kube_server: KubeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = kube_server.access.admin_token
    connect(_in_cluster(kube_server, tmp_path, monkeypatch, token)).close()
    assert token not in redact.redact(f"Authorization: Bearer {token}")


def test_many_requests_are_made_over_one_connection(kube: Cluster, kube_server: KubeServer) -> None:
    api = connect(kube.settings)
    for _ in range(5):
        secret_versions(api, ["a", "b"])
    assert kube_server.connections <= 2  # the cluster fixture's own, and this one
    api.close()


@pytest.mark.parametrize(
    ("status", "kind"), [(500, SourceUnreachable), (503, Busy), (502, Busy), (504, Busy)]
)
def test_failures_of_the_server_are_worth_another_try(
    kube_server: KubeServer, api: Api, status: int, kind: type[Exception]
) -> None:
    kube_server.failing = status
    with pytest.raises(kind, match=f"answers {status}"):
        read_secret(api, "s")
    kube_server.failing = 0
    assert secret_versions(api, ["s"]) == {"s": ""}


def test_too_many_requests_says_when_to_come_back(kube_server: KubeServer, api: Api) -> None:
    kube_server.throttled = 1
    with pytest.raises(Busy) as caught:
        read_secret(api, "s")
    assert caught.value.retry_after == 1.0
    assert kube_server.throttled == 0  # it was asked once, not retried behind the scenes


def test_an_outage_and_its_end(kube_server: KubeServer, api: Api) -> None:
    assert secret_versions(api, ["s"]) == {"s": ""}
    kube_server.down = True
    with pytest.raises(SourceUnreachable):
        read_secret(api, "s")
    kube_server.down = False
    assert secret_versions(api, ["s"]) == {"s": ""}


def test_a_slow_server_meets_the_deadline(kube: Cluster, kube_server: KubeServer, api: Api) -> None:
    assert api.namespace == kube.namespace
    kube_server.latency = 30
    begun = time.monotonic()
    with pytest.raises(SourceUnreachable):
        get(api, "Secret", "s", timeout=0.3)
    assert time.monotonic() - begun < 25
    kube_server.latency = 0


def test_an_answer_that_is_not_the_apis(kube_server: KubeServer, api: Api) -> None:
    kube_server.garbage = (200, b"<html>Log in</html>")
    with pytest.raises(SourceUnreachable, match="not JSON"):
        read_secret(api, "s")
    kube_server.garbage = (302, b"<html>Log in</html>")
    with pytest.raises(SourceUnreachable, match="302, and not as a Kubernetes API"):
        read_secret(api, "s")
    # Nobody may take this for a Secret that is gone.
    kube_server.garbage = (404, b"<html>Not here</html>")
    with pytest.raises(SourceUnreachable, match="not as a Kubernetes API"):
        secret_versions(api, ["s"])


def test_a_certificate_of_another_authority(kube: Cluster, tmp_path: Path) -> None:
    import yaml

    config = yaml.safe_load(kube.kubeconfig.read_text())
    for key in ("certificate-authority", "certificate-authority-data"):
        config["clusters"][0]["cluster"].pop(key, None)
    stranger = make_identity(tmp_path / "stranger").ca
    config["clusters"][0]["cluster"]["certificate-authority"] = str(stranger)
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(config))
    api = connect(kube.settings._replace(kubeconfig=str(path)))
    with pytest.raises(AccessDenied, match="certificate is not signed by the CA of"):
        read_secret(api, "s")
    api.close()


def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    api = connect(_server_at(f"http://127.0.0.1:{port}"))
    with pytest.raises(SourceUnreachable, match=r"does not answer.*refused"):
        read_secret(api, "s")
    api.close()


def _server_at(url: str) -> ClusterSettings:
    import tempfile

    import yaml

    config = {
        "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": url}}],
        "users": [{"name": "u", "user": {}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    }
    path = Path(tempfile.mkdtemp()) / "kubeconfig"
    path.write_text(yaml.safe_dump(config))
    return ClusterSettings(kubeconfig=str(path), namespace="opsmx")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "cannot be used"),
        ("a: [", "cannot be used"),
        ("contexts: 7", "cannot be used"),
        ("current-context: absent\ncontexts: []\nclusters: []\nusers: []", "cannot be used"),
        ("- 1", "cannot be used"),
        ("\x00", "cannot be used"),
        ("users: [{token: hunter2-hunter2", "cannot be used"),
    ],
)
def test_a_broken_kubeconfig(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(text)
    with pytest.raises(ConfigError, match=said) as caught:
        connect(ClusterSettings(kubeconfig=str(path)))
    assert "hunter2" not in str(caught.value)


def test_a_context_that_is_not_there(kube: Cluster) -> None:
    with pytest.raises(ConfigError, match="production"):
        connect(kube.settings._replace(context="production"))


def test_neither_service_account_nor_kubeconfig(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "absent"))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(ConfigError, match="no service account is mounted") as caught:
        connect(ClusterSettings())
    assert "KUBECONFIG" in caught.value.hint
    apart = connect(ClusterSettings(), apart=True)
    with pytest.raises(ConfigError, match="no service account is mounted"):
        assert apart.namespace
    apart.close()


def test_the_child_starts_late_and_ends_early(kube: Cluster) -> None:
    api = ApartApi(kube.settings, idle=0.2)
    assert api.process == 0
    assert secret_versions(api, ["s"]) == {"s": ""}
    first = api.process
    assert first
    end = time.monotonic() + 20
    while api.process:
        assert time.monotonic() < end
        time.sleep(0.02)
    assert secret_versions(api, ["s"]) == {"s": ""}
    assert api.process not in (0, first)
    api.close()
    api.close()
    assert api.process == 0


def test_a_child_that_is_killed_is_replaced(kube: Cluster, kube_server: KubeServer) -> None:
    api = ApartApi(kube.settings)
    secret_versions(api, ["s"])
    os.kill(api.process, signal.SIGKILL)
    # Whether the request was made is not known: the caller decides.
    with pytest.raises(SourceUnreachable, match="ended"):
        read_secret(api, "s")
    assert secret_versions(api, ["s"]) == {"s": ""}
    api.close()


def test_the_child_holds_none_of_halsyncs_secrets(
    kube: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HALSYNC_GIT_TOKEN", "hunter2-hunter2")
    api = ApartApi(kube.settings)
    secret_versions(api, ["s"])
    place = Path(f"/proc/{api.process}")
    assert b"hunter2" not in (place / "environ").read_bytes()
    assert kube.settings.kubeconfig.encode() not in (place / "cmdline").read_bytes()
    api.close()


def test_the_parent_stays_small(kube: Cluster) -> None:
    """Nothing of the client library is imported by whoever keeps it apart."""
    program = (
        "import sys\n"
        "from halsync.clients.kubernetes import connect\n"
        "from halsync.clients.kubernetes.secrets import secret_versions\n"
        "from halsync.settings.cluster import ClusterSettings\n"
        "import halsync.clients.kubernetes.events, halsync.clients.kubernetes.leases\n"
        f"api = connect(ClusterSettings({str(kube.kubeconfig)!r}), apart=True)\n"
        "print(secret_versions(api, ['s']))\n"
        "heavy = {'kubernetes', 'urllib3', 'requests', 'yaml', 'ssl'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "api.close()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.returncode) == ("{'s': ''}\n", 0), done.stderr


def test_an_absent_library_is_named(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "sys.modules['kubernetes'] = None\n"
        "from halsync.clients.kubernetes import connect\n"
        "from halsync.settings.cluster import ClusterSettings\n"
        "from halsync.errors import ConfigError\n"
        "try: connect(ClusterSettings())\n"
        "except ConfigError as error: print(error.hint)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "pip install 'halsync[kubernetes]'\n", done.stderr
