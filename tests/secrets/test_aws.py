"""Spinnaker's own references to S3 objects and Secrets Manager, resolved on request."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from halsync.agent.secrets import versions_of
from halsync.clients.aws import client
from tests.secrets.installation import GATE, Installation
from tests.servers.s3 import REGION, S3Server
from tests.servers.s3_fixtures import bucket, moto, rclone, s3_server

__all__ = ["bucket", "moto", "rclone", "s3_server"]


def through(here: Installation, server: S3Server) -> None:
    """This server, with its keys."""
    here.secrets(
        resolve=["s3", "secrets-manager"],
        aws={
            "endpoint": server.url,
            "pathStyle": True,
            "auth": {
                "accessKeyIdFile": str(server.keys / "id"),
                "secretAccessKeyFile": str(server.keys / "secret"),
            },
        },
    )


def value(published: dict[str, bytes]) -> Any:
    """The profile."""
    return yaml.safe_load(published[GATE])


SECRETS = b"github:\n  token: ghp-value\n  list: [one, two]\n  nothing:\nport: 6379\n"


def test_s3(here: Installation, s3_server: S3Server, bucket: str) -> None:
    s3_server.fill(bucket, {"a/secrets.yml": SECRETS, "kube": b"\x00\xffbinary"})
    through(here, s3_server)
    at = f"s3!r:{REGION}!b:{bucket}"
    here.write(
        {
            GATE: f"a: encrypted:{at}!f:a/secrets.yml!k:github.token\n"
            f"b: 'encrypted:{at}!f:a/secrets.yml!k:port'\n"
            f"c: encrypted:{at}!f:a/secrets.yml!k:github.list.1\n"
            f"d: encryptedFile:{at}!f:kube\n"
        }
    )
    published = here.publish()
    found = value(published)
    assert (found["a"], found["b"], found["c"]) == ("ghp-value", "6379", "two")
    assert published[found["d"].removeprefix(f"{here.target}/")] == b"\x00\xffbinary"
    looked = here.look()
    before = versions_of(here.load(), looked.references)
    assert looked.sources[-1].revision == before
    s3_server.client().put_object(Bucket=bucket, Key="kube", Body=b"another")
    assert versions_of(here.load(), looked.references) != before


def test_s3_missing(here: Installation, s3_server: S3Server, bucket: str) -> None:
    s3_server.fill(bucket, {"s.yml": SECRETS, "bad.yml": b"a: [b\n"})
    through(here, s3_server)
    at = f"s3!r:{REGION}!b:{bucket}"
    here.write(
        {
            GATE: f"a: encrypted:{at}!f:s.yml!k:github.tokn\nb: encrypted:{at}!f:none.yml\n"
            f"c: encrypted:{at}!f:bad.yml!k:a\nd: encrypted:{at}!f:s.yml!k:github\n"
            f"e: encrypted:s3!r:{REGION}!b:no-such-bucket-{bucket}!f:x\n"
        }
    )
    refused = here.refused()
    assert [(each.code, each.line) for each in refused.problems] == [
        ("HAL0263", 1), ("HAL0263", 2), ("HAL0266", 3), ("HAL0266", 4), ("HAL0263", 5),
    ]  # fmt: skip
    assert refused.problems[0].hint == "did you mean token?"
    assert "no-such-bucket" in refused.problems[4].message


def test_secrets_manager(here: Installation, moto: S3Server, bucket: str) -> None:
    service = client("secretsmanager", moto.access())
    service.create_secret(Name=f"{bucket}/db", SecretString=json.dumps({"password": "sm-value"}))
    service.create_secret(Name=f"{bucket}/plain", SecretString="plain-value")
    service.create_secret(Name=f"{bucket}/bin", SecretBinary=b"\x00binary")
    through(here, moto)
    at = f"secrets-manager!r:{REGION}!s:{bucket}"
    here.write(
        {
            GATE: f"a: encrypted:{at}/db!k:password\nb: encrypted:{at}/plain\n"
            f"c: encryptedFile:{at}/bin\n"
        }
    )
    published = here.publish()
    found = value(published)
    assert (found["a"], found["b"]) == ("sm-value", "plain-value")
    assert published[found["c"].removeprefix(f"{here.target}/")] == b"\x00binary"
    looked = here.look()
    before = versions_of(here.load(), looked.references)
    assert looked.sources[-1].revision == before
    service.put_secret_value(SecretId=f"{bucket}/plain", SecretString="rotated-value")
    assert versions_of(here.load(), looked.references) != before
    here.write({GATE: f"a: encrypted:{at}/none\nb: encrypted:{at}/plain!k:x\n"})
    refused = here.refused()
    assert [each.code for each in refused.problems] == ["HAL0263", "HAL0266"]
    service.close()


def test_wrong_keys(here: Installation, rclone: S3Server, bucket: str) -> None:
    rclone.fill(bucket, {"x": b"1234"})
    through(here, rclone)
    wrong = here.directory / "wrong"
    wrong.write_text("not-the-secret-key")
    here.settings["secrets"]["aws"]["auth"]["secretAccessKeyFile"] = str(wrong)
    here.write({GATE: f"a: encrypted:s3!r:{REGION}!b:{bucket}!f:x\n"})
    refused = here.refused()
    assert (refused.code, refused.one.code) == (4, "HAL0264")
    assert "not-the-secret-key" not in refused.text


@pytest.mark.usefixtures("bucket")
def test_nobody_listens(here: Installation) -> None:
    key = here.directory / "key"
    key.write_text("of-nobody")
    here.secrets(
        resolve=["s3"],
        aws={"endpoint": "http://127.0.0.1:9", "auth": {"accessKeyIdFile": str(key),
                                                       "secretAccessKeyFile": str(key)}},
    )  # fmt: skip
    here.settings["timeout"] = "1s"
    here.write({GATE: "a: encrypted:s3!r:eu-west-1!b:bucket!f:x\n"})
    refused = here.refused()
    assert (refused.code, refused.one.code) == (3, "HAL0265")
