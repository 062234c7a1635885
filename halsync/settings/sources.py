"""The sources: the single one of flags and environment, or those that ``halsync.yaml`` declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halsync.settings.environment import source_prefix
from halsync.settings.mistakes import Mistake
from halsync.settings.model import (
    DirSettings,
    GitAuth,
    GitHubApp,
    GitSettings,
    GitVerify,
    SourceSettings,
)
from halsync.settings.options import OPTIONS
from halsync.settings.resolve import DEFAULT, Effective, Values
from halsync.settings.spec import SOURCE, of_source, suffix

if TYPE_CHECKING:
    from halsync.settings.layers import Layer

URL = SOURCE + "git.url"
DIRECTORY = SOURCE + "dir.path"

_OF = {option.key.removeprefix(SOURCE): option for option in OPTIONS if of_source(option)}


def single_kind(flags: Layer, environment: Layer, mistakes: list[Mistake]) -> str:
    """``git`` or ``dir`` if flags or environment name a source, else an empty string.

    Flags beat the environment here too: ``--dir`` makes ``HALSYNC_GIT_URL`` void.
    """
    for layer in (flags, environment):
        if URL in layer and DIRECTORY in layer:
            mistakes.append(
                Mistake(
                    layer[DIRECTORY].where,
                    f"{layer[URL].origin} names a source already",
                    "name one source, or list several in halsync.yaml",
                )
            )
        if URL in layer:
            return "git"
        if DIRECTORY in layer:
            return "dir"
    return ""


def find_strays(
    kind: str, flags: Layer, environment: Layer, declared: bool, mistakes: list[Mistake]
) -> None:
    """Settings of a single source that do not fit it, or for which there is none."""
    named_by_flag = URL in flags or DIRECTORY in flags
    for layer in (flags,) if named_by_flag else (flags, environment):
        for key, raw in layer.items():
            if not key.startswith(SOURCE) or key in (URL, DIRECTORY) or _fits(key, kind):
                continue
            if kind:
                message = f"does not apply to a source of kind {kind}"
                hint = (
                    "append the sub-path to --dir" if key.endswith("git.path") else "leave it out"
                )
            else:
                message = "describes the source that --git or --dir names, and neither is given"
                hint = "add --git URL (HALSYNC_GIT_URL) or --dir DIR (HALSYNC_DIR_PATH)"
                if declared:
                    hint += (
                        ", or change a source of halsync.yaml with"
                        f" HALSYNC_SOURCE_<NAME>_{suffix(key)}"
                    )
            mistakes.append(Mistake(raw.where, message, hint))


def build_single(
    kind: str, layers: list[Layer], mistakes: list[Mistake], effective: list[Effective]
) -> SourceSettings | None:
    """The one source that flags and environment describe; it is called after its kind."""
    values = Values(layers, mistakes, effective, "sources[0]")
    effective.append(Effective("sources[0].name", kind, DEFAULT))
    return _build(kind, kind, values, mistakes)


def build_declared(
    entries: list[tuple[str, Layer]],
    environment: dict[str, Layer],
    mistakes: list[Mistake],
    effective: list[Effective],
) -> tuple[SourceSettings, ...]:
    """The sources of ``halsync.yaml``, each overridden by its own variables."""
    built = []
    for number, (name, layer) in enumerate(entries):
        kind = "git" if any(key.startswith(SOURCE + "git.") for key in layer) else "dir"
        own = environment.get(name, {})
        for key, raw in own.items():
            if not _fits(key, kind):
                mistakes.append(
                    Mistake(raw.where, f"the source {name} is of kind {kind}", "leave it out")
                )
        values = Values([own, layer], mistakes, effective, f"sources[{number}]")
        values.get(_OF["name"])
        source = _build(name, kind, values, mistakes)
        if source is not None:
            built.append(source)
    return tuple(built)


def _fits(key: str, kind: str) -> bool:
    rest = key.removeprefix(SOURCE)
    return bool(kind) and ("." not in rest or rest.startswith(kind + "."))


def _build(name: str, kind: str, values: Values, mistakes: list[Mistake]) -> SourceSettings | None:
    required = URL if kind == "git" else DIRECTORY
    mount = values.get(_OF["mount"])
    if values.raw(required) is None:
        place = values.raw(SOURCE + "name")
        short = required.removeprefix(SOURCE)
        mistakes.append(
            Mistake(
                place.where if place else name,
                f"the source {name} has no {short}",
                f"add {short}, or set {source_prefix(name)}{suffix(required)}",
            )
        )
        return None
    if kind == "dir":
        return SourceSettings(name, DirSettings(values.get(_OF["dir.path"])), "", mount)
    settings = GitSettings(
        url=values.get(_OF["git.url"]),
        ref=values.get(_OF["git.ref"]),
        auth=_auth(values),
        ca_file=values.get(_OF["git.caFile"]),
        proxy=values.get(_OF["git.proxy"]),
        submodules=values.get(_OF["git.submodules"]),
        lfs=values.get(_OF["git.lfs"]),
        verify=_verify(values),
    )
    return SourceSettings(name, settings, values.get(_OF["git.path"]), mount)


def _auth(values: Values) -> GitAuth:
    auth = GitAuth(
        username=values.get(_OF["git.auth.username"]),
        token=values.get(_OF["git.auth.token"]),
        ssh_key=values.get(_OF["git.auth.sshKey"]),
        known_hosts_file=values.get(_OF["git.auth.knownHostsFile"]),
        host_key_check=values.get(_OF["git.auth.hostKeyCheck"]),
    )
    parts = ("appId", "installationId", "privateKey")
    raws = {part: values.raw(f"{SOURCE}git.auth.githubApp.{part}") for part in parts}
    api = values.raw(f"{SOURCE}git.auth.githubApp.apiUrl")
    given = next((raw for raw in (*raws.values(), api) if raw is not None), None)
    if given is None:
        return auth
    missing = [part for part, raw in raws.items() if raw is None]
    if missing:
        values.wrong(
            given,
            f"a GitHub App needs {', '.join(missing)} too",
            "give appId, installationId and privateKeyFile",
        )
    if auth.token:
        values.wrong(given, "both a token and a GitHub App are given", "keep one of the two")
    app = GitHubApp(
        app_id=values.get(_OF["git.auth.githubApp.appId"]),
        installation_id=values.get(_OF["git.auth.githubApp.installationId"]),
        private_key=values.get(_OF["git.auth.githubApp.privateKey"]),
        api_url=values.get(_OF["git.auth.githubApp.apiUrl"]),
    )
    return auth._replace(github_app=app)


def _verify(values: Values) -> GitVerify:
    verify = GitVerify(
        mode=values.get(_OF["git.verify.mode"]),
        keyring_file=values.get(_OF["git.verify.keyringFile"]),
        allowed_signers_file=values.get(_OF["git.verify.allowedSignersFile"]),
    )
    mode = values.raw(SOURCE + "git.verify.mode")
    keys = values.raw(SOURCE + "git.verify.keyringFile") or values.raw(
        SOURCE + "git.verify.allowedSignersFile"
    )
    if mode is not None and verify.mode != "off" and keys is None:
        values.wrong(
            mode,
            "signatures are to be verified, but nothing says whose",
            "name the keys with verify.keyringFile (GPG) or verify.allowedSignersFile (SSH)",
        )
    if mode is None and keys is not None:
        # Silence here would look like protection.
        values.wrong(
            keys,
            "signing keys are given, but verify.mode is off",
            "set verify.mode (--verify) to commit, tag or tag-and-commit",
        )
    return verify
