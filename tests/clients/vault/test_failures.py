"""What a server, or what stands before it, may answer instead."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from halsync.clients.vault import link
from halsync.clients.vault.aws import signed_question
from halsync.errors import AccessDenied, ConfigError, HalsyncError, SourceUnreachable
from tests.clients.vault.conftest import Connect, by_token
from tests.servers.openbao import Bao, serve_sealed, why_not
from tests.servers.serving import serving
from tests.servers.tls import Identity, make_identity

MOUNT = '{"data": {"type": "kv", "path": "secret/", "options": {"version": "2"}}}'

Answerer = Callable[[str], "tuple[int, str, dict[str, str]] | None"]


@contextmanager
def before(bao: Bao, answer: Answerer) -> Iterator[str]:
    """A proxy that hands requests on to the server, but for those that ``answer`` answers."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_it(self) -> None:
            given = answer(self.path)
            if given is None:
                length = int(self.headers.get("Content-Length") or 0)
                assert not length
                reply = bao.call(
                    self.command,
                    self.path.partition("/v1/")[2],
                    token=self.headers.get("X-Vault-Token", ""),
                )
                import json

                given = reply.status, json.dumps(reply.body), {}
            status, body, headers = given
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        do_GET = do_LIST = do_SCAN = do_POST = do_it  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with serving(server):
        yield f"http://127.0.0.1:{server.server_port}"


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (503, '{"errors": ["Vault is sealed"]}', SourceUnreachable, "the server is sealed"),
        (503, "<html>maintenance</html>", SourceUnreachable, "not available"),
        (502, "", SourceUnreachable, "what stands before the server cannot reach it"),
        (504, "", SourceUnreachable, "waits in vain"),
        (500, '{"errors": ["disk\\n\\tfull"]}', SourceUnreachable, r"failed to .* disk full"),
        (501, "", SourceUnreachable, "not initialised"),
        (472, "", SourceUnreachable, "disaster recovery standby"),
        (473, "", SourceUnreachable, "standby that answers nothing"),
        (200, "<html>a web page</html>", ConfigError, "is no Vault server"),
        (302, "", SourceUnreachable, "redirects to"),
    ],
)
def test_answers_that_are_none(
    bao: Bao, client: Connect, status: int, body: str, kind: type[HalsyncError], words: str
) -> None:
    with (
        before(bao, lambda _: (status, body, {})) as address,
        pytest.raises(kind, match=words) as caught,
    ):
        client(address=address).kv("secret").read("a")
    assert address in str(caught.value) and caught.value.hint


def test_an_answer_has_a_limit(bao: Bao, client: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "LARGEST", 200_000)
    answer = '{"data": {"data": {"x": "%s"}, "metadata": {"version": 1, "created_time": ""}}}'
    for size, fits in ((100_000, True), (200_001, False)):

        def told(path: str, text: str = answer % ("a" * size)) -> tuple[int, str, dict[str, str]]:
            return 200, text if "/data/" in path else MOUNT, {}

        with before(bao, told) as address:
            asking = client(address=address).kv("secret")
            if fits:
                assert len(str(asking.read("a").data["x"])) == size
                continue
            with pytest.raises(SourceUnreachable, match="the answer is too large"):
                asking.read("a")


def test_a_limited_rate_is_borne(bao: Bao, client: Connect) -> None:
    mount = bao.mount()
    bao.put(mount, "a", {"x": "y"})
    left = [2]

    def answer(path: str) -> tuple[int, str, dict[str, str]] | None:
        if "/data/" in path and left[0]:
            left[0] -= 1
            return 429, '{"errors": ["request path rate limited"]}', {"Retry-After": "0"}
        return None

    with before(bao, answer) as address:
        assert client(address=address).kv(mount).read("a").data == {"x": "y"}
        left[0] = 99
        with pytest.raises(SourceUnreachable, match="limits the rate of requests"):
            client(address=address, seconds=1).kv(mount).read("a")


def test_a_standby_sends_to_the_active_node(bao: Bao, client: Connect) -> None:
    mount = bao.mount()
    bao.put(mount, "a", {"x": "y"})
    asked: list[str] = []

    def answer(path: str) -> tuple[int, str, dict[str, str]]:
        asked.append(path)
        return 307, "", {"Location": bao.url + path}

    with before(bao, answer) as address:
        assert client(address=address).kv(mount).read("a").data == {"x": "y"}
    assert len(asked) == 1  # from then on the active node is asked


