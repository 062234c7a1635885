"""Does a file hold what Halyard reads? Decided as Halyard's own parser decides."""

from halsync.validate.schema.check import KINDS, SchemaKind, check_schema

__all__ = ["KINDS", "SchemaKind", "check_schema"]
