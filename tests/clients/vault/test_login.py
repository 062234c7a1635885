"""Every way to log in, on a real server; tokens that end."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from halsync.clients.vault import tokens
from halsync.errors import AccessDenied, ConfigError
from halsync.redact import redact
from halsync.settings.model import SecretRef
from halsync.settings.vault import VaultAuth
from tests.clients.vault.conftest import Connect, by_token
from tests.servers.openbao import ROOT, Bao
from tests.servers.reviewer import serve_reviews
from tests.servers.tls import Identity


@pytest.fixture
def place(bao: Bao) -> str:
    """An engine with the secret ``a``, and a policy of the same name that lets it be read."""
    mount = bao.mount()
    bao.put(mount, "a", {"x": "y"})
    return bao.policy(mount, f'path "{mount}/data/a" {{ capabilities = ["read"] }}')


def written(file: Path, text: str) -> SecretRef:
    file.write_text(text + "\n")
    return SecretRef(file=str(file))


def app_role(bao: Bao, policy: str, **options: object) -> tuple[str, str, str]:
    """Role, role id and secret id."""
    bao.enable("approle")
    at = f"auth/approle/role/{policy}"
    bao.do("POST", at, {"token_policies": [policy], "token_ttl": "1h", **options})
    role_id = bao.do("GET", f"{at}/role-id")["role_id"]
    return at, role_id, bao.do("POST", f"{at}/secret-id")["secret_id"]


def test_approle(bao: Bao, client: Connect, place: str, tmp_path: Path) -> None:
    _, role_id, secret_id = app_role(bao, place)
    auth = VaultAuth(
        "approle", identity=SecretRef(text=role_id), secret=written(tmp_path / "s", secret_id)
    )
    assert client(auth).kv(place).read("a").data == {"x": "y"}
    assert secret_id not in redact(f"x {secret_id}")
    (tmp_path / "s").write_text("wrong")
    tokens.forget()
    with pytest.raises(AccessDenied, match="login with approle is refused") as caught:
        client(auth).kv(place).read("a")
    assert "role id and the secret id" in caught.value.hint


def test_a_wrapped_secret_id_opens_once_and_serves_again(
    bao: Bao, client: Connect, place: str, tmp_path: Path
) -> None:
    at, role_id, _ = app_role(bao, place)
    wrapped = bao.call("POST", f"{at}/secret-id", headers={"X-Vault-Wrap-TTL": "60"})
    token = wrapped.body["wrap_info"]["token"]
    auth = VaultAuth(
        "approle",
        identity=SecretRef(text=role_id),
        secret=written(tmp_path / "w", token),
        wrapped=True,
    )
    for _ in range(2):
        tokens.forget()
        assert client(auth).kv(place).read("a").data == {"x": "y"}
    assert bao.call("POST", "sys/wrapping/unwrap", token=token).status == 400
    stolen = bao.call("POST", f"{at}/secret-id", headers={"X-Vault-Wrap-TTL": "60"})
    token = stolen.body["wrap_info"]["token"]
    assert bao.call("POST", "sys/wrapping/unwrap", token=token).status == 200
    tokens.forget()
    with pytest.raises(AccessDenied, match="used up, expired or unknown") as caught:
        client(auth._replace(secret=written(tmp_path / "w2", token))).kv(place).read("a")
    assert "somebody" in caught.value.hint


def test_userpass(bao: Bao, client: Connect, place: str, tmp_path: Path) -> None:
    bao.enable("userpass", "people")
    bao.do(
        "POST", "auth/people/users/ann", {"password": "correct horse", "token_policies": [place]}
    )
    auth = VaultAuth(
        "userpass",
        mount="people",
        identity=SecretRef(text="ann"),
        secret=written(tmp_path / "p", "correct horse"),
    )
    assert client(auth).kv(place).read("a").data == {"x": "y"}
    with pytest.raises(AccessDenied, match="login with userpass is refused") as caught:
        client(auth._replace(secret=written(tmp_path / "q", "battery staple"))).kv(place).read("a")
    assert "battery" not in str(caught.value)
    with pytest.raises(AccessDenied, match="login with userpass is refused") as caught:
        client(auth._replace(mount="nobody")).kv(place).read("a")
    assert caught.value.hint.endswith("userpass is enabled at auth/nobody")


def web_token(key: ec.EllipticCurvePrivateKey, **claims: object) -> str:
    """A JSON web token, signed."""

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    text = f"{part({'alg': 'ES256', 'typ': 'JWT'})}.{part(claims)}"
    r, s = utils.decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def test_jwt(bao: Bao, client: Connect, place: str, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    bao.enable("jwt")
    bao.do("POST", "auth/jwt/config", {"jwt_validation_pubkeys": [public.decode()]})
    role = {"role_type": "jwt", "user_claim": "sub", "bound_audiences": ["vault"]}
    bao.do("POST", "auth/jwt/role/ci", {**role, "token_policies": [place]})
    now = int(time.time())
    good = web_token(key, sub="build", aud="vault", iat=now, exp=now + 600)
    auth = VaultAuth("jwt", role="ci", secret=written(tmp_path / "j", good))
    assert client(auth).kv(place).read("a").data == {"x": "y"}
    old = web_token(key, sub="build", aud="vault", iat=now - 9000, exp=now - 8000)
    with pytest.raises(AccessDenied, match="login with jwt as role 'ci' is refused") as caught:
        client(auth._replace(secret=written(tmp_path / "k", old))).kv(place).read("a")
    assert "clocks" in caught.value.hint and old not in str(caught.value)


def test_kubernetes(
    bao: Bao, client: Connect, place: str, tmp_path: Path, tls_identity: Identity
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = "system:serviceaccount:spinnaker:halyard"
    now = int(time.time())
    account = {"name": "halyard", "uid": "1"}
    claims = {
        "sub": name,
        "exp": now + 600,
        "iat": now,
        "iss": "https://kubernetes.default.svc",
        "kubernetes.io": {"namespace": "spinnaker", "serviceaccount": account},
    }
    token, other = web_token(key, **claims), web_token(key, **{**claims, "exp": now + 500})
    with serve_reviews({token: name}) as api:
        bao.enable("kubernetes")
        bao.do(
            "POST",
            "auth/kubernetes/config",
            {
                "kubernetes_host": api,
                "token_reviewer_jwt": token,
                "disable_local_ca_jwt": True,
                "kubernetes_ca_cert": tls_identity.ca.read_text(),
            },
        )
        bound = {
            "bound_service_account_names": ["halyard"],
            "bound_service_account_namespaces": ["spinnaker"],
        }
        bao.do("POST", "auth/kubernetes/role/halyard", {**bound, "token_policies": [place]})
        auth = VaultAuth("kubernetes", role="halyard", secret=written(tmp_path / "t", token))
        assert client(auth).kv(place).read("a").data == {"x": "y"}
        with pytest.raises(AccessDenied, match="login with kubernetes as role 'halyard'"):
            client(auth._replace(secret=written(tmp_path / "o", other))).kv(place).read("a")
    with pytest.raises(ConfigError, match="cannot read the secret file /var/run/secrets"):
        client(VaultAuth("kubernetes", role="halyard")).kv(place).read("a")


def test_certificate(bao: Bao, client: Connect, place: str, tls_identity: Identity) -> None:
    bao.enable("cert")
    pem = tls_identity.ca.read_text()
    bao.do("POST", "auth/cert/certs/halyard", {"certificate": pem, "token_policies": [place]})
    named = {
        "address": bao.tls_url,
        "ca_file": str(tls_identity.ca),
        "client_cert_file": str(tls_identity.certificate),
        "client_key_file": str(tls_identity.key),
    }
    auth = VaultAuth("cert", role="halyard")
    assert client(auth, **named).kv(place).read("a").data == {"x": "y"}
    with pytest.raises(AccessDenied, match="login with cert as role 'halyard' is refused"):
        client(auth, address=bao.tls_url, ca_file=str(tls_identity.ca)).kv(place).read("a")


def test_one_login_serves_the_process(
    bao: Bao, client: Connect, place: str, tmp_path: Path
) -> None:
    at, role_id, secret_id = app_role(bao, place, secret_id_num_uses=1)
    auth = VaultAuth(
        "approle", identity=SecretRef(text=role_id), secret=written(tmp_path / "s", secret_id)
    )
    # The secret id is good for one login only; the second client must not need another.
    for _ in range(3):
        assert client(auth).kv(place).read("a").data == {"x": "y"}
    assert at


def test_a_token_that_dies_in_the_middle_is_replaced_once(
    bao: Bao, client: Connect, place: str, tmp_path: Path
) -> None:
    _, role_id, secret_id = app_role(bao, place)
    auth = VaultAuth(
        "approle", identity=SecretRef(text=role_id), secret=written(tmp_path / "s", secret_id)
    )
    kv = client(auth).kv(place)
    assert kv.read("a").data == {"x": "y"}
    [held] = tokens._held.values()
    bao.do("POST", "auth/token/revoke", {"token": held.token})
    outcomes = kv.read_many([("a", 0), ("a", 1)])
    assert [outcome.value.data for outcome in outcomes] == [{"x": "y"}] * 2
    [fresh] = tokens._held.values()
    assert fresh.token != held.token


def test_a_token_that_ends_soon_is_renewed_or_replaced(
    bao: Bao, client: Connect, place: str, tmp_path: Path
) -> None:
    at, role_id, secret_id = app_role(bao, place, token_ttl="40s", token_max_ttl="1h")
    auth = VaultAuth(
        "approle", identity=SecretRef(text=role_id), secret=written(tmp_path / "s", secret_id)
    )
    client(auth).kv(place).read("a")
    [(connection, held)] = tokens._held.items()
    assert 30 < held.ttl <= 40 and held.renewable
    tokens._held[connection] = held._replace(since=held.since - 30)
    client(auth).kv(place).read("a")
    renewed = tokens._held[connection]
    assert renewed.token == held.token and renewed.since > held.since
    # Now it may not be renewed any more: a new one.
    tokens._held[connection] = renewed._replace(since=renewed.since - 30, renewable=False)
    client(auth).kv(place).read("a")
    assert tokens._held[connection].token != held.token
    assert at


def test_a_token_from_a_file_is_read_anew_when_it_is_refused(
    bao: Bao, client: Connect, place: str, tmp_path: Path
) -> None:
    first = bao.token(place)
    file = tmp_path / "t"
    kv = client(by_token(file, first)).kv(place)
    assert kv.read("a").data == {"x": "y"}
    bao.do("POST", "auth/token/revoke", {"token": first})
    file.write_text(bao.token(place))
    assert kv.read("a").data == {"x": "y"}
    file.write_text("s.nobody-knows-this-token")
    with pytest.raises(AccessDenied, match="the token is refused: expired, revoked") as caught:
        client(by_token(file, "s.nobody-knows-this-token")).kv(place).read("a")
    assert str(file) in caught.value.hint and "nobody-knows" not in str(caught.value)


def test_a_dead_token_is_not_taken_for_a_missing_right(
    bao: Bao, client: Connect, place: str, tmp_path: Path
) -> None:
    narrow = bao.token(place, no_default_policy=True)
    with pytest.raises(AccessDenied, match="not allowed to read the secret"):
        client(by_token(tmp_path / "n", narrow)).kv(place).read("b")
    bao.do("POST", "auth/token/revoke", {"token": narrow})
    with pytest.raises(AccessDenied, match="the token is refused"):
        client(by_token(tmp_path / "n", narrow)).kv(place).read("b")


def test_a_token_of_long_standing_is_renewed(
    bao: Bao, client: Connect, place: str, tmp_path: Path
) -> None:
    token = bao.token(place, ttl="60s")
    auth = by_token(tmp_path / "t", token)
    client(auth).kv(place).read("a")
    [(connection, held)] = tokens._held.items()
    assert not held.known
    tokens._held[connection] = held._replace(since=held.since - 61)
    client(auth).kv(place).read("a")
    known = tokens._held[connection]
    assert known.known and known.renewable and 50 < known.ttl <= 60


def test_nothing_says_how_to_log_in(client: Connect) -> None:
    with pytest.raises(ConfigError, match="nothing says how to log in") as caught:
        client(VaultAuth()).kv().read("a")
    assert "--vault-token-file" in caught.value.hint and ROOT not in str(caught.value)
