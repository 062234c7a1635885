"""The schema check of one document: the entry point of this package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from halsync.model import Problem, problem_order
from halsync.validate.schema.codes import CODES

if TYPE_CHECKING:
    from halsync.formats.document import Document
    from halsync.validate.schema.findings import Findings

SchemaKind = Literal["halconfig", "service-settings", "bom", "versions", "halyard"]
KINDS: tuple[SchemaKind, ...] = get_args(SchemaKind)


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
    from halsync.validate.schema.findings import Findings

    release = None
    if halyard_version:
        from halsync.validate.schema.history import history

        release = history().number(halyard_version)
        if release == len(history().releases) - 1:
            release = None
    if document is None or document.value is None:
        return _empty(kind, document, file)
    found = Findings(document, file)
    if kind == "halyard":
        from halsync.validate.schema.daemon import check_daemon

        check_daemon(document, found)
    else:
        _walk(kind, document, found, release)
    return sorted(found.problems, key=problem_order)


def _walk(kind: SchemaKind, document: Document, found: Findings, release: int | None) -> None:
    from halsync.validate.schema.tables import model
    from halsync.validate.schema.walk import Walk

    lenient = kind != "halconfig"
    walk = Walk(
        document,
        model(kind),
        found,
        lenient=lenient,
        release=release if kind in ("halconfig", "service-settings") else None,
    )
    walk.run()
    if document.odd_keys:
        from halsync.validate.schema.keys import check_keys

        check_keys(document, found, lenient=lenient)
    if kind == "bom" and isinstance(document.value, dict):
        for part in ("services", "dependencies"):
            if document.value.get(part) is None:
                message = f"a bill of materials without '{part}' makes Halyard crash"
                found.at_value("HAL0431", message, f"add {part}:, even if it is only {{}}")


def _empty(kind: SchemaKind, document: Document | None, file: str) -> list[Problem]:
    """A file without content: Halyard takes a halconfig's defaults, and crashes on the others."""
    if kind in ("halconfig", "halyard"):
        return []
    code = CODES["HAL0416"]
    line, column = document.locate(()) if document else (0, 0)
    message = "the file holds no value, at which Halyard crashes; only a file of no bytes is fine"
    if kind == "service-settings":
        message = "the file holds no value, which makes the deployment crash"
    return [Problem("HAL0416", code.group, code.severity, message, code.remedy, file, line, column)]
