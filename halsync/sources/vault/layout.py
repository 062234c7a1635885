"""From secrets to files.

``file``: a secret is a file. Its key ``content`` holds the text; ``encoding: base64`` says that
it is encoded, ``mode: "0755"`` that the file can be executed.

``directory``: a secret is a directory. Each key is the name of a file and its value the text,
or, for what is not plain text, a mapping with ``content``, ``encoding`` and ``mode``.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Literal

from halsync.paths import join, parents

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from halsync.clients.vault import Secret
    from halsync.sources.entries import Entries

CODE = "HAL0116"
"""Vault secret that cannot be a file."""

KEYS = frozenset({"content", "encoding", "mode"})

Layout = Literal["file", "directory"]


class Unfit(ValueError):
    """What a secret holds is no file; the text says why."""


def detect(secrets: Iterable[Secret], entries: Entries) -> Layout:
    """The layout that the secrets have; where they do not agree, every odd one is refused."""
    files: list[str] = []
    others: list[str] = []
    for secret in secrets:
        (files if _is_file(secret.data) else others).append(secret.path)
    if not others:
        return "file"
    if not files:
        return "directory"
    few, many = sorted((files, others), key=len)
    for path in few:
        holds, do = (
            ("has content like a file", "has none")
            if few is files
            else ("has no key content", "do")
        )
        entries.refuse(
            path,
            f"the secret {holds}, while others ({many[0]!r}) {do}",
            "make them alike, or set vault.layout to file or directory",
            code=CODE,
        )
    return "file" if many is files else "directory"


def add(secrets: Iterable[Secret], layout: Layout, entries: Entries) -> None:
    """Hand all files over to ``entries``; what cannot be one is refused there."""
    taken: dict[str, str] = {}
    for secret in secrets:
        for path, value in _files(secret, layout, entries):
            try:
                content, executable = _decoded(value)
            except Unfit as unfit:
                entries.refuse(path, str(unfit), _HINT, code=CODE)
                continue
            if entries.claim(path, len(content)):
                entries.add_file(path, content, executable)
                taken[path] = secret.path
    for path in sorted(taken):
        for parent in parents(path):
            if parent in taken:
                entries.refuse(
                    parent,
                    f"is a file, and also the directory of {path!r}",
                    "rename one of the two in the source",
                )
                break


_HINT = "see docs/sources.md for what a secret must hold"


def _is_file(data: Mapping[str, Any]) -> bool:
    return (
        "content" in data
        and data.keys() <= KEYS
        and all(isinstance(value, str) for value in data.values())
    )


def _files(secret: Secret, layout: Layout, entries: Entries) -> Iterable[tuple[str, object]]:
    if layout == "file":
        yield secret.path, secret.data
        return
    for key in sorted(secret.data):
        path = join(secret.path, key) if key else f"{secret.path}/"
        if "/" in key:
            entries.refuse(
                path,
                f"the key {key!r} holds a slash",
                "put the file into the secret of its own directory",
                code=CODE,
            )
            continue
        yield path, secret.data[key]


def _decoded(value: object) -> tuple[bytes, bool]:
    """Content and whether it can be executed.

    Raises:
        Unfit: why it is no file; never with the value.
    """
    if isinstance(value, str):
        return _text(value), False
    if not isinstance(value, dict):
        raise Unfit(f"its value is {_kind(value)}, not text")
    if strange := sorted(set(value) - KEYS):
        raise Unfit(f"unknown key {strange[0]!r}: a file has content, encoding and mode")
    content = value.get("content")
    if not isinstance(content, str):
        missing = content is None
        raise Unfit("content is missing" if missing else f"content is {_kind(content)}, not text")
    mode = str(value.get("mode") or "0644")
    if len(mode) > 4 or not set(mode) <= set("01234567"):
        raise Unfit('mode must be octal digits in quotes: "0644" or "0755"')
    encoding = value.get("encoding") or "none"
    if encoding not in ("none", "base64"):
        raise Unfit("unknown encoding: base64, or none")
    plain = _base64(content) if encoding == "base64" else _text(content)
    return plain, bool(int(mode, 8) & 0o100)


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise Unfit("content is not base64, as encoding says it is") from None


def _text(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise Unfit("it holds half a character (a lone surrogate); encode it as base64") from None


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    return "a list" if isinstance(value, list) else "a mapping"
