"""The problem codes of the schema check, HAL04xx, in one table."""

from __future__ import annotations

from halsync.validate.codes import Code

_NEWER = "use a Halyard that knows it, or remove it"
_QUOTE = "quote it to keep the text as it stands"

CODES: dict[str, Code] = {
    "HAL0401": Code("unknown key", "error", "correct or remove the key", "schema"),
    "HAL0402": Code("key of another Halyard release", "error", _NEWER, "schema"),
    "HAL0403": Code("key that Halyard ignores", "warning", "remove the key", "schema"),
    "HAL0404": Code("unknown key without a value", "warning", "remove the key", "schema"),
    "HAL0405": Code("wrong kind of value", "error", "give it the shape shown", "schema"),
    "HAL0406": Code("not a boolean", "error", "write true or false", "schema"),
    "HAL0407": Code("not a number that fits", "error", "write a whole number", "schema"),
    "HAL0408": Code("not one of the allowed values", "error", "write one of them", "schema"),
    "HAL0409": Code("not a URL", "error", "write it like https://host/path", "schema"),
    "HAL0410": Code("integration without a known name", "error", "name one of them", "schema"),
    "HAL0411": Code("crash while Halyard links the file", "error", "add what is missing", "schema"),
    "HAL0412": Code("key that is null", "error", "write the key, or quote it", "schema"),
    "HAL0413": Code("empty list item", "error", "fill the item, or remove its dash", "schema"),
    "HAL0414": Code("null where Halyard needs a value", "error", "remove the key", "schema"),
    "HAL0415": Code("value of another Halyard release", "error", _NEWER, "schema"),
    "HAL0416": Code("empty file", "error", "remove the file, or write {}", "schema"),
    "HAL0420": Code("number that changes as text", "warning", _QUOTE, "schema"),
    "HAL0421": Code("date that becomes a number", "warning", _QUOTE, "schema"),
    "HAL0422": Code("word that becomes true or false", "warning", _QUOTE, "schema"),
    "HAL0423": Code("value that is read as another", "warning", "write what is meant", "schema"),
    "HAL0430": Code("setting without effect", "warning", "remove it", "schema"),
    "HAL0431": Code("incomplete bill of materials", "error", "add the missing part", "schema"),
}
"""Code → meaning. A code is never reused for something else."""
