"""What goes wrong with a bucket: the kind of failure, and what a person is told to do."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from halsync.clients.aws import failures
from halsync.errors import (
    AccessDenied,
    ConfigError,
    ContentRefused,
    HalsyncError,
    SourceNotFound,
    SourceUnreachable,
)
from halsync.redact import registered
from halsync.settings.model import SecretRef
from tests.servers.faults import Fault, FaultProxy, Spoil, corrupt, faulty, late, refusal, truncate
from tests.servers.s3 import S3Server, enforce_policies, serve_rclone, why_not
from tests.servers.s3_fixtures import OpenS3
from tests.servers.tls import Identity

TREE = {"config": b"a: 1\n" * 50, "default/profiles/gate-local.yml": b"b: 2\n" * 50}


class Setup:
    """A bucket behind the proxy."""

    def __init__(self, server: S3Server, bucket: str, proxy: FaultProxy) -> None:
        self.server = server
        self.bucket = bucket
        self.proxy = proxy
        self.options = server.settings(bucket, access=server.access(endpoint=proxy.url))


@pytest.fixture
def setup(s3_server: S3Server, bucket: str) -> Iterator[Setup]:
    s3_server.fill(bucket, TREE)
    with faulty(s3_server.url) as proxy:
        yield Setup(s3_server, bucket, proxy)


@pytest.mark.parametrize(
    ("spoil", "path"),
    [
        (truncate, "/config"),
        (corrupt, "/config"),
        (truncate, "list-type"),
        (refusal(503, "SlowDown"), "/config"),
        (refusal(503, "SlowDown"), "list-type"),
        (refusal(500, "InternalError"), "/config"),
    ],
    ids=["truncated", "corrupt", "truncated listing", "slow down", "slow down at once", "500"],
)
def test_a_passing_trouble_is_sat_out(
    spoil: Spoil, path: str, setup: Setup, open_s3: OpenS3
) -> None:
    setup.proxy.faults = [Fault(spoil, path, times=2)]
    files = open_s3(setup.options).fetch().files
    assert {path: file.content for path, file in files.items()} == TREE
    assert setup.proxy.faults[0].times == 0


@pytest.mark.parametrize(
    ("spoil", "path", "kind", "says", "hint"),
    [
        (truncate, "/config", SourceUnreachable, "broke off", "network"),
        (corrupt, "/config", SourceUnreachable, "does not match its ETag", "changes content"),
        (refusal(503, "SlowDown"), "", SourceUnreachable, "busy", "poll less often"),
        (refusal(403, "RequestTimeTooSkewed"), "", AccessDenied, "TooSkewed", "clock"),
        (refusal(400, "ExpiredToken"), "/config", AccessDenied, "ExpiredToken", "renew"),
        (refusal(403, "InvalidAccessKeyId"), "", AccessDenied, "InvalidAccess", "accessKeyId"),
        (refusal(403, "KMS.DisabledException"), "/config", AccessDenied, "KMS", "docs/sources.md"),
        (refusal(403, "InvalidObjectState"), "/config", SourceNotFound, "InvalidObj", "archived"),
        (
            refusal(400, "InvalidRequest", "stored using a form of Server Side Encryption."),
            "/config", AccessDenied, "encrypted with a key", "sseCustomerKeyFile",
        ),
        (
            refusal(301, "PermanentRedirect", x_amz_bucket_region="eu-west-7"),
            "", ConfigError, "region eu-west-7", "--s3-region",
        ),
        (refusal(501, "NotImplemented"), "list-type", ConfigError, "NotImplemented", "endpoint"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_stays_wrong_is_told(
    spoil: Spoil, path: str, kind: type[HalsyncError], says: str, hint: str,
    setup: Setup, open_s3: OpenS3,
) -> None:  # fmt: skip
    setup.proxy.faults = [Fault(spoil, path)]
    with pytest.raises(kind) as caught:
        open_s3(setup.options).fetch()
    assert says in caught.value.message and hint in caught.value.hint
    assert caught.value.where.startswith(f"s3://{setup.bucket}")
    assert type(caught.value) is kind


def _answering(status: int, body: bytes) -> Spoil:
    return lambda reply: reply._replace(status=status, headers=[], body=body)


@pytest.mark.parametrize(
    ("status", "body", "kind", "says"),
    [
        (200, b"<R><Contents><Key>config</Key></Contents></R>", SourceUnreachable, "parts"),
        (200, b"<R><Contents><Key>a</Key><Size>x</Size></Contents></R>", SourceUnreachable, "part"),
        (301, b"", ConfigError, "redirects every request"),
    ],
    ids=["no size", "no number", "a redirect to nowhere"],
)
def test_answers_that_no_s3_gives(
    status: int, body: bytes, kind: type[HalsyncError], says: str, setup: Setup, open_s3: OpenS3
) -> None:
    setup.proxy.faults = [Fault(_answering(status, body))]
    with pytest.raises(kind, match=says) as caught:
        open_s3(setup.options).fetch()
    assert caught.value.where.startswith("s3://") and "s3.endpoint" in caught.value.hint


VERSION = (
    b"<R><Version><Key>config</Key><VersionId>1</VersionId>%s</Version>"
    b"<IsTruncated>true</IsTruncated><NextKeyMarker>config</NextKeyMarker></R>"
)


@pytest.mark.parametrize(
    ("version", "says"),
    [
        (b"<Size>1</Size>", "parts are missing"),
        (b"<Size>1</Size><LastModified>yesterday</LastModified>", "parts are missing"),
        (
            b"<Size>1</Size><LastModified>2026-01-01T00:00:00Z</LastModified>",
            "the listing goes in circles",
        ),
    ],
    ids=["no time", "no such time", "no end"],
)
def test_versions_that_no_s3_lists(
    version: bytes, says: str, setup: Setup, open_s3: OpenS3
) -> None:
    setup.proxy.faults = [Fault(_answering(200, VERSION % version))]
    with pytest.raises(SourceUnreachable, match=says):
        open_s3(setup.options._replace(as_of="2026-06-01T00:00:00Z"), seconds=5).fetch()


def test_names_that_differ_only_in_case_are_refused_before_anything_is_read(
    setup: Setup, open_s3: OpenS3
) -> None:
    setup.server.fill(setup.bucket, {**TREE, "Config": b"x"})
    with pytest.raises(ContentRefused) as caught:
        open_s3(setup.options).fetch()
    assert [(each.code, each.file) for each in caught.value.problems] == [("HAL0107", "config")]
    assert all("list-type" in each for each in setup.proxy.seen)


def test_a_bug_of_ours_is_no_failure_of_the_server() -> None:
    for bug in KeyError("files"), ValueError("of our own"):
        with pytest.raises(type(bug)), failures("s3://acme"):
            raise bug


def test_an_answer_that_does_not_come_ends_at_the_deadline(setup: Setup, open_s3: OpenS3) -> None:
    setup.proxy.faults = [Fault(late(5), "/config")]
    begun = time.monotonic()
    with pytest.raises(SourceUnreachable) as caught:
        open_s3(setup.options, seconds=1.5).fetch()
    assert "in time" in caught.value.message and "timeout" in caught.value.hint
    assert time.monotonic() - begun < 4


@pytest.mark.parametrize(("content", "says"), [("", "is empty"), ("a\nb", "holds a line break")])
def test_keys_that_cannot_be_sent(
    setup: Setup, open_s3: OpenS3, tmp_path: Path, content: str, says: str
) -> None:
    (tmp_path / "key").write_text(content)
    key = SecretRef(file=str(tmp_path / "key"))
    access = setup.options.access._replace(access_key_id=key)
    with pytest.raises(ConfigError, match=says) as caught:
        open_s3(setup.options._replace(access=access)).fetch()
    assert caught.value.where.endswith("/key")
    assert setup.proxy.seen == []


def test_no_such_bucket(s3_server: S3Server, open_s3: OpenS3) -> None:
    with pytest.raises(SourceNotFound) as caught:
        open_s3(s3_server.settings("there-is-none")).fetch()
    assert "no such bucket" in str(caught.value) and "s3.bucket" in caught.value.hint


def test_an_impossible_name_of_a_bucket(moto: S3Server, open_s3: OpenS3) -> None:
    with pytest.raises(ConfigError) as caught:
        open_s3(moto.settings("No Such!")).fetch()
    assert "No Such!" in str(caught.value)


def test_wrong_keys(rclone: S3Server, bucket: str, open_s3: OpenS3, tmp_path: Path) -> None:
    rclone.fill(bucket, TREE)
    (tmp_path / "wrong").write_text("not-the-secret-of-it")
    access = rclone.access(secret_access_key=SecretRef(file=str(tmp_path / "wrong")))
    with pytest.raises(AccessDenied) as caught:
        open_s3(rclone.settings(bucket, access=access)).fetch()
    assert "not-the-secret-of-it" not in str(caught.value)
    assert "not-the-secret-of-it" in registered()


def test_keys_that_were_replaced_are_read_again(
    rclone: S3Server, bucket: str, open_s3: OpenS3, tmp_path: Path
) -> None:
    rclone.fill(bucket, TREE)
    secret = tmp_path / "secret"
    secret.write_text("an-old-one")
    access = rclone.access(secret_access_key=SecretRef(file=str(secret)))
    source = open_s3(rclone.settings(bucket, access=access))
    with pytest.raises(AccessDenied):
        source.revision()
    secret.write_text((rclone.keys / "secret").read_text())
    source.renew(time.monotonic() + 20)
    assert source.revision() == source.fetch().revision


def test_no_credentials_at_all(
    moto: S3Server, open_s3: OpenS3, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    access = moto.access(access_key_id=SecretRef(), secret_access_key=SecretRef())
    with pytest.raises(AccessDenied) as caught:
        open_s3(moto.settings("acme", access=access)).fetch()
    assert "role" in caught.value.hint and "anonymous" in caught.value.hint


def test_a_profile_and_environment_keys(
    rclone: S3Server, bucket: str, open_s3: OpenS3, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rclone.fill(bucket, TREE)
    config = tmp_path / "config"
    keys = rclone.variables()
    config.write_text(
        f"[profile spinnaker]\naws_access_key_id = {keys['AWS_ACCESS_KEY_ID']}\n"
        f"aws_secret_access_key = {keys['AWS_SECRET_ACCESS_KEY']}\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    nobody = rclone.access(access_key_id=SecretRef(), secret_access_key=SecretRef())
    of_profile = rclone.settings(bucket, access=nobody._replace(profile="spinnaker"))
    assert set(open_s3(of_profile).fetch().files) == set(TREE)
    missing = rclone.settings(bucket, access=nobody._replace(profile="spinaker"))
    with pytest.raises(ConfigError, match="spinaker"):
        open_s3(missing).fetch()
    for name, value in keys.items():
        monkeypatch.setenv(name, value)
    assert set(open_s3(rclone.settings(bucket, access=nobody)).fetch().files) == set(TREE)


def test_anonymous_requests_are_not_signed(moto: S3Server, bucket: str, open_s3: OpenS3) -> None:
    s3 = moto.fill(bucket, TREE)
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "s3:*"}
    everything = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    policy = {"Version": "2012-10-17", "Statement": [{**everybody, "Resource": everything}]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    with faulty(moto.url) as proxy:
        access = moto.access(
            endpoint=proxy.url, anonymous=True,
            access_key_id=SecretRef(), secret_access_key=SecretRef(),
        )  # fmt: skip
        assert set(open_s3(moto.settings(bucket, access=access)).fetch().files) == set(TREE)
        assert proxy.authorized == {""}


def test_an_assumed_role_with_its_external_id(moto: S3Server, bucket: str, open_s3: OpenS3) -> None:
    moto.fill(bucket, TREE)
    with faulty(moto.url) as proxy:
        access = moto.access(
            role_arn="arn:aws:iam::123456789012:role/halsync",
            external_id=SecretRef(text="acme-17"),
            session_name="agent-7",
            sts_endpoint=proxy.url,
        )
        assert set(open_s3(moto.settings(bucket, access=access)).fetch().files) == set(TREE)
        [body] = proxy.bodies
        assert b"AssumeRole" in body and b"ExternalId=acme-17" in body
        assert b"RoleSessionName=agent-7" in body


def test_a_role_that_may_not_be_assumed(moto: S3Server, open_s3: OpenS3) -> None:
    with faulty(moto.url) as proxy:
        proxy.faults = [Fault(refusal(403, "AccessDenied"))]
        access = moto.access(role_arn="arn:aws:iam::1:role/x", sts_endpoint=proxy.url)
        with pytest.raises(AccessDenied):
            open_s3(moto.settings("acme", access=access)).fetch()


@pytest.fixture
def restricted(moto: S3Server) -> Iterator[Callable[[object], tuple[str, str]]]:
    """``restricted(statements) -> (key id, secret)`` of a user with just these rights."""
    import botocore.session

    session = botocore.session.Session()
    session.set_credentials("x", "y")
    made: Any = session.create_client("iam", endpoint_url=moto.url, region_name="us-east-1")

    def make(statements: object) -> tuple[str, str]:
        name = f"user-{time.monotonic_ns()}"
        made.create_user(UserName=name)
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        made.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy)
        key = made.create_access_key(UserName=name)["AccessKey"]
        enforce_policies(moto, "0")
        return key["AccessKeyId"], key["SecretAccessKey"]

    yield make
    enforce_policies(moto, "inf")
    made.close()


def test_one_path_of_many_is_denied(
    moto: S3Server, bucket: str, open_s3: OpenS3, tmp_path: Path,
    restricted: Callable[[object], tuple[str, str]],
) -> None:  # fmt: skip
    moto.fill(bucket, {**TREE, "secret/a": b"1", "secret/b": b"2"})
    arn = f"arn:aws:s3:::{bucket}"
    key, secret = restricted(
        [
            {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": arn},
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{arn}/*"},
            {"Effect": "Deny", "Action": "s3:GetObject", "Resource": f"{arn}/secret/*"},
        ]
    )
    (tmp_path / "id").write_text(key)
    (tmp_path / "secret").write_text(secret)
    access = moto.access(
        access_key_id=SecretRef(file=str(tmp_path / "id")),
        secret_access_key=SecretRef(file=str(tmp_path / "secret")),
    )
    with pytest.raises(AccessDenied) as caught:
        open_s3(moto.settings(bucket, access=access)).fetch()
    assert "secret/a, secret/b" in caught.value.message
    assert "2 objects of 4" in caught.value.message


def test_the_policy_of_the_documentation_is_enough_and_not_too_much(
    moto: S3Server, bucket: str, open_s3: OpenS3, tmp_path: Path,
    restricted: Callable[[object], tuple[str, str]],
) -> None:  # fmt: skip
    from tests.harness import ROOT

    text = (ROOT / "docs/sources.md").read_text(encoding="utf-8")
    policy = text[text.index("```json") + 7 :].partition("```")[0]
    moto.fill(bucket, {f"halyard/{path}": content for path, content in TREE.items()})
    statements = json.loads(policy.replace("acme-spinnaker", bucket))["Statement"]
    key, secret = restricted(statements)
    (tmp_path / "id").write_text(key)
    (tmp_path / "secret").write_text(secret)
    access = moto.access(
        access_key_id=SecretRef(file=str(tmp_path / "id")),
        secret_access_key=SecretRef(file=str(tmp_path / "secret")),
    )
    files = open_s3(moto.settings(bucket, "halyard", access=access)).fetch().files
    assert set(files) == set(TREE)


def test_certificates(tls_identity: Identity, open_s3: OpenS3, tmp_path: Path) -> None:
    if reason := why_not("rclone"):
        pytest.skip(reason)
    (tmp_path / "data/acme").mkdir(parents=True)
    (tmp_path / "data/acme/config").write_bytes(b"x")
    with serve_rclone(tmp_path, tls_identity) as server:
        with pytest.raises(AccessDenied) as caught:
            open_s3(server.settings("acme")).fetch()
        assert "is not signed by a CA that is trusted here" in caught.value.message
        assert "caFile" in caught.value.hint
        trusted = server.access(ca_file=str(tls_identity.ca))
        assert open_s3(server.settings("acme", access=trusted)).fetch().files
        plain = server.access(endpoint=server.url.replace("https", "http"))
        with pytest.raises(HalsyncError):
            open_s3(server.settings("acme", access=plain)).fetch()
        server.close()
    gone = server.access(ca_file=str(tmp_path / "none.pem"))
    with pytest.raises(ConfigError, match=r"none\.pem"):
        open_s3(server.settings("acme", access=gone)).fetch()


def test_nobody_there(moto: S3Server, open_s3: OpenS3) -> None:
    access = moto.access(endpoint="http://127.0.0.1:9")
    with pytest.raises(SourceUnreachable) as caught:
        open_s3(moto.settings("acme", access=access)).fetch()
    assert "127.0.0.1:9" in caught.value.message


def test_an_endpoint_that_is_none(moto: S3Server, open_s3: OpenS3) -> None:
    access = moto.access(endpoint="nonsense")
    with pytest.raises(ConfigError):
        open_s3(moto.settings("acme", access=access)).fetch()


def test_a_customer_key(moto: S3Server, bucket: str, open_s3: OpenS3, tmp_path: Path) -> None:
    from base64 import b64encode

    key = bytes(range(32))
    s3 = moto.fill(bucket, {})
    s3.put_object(
        Bucket=bucket, Key="config", Body=b"x", SSECustomerAlgorithm="AES256", SSECustomerKey=key
    )
    file = tmp_path / "key"
    file.write_text(b64encode(key).decode() + "\n")
    options = moto.settings(bucket, customer_key=SecretRef(file=str(file)))
    assert open_s3(options).fetch().files["config"].content == b"x"
    file.write_text("too short")
    with pytest.raises(ConfigError) as caught:
        open_s3(options).fetch()
    assert "32 bytes" in caught.value.message and caught.value.where == str(file)
