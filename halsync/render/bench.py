"""The files while the steps of a plan work on them.

Values are changed as plain values, and each file's text is edited once for all the overlays and
patches that follow each other: a hundred patches parse and write a file once.
"""

from __future__ import annotations

from halsync.errors import RenderError
from halsync.formats.kinds import kind_of
from halsync.model import Problem
from halsync.records import NamedTuple
from halsync.render import codes
from halsync.render.claims import Claim, Claims
from halsync.render.edits import Edit
from halsync.render.places import REMOVED, written
from halsync.render.trail import Change, Stated, Step, Trail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from halsync.formats.document import Parsed
    from halsync.model import File, Origin, Tree
    from halsync.render.codes import Code
    from halsync.render.places import Place

_BOMS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


class Draft:
    """One file's value while steps change it."""

    def __init__(self, file: File, parsed: Parsed) -> None:
        self.file = file
        self.parsed = parsed
        self.value = parsed.documents[0].value if parsed.documents else None
        self.secret = file.secret
        self.stated: list[Stated] = []

    def locate(self, path: tuple[str | int, ...]) -> tuple[int, int]:
        """Line and column of a value as the file had it before."""
        if not self.parsed.documents:
            return 1, 1
        return self.parsed.documents[0].locate(path)


class Statement(NamedTuple):
    """A place that a step sets, and where the step says so."""

    place: Place
    value: Any
    file: str
    line: int = 0


class Bench:
    """A tree being rendered."""

    def __init__(self, tree: Tree) -> None:
        self.files: dict[str, File] = dict(tree.files)
        self.dangling = dict(tree.dangling)
        self.problems: list[Problem] = []
        self.trail = Trail()
        self._drafts: dict[str, Draft] = {}
        self._claims: dict[str, Claims] = {}

    # Whole files

    def put(self, path: str, file: File, step: Step, source: str = "") -> None:
        """A new file, or another in the place of one that is there.

        ``source``: the path of the tree that it had until now; empty if the settings hold it.
        """
        self.flush(path)
        before = self.files.get(path)
        self.files[path] = file
        self._claims.pop(path, None)
        if before is None:
            self.trail.changes.pop(path, None)
        self.trail.add(path, Change("content", step, before, source))

    def append(self, path: str, file: File, step: Step, edit: Edit) -> None:
        """The file with text added."""
        self.edited(path, file, Change("values", step, self.files[path], path, (edit,)))

    def edited(self, path: str, file: File, change: Change) -> None:
        """The file after a change of its text."""
        self.files[path] = file
        self.trail.add(path, change)

    def transfer(self, old: str, new: str, step: Step, *, keep: bool) -> None:
        """Move (or, ``keep``, copy) a file; whatever is at ``new`` makes room."""
        self.flush(old)
        self._drafts.pop(new, None)
        file = self.files[old]
        claims = self._claims.get(old)
        if not keep:
            del self.files[old]
            self._claims.pop(old, None)
        self.files[new] = file
        if claims is None:
            self._claims.pop(new, None)
        else:
            self._claims[new] = claims
        self.trail.carry(old, new, keep=keep)
        self.trail.add(new, Change("moved", step, file, old, ()))
        if not keep:
            self.trail.gone[old] = step

    def remove(self, path: str, step: Step) -> None:
        """Take a file out."""
        del self.files[path]
        self._drafts.pop(path, None)
        self._claims.pop(path, None)
        self.trail.remove(path, step)

    # Values

    def draft(self, path: str) -> Draft | None:
        """The file's value, to be changed; None if it is unreadable, which is reported."""
        if path in self._drafts:
            return self._drafts[path]
        file = self.files[path]
        parsed = parse(path, file.content)
        if not self.is_one_value(path, file, parsed, "changed"):
            return None
        self._drafts[path] = Draft(file, parsed)
        return self._drafts[path]

    def is_one_value(self, path: str, file: File, parsed: Parsed, purpose: str) -> bool:
        """Whether a file can be read, as one document at most; if not, that is reported."""
        issue = next((issue for issue in parsed.issues if issue.severity == "error"), None)
        if issue is None and len(parsed.documents) <= 1:
            return True
        at = (issue.line, issue.column) if issue else (0, 0)
        reason = issue.message if issue else "it holds more than one document"
        self.report(
            codes.UNPARSED,
            f"it is to be {purpose}, and cannot be read: {reason}",
            issue.hint if issue else "",
            file=path,
            at=at,
            excerpt=parsed.lines.line(at[0]),
            origin=file.origin,
        )
        return False

    def state(
        self,
        path: str,
        draft: Draft,
        value: Any,
        step: Step,
        statements: Iterable[Statement],
        *,
        quarrels: bool,
    ) -> None:
        """A step has given the file this value.

        Args:
            quarrels: whether it is an error if another step wants something else; else the
                later one has its way.
        """
        claims = self._claims.setdefault(path, Claims())
        for place, wanted, file, line in statements:
            at = f"{file}:{line}" if line else file
            if quarrels:
                found = claims.fight(place, wanted)
                if found is not None and found[1].step != step:
                    self._fight(path, found[0], found[1], Claim(step, at, wanted))
            claims.put(place, Claim(step, at, wanted))
            draft.stated.append(Stated(step, place, file, line, wanted))
        draft.value = value

    def _fight(self, path: str, place: Place, first: Claim, second: Claim) -> None:
        verb = "removes" if second.value is REMOVED else "sets"
        other = "removed" if first.value is REMOVED else "set to something else"
        self.report(
            codes.CONFLICT,
            f"{second.step.what} at {second.at} {verb} {written(place)} of {path}, which is"
            f" {other} by {first.step.what} at {first.at}",
            "make them agree, or say override: true in the later patch",
            declared_at=second.at,
        )

    def flush(self, path: str) -> None:
        """Write the draft of a file, if there is one, into its text."""
        draft = self._drafts.pop(path, None)
        if draft is None or not draft.stated:
            return
        from halsync.formats.edit import CannotEdit, NotAsIntended, rewrite

        bom, text = decoded(draft.file.content)
        try:
            done = rewrite(text, draft.value, parsed=draft.parsed)
        except CannotEdit as cannot:
            message = f"{draft.stated[-1].step.what} cannot be written into it: {cannot.message}"
            place = (cannot.line, cannot.column)
            hint = cannot.hint or codes.MISFIT.remedy
            self.report(codes.MISFIT, message, hint, file=path, at=place, origin=draft.file.origin)
            return
        except NotAsIntended as bug:
            raise RenderError(
                f"the file would not read back as intended: {bug}",
                where=path,
                hint="this is a bug in halsync, please report it; until it is repaired, write"
                " the place in another way",
            ) from None
        new, edits = done.text, [Edit(*edit) for edit in done.edits]
        if kind_of(path) == "json" and edits:
            new, edits = _as_json(text, new, draft.value, edits)
        file = draft.file._replace(content=encoded(bom, new), secret=draft.secret)
        if not edits:
            file = draft.file
        change = Change("values", draft.stated[-1].step, draft.file, path, edits)
        self.edited(path, file, change._replace(stated=tuple(draft.stated)))

    def flush_all(self) -> None:
        """Write every draft."""
        for path in list(self._drafts):
            self.flush(path)

    # Findings

    def report(
        self,
        code: Code,
        message: str,
        hint: str = "",
        *,
        declared_at: str = "",
        file: str = "",
        at: tuple[int, int] = (0, 0),
        excerpt: str = "",
        origin: Origin | None = None,
    ) -> None:
        """Add a problem, at a file of the tree or at the place where a step is declared."""
        if declared_at:
            name, _, line = declared_at.rpartition(":")
            if name and line.isdigit():
                file, at = name, (int(line), 1)
            else:
                message = f"{message} ({declared_at})"
        self.problems.append(
            Problem(
                code.code,
                "render",
                code.severity,
                message,
                hint or code.remedy,
                file,
                *at,
                excerpt=excerpt,
                origin=origin,
            )
        )


