"""Hand-made changes of what is published: told once, and put back or kept as a patch."""

from __future__ import annotations

import os
from difflib import unified_diff
from hashlib import sha256
from typing import TYPE_CHECKING

from halsync.errors import PublishError
from halsync.publish import drift, read_generation, read_state
from halsync.publish.back import put_back
from halsync.redact import redact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halsync.agent.report import Report
    from halsync.model import File
    from halsync.publish import Drift
    from halsync.settings.model import Settings

_KEPT = 20
"""Patches; the oldest goes when there are more."""
_LARGEST = 1 << 20
_NAMED = 100
"""Paths in one event; halsync status names them all."""
_KEPT_ASIDE = "put the change into the repository if it is wanted; it is kept in .halsync/adopted"
_PINNED = (
    "it stays as it is while that generation is pinned: halsync rollback to another one, or a new"
    " revision of the source, ends that"
)


class Drifting:
    """What was found at the last look."""

    def __init__(self, settings: Settings, action: str, report: Report) -> None:
        self.found: Sequence[Drift] = ()
        self._settings = settings
        self._action = action
        self._report = report

    def look(self) -> bool:
        """Compare; whether what is published should be published again.

        Raises:
            PublishError: something cannot be read, or not be put back.
        """
        settings = self._settings
        found = drift(settings.target, settings.daemon_config)
        before, self.found = self.found, found
        if not found:
            if before:
                self._report("drift-gone")
            return False
        if self._action != "revert":
            if found != before:
                self._tell(found, self._action)
            return False
        return self._revert(found, before)

    def _revert(self, found: Sequence[Drift], before: Sequence[Drift]) -> bool:
        """Show what is live again, whatever the newest revision is like. Whether files of the
        generation itself are changed, which only a publication brings back; while it is pinned
        there is none."""
        settings = self._settings
        try:
            done = put_back(
                settings.target, options=settings.publish, daemon_config=settings.daemon_config
            )
        except PublishError:
            if found != before:
                self._tell(found, "report")
            raise
        self.found = left = drift(settings.target, settings.daemon_config)
        state = read_state(settings.target)
        pinned = bool(left and state and state.pin)
        if found != before:
            self._tell(found, "report" if pinned else "revert", left)
        if done.adopted:
            self._report("adopted", paths=list(done.adopted), left_out=list(done.left_out))
        if not left:
            self._report("drift-gone")
        return bool(left) and not pinned

    def _tell(self, found: Sequence[Drift], action: str, left: Sequence[Drift] = ()) -> None:
        paths = _paths(found)
        told: dict[str, object] = {"paths": paths[:_NAMED], "action": action}
        if len(paths) > _NAMED:  # a chmod -R touches hundreds
            told["more"] = len(paths) - _NAMED
        if left:
            told["left"] = _paths(left)[:_NAMED]
        if action == "revert":
            told["hint"] = _KEPT_ASIDE
        elif left:
            told["hint"] = _PINNED
        elif action == "keep" and (patch := keep(self._settings.target, found)):
            told |= {"patch": patch, "hint": f"in the repository: git apply {patch}, and push"}
        self._report("drift", **told)


def _paths(found: Sequence[Drift]) -> list[str]:
    return sorted({entry.path for entry in found})


def keep(target: str, found: Sequence[Drift]) -> str:
    """Write what was changed by hand as a patch for the repository; where it is.

    Paths in it are those of the files in their source. Empty if there is nothing that a patch
    can say, or all of it may hold secrets.
    """
    published = read_generation(target).files
    parts: list[str] = []
    for path in sorted(_files(target, found)):
        parts.append(_patch(target, path, published.get(path)))
    text = "".join(parts)
    if not text:
        return ""
    directory = os.path.join(os.path.realpath(target), ".halsync", "drift")
    os.makedirs(directory, 0o700, exist_ok=True)
    place = f"{directory}/{sha256(text.encode()).hexdigest()[:12]}.patch"
    if not os.path.exists(place):
        descriptor = os.open(place + ".tmp", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as stream:
            stream.write(text)
        os.rename(place + ".tmp", place)
        _forget_old(directory)
    return place


def _files(target: str, found: Sequence[Drift]) -> set[str]:
    """The single files behind the drift, relative to the target."""
    paths: set[str] = set()
    live = os.path.join(target, ".halsync", "current")
    for entry in found:
        if os.path.isabs(entry.path) or entry.path.startswith(".halsync/"):
            continue
        for root in (f"{target}/{entry.path}", f"{live}/{entry.path}"):
            if os.path.isfile(root):
                paths.add(entry.path)
            for where, _, names in os.walk(root):
                inside = os.path.relpath(where, root)
                below = entry.path if inside == "." else f"{entry.path}/{inside}"
                paths.update(f"{below}/{name}" for name in names)
    return paths


def _patch(target: str, path: str, published: File | None) -> str:
    if published is not None and published.secret:
        return f"# {path}: left out, it holds secrets; compare it by hand\n"
    old = published.content if published else b""
    gone = not os.path.isfile(f"{target}/{path}")
    new = b"" if gone else _content(f"{target}/{path}")
    if old == new and not gone:
        return ""
    name = published.origin.path if published else path
    try:
        before, after = old.decode().splitlines(True), new.decode().splitlines(True)
    except UnicodeDecodeError:
        return f"# {path}: left out, it is not text\n"
    lines = unified_diff(
        before,
        after,
        f"a/{name}" if published else "/dev/null",
        "/dev/null" if gone else f"b/{name}",
    )
    text = "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
    kind = "" if published else "new file mode 100644\n"
    kind = "deleted file mode 100644\n" if gone else kind
    # No secret that is known goes into it, even where a person put it.
    return f"diff --git a/{name} b/{name}\n{kind}{redact(text)}"


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read(_LARGEST)
    except OSError:
        return b""


def _forget_old(directory: str) -> None:
    patches = [f"{directory}/{name}" for name in os.listdir(directory) if name.endswith(".patch")]
    for place in sorted(patches, key=os.path.getmtime)[:-_KEPT]:
        os.unlink(place)
