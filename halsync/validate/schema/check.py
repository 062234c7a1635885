"""The schema check of one document: the entry point of this package."""

from __future__ import annotations

from halsync.model import Problem, problem_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from halsync.formats.document import Document

    SchemaKind = Literal["halconfig", "service-settings", "bom", "versions", "halyard"]
else:  # the names that others import
    SchemaKind = str

KINDS: tuple[SchemaKind, ...] = ("halconfig", "service-settings", "bom", "versions", "halyard")


def check_schema(
    kind: SchemaKind, document: Document | None, *, halyard_version: str = "", file: str = ""
) -> list[Problem]:
    """Where ``document`` differs from what Halyard reads, sorted by place.

    Errors are what makes Halyard refuse the file or crash on it; warnings are what it accepts
    and a person may not expect. ``document`` is None for a text without any, such as one of
    only comments. ``halyard_version`` is the target (``1.44.0``), empty for the newest release
    known; it matters for ``halconfig`` and ``service-settings``. ``file`` goes into the problems.

    Raises:
        ConfigError: ``halyard_version`` is no version.
    """
    release = None
    if halyard_version:
        from halsync.validate.schema.history import history

        release = history().number(halyard_version)
        if release == len(history().releases) - 1:
            release = None
    if document is None or document.value is None:
        found = _empty(kind, document, file)
    elif kind == "halyard":
        found = _daemon(document, file)
    else:
        found = _classes(kind, document, file, release)
    return sorted(found, key=problem_order)


def _daemon(document: Document, file: str) -> list[Problem]:
    from halsync.validate.schema.daemon import check_daemon
    from halsync.validate.schema.findings import Findings

    found = Findings(document, file)
    check_daemon(document, found)
    return found.problems


def _classes(kind: SchemaKind, document: Document, file: str, release: int | None) -> list[Problem]:
    from halsync.validate.schema.tables import model
    from halsync.validate.schema.walk import Walk

    lenient = kind != "halconfig"
    has_history = kind in ("halconfig", "service-settings")
    walk = Walk(
        document, model(kind), file, lenient=lenient, release=release if has_history else None
    )
    walk.run()
    if document.odd_keys:
        from halsync.validate.schema.keys import check_keys

        check_keys(document, walk.found, lenient=lenient)
    if kind == "bom" and isinstance(document.value, dict):
        for part in ("services", "dependencies"):
            if document.value.get(part) is None:
                message = f"a bill of materials without '{part}' makes Halyard crash"
                hint = f"add {part}:, even if it is only {{}}"
                walk.found.at_value("HAL0431", message, hint)
    return walk.problems


def _empty(kind: SchemaKind, document: Document | None, file: str) -> list[Problem]:
    """A file without content: Halyard takes a halconfig's defaults, and crashes on the others."""
    if kind in ("halconfig", "halyard"):
        return []
    from halsync.validate.schema.codes import CODES

    code = CODES["HAL0416"]
    line, column = document.locate(()) if document else (0, 0)
    message = "the file holds no value, at which Halyard crashes; only a file of no bytes is fine"
    if kind == "service-settings":
        message = "the file holds no value, which makes the deployment crash"
    return [Problem("HAL0416", code.group, code.severity, message, code.remedy, file, line, column)]
