"""Which files have a schema, and the check of each against what Halyard reads."""

from __future__ import annotations

from halsync.halyard import CONFIG, DAEMON_FILES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from halsync.model import Problem
    from halsync.validate.documents import Documents
    from halsync.validate.schema import SchemaKind


def schema_kind(path: str, documents: Documents) -> SchemaKind | None:
    """The schema that the file at ``path`` has to fit; None if its content is open or unread."""
    if path == CONFIG:
        return "halconfig"
    if path in DAEMON_FILES:
        return "halyard"
    top, _, rest = path.partition("/")
    directory, _, name = rest.partition("/")
    if top == ".boms":
        in_bom = directory == "bom" and name.endswith(".yml") and "/" not in name
        return "bom" if in_bom else "versions" if rest == "versions.yml" else None
    if directory == "service-settings" and documents.is_read(path):
        return "service-settings"
    return None


def check_shapes(documents: Documents, halyard_version: str = "") -> Iterator[Problem]:
    """What Halyard would refuse, crash on or misread, in every file whose shape it knows.

    Raises:
        ConfigError: ``halyard_version`` is no version.
    """
    from halsync.validate.schema import check_schema

    for path, file, _ in documents.files():
        kind = schema_kind(path, documents)
        if kind is None or not file.content:
            continue
        parsed = documents.parsed(path)
        if parsed.failed or len(parsed.documents) > 1:
            continue
        document = parsed.documents[0] if parsed.documents else None
        for problem in check_schema(kind, document, halyard_version=halyard_version, file=path):
            yield problem._replace(excerpt=parsed.lines.line(problem.line), origin=file.origin)
