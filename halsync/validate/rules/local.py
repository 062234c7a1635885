"""Files that the halconfig names, as halyard's container will find them."""

from __future__ import annotations

import posixpath

from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from halsync.model import File
    from halsync.validate.rules.view import Configuration

USUAL_DIRECTORY = "/home/spinnaker/.hal"
"""Where the published images of Halyard keep the halconfig directory."""

_REFERENCES = ("encrypted:", "encryptedFile:", "configserver:", "secret://")
_LATER = ("${", "{{", "{%", "<%")


class Local(NamedTuple):
    """What is known about a path of the halconfig."""

    where: Literal["tree", "usual", "elsewhere", "home"]
    """``tree``: surely in the tree; ``usual``: in the tree if the container is an ordinary one;
    ``elsewhere``: cannot be judged here; ``home``: begins with ``~``, which nobody expands."""
    path: str
    """In the tree."""


def is_reference(text: str) -> bool:
    """Whether a value stands for something that is looked up later."""
    return text.startswith(_REFERENCES)


def is_later(text: str) -> bool:
    """Whether a value has parts that a template engine, a shell or another tool fills in."""
    if any(mark in text for mark in _LATER) or text.startswith("$"):
        return True
    if "_" not in text:
        return False
    words = "".join(char if char.isalnum() or char == "_" else " " for char in text).split()
    return any("_" in word and word.isupper() for word in words)


def resolve(config: Configuration, text: str) -> Local:
    """Where the file named ``text`` is looked for."""
    if text.startswith("~"):
        return Local("home", "")
    if not text.startswith("/"):
        path = posixpath.normpath(text)
        outside = path.startswith("../") or path == ".."
        return Local("elsewhere", "") if outside else Local("tree", path)
    path = posixpath.normpath(text)
    for directory in config.hal_directories:
        if path.startswith(directory.rstrip("/") + "/"):
            return Local("tree", path[len(directory.rstrip("/")) + 1 :])
    if path.startswith(USUAL_DIRECTORY + "/"):
        return Local("usual", path[len(USUAL_DIRECTORY) + 1 :])
    return Local("elsewhere", "")


def file_of(config: Configuration, text: str) -> File | None:
    """The file named ``text``; None if it is not in the tree, or is no file at all."""
    if not text or is_reference(text):
        return None
    found = resolve(config, text)
    return config.files.get(found.path) if found.path else None


def host_and_port(url: str) -> tuple[str, str | None]:
    """Host and port of ``scheme://user@host:port/…``; None for the port where none is written.

    By hand, because ``urllib.parse`` takes 3 ms to load.
    """
    authority = url.partition("//")[2]
    for end in "/?#":
        authority = authority.partition(end)[0]
    authority = authority.rpartition("@")[2]
    if authority.startswith("["):
        host, _, rest = authority[1:].partition("]")
        return host, rest[1:] or None
    host, _, port = authority.partition(":")
    return host, port or None
