"""The S3 servers as pytest fixtures: import the ones you need into a ``conftest.py``."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from halsync.settings.kinds.s3 import S3Settings
from halsync.settings.model import Limits
from halsync.sources import open_source
from halsync.sources.base import Context, Source
from tests.servers.s3 import S3Server, serve_moto, serve_rclone, why_not

OpenS3 = Callable[..., Source]

_numbers = iter(range(1_000_000))


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """moto's server."""
    if reason := why_not("moto"):
        pytest.skip(reason)
    with serve_moto(tmp_path_factory.mktemp("moto")) as server:
        yield server


@pytest.fixture(scope="session")
def rclone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """rclone's server."""
    if reason := why_not("rclone"):
        pytest.skip(reason)
    with serve_rclone(tmp_path_factory.mktemp("rclone")) as server:
        yield server


@pytest.fixture(params=["moto", "rclone"])
def s3_server(request: pytest.FixtureRequest) -> S3Server:
    """Each of the two."""
    found: S3Server = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def bucket() -> str:
    """A name that no other test has."""
    return f"bucket-{next(_numbers)}"


@pytest.fixture
def open_s3() -> Iterator[OpenS3]:
    """``open_s3(settings, paths=…, limits=…, seconds=…) -> Source``."""
    opened: list[Source] = []

    def make(
        options: S3Settings,
        *,
        paths: tuple[str, ...] = ("",),
        limits: Limits | None = None,
        seconds: float = 60,
    ) -> Source:
        deadline = time.monotonic() + seconds
        context = Context("hal-config", "", paths, limits or Limits(), deadline)
        opened.append(open_source(options, context))
        return opened[-1]

    yield make
    for source in opened:
        source.close()
