"""File by file: can it be read, and does it say each thing once?"""

from __future__ import annotations

from halsync.formats.kinds import kind_of
from halsync.formats.text import Mark

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from halsync.formats.document import Issue, Kind
    from halsync.model import Problem, Severity
    from halsync.validate.documents import Documents

_CODES: dict[Kind, str] = {
    "syntax": "HAL0001",
    "encoding": "HAL0003",
    "control": "HAL0004",
    "depth": "HAL0005",
    "size": "HAL0006",
    "alias-limit": "HAL0006",
    "tag": "HAL0007",
    "alias": "HAL0008",
    "merge": "HAL0008",
    "documents": "HAL0009",
    "duplicate-key": "HAL0010",
}

_CONFLICT = ("<<<<<<< ", "=======", ">>>>>>> ", "||||||| ")
_MERGE = "keep what is right and remove the lines that begin with <<<<<<<, ======= and >>>>>>>"
_TEMPLATE = (
    "render it before, or declare a placeholder (--set NAME=VALUE): halsync runs no Helm, Go or"
    " Jinja templates"
)


def check_files(documents: Documents) -> Iterator[Problem]:
    """What stands in the way of reading each file, and duplicate keys."""
    for path, file, kind in documents.files():
        if kind in ("yaml", "json"):
            yield from _parsed(documents, path)
        elif (
            documents.is_read(path)
            and (kind != "text" or _is_profile(path, documents))
            and not _is_text(file.content)
        ):
            yield _not_text(documents, path, file.content)


def check_links(documents: Documents) -> Iterator[Problem]:
    """Links to nowhere: Halyard lists everything below profiles and crashes at such a link."""
    for path in documents.tree.dangling:
        in_profiles = path.partition("/")[2].startswith("profiles/")
        yield documents.problem(
            "HAL0031",
            "the link leads to a file that does not exist"
            + (", at which Halyard crashes" if in_profiles else ""),
            file=path,
            severity="error" if in_profiles else "warning",
        )


def _parsed(documents: Documents, path: str) -> Iterator[Problem]:
    parsed = documents.parsed(path)
    read = documents.is_read(path)
    for issue in parsed.issues:
        message, hint = _told(issue, documents, path)
        yield documents.problem(
            "HAL0002" if issue.kind == "syntax" and kind_of(path) == "json" else _CODES[issue.kind],
            message,
            hint,
            file=path,
            mark=Mark(issue.line, issue.column),
            severity=_severity(issue, documents, path),
        )
    if len(parsed.documents) > 1 and read and not _is_profile(path, documents):
        mark = parsed.documents[1].locate(())
        message = f"{len(parsed.documents)} documents in one file, of which Halyard reads none"
        yield documents.problem("HAL0009", message, file=path, mark=mark)


def _severity(issue: Issue, documents: Documents, path: str) -> Severity:
    if issue.severity == "warning":
        return "error" if _is_for_spring(path, documents) else "warning"
    return "error" if documents.is_read(path) else "warning"


def _told(issue: Issue, documents: Documents, path: str) -> tuple[str, str]:
    """Message and remedy: the parser's, unless the line shows where the mistake comes from."""
    if issue.kind == "syntax":
        lines = documents.parsed(path).lines
        line = lines.line(issue.line) if lines else ""
        if line.startswith(_CONFLICT):
            return "a merge conflict was committed here", _MERGE
        if line.lstrip().startswith(("{{", "{%")):
            return f"{issue.message}; it looks like a line of a template", _TEMPLATE
    if issue.kind != "duplicate-key":
        return issue.message, issue.hint
    if _is_for_spring(path, documents):
        return issue.message, f"{issue.hint}; Spring Boot refuses to start with both"
    return issue.message, f"{issue.hint}; the last one wins"


def _is_profile(path: str, documents: Documents) -> bool:
    deployment, _, rest = path.partition("/")
    return deployment in documents.deployments and rest.startswith("profiles/")


def _is_for_spring(path: str, documents: Documents) -> bool:
    """Whether a service reads the file through Spring Boot, whose ``OriginTrackedYamlLoader``
    forbids the duplicate keys that Halyard allows."""
    direct = path.count("/") == 2 and not path.endswith("/images-local.yml")
    return direct and documents.is_read(path) and _is_profile(path, documents)


def _is_text(content: bytes) -> bool:
    if b"\0" in content:
        return False
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _not_text(documents: Documents, path: str, content: bytes) -> Problem:
    from halsync.formats.text import BadEncoding, Lines, decode

    try:
        text = decode(content)
    except BadEncoding as bad:
        mark = Mark(bad.line, bad.column)
        return documents.problem("HAL0003", bad.message, bad.hint, file=path, mark=mark)
    if "\0" in text:
        mark = Lines(text).mark(text.index("\0"))
        message = "a NUL character: binary data, which Halyard damages by copying it as text"
        return documents.problem("HAL0004", message, file=path, mark=mark)
    return documents.problem("HAL0003", "this is UTF-16, which is copied as UTF-8", file=path)
