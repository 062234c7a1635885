"""Hand-made changes of what is published: told once, and put back or kept as a patch."""

from __future__ import annotations

import os
from difflib import unified_diff
from hashlib import sha256
from typing import TYPE_CHECKING

from halsync.publish import drift, read_generation
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
            PublishError: something cannot be read.
        """
        found = drift(self._settings.target, self._settings.daemon_config)
        before, self.found = self.found, found
        if found and found != before:
            told: dict[str, object] = {}
            if self._action == "keep":
                told["patch"] = keep(self._settings.target, found)
            self._report(
                "drift",
                paths=sorted({entry.path for entry in found}),
                action=self._action,
                **told,
            )
        elif before and not found:
            self._report("drift-gone")
        return bool(found) and self._action == "revert" and not self._reverted()

    def _reverted(self) -> bool:
        """Whether what is live is seen again, whatever the newest revision is like."""
        settings = self._settings
        done = put_back(
            settings.target, options=settings.publish, daemon_config=settings.daemon_config
        )
        if done.adopted:
            self._report("adopted", paths=list(done.adopted), left_out=list(done.left_out))
        return not drift(settings.target, settings.daemon_config)


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
