"""What git needs to know for HTTP(S): credentials, certificates, proxies."""

from __future__ import annotations

import os

from halsync.errors import ConfigError
from halsync.redact import register
from halsync.sources.git.private import quoted, write_private

TYPE_CHECKING = False
if TYPE_CHECKING:
    from urllib.parse import SplitResult

    from halsync.settings.model import GitSettings
    from halsync.sources.git.names import Remote

_PROXIES = ("http", "https", "socks4", "socks4a", "socks5", "socks5h")
_DEFAULT_USER = "git"
"""Hosts that look at the token alone (GitHub, GitLab, Azure) accept any name."""


def http_config(
    home: str, remote: Remote, options: GitSettings, env: dict[str, str], timeout: float
) -> str:
    """Sections for git's configuration file; moves proxy passwords out of ``env``.

    Raises:
        ConfigError: a file cannot be read, or a secret cannot be sent.
    """
    lines = []
    if options.ca_file:
        if not os.access(options.ca_file, os.R_OK):
            raise ConfigError(
                f"cannot read the CA bundle {options.ca_file}",
                hint="mount the certificates there, readable by this user (caFile)",
            )
        lines.append(f"[http]\n\tsslCAInfo = {quoted(options.ca_file)}\n")
    lines += _proxy(home, remote, options, env)
    user, token = user_and_token(options, timeout)
    if token:
        lines.append(_credentials(f"{home}/credentials", _base(remote), user, token))
        # Saves the round trip that ends in 401; git before 2.46 does not know it.
        lines.append("[http]\n\tproactiveAuth = basic\n")
    return "".join(lines)


def user_and_token(options: GitSettings, timeout: float) -> tuple[str, str]:
    """User name and token; an empty token where none is configured.

    Raises:
        ConfigError: a secret cannot be read or made, or not be sent.
    """
    auth = options.auth
    if auth.github_app:
        from halsync.sources.git.github_app import installation_token

        token = installation_token(auth.github_app, options.ca_file, options.proxy, timeout)
        return "x-access-token", token
    user = auth.username.read() if auth.username else ""
    if not auth.token:
        if user:
            raise ConfigError("auth.username is given without a token", hint="add auth.tokenFile")
        return "", ""
    token = auth.token.read()
    if not token:
        # To go on without one would blame the server, which then asks for credentials.
        raise ConfigError(
            f"the token file {auth.token.file} is empty",
            hint="check the Secret that is mounted there (auth.tokenFile)",
        )
    return _sendable(user or _DEFAULT_USER, token)


def _sendable(user: str, password: str) -> tuple[str, str]:
    if any(char in user + password for char in "\n\r\0"):
        raise ConfigError(
            "the git user name or token holds a line break",
            hint="the file must contain the token and nothing else",
        )
    return user, password


def _base(remote: Remote) -> str:
    return f"{remote.scheme}://{remote.host}"


def _credentials(path: str, base: str, user: str, password: str) -> str:
    """A helper that prints a file, and that git asks for this one host only.

    Not GIT_ASKPASS: that would run twice, need a file system that allows programs, and be
    asked for whatever host a redirect leads to.
    """
    write_private(path, "username={}\npassword={}\n".format(*_sendable(user, password)))
    shell = "'" + path.replace("'", "'\\''") + "'"
    # git appends the operation ("get"); the '#' drops it.
    return f"[credential {quoted(base)}]\n\thelper = {quoted(f'!exec cat <{shell} #')}\n"


def _proxy(home: str, remote: Remote, options: GitSettings, env: dict[str, str]) -> list[str]:
    if options.proxy:
        return _proxy_lines(f"{home}/proxy", options.proxy)
    lines: list[str] = []
    names = [name for name in env if name.lower().endswith("_proxy") and "no_" not in name.lower()]
    for name in names:
        value = env[name]
        if "@" not in value:
            continue
        # A password in a variable would be handed on to every child: it goes into a file, and
        # only for the variable that curl would use for this scheme.
        del env[name]
        if name.lower() in (f"{remote.scheme}_proxy", "all_proxy") and not lines:
            lines = _proxy_lines(f"{home}/proxy", value)
    return lines


def _split_proxy(proxy: str) -> SplitResult:
    """Its parts; git takes what it cannot read as a proxy for none, and goes out directly."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        legal = parts.scheme in _PROXIES and parts.hostname and parts.port != 0
    except ValueError:
        legal = False
    if not legal or not proxy.isprintable() or " " in proxy:
        raise ConfigError(
            "the proxy's URL is not legal", hint="write proxy: http://host:port (--proxy)"
        )
    return parts


def _proxy_lines(path: str, proxy: str) -> list[str]:
    from urllib.parse import unquote

    parts = _split_proxy(proxy)
    userinfo, _, host = parts.netloc.rpartition("@")
    if not userinfo:
        return [f"[http]\n\tproxy = {quoted(proxy)}\n"]
    user, _, password = userinfo.partition(":")
    register(unquote(password))
    register(password)
    base = f"{parts.scheme}://{host}"
    return [
        f"[http]\n\tproxy = {quoted(f'{parts.scheme}://{user}@{host}')}\n",
        _credentials(path, base, unquote(user), unquote(password)),
    ]
