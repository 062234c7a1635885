"""What may be handed to git: URLs and names of refs, checked before git sees them."""

from __future__ import annotations

import re

from halsync.errors import ConfigError
from halsync.records import NamedTuple

# Compiled when they are used: most runs need one of them.
_SCP = r"(?:(?P<user>[A-Za-z0-9._~-]+)@)?(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):(?P<path>.+)"
_HOST = r"(?:[A-Za-z0-9_](?:[A-Za-z0-9._-]*)|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
_USER = r"[A-Za-z0-9._~+%][A-Za-z0-9._~+%-]*"
_SCHEMES = ("https", "http", "ssh", "file")
_LAST_PORT = 65535
SHORTEST_ID = 7
"""Digits; to find a commit by fewer is more likely chance than intention."""
_HEX = frozenset("0123456789abcdefABCDEF")


class Remote(NamedTuple):
    """A repository's address, legal and free of credentials."""

    url: str
    """As git gets it."""
    scheme: str
    """``https``, ``http``, ``ssh`` or ``file``: also git's name of the protocol."""
    host: str
    """Lower case, with the port if one is given; empty for files."""
    path: str
    """Starts with ``/`` except in the scp form, where it counts from the login directory."""


def parse_url(url: str) -> Remote:
    """Check a repository's URL.

    Legal are ``https://``, ``http://``, ``ssh://``, ``file://``, ``user@host:path`` and
    absolute paths.

    Raises:
        ConfigError: anything else, above all what git would take for an option or for the
            name of a helper program, and URLs with a password in them.
    """
    if not url or not url.isprintable() or url != url.strip():
        raise _bad("the URL is empty or holds spaces around it or control characters")
    if url.startswith("-"):
        raise _bad("the URL starts with '-'")
    if url.startswith("/"):
        return Remote(url, "file", "", url)
    scheme, separator, rest = url.partition("://")
    if separator and scheme.replace("+", "").replace("-", "").replace(".", "").isalnum():
        authority, slash, path = rest.partition("/")
        return _parse_authority(url, scheme.lower(), authority, slash + path)
    if "::" in url.split("/", 1)[0].split("[", 1)[0]:
        raise _bad("helper programs ('name::address') are not allowed")
    found = re.fullmatch(_SCP, url)
    if not found or found["host"].startswith("-"):
        raise _bad("this is neither a URL nor an absolute path")
    if found["path"].startswith("-"):
        raise _bad("the path starts with '-'")
    return Remote(url, "ssh", found["host"].lower(), found["path"])


def _parse_authority(url: str, scheme: str, authority: str, path: str) -> Remote:
    userinfo, _, host = authority.rpartition("@")
    if ":" in userinfo or (userinfo and scheme in ("http", "https")):
        # Nothing of the URL is repeated here: the secret would be in it.
        raise ConfigError(
            "the git URL holds a user name or password",
            hint="remove it from the URL and name a file instead: auth.usernameFile,"
            " auth.tokenFile",
        )
    if scheme not in _SCHEMES:
        raise _bad(f"the scheme {scheme} is not allowed")
    if scheme == "file":
        if authority not in ("", "localhost"):
            raise _bad("a file URL has three slashes, file:///srv/repo.git")
        return Remote(url, scheme, "", path)
    found = re.fullmatch(_HOST, host)
    if not found:
        raise _bad("the host is missing or not a host name")
    if int(found["port"] or 0) > _LAST_PORT:
        raise _bad(f"there is no port {found['port']}")
    if userinfo and not re.fullmatch(_USER, userinfo):
        raise _bad("the user name is not legal")
    if " " in url or not path.strip("/"):
        raise _bad("the path of the repository is missing or holds spaces")
    return Remote(url, scheme, host.lower(), path)


def _bad(message: str) -> ConfigError:
    return ConfigError(
        f"the git URL cannot be used: {message}",
        hint="write https://host/path.git, ssh://git@host/path.git, git@host:path.git,"
        " file:///path or /path",
    )


def check_ref(ref: str) -> str:
    """The name of a ref or the id of a commit, as git-check-ref-format(1) allows it.

    Raises:
        ConfigError: git would refuse the name, or take it for something else.
    """
    parts = ref.split("/")
    wrong = (
        not ref
        or ref == "@"
        or ref.startswith("-")
        or ref.endswith(".")
        or ".." in ref
        or "@{" in ref
        or any(not part or part.startswith(".") or part.endswith(".lock") for part in parts)
        or any(ord(char) <= 32 or char in "~^:?*[\\\x7f" for char in ref)
        or any(0xD800 <= ord(char) <= 0xDFFF for char in ref)
    )
    if wrong:
        raise ConfigError(
            f"{ref!r} cannot be the name of a branch or tag, or a commit id",
            hint="give a branch (main), a tag (v1.2), a full ref (refs/heads/main), a commit id"
            f" of at least {SHORTEST_ID} digits, or HEAD for the default branch",
        )
    return ref


def is_full_id(ref: str) -> bool:
    """Whether this can only be a whole commit id, SHA-1 or SHA-256."""
    return len(ref) in (40, 64) and _HEX.issuperset(ref)


def is_short_id(ref: str) -> bool:
    """Whether this can be the beginning of a commit id."""
    return SHORTEST_ID <= len(ref) < 64 and _HEX.issuperset(ref)


def is_too_short_id(ref: str) -> bool:
    """Whether somebody may have meant a commit, with too few digits to look for one."""
    return 4 <= len(ref) < SHORTEST_ID and _HEX.issuperset(ref)


def spec_of(ref: str) -> str:
    """What to ask the server for first."""
    return ref.lower() if is_full_id(ref) else ref
