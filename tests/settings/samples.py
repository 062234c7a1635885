"""One legal value for every option, as written and as the stages must receive it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from halsync.settings.kinds.s3 import S3Settings
from halsync.settings.model import DirSettings, GitSettings, SecretRef, Settings
from halsync.settings.options.secrets import SECRETS
from halsync.settings.spec import SOURCE, Option
from halsync.settings.steps import RenderPlan
from halsync.settings.watching import (
    ConfirmSettings,
    GovernorSettings,
    NotifySettings,
    RestartSettings,
    WatchSettings,
)
from tests.settings.sample import Sample
from tests.settings.samples_cluster import CLUSTER_SAMPLES
from tests.settings.samples_secrets import secrets_samples
from tests.settings.samples_vault import VAULT, VAULT_ADDRESS, VAULT_SAMPLES

GIT_URL = SOURCE + "git.url"
APP = SOURCE + "git.auth.githubApp."
VERIFY = SOURCE + "git.verify."


def git(settings: Settings) -> GitSettings:
    """The options of the one source."""
    options = settings.sources[0].options
    assert isinstance(options, GitSettings)
    return options


def watch(settings: Settings) -> WatchSettings:
    """What is said of the sidecar."""
    return settings.watch or WatchSettings()


def s3(settings: Settings) -> S3Settings:
    """The options of the one source."""
    options = settings.sources[0].options
    assert isinstance(options, S3Settings)
    return options


def _aws(name: str) -> Callable[[Settings], object]:
    return lambda settings: getattr(s3(settings).access, name)


def restart(settings: Settings) -> RestartSettings:
    """How Halyard is made to take notice."""
    return settings.restart or RestartSettings()


def confirm(settings: Settings) -> ConfirmSettings:
    """When that counts as a success."""
    return restart(settings).confirm


def governor(settings: Settings) -> GovernorSettings:
    """What keeps reactions apart."""
    return restart(settings).governor


def _around(name: str) -> Callable[[Settings], object]:
    return lambda settings: settings.preset and getattr(settings.preset.surroundings, name)


def _app(name: str) -> Callable[[Settings], object]:
    return lambda settings: getattr(git(settings).auth.github_app, name)


def _directory(settings: Settings) -> object:
    options = settings.sources[0].options
    assert isinstance(options, DirSettings)
    return options.directory


_REST_OF_APP = {APP + "appId": "1", APP + "installationId": "2", APP + "privateKeyFile": "/k"}
_KEYS = {VERIFY + "keyringFile": "/keys"}
_MODE = {VERIFY + "mode": "tag"}

_BUCKET = {SOURCE + "s3.bucket": "b"}
_S3_KEYS = {
    **_BUCKET,
    SOURCE + "s3.auth.accessKeyIdFile": "/i",
    SOURCE + "s3.auth.secretAccessKeyFile": "/s",
}
_ROLE = {**_BUCKET, SOURCE + "s3.auth.roleArn": "arn:aws:iam::1:role/r"}

_CHART = {"render.preset": "opsmx", "render.chart": "3.12"}


def _names(settings: Settings, steps: str, field: str) -> list[object]:
    """One field of each step of a stage."""
    return [getattr(step, field) for step in getattr(settings.plan or RenderPlan(), steps)]


SAMPLES: dict[str, Sample] = {
    "target": Sample("/t", "/t", "/t", lambda s: s.target),
    "daemonConfig": Sample("/d", "/d", "/d", lambda s: s.daemon_config),
    SOURCE + "mount": Sample("a/b/", "a/b/", "a/b", lambda s: s.sources[0].mount),
    GIT_URL: Sample("https://h/x.git", "https://h/x.git", "https://h/x.git", lambda s: git(s).url),
    SOURCE + "git.ref": Sample("v1", "v1", "v1", lambda s: git(s).ref),
    SOURCE + "git.path": Sample("/p/q", "/p/q", "p/q", lambda s: s.sources[0].path),
    SOURCE + "dir.path": Sample("/e", "/e", "/e", _directory),
    SOURCE + "git.submodules": Sample(
        "recursive", "recursive", "recursive", lambda s: git(s).submodules
    ),
    SOURCE + "git.lfs": Sample("true", True, True, lambda s: git(s).lfs),
    SOURCE + "git.caFile": Sample("/ca", "/ca", "/ca", lambda s: git(s).ca_file),
    SOURCE + "git.proxy": Sample(
        "http://p:3128", "http://p:3128", "http://p:3128", lambda s: git(s).proxy
    ),
    SOURCE + "git.auth.username": Sample(
        "/bot", "/bot", SecretRef(text="/bot"), lambda s: git(s).auth.username
    ),
    SOURCE + "git.auth.token": Sample(
        "/tok", "/tok", SecretRef(file="/tok"), lambda s: git(s).auth.token
    ),
    SOURCE + "git.auth.sshKey": Sample(
        "/key", "/key", SecretRef(file="/key"), lambda s: git(s).auth.ssh_key
    ),
    SOURCE + "git.auth.knownHostsFile": Sample(
        "/kh", "/kh", "/kh", lambda s: git(s).auth.known_hosts_file
    ),
    SOURCE + "git.auth.hostKeyCheck": Sample(
        "accept-new", "accept-new", "accept-new", lambda s: git(s).auth.host_key_check
    ),
    APP + "appId": Sample("17", 17, "17", _app("app_id"), _REST_OF_APP),
    APP + "installationId": Sample("18", 18, "18", _app("installation_id"), _REST_OF_APP),
    APP + "privateKey": Sample(
        "/pem", "/pem", SecretRef(file="/pem"), _app("private_key"), _REST_OF_APP
    ),
    APP + "apiUrl": Sample(
        "https://g/api", "https://g/api", "https://g/api", _app("api_url"), _REST_OF_APP
    ),
    VERIFY + "mode": Sample("commit", "commit", "commit", lambda s: git(s).verify.mode, _KEYS),
    VERIFY + "keyringFile": Sample(
        "/ring", "/ring", "/ring", lambda s: git(s).verify.keyring_file, _MODE
    ),
    VERIFY + "allowedSignersFile": Sample(
        "/as", "/as", "/as", lambda s: git(s).verify.allowed_signers_file, _MODE
    ),
    **VAULT_SAMPLES,
    SOURCE + "s3.bucket": Sample("acme", "acme", "acme", lambda s: s3(s).bucket, _BUCKET),
    SOURCE + "s3.prefix": Sample("/a/b/", "a/b", "a/b", lambda s: s3(s).prefix, _BUCKET),
    **{
        f"{SOURCE}s3.{key}": Sample(text, text, text, _aws(name), _BUCKET)
        for key, name, text in (
            ("region", "region", "eu-west-1"),
            ("endpoint", "endpoint", "https://m:9000"),
            ("caFile", "ca_file", "/ca"),
            ("auth.profile", "profile", "p"),
            ("auth.roleArn", "role_arn", "arn:aws:iam::1:role/x"),
            ("auth.sessionName", "session_name", "agent"),
            ("auth.stsEndpoint", "sts_endpoint", "https://sts"),
        )
    },
    SOURCE + "s3.pathStyle": Sample("true", True, True, _aws("path_style"), _BUCKET),
    SOURCE + "s3.anonymous": Sample("true", True, True, _aws("anonymous"), _BUCKET),
    SOURCE + "s3.asOf": Sample(
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00Z",
        lambda s: s3(s).as_of,
        _BUCKET,
    ),
    SOURCE + "s3.ignore": Sample(
        "a,b/**", ["a", "b/**"], ("a", "b/**"), lambda s: s3(s).ignore, _BUCKET
    ),
    SOURCE + "s3.requesterPays": Sample(
        "true", True, True, lambda s: s3(s).requester_pays, _BUCKET
    ),
    SOURCE + "s3.verifyMd5": Sample("false", False, False, lambda s: s3(s).verify_md5, _BUCKET),
    SOURCE + "s3.sseCustomerKey": Sample(
        "/k", "/k", SecretRef(file="/k"), lambda s: s3(s).customer_key, _BUCKET
    ),
    SOURCE + "s3.auth.accessKeyId": Sample(
        "/id",
        "/id",
        SecretRef(text="/id"),
        _aws("access_key_id"),
        {key: value for key, value in _S3_KEYS.items() if "accessKeyId" not in key},
    ),
    SOURCE + "s3.auth.secretAccessKey": Sample(
        "/key", "/key", SecretRef(file="/key"), _aws("secret_access_key"), _S3_KEYS
    ),
    SOURCE + "s3.auth.sessionToken": Sample(
        "/tok", "/tok", SecretRef(file="/tok"), _aws("session_token"), _S3_KEYS
    ),
    SOURCE + "s3.auth.externalId": Sample(
        "/ext", "/ext", SecretRef(text="/ext"), _aws("external_id"), _ROLE
    ),
    "validate.failOn": Sample("warning", "warning", "warning", lambda s: s.fail_on),
    "validate.ignore": Sample(
        "HAL0001,rules", ["HAL0001", "rules"], ("HAL0001", "rules"), lambda s: s.ignore
    ),
    "validate.select": Sample("schema", ["schema"], ("schema",), lambda s: s.select),
    "validate.halyardVersion": Sample("1.44.0", "1.44.0", "1.44.0", lambda s: s.halyard_version),
    "publish.keep": Sample("9", 9, 9, lambda s: s.publish.keep),
    "publish.keepFor": Sample("1d12h", "1d12h", 129_600.0, lambda s: s.publish.keep_for),
    "publish.umask": Sample("007", "007", 0o007, lambda s: s.publish.umask),
    "publish.group": Sample("1000", 1000, "1000", lambda s: s.publish.group),
    "publish.lockTimeout": Sample("500ms", "500ms", 0.5, lambda s: s.publish.lock_timeout),
    "render.variants": Sample(
        "s3,ssh", ["s3", {"name": "ssh"}], ["s3", "ssh"], lambda s: _names(s, "variants", "name")
    ),
    "render.overlays": Sample(
        "environments/prod/",
        ["environments/prod/"],
        ["environments/prod"],
        lambda s: _names(s, "overlays", "path"),
    ),
    "render.files": Sample(
        "", [{"remove": "docs", "optional": True}], ["docs"], lambda s: _names(s, "files", "path")
    ),
    "render.patches": Sample(
        "",
        [{"file": "config", "merge": {"a": 1}}],
        [{"a": 1}],
        lambda s: _names(s, "patches", "value"),
    ),
    "render.preset": Sample(
        "opsmx", "opsmx", "opsmx", lambda s: s.preset and s.preset.name, _CHART
    ),
    "render.chart": Sample(
        "4.0", "4.0", "4.0", lambda s: s.preset and s.preset.chart, {"render.preset": "opsmx"}
    ),
    "render.values": Sample(
        "/v.yaml", "/v.yaml", "/v.yaml", lambda s: s.preset and s.preset.values_file, _CHART
    ),
    **{
        f"render.{key}": Sample(text, text, text, _around(name), _CHART)
        for key, name, text in (
            ("release", "release", "isd"),
            ("namespace", "namespace", "opsmx"),
            ("nodeIp", "node_ip", "192.0.2.10"),
            ("servicesFile", "services_file", "/services.json"),
            ("secretsDir", "secrets_dir", "/secrets"),
        )
    },
    "render.sshKey": Sample("/key", "/key", SecretRef(file="/key"), _around("ssh_key"), _CHART),
    "render.podInfo": Sample("/pod", "/pod", "/pod", lambda s: s.pod_info),
    "limits.files": Sample("3", 3, 3, lambda s: s.limits.files),
    "limits.fileBytes": Sample("1.5KiB", "1.5KiB", 1536, lambda s: s.limits.file_bytes),
    "limits.totalBytes": Sample("2GiB", "2GiB", 2 * 1024**3, lambda s: s.limits.total_bytes),
    "limits.pathLength": Sample("99", 99, 99, lambda s: s.limits.path_length),
    "restart.strategy": Sample("daemon", "daemon", "daemon", lambda s: restart(s).strategy),
    "restart.statefulset": Sample("a-b", "a-b", "a-b", lambda s: restart(s).statefulset),
    "restart.container": Sample("hal", "hal", "hal", lambda s: restart(s).container),
    "restart.daemonUrl": Sample(
        "http://h:1", "http://h:1", "http://h:1", lambda s: restart(s).daemon_url
    ),
    "restart.command": Sample(
        "a 'b c' a", ["a", "b c", "a"], ("a", "b c", "a"), lambda s: restart(s).command
    ),
    "restart.signal": Sample("SIGHUP", "SIGHUP", "SIGHUP", lambda s: restart(s).signal),
    "restart.process": Sample("Main", "Main", "Main", lambda s: restart(s).process),
    "restart.confirm.timeout": Sample("5m", "5m", 300.0, lambda s: confirm(s).timeout),
    "restart.confirm.settle": Sample("1s", "1s", 1.0, lambda s: confirm(s).settle),
    "restart.confirm.deploy": Sample("true", True, True, lambda s: confirm(s).deploy),
    "restart.confirm.deployTimeout": Sample("5m", "5m", 300.0, lambda s: confirm(s).deploy_timeout),
    "restart.governor.debounce": Sample("1s", "1s", 1.0, lambda s: governor(s).debounce),
    "restart.governor.spacing": Sample("5m", "5m", 300.0, lambda s: governor(s).spacing),
    "restart.governor.budget": Sample("3", 3, 3, lambda s: governor(s).budget),
    "restart.governor.windows": Sample(
        "Mon,Tue 08:00-18:00; daily 22:00-04:00 UTC",
        ["Mon,Tue 08:00-18:00", "daily 22:00-04:00 UTC"],
        ("Mon,Tue 08:00-18:00", "daily 22:00-04:00 UTC"),
        lambda s: governor(s).windows,
    ),
    "restart.governor.taskWait": Sample("1m", "1m", 60.0, lambda s: governor(s).task_wait),
    "restart.governor.lease": Sample("turns", "turns", "turns", lambda s: governor(s).lease),
    **CLUSTER_SAMPLES,
    "watch.interval": Sample("5s", "5s", 5.0, lambda s: watch(s).interval),
    "watch.maxBackoff": Sample("1m", "1m", 60.0, lambda s: watch(s).max_backoff),
    "watch.fullCheck": Sample("1h", "1h", 3600.0, lambda s: watch(s).full_check),
    "watch.drift": Sample("keep", "keep", "keep", lambda s: watch(s).drift),
    "watch.staleAfter": Sample("2h", "2h", 7200.0, lambda s: watch(s).stale_after),
    "watch.grace": Sample("10s", "10s", 10.0, lambda s: watch(s).grace),
    "watch.listen": Sample("[::]:1", "[::]:1", "[::]:1", lambda s: watch(s).listen),
    "watch.webhook.secret": Sample(
        "/hook", "/hook", SecretRef(file="/hook"), lambda s: watch(s).webhook.secret
    ),
    "watch.webhook.maxBody": Sample("1MiB", "1MiB", 1024**2, lambda s: watch(s).webhook.max_body),
    "watch.notify": Sample(
        "",
        [{"name": "team", "urlFile": "/slack", "kind": "slack", "events": ["refused"]}],
        (NotifySettings("team", SecretRef(file="/slack"), "slack", ("refused",)),),
        lambda s: watch(s).notify,
    ),
    "watch.events": Sample("false", False, False, lambda s: watch(s).events),
    "timeout": Sample("10m", "10m", 600.0, lambda s: s.timeout),
    "workDir": Sample("/w", "/w", "/w", lambda s: s.work_dir),
    "log.level": Sample("error", "error", "error", lambda s: s.log_level),
    "log.format": Sample("json", "json", "json", lambda s: s.log_format),
    "terminationLog": Sample("/last", "/last", "/last", lambda s: s.termination_log),
}
SAMPLES |= secrets_samples(SAMPLES, frozenset(option.key for option in SECRETS))


def base_url(option: Option) -> dict[str, object]:
    """What the other settings of a source need to know which kind it is."""
    if option.key.startswith(VAULT):
        return {VAULT_ADDRESS: "https://v"}
    needs = option.key.startswith(SOURCE + "git.") or option.key == SOURCE + "mount"
    return {GIT_URL: "https://h/r"} if needs else {}


def write_yaml(path: Path, values: dict[str, Any], sources: dict[str, Any] | None = None) -> str:
    """A ``halsync.yaml`` from dotted keys; ``sources`` are those of one source called ``one``."""
    root: dict[str, Any] = _nest(values)
    if sources is not None:
        root["sources"] = [{"name": "one", **_nest(sources)}]
    path.write_text(json.dumps(root, indent=1), encoding="utf-8")
    return str(path)


def _nest(values: dict[str, Any]) -> dict[str, Any]:
    root: dict[str, Any] = {}
    for key, value in values.items():
        *parents, last = key.removeprefix(SOURCE).split(".")
        node = root
        for parent in parents:
            node = node.setdefault(parent, {})
        node[last] = value
    return root
