"""``halsync migrate opsmx``: what it prints does what the preset does."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from tests.harness import halsync, visible
from tests.render.opsmx.cases import NAMES, Case, load, needs_cases, source
from tests.render.opsmx.support import FILES, REPO
from tests.render.opsmx.test_cases import compare, init, install
from tests.servers.s3 import S3Server
from tests.servers.s3_fixtures import bucket, moto, rclone, s3_server

__all__ = ["bucket", "moto", "rclone", "s3_server"]


def provide(case: Case, directory: Path) -> Path:
    """Secrets, one file each, as the printed settings name them."""
    place = directory / "mounted"
    place.mkdir()
    repo = case.values["spinnaker"]["gitopsHalyard"]["repo"]
    sapor = case.values["global"].get("sapor", {}).get("config", {}).get("encrypt", {})
    files = {
        "git-token": repo["token"],
        "s3-access-key": repo.get("s3accesskey", ""),
        "s3-secret-key": repo.get("s3secretkey", ""),
        "encrypt-key": sapor.get("key", ""),
        "ssh-key": (directory / "ssh").read_text(),
    }
    for kind, password in (("servicenow", "PASSWORD"), ("jira", "TOKEN")):
        secret = case.secrets.get(f"{kind}-secret")
        if secret:
            name = kind.upper()
            pair = f"{secret[f'{name}_USERNAME']}:{secret[f'{name}_{password}']}"
            files[f"{kind}-credentials"] = b64encode(pair.encode()).decode()
            files[f"{kind}-url"] = secret[f"{name}_URL"]
    for name, text in files.items():
        (place / name).write_text(text)
    return place


@needs_cases
@pytest.mark.parametrize("name", NAMES)
def test_round_trip(name: str, tmp_path: Path) -> None:
    case = load(name)
    init(install(case, tmp_path))
    work_tree = tmp_path / "work-tree"
    for path, content in source(case, tmp_path).items():
        (work_tree / path).parent.mkdir(parents=True, exist_ok=True)
        (work_tree / path).write_bytes(content)
    mounted = provide(case, tmp_path)
    done = halsync(
        "migrate", "opsmx", "values.yaml", "--chart", case.chart, "--release", case.release,
        "--namespace", case.namespace, "--checkout", work_tree, "--secrets", mounted,
        cwd=tmp_path,
    )  # fmt: skip
    assert done.code == 0, done.err
    for secret in (mounted / "git-token", mounted / "ssh-key", mounted / "s3-secret-key"):
        assert not secret.read_text() or secret.read_text() not in done.out + done.err
    (tmp_path / "explicit.yaml").write_text(done.out)
    again = halsync(
        "init", "--config", "explicit.yaml", "--git", f"file://{tmp_path}/repo.git",
        "--ref", case.branch, "--target", "other/.hal", "--daemon-config", "other/daemon",
        "--secrets-from", "mounted", cwd=tmp_path,
        env={"HALSYNC_SECRETS_MOUNTED_DIR": "secrets",
             "HALSYNC_SECRETS_LINK": "other/kubeconfigdir"},
    )  # fmt: skip
    assert again.code == 0, again.err
    assert "HAL02" not in again.err
    assert visible(tmp_path / "other" / ".hal") == visible(tmp_path / "home" / ".hal")
    assert visible(tmp_path / "other" / "daemon") == visible(tmp_path / "daemon")


def migrated(
    tmp_path: Path, chart: str, given: Mapping[str, object], *more: str
) -> tuple[str, str]:
    """What is printed, and what is said beside it."""
    nested: dict[str, object] = {}
    for key, value in given.items():
        here = nested
        *parents, last = key.split(".")
        for part in parents:
            here = here.setdefault(part, {})  # type: ignore[assignment]
        here[last] = value
    (tmp_path / "values.yaml").write_text(yaml.safe_dump(nested))
    done = halsync("migrate", "opsmx", "values.yaml", "--chart", chart, *more, cwd=tmp_path)
    assert done.code == 0, done.err
    return done.out, done.err


def test_https(tmp_path: Path) -> None:
    out, err = migrated(tmp_path, "3.12", {
        f"{REPO}username": "ada", f"{REPO}token": "canary-token", f"{REPO}organization": "acme",
        f"{REPO}repository": "hal", f"{REPO}halConfigPath": "/prod/",
        f"{REPO}halConfigBranch": "4.0",
    })  # fmt: skip
    assert yaml.safe_load(out)["sources"] == [{"name": "hal-config", "git": {
        "url": "https://github.com/acme/hal.git", "ref": "4.0", "path": "prod",
        "auth": {"username": "ada", "tokenFile": "/run/secrets/halsync/git-token"},
    }}]  # fmt: skip
    assert "canary-token" not in out + err
    assert "TLS certificates are verified" in err
    assert f"# - {REPO}token: put its value into /run/secrets/halsync/git-token" in out


def test_ssh(tmp_path: Path) -> None:
    out, err = migrated(tmp_path, "3.12", {f"{REPO}sshkeysecret": True}, "--secrets", "/s/")
    (entry,) = yaml.safe_load(out)["sources"]
    assert entry["git"]["url"] == "git@github.com:OpsMx/standard-gitops-repo.git"
    assert entry["git"]["auth"] == {"sshKeyFile": "/s/ssh-key", "knownHostsFile": "/s/known_hosts"}
    assert "known_hosts" in err


def test_s3(tmp_path: Path) -> None:
    given = {f"{REPO}type": "s3", f"{REPO}s3bucket": "bucket-1", f"{REPO}s3region": "eu-west-1",
             f"{REPO}s3accesskey": "AKIA1", f"{REPO}s3secretkey": "canary-s3"}  # fmt: skip
    out, err = migrated(tmp_path, "3.12", given)
    assert yaml.safe_load(out)["sources"] == [{"name": "hal-config", "s3": {
        "bucket": "bucket-1", "region": "eu-west-1",
        "auth": {"accessKeyIdFile": "/run/secrets/halsync/s3-access-key",
                 "secretAccessKeyFile": "/run/secrets/halsync/s3-secret-key"},
    }}]  # fmt: skip
    assert yaml.safe_load(out)["render"]["variants"][0]["name"] == "s3"
    assert "halsync all of it" in err and "canary-s3" not in out + err


def test_s3_with_the_rights_of_the_pod(tmp_path: Path) -> None:
    """The chart's aws client finds them in its surroundings, and so does halsync."""
    out, err = migrated(tmp_path, "4.0", {f"{REPO}type": "s3"})
    assert yaml.safe_load(out)["sources"] == [{"name": "hal-config", "s3": {"bucket": ""}}]
    assert "sources[].s3.bucket" in err


