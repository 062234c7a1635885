"""``halsync push`` into real buckets, by the command line, and what comes back from there."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.harness import command, environment, halsync
from tests.servers.s3 import S3Server
from tests.servers.s3_fixtures import bucket, moto, rclone, s3_server

__all__ = ["bucket", "moto", "rclone", "s3_server"]

CONFIG = b"""\
currentDeployment: default
deploymentConfigurations:
- name: default
  version: 1.36.1
  persistentStorage: {persistentStoreType: s3, s3: {bucket: b, region: eu-west-1}}
  security:
    apiSecurity:
      ssl: {keyStore: /home/spinnaker/.hal/certs/gate.jks, keyStorePassword: opensesame}
"""
TREE = {
    "config": CONFIG,
    "default/profiles/gate-local.yml": b"server: {port: 8084}\n",
    "default/service-settings/gate.yml": b"host: 0.0.0.0\n",
    "certs/gate.jks": bytes(range(200)),
}


class Place:
    """A ``.hal``, a bucket, and halsync between them."""

    def __init__(self, server: S3Server, bucket: str, hal: Path) -> None:
        self.server = server
        self.bucket = bucket
        self.hal = hal
        self.s3 = server.fill(bucket, {})
        self.variables = environment(
            {
                **server.variables(),
                "HALSYNC_S3_ENDPOINT": server.url,
                "HALSYNC_S3_PATH_STYLE": "true",
            }
        )

    def push(self, *more: str, directory: Path | None = None) -> Any:
        to = f"s3://{self.bucket}/hal"
        source = str(directory or self.hal)
        return halsync("push", source, "--to-s3", to, *more, env=self.variables)

    def objects(self) -> dict[str, bytes]:
        listed = self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", ())
        return {
            each["Key"].removeprefix("hal/"): self.s3.get_object(
                Bucket=self.bucket, Key=each["Key"]
            )["Body"].read()
            for each in listed
        }


def write(directory: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_bytes(content)
    return directory


@pytest.fixture
def any_place(s3_server: S3Server, bucket: str, tmp_path: Path) -> Place:
    """On each of the servers."""
    return Place(s3_server, bucket, write(tmp_path / ".hal", TREE))


@pytest.fixture
def place(moto: S3Server, bucket: str, tmp_path: Path) -> Place:
    """On moto, which keeps what is stored beside an object; rclone does not."""
    return Place(moto, bucket, write(tmp_path / ".hal", TREE))


def test_what_was_pushed_comes_back(any_place: Place, tmp_path: Path) -> None:
    place = any_place
    write(place.hal, {"notes.txt": b"x", "default/staging/x.yml": b"x", ".backup/old": b"x"})
    first = place.push("--yes")
    assert first.code == 0, first.err
    assert "opensesame" not in first.out + first.err
    assert "notes.txt" in first.out and "--all" in first.out
    assert place.objects() == TREE
    again = place.push()
    assert again.code == 0 and "no differences" in again.out
    target = tmp_path / "target"
    source = ("--s3", f"s3://{place.bucket}/hal", "--target", target)
    result = halsync("init", *source, "--fail-on", "error", env=place.variables)
    assert result.code == 0, result.err
    for path, content in TREE.items():
        assert (target / path).read_bytes() == content


def test_differences_are_shown_by_key_with_secrets_masked(place: Place) -> None:
    assert place.push("--yes").code == 0
    changed = CONFIG.replace(b"opensesame", b"closesesame").replace(b"1.36.1", b"1.37.0")
    write(place.hal, {"config": changed})
    result = place.push("--dry-run")
    assert result.code == 0 and '"1.36.1" → "1.37.0"' in result.out
    assert "opensesame" not in result.out and "closesesame" not in result.out
    assert "nothing was written" in result.out
    assert place.objects()["config"] == CONFIG
    told = json.loads(place.push("--yes", "-o", "json").out)
    assert told["written"] is True and told["destination"] == f"s3://{place.bucket}/hal"
    assert [change["path"] for change in told["changes"]] == ["config"]
    assert place.objects()["config"] == changed


def test_what_somebody_else_wrote_is_not_overwritten(place: Place) -> None:
    assert place.push("--yes").code == 0
    theirs = CONFIG.replace(b"1.36.1", b"1.38.0")
    place.s3.put_object(Bucket=place.bucket, Key="hal/config", Body=theirs)
    write(place.hal, {"config": CONFIG.replace(b"1.36.1", b"1.37.0")})
    refused = place.push("--yes")
    assert refused.code == 7 and "config" in refused.err and "--force" in refused.err
    assert place.objects()["config"] == theirs
    assert place.push("--yes", "--force").code == 0
    assert b"1.37.0" in place.objects()["config"]
    # It is ours now.
    write(place.hal, {"config": CONFIG})
    assert place.push("--yes").code == 0


def test_another_tree_is_somebody_else(place: Place, tmp_path: Path) -> None:
    assert place.push("--yes").code == 0
    other = write(tmp_path / "other", {**TREE, "config": CONFIG.replace(b"1.36.1", b"1.35.0")})
    assert place.push("--yes", directory=other).code == 7


def test_delete_only_on_request(place: Place) -> None:
    assert place.push("--yes").code == 0
    (place.hal / "default/service-settings/gate.yml").unlink()
    kept = place.push("--yes")
    assert kept.code == 0 and "--delete removes" in kept.out
    assert set(place.objects()) == set(TREE)
    assert place.push("--yes", "--delete").code == 0
    assert "default/service-settings/gate.yml" not in place.objects()


def test_a_server_that_keeps_no_marks_asks_for_force(
    rclone: S3Server, bucket: str, tmp_path: Path
) -> None:
    place = Place(rclone, bucket, write(tmp_path / ".hal", TREE))
    assert place.push("--yes").code == 0
    write(place.hal, {"config": CONFIG + b"# new\n"})
    assert place.push("--yes").code == 7
    assert place.push("--yes", "--force").code == 0
    assert place.objects()["config"].endswith(b"# new\n")


def test_nobody_to_ask(place: Place) -> None:
    result = place.push()
    assert result.code == 2 and "--yes" in result.err
    assert place.objects() == {}


@pytest.mark.parametrize(("answer", "written"), [("y\n", True), ("n\n", False)])
def test_somebody_to_ask(answer: str, written: bool, place: Place) -> None:
    ours, theirs = pty.openpty()
    line = command("push", place.hal, "--to-s3", f"s3://{place.bucket}/hal")
    process = subprocess.Popen(
        line, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, env=place.variables
    )
    os.close(theirs)
    os.write(ours, answer.encode())
    shown = b""
    try:
        while piece := os.read(ours, 65536):
            shown += piece
    except OSError:
        pass
    assert process.stderr is not None
    with process.stderr:
        assert process.stderr.read() == b""
    assert process.wait() == 0
    os.close(ours)
    assert b"[y/N]" in shown
    assert bool(place.objects()) is written


def test_somebody_who_thinks_better_of_it(place: Place) -> None:
    ours, theirs = pty.openpty()
    line = command("push", place.hal, "--to-s3", f"s3://{place.bucket}/hal")
    process = subprocess.Popen(
        line, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, env=place.variables
    )
    os.close(theirs)
    shown = b""
    while b"[y/N]" not in shown:
        shown += os.read(ours, 65536)
    # Not SIGINT: what a shell starts in the background ignores that.
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 143
    assert process.stderr is not None
    with process.stderr:
        told = process.stderr.read().decode()
    os.close(ours)
    assert "nothing was written" in told and "live" not in told
    assert place.objects() == {}


def test_links_are_followed_and_what_halsync_publishes_is_resolved(
    place: Place, tmp_path: Path
) -> None:
    target = tmp_path / "published"
    done = halsync("init", "--dir", place.hal, "--target", target, env=environment())
    assert done.code == 0, done.err
    assert (target / "config").is_symlink()
    assert place.push("--yes", directory=target).code == 0
    assert place.objects() == TREE


def test_encryption_is_asked_for(moto: S3Server, bucket: str, tmp_path: Path) -> None:
    place = Place(moto, bucket, write(tmp_path / ".hal", TREE))
    assert place.push("--yes", "--sse-kms-key", "alias/hal").code == 0
    head = place.s3.head_object(Bucket=bucket, Key="hal/config")
    assert head["ServerSideEncryption"] == "aws:kms" and "alias/hal" in head["SSEKMSKeyId"]
    assert place.push().code == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "no destination"),
        (("--to-s3", "s3://a/b", "--to", "x"), "one destination"),
        (("--to", "nobody"), "no source is called nobody"),
        (("--to-s3", "s3://"), '"where": "--to-s3"'),
    ],
)
def test_wrong_use(words: tuple[str, ...], says: str, tmp_path: Path) -> None:
    hal = write(tmp_path / ".hal", TREE)
    result = halsync("push", hal, *words, env=environment(), cwd=tmp_path)
    assert result.code == 2 and says in result.err


def test_a_directory_that_is_no_hal(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("x")
    result = halsync("push", tmp_path, "--to-s3", "s3://acme", env=environment())
    assert result.code == 2 and "--all" in result.err


def test_to_a_declared_source(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "halsync.yaml"
    s3 = {"bucket": place.bucket, "prefix": "hal", "endpoint": place.server.url, "pathStyle": True}
    file.write_text(json.dumps({"sources": [{"name": "hal", "s3": s3}]}))
    env = {k: v for k, v in place.variables.items() if not k.startswith("HALSYNC_")}
    words = ("push", place.hal, "--to", "hal", "--config", file, "--yes")
    assert halsync(*words, env=env).code == 0
    assert place.objects() == TREE
