"""What may stand in a kubeconfig, and what is said of it where it cannot be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from halsync.clients.kubernetes import connect
from halsync.clients.kubernetes.secrets import read_secret, secret_versions
from halsync.errors import AccessDenied, ConfigError
from tests.clients.kubernetes.kubeconfigs import kubeconfig
from tests.servers.kube import KubeServer
from tests.servers.tls import make_identity

_NOT_PEM = "aGVsbG8="


def test_a_certificate_that_nobody_checks_is_no_warning(
    kube_server: KubeServer, tmp_path: Path
) -> None:
    cluster = {"server": kube_server.url, "insecure-skip-tls-verify": True}
    api = connect(kubeconfig(tmp_path, cluster, token=kube_server.access.admin_token))
    assert secret_versions(api, ["s"]) == {"s": ""}
    api.close()


def test_without_a_ca_those_that_the_system_trusts_count(
    kube_server: KubeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = kube_server.access.admin_token

    def asked(cluster: dict[str, Any]) -> dict[str, str]:
        api = connect(kubeconfig(tmp_path, {"server": kube_server.url, **cluster}, token=token))
        try:
            return secret_versions(api, ["s"])
        finally:
            api.close()

    with pytest.raises(AccessDenied, match="not signed by"):
        asked({})
    monkeypatch.setenv("SSL_CERT_FILE", str(kube_server.tls.ca))
    assert asked({}) == {"s": ""}
    # Where one is named, it alone counts.
    other = make_identity(tmp_path / "other")
    with pytest.raises(AccessDenied, match="not signed by"):
        asked({"certificate-authority": str(other.ca)})


def test_a_file_with_a_token_may_end_in_a_line_break(
    kube_server: KubeServer, tmp_path: Path
) -> None:
    """As for kubectl."""
    (tmp_path / "token").write_text(f"{kube_server.access.admin_token}\n")
    cluster = {"server": kube_server.url, "certificate-authority": str(kube_server.tls.ca)}
    api = connect(kubeconfig(tmp_path, cluster, tokenFile=str(tmp_path / "token")))
    assert secret_versions(api, ["s"]) == {"s": ""}
    api.close()


@pytest.mark.parametrize(
    ("cluster", "user", "said"),
    [
        ({"certificate-authority-data": _NOT_PEM}, {"token": "t"}, "is not PEM"),
        ({}, {"client-certificate-data": _NOT_PEM, "client-key-data": _NOT_PEM}, "is not PEM"),
        ({}, {"token": "hunter2\nhunter2"}, "token of the kubeconfig"),
        ({}, {"token": "żółć-hunter2"}, "token of the kubeconfig"),
        ({"server": "127.0.0.1:6443"}, {}, "127.0.0.1:6443: is not an address"),
        ({"server": "ftp://127.0.0.1"}, {}, "is not an address"),
        ({"proxy-url": "nonsense"}, {}, "the proxy before the Kubernetes API cannot be used"),
        ({"proxy-url": "socks5://127.0.0.1:1"}, {}, "SOCKS"),
    ],
)
def test_what_cannot_be_used_is_named(
    kube_server: KubeServer,
    tmp_path: Path,
    cluster: dict[str, Any],
    user: dict[str, Any],
    said: str,
) -> None:
    whole = {"server": kube_server.url, **cluster}
    if "certificate-authority-data" not in cluster:
        whole["certificate-authority"] = str(kube_server.tls.ca)
    with pytest.raises(ConfigError, match=said) as caught:
        read_secret(connect(kubeconfig(tmp_path, whole, **user)), "s")
    assert caught.value.hint
    assert "hunter2" not in str(caught.value)
