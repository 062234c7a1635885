"""Flags beat variables, variables beat the file, the file beats the default."""

from __future__ import annotations

from pathlib import Path

import pytest

from halsync.settings.load import load
from halsync.settings.mistakes import SettingsError
from halsync.settings.model import GitSettings, SecretRef
from halsync.settings.spec import SOURCE

URL, DIRECTORY = SOURCE + "git.url", SOURCE + "dir.path"
TOKEN = SOURCE + "git.auth.token"


@pytest.mark.parametrize(
    ("flag", "variable", "file", "value", "origin"),
    [
        ("/f", "/v", "/y", "/f", "--target"),
        ("/f", "/v", None, "/f", "--target"),
        ("/f", None, "/y", "/f", "--target"),
        ("/f", None, None, "/f", "--target"),
        (None, "/v", "/y", "/v", "HALSYNC_TARGET"),
        (None, "/v", None, "/v", "HALSYNC_TARGET"),
        (None, "", "/y", "/y", "halsync.yaml:2"),
        (None, None, "/y", "/y", "halsync.yaml:2"),
        (None, None, None, "", None),
    ],
)
def test_table(
    flag: str | None,
    variable: str | None,
    file: str | None,
    value: str,
    origin: str | None,
    tmp_path: Path,
) -> None:
    if file is not None:
        (tmp_path / "halsync.yaml").write_text(f"# where to\ntarget: {file}\n")
    loaded = load(
        {} if flag is None else {"target": flag},
        {} if variable is None else {"HALSYNC_TARGET": variable},
        directory=str(tmp_path),
    )
    assert loaded.settings.target == value
    assert [e.origin for e in loaded.effective if e.key == "target"] == ([origin] if origin else [])


def test_a_default_says_so(tmp_path: Path) -> None:
    effective = load({}, {}, directory=str(tmp_path)).effective
    assert {entry.origin for entry in effective} == {"default"}
    assert {entry.key: entry.value for entry in effective}["publish.keepFor"] == "7d"


def test_relative_paths_count_from_where_they_are_written(tmp_path: Path) -> None:
    there, here = tmp_path / "etc", tmp_path / "here"
    there.mkdir()
    here.mkdir()
    (there / "agent.yaml").write_text(
        "target: a\nworkDir: ../w\n"
        "sources: [{name: x, git: {url: ./repo, auth: {tokenFile: tok}, caFile: ca}}]\n"
        "render: {placeholders: {P: {file: secret}}}\n"
    )
    settings = load(
        {"daemonConfig": "d"},
        {"HALSYNC_TERMINATION_LOG": "last"},
        config="../etc/agent.yaml",
        directory=str(here),
    ).settings
    options = settings.sources[0].options
    assert isinstance(options, GitSettings)
    assert settings.target == f"{there}/a"
    assert settings.work_dir == f"{tmp_path}/w"
    assert settings.daemon_config == f"{here}/d"
    assert settings.termination_log == f"{here}/last"
    assert options.url == f"{there}/repo"
    assert options.auth.token == SecretRef(file=f"{there}/tok")
    assert options.ca_file == f"{there}/ca"
    assert settings.placeholders[0].file == f"{there}/secret"


@pytest.mark.parametrize(
    "url",
    [
        "https://h/r.git",
        "ssh://git@h:22/r",
        "git@h:acme/r.git",
        "file:///srv/r.git",
        "h:r",
        "/srv/r",
    ],
)
def test_urls_stay_as_they_are(url: str, tmp_path: Path) -> None:
    options = load({URL: url}, {}, directory=str(tmp_path)).settings.sources[0].options
    assert isinstance(options, GitSettings)
    assert options.url == url


def test_home_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    assert load({"target": "~/.hal"}, {}, directory=str(tmp_path)).settings.target == (
        "/home/somebody/.hal"
    )


def test_config_flag_beats_variable_beats_current_directory(tmp_path: Path) -> None:
    for name in ("a", "b", "halsync"):
        (tmp_path / f"{name}.yaml").write_text(f"target: /{name}\n")
    where = str(tmp_path)
    env = {"HALSYNC_CONFIG": "b.yaml"}
    assert load({}, env, config="a.yaml", directory=where).settings.target == "/a"
    assert load({}, env, directory=where).settings.target == "/b"
    assert load({}, {}, directory=where).settings.target == "/halsync"