def parse(path: str, content: bytes) -> Parsed:
    """The values of a YAML or JSON file."""
    if kind_of(path) == "json":
        from halsync.formats import json

        return json.parse(content)
    from halsync.formats import yaml

    return yaml.parse(content)


def holds_values(path: str) -> bool:
    """Whether the file is YAML or JSON, so that it can be merged."""
    return kind_of(path) in ("yaml", "json")


def decoded(content: bytes) -> tuple[bytes, str]:
    """Byte order mark and text of a file.

    Raises:
        UnicodeDecodeError: it is neither UTF-8 nor marked as UTF-16.
    """
    for mark, encoding in _BOMS.items():
        if content.startswith(mark):
            return mark, content[len(mark) :].decode(encoding)
    return b"", content.decode()


def encoded(mark: bytes, text: str) -> bytes:
    """The reverse of :func:`decoded`."""
    return mark + text.encode(_BOMS.get(mark, "utf-8"))


def _as_json(old: str, new: str, value: Any, edits: list[Edit]) -> tuple[str, list[Edit]]:
    """Editing writes YAML, which is mostly JSON; where it is not, the file is written anew."""
    import json as plain

    from halsync.formats import json
    from halsync.formats.align import same

    checked = json.parse(new)
    if not checked.failed and same(checked.documents[0].value, value):
        return new, edits
    second = next(iter(old.split("\n")[1:2]), "")
    indent = len(second) - len(second.lstrip(" ")) or (None if "\n" not in old else 2)
    text = plain.dumps(value, indent=indent, ensure_ascii=False)
    text += "\n" if old.endswith("\n") else ""
    if "\r\n" in old:
        text = text.replace("\n", "\r\n")
    return text, [Edit(0, len(old), text)]