@pytest.mark.parametrize("end", ["gone", "sealed"])
def test_where_a_standby_led_to_is_forgotten_when_that_fails(
    bao: Bao, client: Connect, end: str
) -> None:
    mount = bao.mount()
    bao.put(mount, "a", {"x": "y"})
    sealed: list[str] = []
    leads = [True]

    def active(path: str) -> tuple[int, str, dict[str, str]] | None:
        return (503, '{"errors": ["Vault is sealed"]}', {}) if sealed else None

    with before(bao, active) as other:

        def standby(path: str) -> tuple[int, str, dict[str, str]] | None:
            return (307, "", {"Location": other + path}) if leads else None

        with before(bao, standby) as address:
            asking = client(address=address).kv(mount)
            assert asking.read("a").data == {"x": "y"}
            leads.clear()
            if end == "gone":
                asking._client._transport._opened().base = "http://127.0.0.1:1"
            sealed.append(end)
            with pytest.raises(SourceUnreachable):
                asking.read("a")
            assert asking.read("a").data == {"x": "y"}  # the standby is the active node by now


KV2 = '{"data": {"type": "kv", "path": "secret/", "options": {"version": "2"}, "uuid": "u"}}'


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("mounts", KV2.replace('"2"', '"two"')),
        ("mounts", KV2.replace('{"version": "2"}', '["2"]')),
        ("data", '{"data": {"data": {"a": "b"}, "metadata": {}}}'),
        ("data", '{"data": {"data": {"a": "b"}, "metadata": [1]}}'),
        ("data", '{"data": {"data": {"a": "b"}, "metadata": {"version": "x"}}}'),
        ("data", "[" * 200_000),
        ("names", '{"data": {"keys": 5}}'),
        ("scan", '{"data": {"key_info": {"a": null}}}'),
        ("scan", '{"data": {"key_info": {"a": {"versions": {"x": 1}}}}}'),
        ("scan", '{"data": {"key_info": [1]}}'),
    ],
)
def test_answers_of_another_shape(bao: Bao, client: Connect, kind: str, answer: str) -> None:
    def given(path: str) -> tuple[int, str, dict[str, str]]:
        mounts = "ui/mounts" in path
        return 200, answer if mounts == (kind == "mounts") else KV2, {}

    with before(bao, given) as address:
        kv = client(address=address).kv("secret")
        with pytest.raises(ConfigError, match="no Vault server") as caught:
            {"names": kv.names, "scan": kv.scan}.get(kind, kv.read)("a")
    assert caught.value.where == address and caught.value.hint


def test_a_proxy_of_the_environment(
    bao: Bao, client: Connect, monkeypatch: pytest.MonkeyPatch, wire: str
) -> None:
    mount = bao.mount()
    bao.put(mount, "a", {"x": "y"})
    asked: list[str] = []
    with before(bao, asked.append) as proxy:  # which answers nothing itself
        monkeypatch.setenv("HTTP_PROXY" if wire == "plain" else "http_proxy", proxy)
        assert client().kv(mount).read("a").data == {"x": "y"}
        assert asked and all(path.startswith(bao.url) for path in asked)
        asked.clear()
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert client().kv(mount).read("a").data == {"x": "y"}
        assert not asked


def test_a_circle_of_redirects(bao: Bao, client: Connect) -> None:
    here: list[str] = []
    with before(bao, lambda path: (307, "", {"Location": here[0] + path})) as address:
        here.append(address)
        with pytest.raises(SourceUnreachable, match="from one address to another"):
            client(address=address).kv("secret").read("a")


def test_a_server_that_says_nothing_in_time(bao: Bao, client: Connect) -> None:
    def answer(_: str) -> None:
        time.sleep(0.4)

    with before(bao, answer) as address, pytest.raises(SourceUnreachable, match="did not answer"):
        client(address=address, timeout=0.1).kv("secret").read("a")


