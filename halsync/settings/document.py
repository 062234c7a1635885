"""The one YAML document of ``halsync.yaml``, or every reason why it is none."""

from __future__ import annotations

from halsync.formats.yaml import parse
from halsync.settings.mistakes import Mistake

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.formats.document import Document


def open_document(data: bytes, file: str, mistakes: list[Mistake]) -> Document | None:
    """Parse; None if the text is empty or, with the reasons recorded, cannot be understood.

    What is a mere warning in Halyard's files (a key given twice) is a mistake here: nobody else
    writes this file, and nothing in it should be ignored.
    """
    parsed = parse(data)
    for issue in parsed.issues:
        where = f"{file}:{issue.line}:{issue.column}" if issue.line else file
        mistakes.append(Mistake(where, issue.message, issue.hint))
    if parsed.failed:
        return None
    if len(parsed.documents) > 1:
        line, column = parsed.documents[1].locate(())
        mistakes.append(
            Mistake(f"{file}:{line}:{column}", "a second document begins here", "keep only one")
        )
        return None
    return parsed.documents[0] if parsed.documents else None
