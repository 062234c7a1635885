"""git, S3 and Vault: the same tree from each, and one tree out of all three."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.harness import Result, halsync, sets, visible
from tests.servers.fixtures import bao
from tests.servers.git_http import GitHttpServer
from tests.servers.git_repos import Repo
from tests.servers.openbao import ROOT, Bao, as_secret
from tests.servers.s3 import S3Server
from tests.servers.s3_fixtures import bucket, moto

__all__ = ["bao", "bucket", "moto"]

pytestmark = pytest.mark.e2e

Files = dict[str, bytes]
Generation = dict[str, tuple[bytes, str]]


def put(bao: Bao, mount: str, files: Files, below: str = "hal") -> None:
    """One secret for each file."""
    for path, content in files.items():
        bao.put(mount, f"{below}/{path}", as_secret(content))


def generation(target: Path) -> Generation:
    """Every file of the only generation: content, and mode as ``ls`` shows it."""
    [directory] = (target / ".halsync/generations").iterdir()
    return {
        str(path.relative_to(directory)): (path.read_bytes(), stat.filemode(path.stat().st_mode))
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def token(tmp_path: Path) -> Path:
    """A file with a token of the server."""
    file = tmp_path / "vault-token"
    file.write_text(ROOT)
    return file


def test_the_same_tree_gives_the_same_generation(
    git_server: GitHttpServer,
    repo: Repo,
    moto: S3Server,
    bucket: str,
    bao: Bao,
    token: Path,
    example: Files,
    tmp_path: Path,
) -> None:
    files = {**example, "default/files/store.jks": bytes(range(256)), "default/empty": b""}
    repo.commit(files)
    moto.fill(bucket, {f"hal/{path}": content for path, content in files.items()})
    mount = bao.mount()
    put(bao, mount, files)
    s3 = {"HALSYNC_S3_ENDPOINT": moto.url, "HALSYNC_S3_PATH_STYLE": "true", **moto.variables()}
    found: dict[str, Generation] = {}
    for name, words, env in (
        ("git", ["--git", f"{git_server.url}/repo.git", "--ref", "main"], {}),
        ("s3", ["--s3", f"s3://{bucket}/hal"], s3),
        (
            "vault",
            [
                *("--vault", bao.url, "--vault-mount", mount, "--vault-path", "hal"),
                *("--vault-token-file", str(token)),
            ],
            {},
        ),
    ):
        target = tmp_path / name
        # With a group, files that hold secrets have the modes of the others.
        words += ["--group", str(os.getgid()), *sets(), "--target", str(target)]
        done = halsync("init", *words, env=env)
        assert done.code == 0, done.err
        found[name] = generation(target)
    assert found["git"] == found["s3"] == found["vault"]
    assert set(files) == set(found["git"])


SECTIONS: dict[str, Callable[[str], bool]] = {
    "hal": lambda path: not path.startswith("default/"),
    "service-settings": lambda path: path.startswith("default/service-settings/"),
    "profiles": lambda path: path.startswith("default/profiles/"),
}


@pytest.fixture
def composed(
    git_server: GitHttpServer,
    repo: Repo,
    moto: S3Server,
    bucket: str,
    bao: Bao,
    token: Path,
    example: Files,
    tmp_path: Path,
) -> tuple[Path, str]:
    """``halsync.yaml`` of a tree out of three sources, and the engine of one of them."""
    mount = bao.mount()
    parts = {
        name: {path: content for path, content in example.items() if belongs(path)}
        for name, belongs in SECTIONS.items()
    }
    repo.commit(parts["hal"])
    moto.fill(
        bucket,
        {f"x/{path.rpartition('/')[2]}": text for path, text in parts["service-settings"].items()},
    )
    profiles = {path.rpartition("/")[2]: text for path, text in parts["profiles"].items()}
    put(bao, mount, profiles)
    access = {
        "accessKeyIdFile": str(moto.keys / "id"),
        "secretAccessKeyFile": str(moto.keys / "secret"),
    }
    sources = [
        {"name": "hal", "git": {"url": f"{git_server.url}/repo.git", "ref": "main"}},
        {
            "name": "services",
            "mount": "default/service-settings",
            "s3": {
                "bucket": bucket,
                "prefix": "x",
                "endpoint": moto.url,
                "pathStyle": True,
                "region": "eu-west-1",
                "auth": access,
            },
        },
        {
            "name": "profiles",
            "mount": "default/profiles",
            "vault": {
                "address": bao.url,
                "mount": mount,
                "path": "hal",
                "auth": {"tokenFile": str(token)},
            },
        },
    ]
    file = tmp_path / "halsync.yaml"
    file.write_text(json.dumps({"sources": sources}))
    return file, mount


def run(word: str, file: Path, target: Path | None, *words: str | Path) -> Result:
    """A command over that file."""
    into: list[str | Path] = ["--target", target] if target else []
    return halsync(word, *words, "--config", file, *sets(), *into)


def test_one_tree_out_of_three(
    composed: tuple[Path, str], example: Files, tmp_path: Path, repo: Repo
) -> None:
    file, mount = composed
    target = tmp_path / "hal"
    done = run("init", file, target)
    assert done.code == 0, done.err
    assert sorted(visible(target)) == sorted(example)
    for where, source, path, line in (
        ("gate-local.yml:server.tomcat.protocolHeader", "profiles", "hal/gate-local.yml", 3),
        ("gate.yml:kubernetes", "services", "gate.yml", None),
        ("config:currentDeployment", "hal", "config", 2),
    ):
        told = run("explain", file, None, "-o", "json", where)
        assert told.code == 0, told.err
        found = json.loads(told.out)["source"]
        assert (found["name"], found["path"]) == (source, path)
        assert line in (None, found["line"])
    vault = next(each for each in status(target) if each["name"] == "profiles")
    assert vault["kind"] == "vault" and vault["location"].endswith(f"/{mount}/hal")


def status(target: Path) -> list[dict[str, str]]:
    """The sources that the target remembers."""
    sources: list[dict[str, str]] = json.loads(
        halsync("status", "--target", target, "-o", "json").out
    )["sources"]
    return sources


@pytest.mark.parametrize("broken", ["hal", "services", "profiles"])
def test_one_failing_source_leaves_nothing_published(
    composed: tuple[Path, str], tmp_path: Path, broken: str
) -> None:
    file, _ = composed
    target = tmp_path / "hal"
    settings = json.loads(file.read_text())
    for source in settings["sources"]:
        if source["name"] == broken:
            kind = next(key for key in ("git", "s3", "vault") if key in source)
            key = {"git": "ref", "s3": "bucket", "vault": "path"}[kind]
            source[kind][key] = "no-such-thing"
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(file.read_text())
    bad.write_text(json.dumps(settings))
    refused = run("init", bad, target)
    assert refused.code == 3, refused.err
    assert "no-such-thing" in refused.err
    assert not visible(target)
    assert run("init", good, target).code == 0
    before = visible(target)
    assert run("init", bad, target).code == 3
    assert visible(target) == before