def test_one_source_replaces_those_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "halsync.yaml").write_text(
        "sources:\n- {name: a, git: {url: https://h/a, ref: r, auth: {tokenEnv: T}}, mount: m}\n"
    )
    loaded = load({URL: "https://h/b"}, {}, directory=str(tmp_path))
    assert [source.name for source in loaded.settings.sources] == ["git"]
    assert loaded.settings.sources[0].options == GitSettings("https://h/b")
    assert loaded.settings.sources[0].mount == ""
    assert not loaded.note, "a flag is there to be seen"
    loaded = load({}, {"HALSYNC_GIT_URL": "https://h/b"}, directory=str(tmp_path))
    assert loaded.settings.sources[0].options == GitSettings("https://h/b")
    assert "HALSYNC_GIT_URL names the source" in loaded.note
    assert not load({}, {}, directory=str(tmp_path)).note


def test_a_flag_that_names_a_directory_makes_the_git_variables_void(tmp_path: Path) -> None:
    env = {"HALSYNC_GIT_URL": "https://h/r", "HALSYNC_GIT_TOKEN": "t0ken", "HALSYNC_GIT_REF": "x"}
    settings = load({DIRECTORY: "d"}, env, directory=str(tmp_path)).settings
    assert [source.name for source in settings.sources] == ["dir"]


@pytest.mark.parametrize(
    ("flag", "env", "yaml", "token"),
    [
        ("/f", "value", "tokenFile: /y", SecretRef(file="/f")),
        (None, "value", "tokenFile: /y", SecretRef(env="HALSYNC_SOURCE_A_GIT_TOKEN")),
        (None, None, "tokenFile: /y", SecretRef(file="/y")),
        (None, None, "tokenEnv: MINE", SecretRef(env="MINE")),
    ],
)
def test_the_stronger_layer_replaces_a_secret_of_another_form(
    flag: str | None, env: str | None, yaml: str, token: SecretRef, tmp_path: Path
) -> None:
    (tmp_path / "halsync.yaml").write_text(
        f"sources: [{{name: a, git: {{url: https://h/r, auth: {{{yaml}}}}}}}]\n"
    )
    environment = {} if env is None else {"HALSYNC_SOURCE_A_GIT_TOKEN": env}
    flags: dict[str, object] = {}
    if flag is not None:
        flags = {URL: "https://h/r", TOKEN: flag}
    options = load(flags, environment, directory=str(tmp_path)).settings.sources[0].options
    assert isinstance(options, GitSettings)
    assert options.auth.token == token


@pytest.mark.parametrize(
    "name",
    [
        "HALSYNC_SERVICE_HOST",
        "HALSYNC_SERVICE_PORT",
        "HALSYNC_SERVICE_PORT_HTTP",
        "HALSYNC_PORT",
        "HALSYNC_PORT_8080_TCP",
        "HALSYNC_PORT_8080_TCP_ADDR",
        "HALSYNC_WEBHOOK_SERVICE_HOST",
        "HALSYNC_WEBHOOK_PORT",
        "HALSYNC_WEBHOOK_PORT_53_UDP_PROTO",
    ],
)
def test_what_kubernetes_sets_for_a_service_is_no_mistake(name: str, tmp_path: Path) -> None:
    load({}, {name: "tcp://10.0.0.1:8080"}, directory=str(tmp_path))


def test_variables_that_the_file_names_may_be_called_anything(tmp_path: Path) -> None:
    (tmp_path / "halsync.yaml").write_text(
        "sources: [{name: a, git: {url: https://h/r, auth: {tokenEnv: HALSYNC_GIT_TOKEN}}}]\n"
        "render: {placeholders: {P: {env: HALSYNC_MINE}}}\n"
    )
    env = {"HALSYNC_GIT_TOKEN": "t0ken", "HALSYNC_MINE": "x"}
    options = load({}, env, directory=str(tmp_path)).settings.sources[0].options
    assert isinstance(options, GitSettings)
    assert options.auth.token == SecretRef(env="HALSYNC_GIT_TOKEN")
    with pytest.raises(SettingsError, match="HALSYNC_OTHER"):
        load({}, {**env, "HALSYNC_OTHER": "x"}, directory=str(tmp_path))


@pytest.mark.parametrize(
    ("flags", "seconds"),
    [
        ({}, 60),
        ({"timeout": "5s"}, 5),
        ({"timeout": "5m"}, 60),
        ({"timeout": "5s", "publish.lockTimeout": "3m"}, 180),
        ({"publish.lockTimeout": "0s"}, 0),
    ],
)
def test_another_halsync_is_waited_for_no_longer_than_the_run_may_take(
    flags: dict[str, str], seconds: float, tmp_path: Path
) -> None:
    assert load(flags, {}, directory=str(tmp_path)).settings.publish.lock_timeout == seconds