def test_addresses_that_lead_nowhere(bao: Bao, client: Connect) -> None:
    for address, kind, words in (
        ("http://127.0.0.1:1", SourceUnreachable, "refuses the connection"),
        ("http://no-such-host.invalid", SourceUnreachable, "cannot be resolved"),
        (bao.url.replace("http:", "https:"), SourceUnreachable, "does not speak TLS"),
        (bao.tls_url.replace("https:", "http:"), SourceUnreachable, "speaks TLS only"),
        ("vault.example.com", ConfigError, "is not a URL"),
        ("ftp://h", ConfigError, "is not a URL"),
    ):
        with pytest.raises(kind, match=words):
            client(address=address).kv("secret").read("a")


def test_certificates(bao: Bao, client: Connect, tls_identity: Identity, tmp_path: Path) -> None:
    ca = str(tls_identity.ca)
    mount = bao.mount()
    bao.put(mount, "a", {"x": "y"})
    assert client(address=bao.tls_url, ca_file=ca).kv(mount).read("a").data == {"x": "y"}
    other = make_identity(tmp_path / "other", host="elsewhere")
    for connection, kind, words in (
        ({"address": bao.tls_url}, AccessDenied, "not signed by the CAs this machine trusts"),
        ({"address": bao.tls_url, "ca_file": str(other.ca)}, AccessDenied, "not signed by the CA"),
        (
            {"address": bao.tls_url, "ca_file": ca, "server_name": "vault.internal"},
            AccessDenied,
            "for another name",
        ),
        ({"address": bao.tls_url, "ca_file": "/none"}, ConfigError, "cannot read the CA bundle"),
        (
            {"address": bao.tls_url, "ca_file": ca, "client_cert_file": ca},
            ConfigError,
            "cannot use the client certificate",
        ),
    ):
        with pytest.raises(kind, match=words):
            client(**connection).kv(mount).read("a")


def test_a_name_of_its_own_for_the_certificate(
    bao: Bao, client: Connect, tls_identity: Identity
) -> None:
    mount = bao.mount()
    bao.put(mount, "a", {"x": "y"})
    address = bao.tls_url.replace("localhost", "localhost.localdomain")
    named = {"address": address, "ca_file": str(tls_identity.ca), "server_name": "localhost"}
    try:
        assert client(**named).kv(mount).read("a").data == {"x": "y"}
    except SourceUnreachable as error:
        pytest.skip(f"localhost.localdomain: {error.message}")


def test_a_sealed_server_is_worth_another_try(tmp_path: Path, client: Connect) -> None:
    if reason := why_not():
        pytest.skip(reason)
    with serve_sealed(tmp_path / "sealed") as sealed:
        auth = by_token(tmp_path / "t", sealed.root)
        with pytest.raises(SourceUnreachable, match="the server is sealed") as caught:
            client(auth, address=sealed.bao.url).kv("secret").read("a")
        assert "unseal" in caught.value.hint
        sealed.unseal()
        with pytest.raises(HalsyncError, match="nothing is mounted at 'secret'"):
            client(auth, address=sealed.bao.url).kv("secret").read("a")


def test_the_proof_of_an_aws_identity_is_signed_like_botocore_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import base64
    import json

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    fields = signed_question("eu-west-1", "vault.example.com")
    assert fields["iam_http_request_method"] == "POST"
    url = base64.b64decode(fields["iam_request_url"]).decode()
    body = base64.b64decode(fields["iam_request_body"]).decode()
    headers = json.loads(base64.b64decode(fields["iam_request_headers"]))
    assert url == "https://sts.eu-west-1.amazonaws.com/"
    assert headers["X-Vault-AWS-IAM-Server-ID"] == ["vault.example.com"]
    assert "wJalrXUtnFEMI" not in str(headers)
    authorization = headers["Authorization"][0]
    assert "x-vault-aws-iam-server-id" in authorization
    # As the other side checks it: the same request, signed anew at the same second.
    kept = ("Content-Type", "X-Vault-AWS-IAM-Server-ID", "X-Amz-Date")
    again = AWSRequest("POST", url, {name: headers[name][0] for name in kept}, body)
    again.context["timestamp"] = headers["X-Amz-Date"][0]
    signer = SigV4Auth(Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI"), "sts", "eu-west-1")
    wanted = signer.signature(signer.string_to_sign(again, signer.canonical_request(again)), again)
    assert authorization.endswith(f"Signature={wanted}")


def test_no_aws_identity_at_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(AccessDenied, match="no AWS credentials"):
        signed_question("", "")