@needs_cases
@pytest.mark.e2e
def test_the_bucket_is_read_as_printed(tmp_path: Path, bucket: str, s3_server: S3Server) -> None:
    case = load("isd-4.0-s3")
    install(case, tmp_path)
    s3_server.fill(bucket, source(case, tmp_path))
    mounted = provide(case, tmp_path)
    done = halsync(
        "migrate", "opsmx", "values.yaml", "--chart", case.chart, "--release", case.release,
        "--namespace", case.namespace, "--secrets", mounted, cwd=tmp_path,
    )  # fmt: skip
    printed = yaml.safe_load(done.out)
    place = printed["sources"][0]["s3"]
    place |= {"bucket": bucket, "endpoint": s3_server.url, "pathStyle": True}
    for setting, file in (("accessKeyIdFile", "id"), ("secretAccessKeyFile", "secret")):
        assert place["auth"][setting].startswith(str(mounted))
        place["auth"][setting] = str(s3_server.keys / file)  # those of this server
    printed |= {"target": "home/.hal", "daemonConfig": "daemon"}
    del printed["secrets"]
    (tmp_path / "halsync.yaml").write_text(yaml.safe_dump(printed))
    init(tmp_path / "halsync.yaml")
    compare(case, tmp_path)


def test_without_release_and_addresses(tmp_path: Path) -> None:
    out, err = migrated(tmp_path, "4.0", {"global.autoConfiguration.enabled": True})
    placeholders = yaml.safe_load(out)["render"]["placeholders"]
    assert placeholders["RELEASE_NAME"]["env"] == "RELEASE_NAME"
    assert placeholders["OVERRIDE_API_URL"]["env"] == "OVERRIDE_API_URL"
    assert placeholders["SPINNAKER_NAMESPACE"]["field"] == "metadata.namespace"
    assert "--release" in err and "OVERRIDE_DECK_URL" in err and "--checkout" in err


def test_what_it_prints_is_read_without_a_checkout(tmp_path: Path) -> None:
    """Settings made from the values alone suit a small installation."""
    given = {f"{REPO}username": "ada", f"{REPO}token": "tok-1234", "global.spinnakerUrl": True}
    out, _ = migrated(tmp_path, "4.0", given, "--release", "isd", "--namespace", "opsmx",
                      "--secrets", str(tmp_path))  # fmt: skip
    (tmp_path / "git-token").write_text("tok-1234")
    for path, text in FILES.items():
        (tmp_path / "hal" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "hal" / path).write_text(text)
    (tmp_path / "halsync.yaml").write_text(out)
    done = halsync("render", "--dir", "hal", "--out", "rendered", "--show-secrets",
                   "--ignore", "rules", cwd=tmp_path)  # fmt: skip
    assert "HAL02" not in done.err, done.err
    git = yaml.safe_load((tmp_path / "rendered/default/profiles/spinnakerconfig.yml").read_text())
    assert git["spring"]["cloud"]["config"]["server"]["git"]["password"] == "tok-1234"
    assert not (tmp_path / "rendered/default/profiles/orca-overrides.yml").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("none.yaml",), "no such file"),
        (("values.yaml", "--chart", "5"), "must be one of 3.12, 4.0"),
        (("values.yaml", "--checkout", "none"), "no such directory"),
    ],
)
def test_mistakes(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    (tmp_path / "values.yaml").write_text("global: {}\n")
    done = halsync("migrate", "opsmx", *arguments, cwd=tmp_path)
    assert done.code == 2 and told in done.err
