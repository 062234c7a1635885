"""Keeping secrets out of everything a person or a collector may read.

Two nets. By value: every secret that halsync reads is registered, and :func:`redact` removes
it, and its usual encodings, from any text. By name: :func:`mask_line` and
:func:`is_secret_name` hide values that stand behind a key like ``password``, which halsync
never had a reason to read as secrets.
"""

from __future__ import annotations

import re

from halsync.patterns import Pattern

MASK = "•••"

_MINIMUM = 4
"""Shorter values would blank out ordinary text; they are still masked by name."""

_MINIMUM_IN_FILE = 12
"""The same for the values in a file: shorter ones are names and versions."""

_LINES = 500
"""Of one secret that are registered; longer ones are no texts that turn up line by line."""

_values: set[str] = set()

_KEPT = 16
_slow_digests: dict[bytes, str] = {}
"""A sidecar asks for the same ones at every poll."""

_SECRET_NAME = Pattern(
    r"(pass(word|wd|phrase|code)|secret|token|credential|private[-_.]?key|api[-_.]?key"
    r"|access[-_.]?key|app[-_.]?key|insert[-_.]?key|encrypt[-_.]?key|signing[-_.]?key|client[-_.]?key"
    r"|auth(orization)?[-_.]?header|^authorization$|^pwd$|^key$|_passwd$|_pwd$)",
    re.IGNORECASE,
)
_SECRET_PARTS = ("pass", "secret", "token", "credential", "key", "auth", "pwd")
"""One of these is in whatever :data:`_SECRET_NAME` matches."""
_NOT_SECRET_NAME = Pattern(
    r"(file|path|name|ref|url|uri|type|enabled|required|expir\w*|validity\w*|ttl|attribute"
    r"|endpoint|secretengine|secretmounts?|secretvolumemounts?)$",
    re.IGNORECASE,
)
# Patterns of what a start does not need are compiled (and kept) by `re` when they are first used.
_KEY = r"""(?<![\w.\-])(?P<name>[\w.\-]++)["']?\s*+[:=]\s*+(?=\S)"""
_REFERENCE = (
    r"""(?P<quote>["']?)(encrypted(File)?:[A-Za-z0-9.\-]+:[A-Za-z0-9._\-]+"""
    r"""|halsync(File)?\((vault|file|env):[^()\s"']+\))(?P=quote)"""
)
_URL_USERINFO = r"(?<=://)[^/@:\s\"']*+:[^/@\s\"']*+@"
"""Both take time by the length of the text alone: what they read once is not read again."""


def register(value: str) -> None:
    """Remember a secret so that :func:`redact` removes it, whole and line by line.

    Of a file like a kubeconfig, whose lines are keys and values, the values count: nobody could
    read an output in which every ``kind: Config`` is hidden.
    """
    parts = {value, value.strip()}
    lines = value.splitlines()
    if len(lines) > 1:
        for line in lines[:_LINES]:
            key, colon, rest = line.strip().partition(": ")
            text = rest.strip(" \"'") if colon else "" if key.endswith(":") else line
            if not colon or len(text) >= _MINIMUM_IN_FILE:
                parts.add(text)
    for part in parts:
        if len(part) < _MINIMUM:
            continue
        _values.update((part, *_encodings(part)))


def _encodings(value: str) -> set[str]:
    """The forms in which a value turns up in other tools' messages."""
    from base64 import b64encode
    from urllib.parse import quote, quote_plus

    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return {
        quote(value, safe="", errors="surrogateescape"),
        quote(value, errors="surrogateescape"),
        quote_plus(value, errors="surrogateescape"),
        b64encode(value.encode("utf-8", "surrogateescape")).decode(),
        escaped,
        repr(value)[1:-1],
        value.replace("'", "''"),
    }


def registered() -> frozenset[str]:
    """All registered values with their encodings (for tests and child processes' filters)."""
    return frozenset(_values)


def redact(text: str) -> str:
    """``text`` without any registered value and without ``user:password@`` in URLs."""
    for value in sorted(_values, key=len, reverse=True):
        if value in text:
            text = text.replace(value, MASK)
    if "://" in text and "@" in text:
        text = re.sub(_URL_USERINFO, f"{MASK}@", text)
    return text


def slow_digest(digest: bytes) -> str:
    """What may be shown in place of the digest of a secret: each guess takes 40 ms and 16 MB."""
    known = _slow_digests.get(digest)
    if known is None:
        from hashlib import scrypt

        known = scrypt(digest, salt=b"halsync", n=2**14, r=8, p=1)[:32].hex()
        if len(_slow_digests) >= _KEPT:
            _slow_digests.clear()
        _slow_digests[digest] = known
    return known


def is_secret_name(name: str) -> bool:
    """Whether a key or placeholder of this name usually holds a secret."""
    folded = name.casefold()
    if not any(part in folded for part in _SECRET_PARTS):
        return False
    return bool(_SECRET_NAME.search(name)) and not _NOT_SECRET_NAME.search(name)


def is_reference(text: str) -> bool:
    """Whether a value only says where a secret is kept (docs/secrets.md): that may be shown."""
    return re.fullmatch(_REFERENCE, text.strip()) is not None


def mask_line(line: str) -> str:
    """One line of a configuration file, fit to be shown: secrets by value and by name removed.

    All that follows the first key with a secret's name is hidden, for nothing tells where its
    value ends.
    """
    line = redact(line)
    for found in re.finditer(_KEY, line):
        if is_secret_name(found["name"]) and not is_reference(line[found.end() :]):
            return line[: found.end()] + MASK + line[len(line.rstrip("\r\n")) :]
    return line


def mask_values(value: object, hidden: bool = False) -> object:
    """A plain value, fit to be shown: secrets by value and by the names of keys removed.

    ``hidden``: everything in it is secret.
    """
    if isinstance(value, dict):
        return {
            key: mask_values(item, hidden or is_secret_name(str(key)))
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [mask_values(item, hidden) for item in value]
    if value is None or isinstance(value, bool):
        return value
    if hidden:
        return MASK
    return redact(value) if isinstance(value, str) else value
