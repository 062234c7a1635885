"""Comments that ask for a problem not to be reported.

``# halsync: ignore[HAL0403] kept for the old release`` counts for its own line or, where nothing
else stands on it, for the next line that holds more than a comment;
``# halsync: ignore-file[HAL0403] generated`` for the whole file. Several codes are separated by
commas. In JavaScript the comment begins with ``//``. A reason is asked for, not enforced.
"""

from __future__ import annotations

from halsync.formats.kinds import FileKind, kind_of
from halsync.formats.text import BadEncoding, Lines, Mark, decode
from halsync.model import Problem
from halsync.patterns import Pattern
from halsync.records import NamedTuple
from halsync.validate.codes import CODES

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Collection, Iterator, Sequence

    from halsync.model import File, Tree


_COMMENT = Pattern(
    r"(?P<sign>#|!|//)[ \t]*halsync:[ \t]*(?P<word>[\w-]+)"
    r"(?:[ \t]*\[(?P<codes>[^\]\n]*)\])?(?P<reason>[^\n]*)"
)
_SIGNS: dict[FileKind, tuple[str, ...]] = {
    "yaml": ("#",),
    "properties": ("#", "!"),
    "javascript": ("//",),
}
_CODE = Pattern(r"HAL\d{4}")


class _Comment(NamedTuple):
    """One code of one comment."""

    file: str
    code: str
    line: int
    """The line that it counts for; 0: the whole file."""
    mark: Mark
    """Where the code stands."""


def suppress(
    problems: Sequence[Problem], tree: Tree, *, unseen: Collection[str] = ()
) -> list[Problem]:
    """``problems`` without what comments ask to leave out, and with what is wrong with comments.

    ``unseen``: groups that this run did not look for, and about whose codes a comment may
    therefore be right. A fatal problem is never left out.
    """
    comments: list[_Comment] = []
    added: list[Problem] = []
    for path, file in tree.files.items():
        if b"halsync:" in file.content:
            comments += _comments(path, file, added)
    if not comments and not added:
        return list(problems)
    wanted = {(each.file, each.line, each.code): each for each in comments}
    used: set[_Comment] = set()
    kept = []
    for problem in problems:
        asked = [
            wanted[key]
            for key in (
                (problem.file, problem.line, problem.code),
                (problem.file, 0, problem.code),
            )
            if key in wanted
        ]
        if asked and problem.severity != "fatal":
            used.update(asked)
        else:
            kept.append(problem)
    for each in comments:
        if each not in used and not _is_unseen(each.code, unseen):
            where = "in this file" if not each.line else f"on line {each.line}"
            message = f"nothing is left out here: there is no {each.code} {where}"
            added.append(_problem("HAL0040", message, each.file, each.mark, tree.files[each.file]))
    return kept + added


def _comments(path: str, file: File, added: list[Problem]) -> Iterator[_Comment]:
    kind = kind_of(path)
    if kind not in _SIGNS:
        return
    try:
        text = decode(file.content)
    except BadEncoding:
        return
    lines = Lines(text)
    for found in _found(text, kind):
        mark = lines.mark(found.start())
        word, codes = found["word"], found["codes"]
        names = [name.strip() for name in (codes or "").split(",") if name.strip()]
        unknown = [name for name in names if not _CODE.fullmatch(name)]
        if word not in ("ignore", "ignore-file") or not names or unknown:
            wrong = f"'{unknown[0][:40]}' is no code" if unknown and word.startswith("ig") else ""
            message = wrong or "this comment to halsync cannot be understood, and has no effect"
            added.append(_problem("HAL0041", message, path, mark, file))
            continue
        if not found["reason"].strip(" \t\r-:"):
            message = "the comment does not say why the problem may be left out"
            added.append(_problem("HAL0042", message, path, mark, file))
        line = 0 if word == "ignore-file" else _target(lines, mark, _SIGNS[kind])
        at = found.start("codes")
        for name in names:
            yield _Comment(path, name, line, lines.mark(text.index(name, at)))


def _target(lines: Lines, mark: Mark, signs: tuple[str, ...]) -> int:
    """The line that a comment at ``mark`` counts for."""
    if lines.line(mark.line)[: mark.column - 1].strip():
        return mark.line
    number, last = mark.line + 1, lines.mark(len(lines.text)).line
    while number < last and (
        not lines.line(number).strip() or lines.line(number).lstrip().startswith(signs)
    ):
        number += 1
    return number


def _found(text: str, kind: FileKind) -> Iterator[re.Match[str]]:
    """What looks like such a comment and is none of a string's text."""
    spans = _strings(text, kind)
    for found in _COMMENT.finditer(text):
        at = found.start()
        alone = not text[text.rfind("\n", 0, at) + 1 : at].strip()
        blank = at == 0 or text[at - 1] in " \t\n\r"
        if found["sign"] not in _SIGNS[kind] or (kind == "properties" and not alone):
            continue
        if kind == "yaml" and not blank:
            continue
        if not any(start <= at < end for start, end in spans):
            yield found


def _strings(text: str, kind: FileKind) -> list[tuple[int, int]]:
    """Start and end of what is text rather than comment."""
    if kind == "yaml":
        from halsync.formats.scalars import NotYaml, scalars

        try:
            return [(span.start, span.end) for span in scalars(text)]
        except NotYaml:
            return []
    if kind == "javascript":
        from halsync.validate.unresolved import SCRIPT

        return [found.span() for found in SCRIPT.finditer(text) if not _is_line_comment(found)]
    return []


def _is_line_comment(found: re.Match[str]) -> bool:
    return (found["comment"] or "").startswith("//")


def _is_unseen(code: str, unseen: Collection[str]) -> bool:
    return _GROUPS.get(code[:5], "parse" if code[3] == "0" else "rules") in unseen


_GROUPS = {"HAL01": "source", "HAL02": "render", "HAL04": "schema"}


def _problem(code: str, message: str, path: str, mark: Mark, file: File) -> Problem:
    known = CODES[code]
    excerpt = Lines(decode(file.content)).line(mark.line)
    return Problem(
        code,
        known.group,
        known.severity,
        message,
        known.remedy,
        path,
        *mark,
        excerpt=excerpt,
        origin=file.origin,
    )
