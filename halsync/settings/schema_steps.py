"""The JSON schema of the steps below ``render``. Not needed at run time."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string", "minLength": 1}
_FLAG: Schema = {"type": "boolean"}

PATTERNS: Schema = {
    "description": "Paths or patterns: * and ? within one part of a path, ** across parts.",
    "oneOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}],
}


def _entry(required: list[str], **properties: Schema) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": required,
    }


_KINDS: dict[str, Schema] = {
    "merge": {"type": "object", "minProperties": 1},
    "mergePatch": {"type": "object", "minProperties": 1},
    "jsonPatch": {
        "type": "array",
        "minItems": 1,
        "items": {"type": "object", "required": ["op", "path"]},
    },
    "replace": _entry(
        ["text", "with"],
        text=_TEXT,
        count={"type": "integer", "minimum": 1},
        **{"with": {"type": "string"}},
    ),
}

STEPS: dict[str, Schema] = {
    "variants": {
        "oneOf": [_TEXT, _entry(["name"], name=_TEXT, files=PATTERNS, optional=_FLAG)],
    },
    "overlays": {"oneOf": [_TEXT, _entry(["path"], path=_TEXT, optional=_FLAG)]},
    "files": {
        "oneOf": [
            _entry(["move", "to"], move=_TEXT, to=_TEXT, optional=_FLAG, override=_FLAG),
            _entry(["copy", "to"], copy=_TEXT, to=_TEXT, optional=_FLAG, override=_FLAG),
            _entry(["remove"], remove=_TEXT, optional=_FLAG),
            _entry(
                ["write", "content"],
                write=_TEXT,
                content={"type": "string"},
                optional=_FLAG,
                override=_FLAG,
            ),
            _entry(["append", "content"], append=_TEXT, content={"type": "string"}, optional=_FLAG),
        ]
    },
    "patches": {
        "oneOf": [
            _entry(
                ["file", kind], **{"file": _TEXT, "optional": _FLAG, "override": _FLAG, kind: value}
            )
            for kind, value in _KINDS.items()
        ]
    },
}
"""By the key below ``render``: what one entry may be."""
