"""Two independent S3 servers, each a process of its own: moto and rclone."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from halsync.clients.aws import client
from halsync.settings.aws import AwsAccess
from halsync.settings.kinds.s3 import S3Settings
from halsync.settings.model import SecretRef
from tests.servers.tls import Identity

KEY_ID = "AKIDHALSYNC"
SECRET = "secret/of+halsync0"
REGION = "us-east-1"
_SECONDS = 30


class S3Server:
    """A running server."""

    def __init__(self, kind: str, url: str, keys: Path) -> None:
        self.kind = kind
        self.url = url
        self.keys = keys
        """Directory with the files ``id`` and ``secret``."""
        self._client: Any = None

    def access(self, **changes: Any) -> AwsAccess:
        """As who may do everything."""
        given = AwsAccess(
            region=REGION,
            endpoint=self.url,
            path_style=True,
            access_key_id=SecretRef(file=str(self.keys / "id")),
            secret_access_key=SecretRef(file=str(self.keys / "secret")),
        )
        return given._replace(**changes)

    def settings(self, bucket: str, prefix: str = "", **changes: Any) -> S3Settings:
        """A source in this server."""
        access = changes.pop("access", self.access())
        return S3Settings(bucket, prefix, access, **changes)

    def variables(self) -> dict[str, str]:
        """The same for the command line and for other programs."""
        return {
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self) -> Any:
        """For preparing what a test needs."""
        if self._client is None:
            self._client = client("s3", self.access())
        return self._client

    def close(self) -> None:
        """Drop the connections to it."""
        if self._client is not None:
            self._client.close()

    def fill(self, bucket: str, files: Mapping[str, bytes]) -> Any:
        """Make the bucket hold exactly these objects; the client is returned."""
        s3 = self.client()
        with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou,
                                 s3.exceptions.BucketAlreadyExists):  # fmt: skip
            s3.create_bucket(Bucket=bucket)
        for page in iter(lambda: s3.list_objects_v2(Bucket=bucket), None):
            for each in page.get("Contents", ()):
                if each["Key"] not in files:
                    s3.delete_object(Bucket=bucket, Key=each["Key"])
            if not page.get("IsTruncated"):
                break
        for key, content in files.items():
            s3.put_object(Bucket=bucket, Key=key, Body=content)
        return s3


def why_not(kind: str) -> str:
    """Why the server cannot be had here; empty if it can."""
    program = {"moto": "moto_server", "rclone": "rclone"}[kind]
    return "" if shutil.which(program) else f"{program} is not installed"


@contextlib.contextmanager
def serve_moto(place: Path) -> Iterator[S3Server]:
    """``moto_server``: knows versions, policies, multipart uploads; checks no signatures."""
    port = _free_port()
    command = ["moto_server", "-H", "127.0.0.1", "-p", str(port)]
    server = S3Server("moto", f"http://127.0.0.1:{port}", _keys(place))
    with _running(command, place, server.url), contextlib.closing(server):
        yield server


@contextlib.contextmanager
def serve_rclone(place: Path, identity: Identity | None = None) -> Iterator[S3Server]:
    """``rclone serve s3``: checks signatures, keeps no metadata.

    Its buckets are the directories below ``place/data`` if there are any, else in memory: on
    disk it sometimes takes seconds to write a file.
    """
    port = _free_port()
    scheme, tls = "http", []
    if identity is not None:
        scheme, tls = "https", ["--cert", str(identity.certificate), "--key", str(identity.key)]
    command = ["rclone", "serve", "s3", "--addr", f"127.0.0.1:{port}", "--auth-key"]
    prepared = place / "data"
    root = str(prepared) if prepared.is_dir() else ":memory:"
    command += [f"{KEY_ID},{SECRET}", "--config", os.devnull, *tls, root]
    server = S3Server("rclone", f"{scheme}://127.0.0.1:{port}", _keys(place))
    with _running(command, place, server.url), contextlib.closing(server):
        yield server


@contextlib.contextmanager
def _running(command: list[str], place: Path, url: str) -> Iterator[None]:
    """The process, from its first answer on until it is no longer needed."""
    environment = {key: os.environ[key] for key in ("PATH", "HOME", "TMPDIR") if key in os.environ}
    log = (place / "log").open("wb")
    process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    try:
        end = time.monotonic() + _SECONDS
        while not _listens(url):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError((place / "log").read_text(errors="replace"))
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait()
        log.close()


def _listens(url: str) -> bool:
    host, _, port = url.rpartition("/")[2].partition(":")
    with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=1):
        return True
    return False


def _keys(place: Path) -> Path:
    (place / "id").write_text(KEY_ID)
    (place / "secret").write_text(SECRET + "\n")
    return place


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def enforce_policies(server: S3Server, after: str) -> None:
    """From now on moto checks who may do what: after so many requests, or never (``inf``)."""
    request = urllib.request.Request(
        f"{server.url}/moto-api/reset-auth",
        data=after.encode(),
        headers={"Content-Type": "text/plain"},
        method="POST",
    )
    urllib.request.urlopen(request, timeout=5).close()
