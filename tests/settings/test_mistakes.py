"""Every mistake has its place and its remedy, all of them come at once, and none shows a secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from halsync import redact
from halsync.errors import USAGE
from halsync.settings.load import load
from halsync.settings.mistakes import Mistake, SettingsError
from halsync.settings.spec import SOURCE

URL = SOURCE + "git.url"
CANARY = "c4nary/&|%$'\"# word"


def mistakes(
    tmp_path: Path,
    yaml: str = "",
    env: dict[str, str] | None = None,
    flags: dict[str, object] | None = None,
) -> list[Mistake]:
    """What load complains about."""
    if yaml:
        (tmp_path / "halsync.yaml").write_text(yaml)
    with pytest.raises(SettingsError) as caught:
        load(flags or {}, env or {}, directory=str(tmp_path))
    assert caught.value.exit_code == USAGE
    return list(caught.value.mistakes)


SOURCE_A = "sources:\n- name: a\n  git:\n    url: https://h/r\n"


@pytest.mark.parametrize(
    ("yaml", "where", "message", "hint"),
    [
        ("targt: /x\n", "1:1", "unknown key targt", "target"),
        ("publish:\n  keep_for: 7d\n", "2:3", "unknown key publish.keep_for", "keepFor"),
        ("keepFor: 7d\n", "1:1", "unknown key keepFor", "publish.keepFor"),
        ("log: {levl: info}\n", "1:7", "unknown key log.levl", "level"),
        ("wxyz: 1\n", "1:1", "unknown key wxyz", "legal here"),
        ("target: 3\n", "1:9", "must be text, and is a number", "quotes"),
        ("target: [a]\n", "1:9", "must be text, and is a list", ""),
        ("target: ''\n", "1:9", "is empty", "leave it out"),
        ("publish: 3\n", "1:10", "publish must be a mapping", ""),
        ("publish: {keep: many}\n", "1:17", "must be a whole number", "5"),
        ("publish: {keep: -1}\n", "1:17", "must be 0 or more", ""),
        ("limits: {files: 0}\n", "1:17", "must be 1 or more", ""),
        ("publish: {keep: true}\n", "1:17", "must be a whole number", "5"),
        ("publish: {keepFor: 30}\n", "1:20", "must be text, and is a number", "30s, 10m"),
        ("publish: {keepFor: 30 days}\n", "1:20", "is not a duration", "30s, 10m"),
        ("publish: {umask: 027}\n", "1:18", "must be text, and is a number", '"027"'),
        ("publish: {umask: '99'}\n", "1:18", "is not a file mode", '"027"'),
        ("limits: {fileBytes: 16MB}\n", "1:21", "is not a size", "16MiB"),
        ("log:\n  level: warn\n", "2:10", "'warn' is not one of", "warning"),
        ("validate: {ignore: HAL1}\n", "1:20", "validate.ignore must be a list", ""),
        ("validate: {ignore: [1]}\n", "1:20", "must be a list of texts", ""),
        ('target: "a\\nb"\n', "1:9", "control characters", "one line"),
        (SOURCE_A + "    ref: 4.0\n", "5:10", "must be text, and is a number", "quotes"),
        (SOURCE_A + "    lfs: 'yes'\n", "5:10", "must be true or false", ""),
        (SOURCE_A + "    path: ../x\n", "5:11", "leads out of the tree", "below"),
        (SOURCE_A + "  mount: a/../../b\n", "5:10", "leads out of the tree", "below"),
        (SOURCE_A + "  dir: {path: x}\n", "2:3", "has git and dir", "once"),
        (SOURCE_A + "  verify: {}\n", "5:3", "unknown key sources[0].verify", "git.verify"),
        ("sources: [{name: a}]\n", "1:11", "has none of git, dir, s3", "once"),
        ("sources: [{name: a, git: 'https://h/r'}]\n", "1:26", "must be a mapping", ""),
        ("sources: [{name: a, git: }]\n", "1:26", "git is empty", "add url"),
        ("sources: [{name: a, dir: {}}]\n", "1:26", "dir is empty", "add path"),
        ("sources: [{git: {url: u}}]\n", "1:11", "no proper name", "hal-config"),
        ("sources: [{name: A_b, git: {url: u}}]\n", "1:18", "no proper name", "hal-config"),
        ("sources: {a: b}\n", "1:10", "must be a list", ""),
        ("sources: [x]\n", "1:11", "must be a mapping", ""),
        ("sources: [{name: a, git: {ref: x}}]\n", "1:18", "has no git.url", "SOURCE_A_GIT_URL"),
        (
            "sources: [{name: a, dir: {path: x}}, {name: a, dir: {path: y}}]\n",
            "1:45",
            "declared above",
            "own name",
        ),
        ("render: {placeholders: {9x: a}}\n", "1:29", "is not a name", "letters"),
        ("render:\n  placeholders:\n    YES: x\n", "3:5", "YES is true or false to YAML", '"YES"'),
        ("render: {placeholders: {Null: x}}\n", "1:25", "Null is nothing to YAML", '"Null"'),
        ("render: {placeholders: {A: 1.5}}\n", "1:28", "is a number", "quotes"),
        ("render: {placeholders: {A: {evn: X}}}\n", "1:34", "unknown key", "env"),
        ("render: {placeholders: {A: {}}}\n", "1:28", "needs one of value, env, file", "{env"),
        ("render: {placeholders: {A: {env: x, file: y}}}\n", "1:28", "needs one of value", ""),
        ("target: /x\ntarget: /y\n", "2:1", "target", ""),
        ("target: /x\n--- \ntarget: /y\n", "3:1", "second document", "one"),
        ("target: [\n", "2:1", "", ""),
    ],
)
def test_in_the_file(yaml: str, where: str, message: str, hint: str, tmp_path: Path) -> None:
    found = mistakes(tmp_path, yaml)
    assert [item.where for item in found] == [f"halsync.yaml:{where}"], found
    assert message in found[0].message
    assert hint in found[0].hint


@pytest.mark.parametrize(
    ("auth", "message", "hint"),
    [
        ("tokenFile: a, tokenEnv: B", "given twice, here and by halsync.yaml:5", "keep one"),
        ("username: a, usernameEnv: B", "given twice", "keep one"),
        ("tokenFile: 3", "tokenFile must be a path", ""),
        ("githubApp: {appId: 1}", "needs installationId, privateKey too", "privateKeyFile"),
        (
            "tokenEnv: T, githubApp: {appId: 1, installationId: 2, privateKeyFile: k}",
            "halsync.yaml:5 gives a token already",
            "keep one",
        ),
    ],
)
def test_in_auth(auth: str, message: str, hint: str, tmp_path: Path) -> None:
    (found,) = mistakes(tmp_path, f"{SOURCE_A}    auth: {{{auth}}}\n")
    assert found.where.startswith("halsync.yaml:5:")
    assert message in found.message
    assert hint in found.hint


SSH, HTTPS = "git@h:r.git", "https://h/r"


@pytest.mark.parametrize("url", [SSH, "ssh://git@h/r.git", "h:r"])
@pytest.mark.parametrize("key", ["token", "username", "githubApp.appId"])
def test_only_a_key_logs_in_over_ssh(url: str, key: str, tmp_path: Path) -> None:
    variable = {"token": "TOKEN_FILE", "username": "USERNAME"}.get(key, "GITHUB_APP_APP_ID")
    variables = {"HALSYNC_GIT_URL": url, f"HALSYNC_GIT_{variable}": "/x"}
    found = mistakes(tmp_path, env=variables)[0]
    assert found.where == f"HALSYNC_GIT_{variable}"
    assert f"git.auth.{key} logs in over https" in found.message
    assert "sshKeyFile" in found.hint and "https://" in found.hint


@pytest.mark.parametrize("url", [SSH, HTTPS, "/srv/r.git", "./r.git"])
def test_credentials_beside_those_that_serve_are_nothing_to_be_told(
    url: str, tmp_path: Path
) -> None:
    both = {"HALSYNC_GIT_TOKEN_FILE": "/t", "HALSYNC_GIT_SSH_KEY_FILE": "/k"}
    assert load({URL: url}, both, directory=str(tmp_path)).settings.sources
    if url != SSH:
        only = {"HALSYNC_GIT_SSH_KEY_FILE": "/k"}  # the preset may need it
        assert load({URL: url}, only, directory=str(tmp_path)).settings.sources


@pytest.mark.parametrize(
    ("first", "env", "flags"),
    [
        ("HALSYNC_VAULT_TOKEN_FILE", {"HALSYNC_VAULT_TOKEN_FILE": "/t"}, {"kubernetes.role": "r"}),
        ("--vault-token-file", {"HALSYNC_VAULT_JWT_ROLE": "r"}, {"token": "/t"}),
    ],
)
def test_two_logins_name_each_other(
    first: str, env: dict[str, str], flags: dict[str, str], tmp_path: Path
) -> None:
    at = SOURCE + "vault."
    named: dict[str, object] = {f"{at}auth.{key}": value for key, value in flags.items()}
    named[at + "address"] = "https://v"
    found = mistakes(tmp_path, env=env, flags=named)[0]
    assert found.where in ("--vault-role", "HALSYNC_VAULT_JWT_ROLE")
    assert f"{first} configures the login with token already" in found.message


@pytest.mark.parametrize("home", ["~somebody-who-is-not-there", "~"])
def test_a_home_directory_that_nobody_knows(
    home: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "relative")
    yaml = (
        f"target: {home}/.hal\n"
        f"secrets: {{fileDirs: [{home}/a]}}\n"
        f"watch: {{notify: [{{name: a, urlFile: {home}/b}}]}}\n"
        f"render: {{preset: opsmx, values: {home}/c, placeholders: {{X: {{file: {home}/d}}}}}}\n"
        f"sources: [{{name: a, git: {{url: {home}/e, auth: {{tokenFile: {home}/f}}}}}}]\n"
    )
    found = mistakes(tmp_path, yaml)
    assert [each.where.split(":")[1] for each in found] == ["1", "2", "3", "4", "4", "5", "5"]
    for each in found:
        assert f"begins with {home}, and no home directory is known" in each.message
        assert "HOME" in each.hint


def test_both_forms_of_a_secret_in_the_environment(tmp_path: Path) -> None:
    env = {
        "HALSYNC_GIT_URL": "https://h/r",
        "HALSYNC_GIT_TOKEN": "x",
        "HALSYNC_GIT_TOKEN_FILE": "y",
    }
    (found,) = mistakes(tmp_path, env=env)
    assert found.where == "HALSYNC_GIT_TOKEN_FILE"
    assert "HALSYNC_GIT_TOKEN" in found.message


@pytest.mark.parametrize(
    ("verify", "message"),
    [("mode: commit", "nothing says whose"), ("keyringFile: k", "verify.mode is off")],
)
def test_verification_is_never_half_configured(verify: str, message: str, tmp_path: Path) -> None:
    (found,) = mistakes(tmp_path, f"{SOURCE_A}    verify: {{{verify}}}\n")
    assert message in found.message


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("HALSYNC_TARGT", "HALSYNC_TARGET"),
        ("HALSYNC_KEEP_FOR", "HALSYNC_PUBLISH_KEEP_FOR"),
        ("HALSYNC_GIT_TOKENFILE", "HALSYNC_GIT_TOKEN_FILE"),
        ("HALSYNC_CONFG", "HALSYNC_CONFIG"),
        ("HALSYNC_SOURCE_A_GIT_REV", "HALSYNC_SOURCE_A_GIT_REF"),
        ("HALSYNC_SOURCE_B_GIT_REF", "HALSYNC_SOURCE_A_"),
        ("HALSYNC_FOO", "see docs/reference.md"),
    ],
)
def test_unknown_variables(name: str, nearest: str, tmp_path: Path) -> None:
    (found,) = mistakes(tmp_path, SOURCE_A, {name: "x"})
    assert found.where == name
    assert nearest in found.hint


def test_a_file_that_cannot_be_read_does_not_make_its_sources_unknown(tmp_path: Path) -> None:
    env = {"HALSYNC_SOURCE_A_GIT_REF": "x", "HALSYNC_CONFIG": "missing.yaml"}
    (found,) = mistakes(tmp_path, env=env)
    assert found.where == "missing.yaml"
    assert "no such file" in found.message


@pytest.mark.parametrize(
    ("flags", "env", "where", "hint"),
    [
        ({SOURCE + "git.ref": "x"}, {}, "--ref", "--git URL"),
        ({}, {"HALSYNC_GIT_TOKEN": "x"}, "HALSYNC_GIT_TOKEN", "HALSYNC_SOURCE_<NAME>_GIT_TOKEN"),
        ({SOURCE + "dir.path": "d", SOURCE + "git.path": "x"}, {}, "--path", "--dir"),
        ({SOURCE + "dir.path": "d", URL: "u"}, {}, "--dir", "one source"),
        ({}, {"HALSYNC_SOURCE_A_DIR_PATH": "x"}, "HALSYNC_SOURCE_A_DIR_PATH", "leave it out"),
    ],
)
def test_settings_of_a_source_that_is_not_there(
    flags: dict[str, object], env: dict[str, str], where: str, hint: str, tmp_path: Path
) -> None:
    (found,) = mistakes(tmp_path, SOURCE_A, env, flags)
    assert found.where == where
    assert hint in found.hint


def test_all_at_once_the_file_from_top_to_bottom(tmp_path: Path) -> None:
    found = mistakes(
        tmp_path,
        "publish: {keepFor: 3}\nlimts: {}\n"
        "sources: [{name: a, git: {url: u, lfs: 1}}]\ntarget: 4\n",
        {"HALSYNC_TIMEOUT": "soon", "HALSYNC_TARGT": "x"},
        {"publish.keep": "x"},
    )
    assert [item.where for item in found] == [
        "halsync.yaml:1:20",
        "halsync.yaml:2:1",
        "halsync.yaml:3:40",
        "halsync.yaml:4:9",
        "HALSYNC_TARGT",
        "--keep",
        "HALSYNC_TIMEOUT",
    ]
    text = str(SettingsError(found))
    assert all(item.where in text and item.hint in text for item in found)


@pytest.mark.parametrize(
    "yaml",
    [
        f"{SOURCE_A}    auth: {{token: {json.dumps(CANARY)}}}\n",
        f"{SOURCE_A}    auth: {{password: {json.dumps(CANARY)}}}\n",
        f"{SOURCE_A}    auth: {{githubApp: {{privateKey: {json.dumps(CANARY)}}}}}\n",
        f"apiToken: {json.dumps(CANARY)}\n",
    ],
)
def test_a_secret_in_clear_is_refused_and_not_repeated(
    yaml: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redact, "_values", set())
    found = mistakes(tmp_path, yaml)
    assert "in clear" in found[0].message
    assert "File" in found[0].hint
    assert CANARY not in str(SettingsError(found))
    assert CANARY not in redact.redact(f"afterwards: {CANARY}")


@pytest.mark.parametrize(
    "url", [f"https://bot:{'p4ssword'}@h/r", "https://t0ken@h/r", "ssh://git:p4ssword@h/r"]
)
def test_credentials_in_a_url_are_refused_and_not_repeated(url: str, tmp_path: Path) -> None:
    (found,) = mistakes(tmp_path, flags={URL: url})
    assert "would be shown" in found.message
    assert "p4ssword" not in str(found)
    assert "t0ken@" not in str(found)


def test_not_a_settings_file_at_all(tmp_path: Path) -> None:
    file = tmp_path / "halsync.yaml"
    file.write_bytes(b"\xff\xfe\xfa")
    assert mistakes(tmp_path)[0].where.startswith("halsync.yaml")
    file.write_bytes(b"a" * (1024 * 1024 + 1))
    assert "larger than 1 MiB" in mistakes(tmp_path)[0].message
    file.write_text("[1, 2]\n")
    assert "must be a mapping" in mistakes(tmp_path)[0].message
    file.unlink()
    file.mkdir()
    assert "directory" in mistakes(tmp_path)[0].message
    file.rmdir()
    file.symlink_to("nowhere")
    assert "no such file" in mistakes(tmp_path)[0].message


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "publish:\nsources:\nrender:\n"])
def test_nothing_is_no_mistake(text: str, tmp_path: Path) -> None:
    (tmp_path / "halsync.yaml").write_text(text)
    load({}, {}, directory=str(tmp_path))


@pytest.mark.parametrize("text", ["NAME", "=x", "9A=x", "A B=x"])
def test_set_that_is_not_name_and_value(text: str, tmp_path: Path) -> None:
    (found,) = mistakes(tmp_path, flags={"render.placeholders": [text]})
    assert found.where == "--set"
    assert "NAME=VALUE" in found.message
