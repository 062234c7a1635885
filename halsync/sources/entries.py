"""What a source may bring: collecting files and links, refusing the rest, every path named.

Kinds of source hand over what they find; the rules stand here once. A link inside the source
is replaced by what it points to, so that a generation holds only regular files; one that
leaves the source is refused; one whose target does not exist is reported later by the gate.
"""

from __future__ import annotations

import os

from halsync.errors import ContentRefused
from halsync.model import File, Origin, Problem
from halsync.paths import parents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from halsync.settings.model import Limits

_POINTER = b"version https://git-lfs.github.com/spec/"
_POINTER_BYTES = 1024
_LINK_HOPS = 40
"""As many as the Linux kernel follows (path_resolution(7))."""


class Entries:
    """Collects one source's entries; :meth:`finish` raises all refusals at once."""

    def __init__(self, source: str, revision: str, limits: Limits) -> None:
        self._source = source
        self._revision = revision
        self._limits = limits
        self._files: dict[str, File] = {}
        self._links: dict[str, str] = {}
        self._problems: list[Problem] = []
        self._claimed: set[str] = set()
        self._clashing: set[str] = set()
        self._count = 0
        self._bytes = 0

    def claim(self, path: str, size: int) -> bool:
        """Ask, before its content is read, whether a file of ``size`` bytes may come along.

        False means that it was refused and recorded: skip it.
        """
        limits = self._limits
        if not self._legal(path):
            return False
        if size > limits.file_bytes:
            self.refuse(
                path,
                f"{_size(size)} is more than a file may have ({_size(limits.file_bytes)})",
                "remove it from the source, or raise limits.fileBytes",
                code="HAL0103",
            )
            return False
        # What stands behind a Git LFS pointer is no other file than the pointer.
        another = path not in self._claimed
        self._count += another
        self._bytes += size
        if another and self._count == limits.files + 1:
            self.refuse(
                path,
                f"more than {limits.files} files",
                "point the source at a sub-path, or raise limits.files",
                code="HAL0104",
            )
        within = self._bytes <= limits.total_bytes
        if not within and self._bytes - size <= limits.total_bytes:
            self.refuse(
                path,
                f"more than {_size(limits.total_bytes)} in all",
                "point the source at a sub-path, or raise limits.totalBytes",
                code="HAL0105",
            )
        if within and self._count <= limits.files:
            self._claimed.add(path)
            return True
        return False

    def may_hold(self, directory: str) -> bool:
        """Ask before a directory is looked into: False means that its path alone is too long,
        which is recorded. So nobody goes down without end."""
        if len(os.fsencode(directory)) <= self._limits.path_length:
            return True
        self.claim(directory, 0)
        return False

    def add_file(self, path: str, content: bytes, executable: bool = False) -> None:
        """A regular file that :meth:`claim` has allowed; a Git LFS pointer is none."""
        if is_pointer(content):
            self.refuse_pointer(path, "put the file itself there: git lfs pull fetches it")
            return
        self._files[path] = File(content, executable, Origin(self._source, self._revision, path))

    def add_link(self, path: str, target: str) -> None:
        """A symbolic link, its target as written."""
        if self._legal(path):
            self._links[path] = target

    def refuse(self, path: str, message: str, hint: str, code: str = "HAL0101") -> None:
        """Record that ``path`` may not be brought along."""
        origin = Origin(self._source, self._revision, path)
        self._problems.append(
            Problem(code, "source", "error", message, hint, _printable(path), origin=origin)
        )

    def refuse_pointer(self, path: str, hint: str) -> None:
        """Record that instead of the file there is only what Git LFS leaves in its place."""
        message = "this is a Git LFS pointer, not the file itself"
        self.refuse(path, message, hint, code="HAL0111")

    def missing(self) -> list[str]:
        """Where links lead inside the source that has not been collected yet.

        A kind that collects only the wanted sub-paths reads these too, then asks again, until
        the answer holds nothing that exists.
        """
        targets = {self._end(link)[0] for link in self._links}
        return sorted(target for target in targets if target and not self._holds(target))

    def finish(self) -> tuple[dict[str, File], dict[str, str]]:
        """The files, links resolved, and the dangling links (path → target as written).

        Raises:
            ContentRefused: with one problem for each path that may not be brought along.
        """
        files, links, problems = self.settle()
        if problems:
            count = len(problems)
            raise ContentRefused(
                f"source {self._source} holds {count} "
                f"{'entry' if count == 1 else 'entries'} that may not be published",
                problems,
            )
        return files, links

    def settle(self) -> tuple[dict[str, File], dict[str, str], list[Problem]]:
        """As :meth:`finish`, with the refusals beside what may stay instead of raised."""
        self._resolve_links()
        self._find_case_collisions()
        return self._files, self._links, self._problems

    def _legal(self, path: str) -> bool:
        parts = path.split("/")
        if path.startswith("/") or ".." in parts or "." in parts or "" in parts:
            self.refuse(
                path,
                "the path is absolute or contains '.', '..' or an empty part",
                "rename it in the source",
            )
            return False
        if any(ord(char) < 32 or 0xDC80 <= ord(char) <= 0xDCFF for char in path):
            self.refuse(
                path,
                "the name holds control characters or is not UTF-8",
                "rename it in the source",
            )
            return False
        too_long = len(os.fsencode(path)) > self._limits.path_length
        if too_long or max(len(os.fsencode(part)) for part in parts) > 255:
            self.refuse(
                path,
                f"the path is longer than {self._limits.path_length} bytes, or a part of it"
                " longer than 255",
                "shorten it in the source, or raise limits.pathLength",
                code="HAL0106",
            )
            return False
        return True

    def _holds(self, path: str) -> bool:
        return path in self._files or any(name.startswith(path + "/") for name in self._files)

    def _resolve_links(self) -> None:
        """Replace links by copies of their targets; what stays in ``_links`` dangles."""
        targets: dict[str, str] = {}
        ends = {link: self._end(link) for link in self._links}
        for link, (target, fault) in ends.items():
            if not fault:
                targets[link] = target
                continue
            self.refuse(
                link,
                f"the link leads {fault}: {_printable(self._links.pop(link))}",
                "replace it by the file itself, or by a relative link inside the source",
                code="HAL0102",
            )
        for link in _inner_first(targets):
            if self._copy(targets[link], link):
                del self._links[link]

    def _copy(self, target: str, link: str) -> bool:
        """Put the target's files in the link's place; False if there are none."""
        found = {target: link} if target in self._files else self._below(target, link)
        for name, path in found.items():
            if path not in self._files and self.claim(path, len(self._files[name].content)):
                # The origin stays that of the target: that is the file a person has to edit.
                self._files[path] = self._files[name]
        return bool(found)

    def _below(self, directory: str, other: str) -> dict[str, str]:
        """The files there → their paths if they were in the directory ``other``."""
        inside = f"{directory}/" if directory else ""
        names = [name for name in self._files if name.startswith(inside)]
        return {name: f"{other}/{name[len(inside) :]}" for name in names}

    def _end(self, link: str) -> tuple[str, str]:
        """Where a link ends inside the source, or why it may not be followed."""
        resolved = link.split("/")[:-1]
        todo: list[str] = []
        follow, hops = link, 0
        while True:
            if follow:
                hops += 1
                if hops > _LINK_HOPS:
                    return "", "in a circle"
                if self._links[follow].startswith("/"):
                    return "", "to an absolute path"
                todo += self._links[follow].split("/")[::-1]
            if not todo:
                return "/".join(resolved), ""
            part = todo.pop()
            follow = ""
            if part == "..":
                if not resolved:
                    return "", "out of the source"
                resolved.pop()
            elif part not in ("", "."):
                here = "/".join((*resolved, part))
                if here in self._links:
                    follow = here
                else:
                    resolved.append(part)

    def _find_case_collisions(self) -> None:
        """Two names that differ only in case are one file on some volumes, and a trap anywhere."""
        seen: dict[str, str] = {}
        for path in sorted({*self._claimed, *self._links}):
            for name in (*parents(path), path):
                other = seen.setdefault(name.casefold(), name)
                if other == name:
                    continue
                # A directory is told once, not for each of its files.
                if name not in self._clashing:
                    self._clashing.add(name)
                    self.refuse(
                        name,
                        f"differs from {_printable(other)} only in case",
                        "rename one of the two in the source",
                        code="HAL0107",
                    )
                break


def _inner_first(targets: Mapping[str, str]) -> Iterator[str]:
    """The links, those inside a directory before the links that lead to it: what takes their
    place is copied along."""
    from bisect import bisect_left

    links = sorted(targets)
    seen: set[str] = set()

    def inside(target: str) -> Iterator[str]:
        start, end = bisect_left(links, f"{target}/"), bisect_left(links, f"{target}0")
        return iter(links[start:end] if target else links)

    waiting = [("", iter(links))]
    while waiting:
        link, inner = waiting[-1]
        following = next((each for each in inner if each not in seen), "")
        if following:
            seen.add(following)
            waiting.append((following, inside(targets[following])))
        else:
            waiting.pop()
            if link:
                yield link


def is_pointer(content: bytes) -> bool:
    """Whether this is what Git LFS leaves in a file's place."""
    return len(content) <= _POINTER_BYTES and content.startswith(_POINTER)


def _printable(path: str) -> str:
    return path.encode("utf-8", "backslashreplace").decode() if path.isprintable() else repr(path)


def _size(count: int) -> str:
    value = float(count)
    for unit in ("bytes", "KiB", "MiB"):
        if value < 1024:
            return f"{value:g} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} GiB"
