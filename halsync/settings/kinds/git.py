"""``git``: a repository at a ref."""

from __future__ import annotations

from halsync.settings.kinds import OF_SOURCE, Built
from halsync.settings.model import GitAuth, GitHubApp, GitSettings, GitVerify
from halsync.settings.spec import SOURCE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.settings.resolve import Values


_TOKEN = SOURCE + "git.auth.token"
_FOR_HTTP = (_TOKEN, SOURCE + "git.auth.githubApp.appId", SOURCE + "git.auth.username")


def build(values: Values) -> Built:
    """The settings of a ``git`` source."""
    settings = GitSettings(
        url=values.get(OF_SOURCE["git.url"]),
        ref=values.get(OF_SOURCE["git.ref"]),
        auth=_auth(values),
        ca_file=values.get(OF_SOURCE["git.caFile"]),
        proxy=values.get(OF_SOURCE["git.proxy"]),
        submodules=values.get(OF_SOURCE["git.submodules"]),
        lfs=values.get(OF_SOURCE["git.lfs"]),
        verify=_verify(values),
    )
    return Built(settings, values.get(OF_SOURCE["git.path"]))


def _auth(values: Values) -> GitAuth:
    auth = GitAuth(
        username=values.get(OF_SOURCE["git.auth.username"]),
        token=values.get(OF_SOURCE["git.auth.token"]),
        ssh_key=values.get(OF_SOURCE["git.auth.sshKey"]),
        known_hosts_file=values.get(OF_SOURCE["git.auth.knownHostsFile"]),
        host_key_check=values.get(OF_SOURCE["git.auth.hostKeyCheck"]),
    )
    _check_scheme(values)
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
    token = values.raw(_TOKEN)
    if token is not None:
        values.wrong(given, f"{token.origin} gives a token already", "keep one of the two")
    app = GitHubApp(
        app_id=values.get(OF_SOURCE["git.auth.githubApp.appId"]),
        installation_id=values.get(OF_SOURCE["git.auth.githubApp.installationId"]),
        private_key=values.get(OF_SOURCE["git.auth.githubApp.privateKey"]),
        api_url=values.get(OF_SOURCE["git.auth.githubApp.apiUrl"]),
    )
    return auth._replace(github_app=app)


def _check_scheme(values: Values) -> None:
    """Over ssh only a key logs in: to go on without one would blame the server. (A key for https
    may be there for the preset, and many repositories can be read without logging in.)"""
    url = values.raw(SOURCE + "git.url")
    address = str(url.value) if url else ""
    scheme, found, _ = address.partition("://")
    over_ssh = scheme.lower() == "ssh" if found else ":" in address.partition("/")[0]
    if not over_ssh or values.raw(SOURCE + "git.auth.sshKey") is not None:
        return
    for key in _FOR_HTTP:
        raw = values.raw(key)
        if raw is not None:
            values.wrong(
                raw,
                f"{key.removeprefix(SOURCE)} logs in over https, and the URL is one for ssh",
                "give auth.sshKeyFile (--ssh-key-file) instead, or write the URL with https://",
            )
            return


def _verify(values: Values) -> GitVerify:
    verify = GitVerify(
        mode=values.get(OF_SOURCE["git.verify.mode"]),
        keyring_file=values.get(OF_SOURCE["git.verify.keyringFile"]),
        allowed_signers_file=values.get(OF_SOURCE["git.verify.allowedSignersFile"]),
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
