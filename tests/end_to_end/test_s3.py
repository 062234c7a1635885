"""``halsync init`` from buckets: the incumbent's cases, and the same tree as from git."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.harness import EXAMPLE, VALUES, environment, halsync, sets, visible
from tests.render.opsmx.cases import NAMES, load, needs_cases, source
from tests.render.opsmx.test_cases import compare, install
from tests.servers.git_repos import Repo
from tests.servers.s3 import S3Server
from tests.servers.s3_fixtures import bucket, moto, rclone, s3_server

__all__ = ["bucket", "moto", "rclone", "s3_server"]

CASES = [name for name in NAMES if load(name).transport == "s3" and "-4.0-s3" in name]


def described(server: S3Server, bucket: str, prefix: str = "") -> dict[str, Any]:
    """The source as ``halsync.yaml`` has it."""
    return {
        "bucket": bucket,
        **({"prefix": prefix} if prefix else {}),
        "endpoint": server.url,
        "pathStyle": True,
        "auth": {
            "accessKeyIdFile": str(server.keys / "id"),
            "secretAccessKeyFile": str(server.keys / "secret"),
        },
    }


@needs_cases
@pytest.mark.e2e
@pytest.mark.parametrize("name", CASES)
def test_the_incumbent_s_cases(name: str, s3_server: S3Server, bucket: str, tmp_path: Path) -> None:
    case = load(name)
    file = install(case, tmp_path)
    s3_server.fill(
        bucket, {f"halyard/{path}": content for path, content in source(case, tmp_path).items()}
    )
    settings = yaml.safe_load(file.read_text())
    settings["sources"] = [{"name": "hal", "s3": described(s3_server, bucket, "halyard")}]
    file.write_text(yaml.safe_dump(settings))
    done = halsync("init", "--config", file, cwd=tmp_path, env=environment())
    assert done.code == 0, done.err
    compare(case, tmp_path)


def test_the_same_tree_as_from_git(s3_server: S3Server, bucket: str, tmp_path: Path) -> None:
    files = {
        path.relative_to(EXAMPLE).as_posix(): path.read_bytes()
        for path in EXAMPLE.rglob("*")
        if path.is_file()
    }
    repo = Repo(tmp_path / "repo.git")
    repo.commit(files)
    s3_server.fill(bucket, files)
    env = environment(
        {
            **s3_server.variables(),
            "HALSYNC_S3_ENDPOINT": s3_server.url,
            "HALSYNC_S3_PATH_STYLE": "yes",
        }
    )
    given = (*sets(VALUES), "--target")
    git = halsync(
        "init", "--git", f"file://{repo.path}", "--ref", "main", *given, tmp_path / "git",
        env=environment(),
    )  # fmt: skip
    assert git.code == 0, git.err
    s3 = halsync("init", "--s3", bucket, *given, tmp_path / "s3", env=env)
    assert s3.code == 0, s3.err
    assert visible(tmp_path / "s3") == visible(tmp_path / "git")
    generations = [
        next(path.name for path in (tmp_path / kind / ".halsync/generations").iterdir())
        for kind in ("git", "s3")
    ]
    assert generations[0] == generations[1]
    again = halsync("init", "--s3", bucket, *given, tmp_path / "s3", env=env)
    assert again.code == 0 and "unchanged" in again.err


def test_nothing_is_published_when_the_bucket_is_gone(
    moto: S3Server, bucket: str, tmp_path: Path
) -> None:
    env = environment({**moto.variables(), "HALSYNC_S3_ENDPOINT": moto.url})
    result = halsync("init", "--s3", bucket, "--target", tmp_path / "t", env=env)
    assert result.code == 3
    assert "no such bucket" in result.err and "Traceback" not in result.err
    assert moto.variables()["AWS_SECRET_ACCESS_KEY"] not in result.err
    with contextlib.suppress(FileNotFoundError):
        assert not (tmp_path / "t/config").exists()
