"""Turning what the walk meets into problems: place, path, words."""

from __future__ import annotations

from halsync.model import Problem
from halsync.redact import is_secret_name, redact
from halsync.validate.schema import words
from halsync.validate.schema.codes import CODES
from halsync.validate.schema.coerce import RANGE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from halsync.formats.document import Document
    from halsync.formats.text import Mark
    from halsync.model import Severity
    from halsync.validate.schema.history import Span
    from halsync.validate.schema.tables import Class, Model


_PLAIN_MARKS = str.maketrans("_-/", "aaa")


class Findings:
    """The problems of one document. ``path`` is where the walk is; it moves it."""

    def __init__(self, document: Document, file: str, path: list[str | int] | None = None) -> None:
        self.path: list[str | int] = [] if path is None else path
        self.problems: list[Problem] = []
        self._document = document
        self._file = file
        self._seen: set[tuple[str, int, int, str]] = set()

    def add(
        self,
        code: str,
        message: str,
        hint: str = "",
        *,
        mark: Mark | None = None,
        path: list[str | int] | None = None,
        severity: Severity | None = None,
    ) -> None:
        """One problem; said once for what several aliases bring to several places."""
        known = CODES[code]
        line, column = mark or (0, 0)
        once = (code, line, column, message)
        if once in self._seen:
            return
        self._seen.add(once)
        where = path_text(self.path if path is None else path)
        self.problems.append(
            Problem(
                code,
                known.group,
                severity or known.severity,
                redact(message),
                redact(hint) or known.remedy,
                self._file,
                line,
                column,
                where,
            )
        )

    def at_key(self, code: str, message: str, hint: str = "", *, more: str | None = None) -> None:
        """At the key that ends the path, or at the key ``more`` of the object there."""
        path = self.path if more is None else [*self.path, more]
        self.add(code, message, hint, mark=self._document.locate_key(path), path=path)

    def at_value(
        self, code: str, message: str, hint: str = "", *, severity: Severity | None = None
    ) -> None:
        """At the value where the walk is."""
        mark = self._document.locate(self.path)
        self.add(code, message, hint, mark=mark, severity=severity)

    def _named(self) -> str:
        """The key that the value belongs to."""
        return next((part for part in reversed(self.path) if isinstance(part, str)), "")

    # What is refused

    def wrong_shape(self, value: Any, wanted: str) -> None:
        """A mapping, list or text where another of them must stand."""
        is_item = bool(self.path) and isinstance(self.path[-1], int)
        name = self._named()
        message, hint = words.wrong_shape(name, value, wanted, is_item=is_item)
        if isinstance(value, dict | list) and self.path:
            self.at_key("HAL0405", message, hint)
        else:
            self.at_value("HAL0405", message, hint)

    def not_converted(self, value: Any, kind: str, fault: str, constants: tuple[str, ...]) -> None:
        """A scalar that the field's type is not made of."""
        name = self._named()
        if isinstance(value, dict | list):
            self.wrong_shape(value, words.wanted(kind, constants))
            return
        code = {"b": "HAL0406", "i": "HAL0407", "l": "HAL0407", "#": "HAL0408"}.get(kind, "HAL0409")
        shown = "" if is_secret_name(name) else words.shown(value)
        message, hint = words.not_converted(
            name, value, shown, kind, constants, too_big=fault == RANGE
        )
        self.at_value(code, message, hint)

    def unknown(self, model: Model, keys: list[str], cls: Class) -> None:
        """Keys of one object that make Halyard refuse the file."""
        from halsync.validate.schema.strangers import explain_all

        for key, message, hint in explain_all(model, self._document.value, self.path, keys, cls):
            self.at_key("HAL0401", message, hint, more=key)

    def unused(self, model: Model, key: str, cls: Class) -> None:
        """A key that service-settings may have and nobody reads."""
        from halsync.validate.schema.strangers import explain

        meant = explain(model, self._document.value, self.path, key, cls)
        message = f"Halyard ignores '{words.cut(key)}' here: no such setting exists"
        self.at_key("HAL0403", message, meant.hint, more=key)

    def ignored(self, key: str, span: Span | None, release: int | None) -> None:
        """A key that Halyard drops; ``span``: the releases that gave it a meaning."""
        message, hint = words.ignored(key, span, release)
        self.at_key("HAL0403", message, hint, more=key)

    def dropped(self, model: Model, key: str, release: int | None) -> None:
        """A key that the class itself says Halyard drops."""
        from halsync.validate.schema.strangers import span_of

        self.ignored(key, span_of(model, self._document.value, self.path, key), release)

    def other_release(self, key: str, span: Span, release: int) -> None:
        """A key that only other releases know."""
        message, hint = words.other_release(f"the key '{words.cut(key)}'", span, release)
        self.at_key("HAL0402", message, hint, more=key)

    def unknown_selection(self, cls: Class, name: Any) -> None:
        """An object whose key says which class it is, and says it wrong or not at all."""
        message, hint = words.no_selection(cls.select, name, tuple(cls.selected))
        if name is None:
            self.at_value("HAL0410", message, hint)
        else:
            self.path.append(cls.select)
            self.at_value("HAL0410", message, hint)
            self.path.pop()

    def is_null_key(self, key: str) -> bool:
        """Whether this key of the object at ``path`` is null rather than the word."""
        mark = self._document.locate_key([*self.path, key])
        return (mark, "null") in self._document.odd_keys_marks()

    def no_constant_key(self, key: str, constants: tuple[str, ...]) -> None:
        """A key of a map whose keys are constants."""
        message, hint = words.no_constant(key, constants, what="the key")
        self.at_key("HAL0408", message, hint, more=key)

    def unknown_null(self, key: str, cls: Class) -> None:
        """An unknown key that is dropped because it has no value."""
        self.at_key("HAL0404", *words.unknown_null(key, list(cls.fields)), more=key)

    def value_of_other_release(self, what: str, span: Span, release: int, *, at_key: bool) -> None:
        """A value, or a key that is one, which only other releases know."""
        report = self.at_key if at_key else self.at_value
        report("HAL0415", *words.other_release(what, span, release))

    def null_container(self, key: str) -> None:
        """A list or map that is null where nulls are kept."""
        self.at_key("HAL0414", *words.null_container(key), more=key)

    def null_item(self, *, refused: bool, objects: bool) -> None:
        """A list item without a value."""
        message = words.null_item(refused=refused, objects=objects)
        self.at_value("HAL0413", message, severity="error" if refused or objects else "warning")

    # What is accepted and surprises

    def text_for_settings(self) -> None:
        """A file of service-settings that is one text."""
        self.at_value(*words.text_for_settings())

    def scalar_for_object(self) -> None:
        """A boolean for an object."""
        self.at_value(*words.scalar_for_object())

    def changed_text(self, value: Any, *, secret: bool) -> None:
        """A number, boolean or date in a string field, if the text that Halyard keeps differs."""
        written = self.written()
        secret = secret or is_secret_name(self._named())
        found = words.changed_text(value, written, secret=secret)
        if found:
            self.at_value(*found)

    def odd_value(self, value: Any, kind: str, constants: tuple[str, ...]) -> None:
        """A value that is converted into something one may not expect."""
        written = self.written() if isinstance(value, int | float) else ""
        found = words.odd_value(value, written, kind, constants)
        if found:
            self.at_value(*found)

    def written(self) -> str:
        """A plain scalar as it stands in the text; empty if it is quoted or an alias."""
        text = self._document.text_at(self.path)
        while text[:1] in ("&", "!"):
            text = text.partition(" ")[2].lstrip()
        if text[:1] in ('"', "'", "*", "|", ">"):
            return ""
        # Numbers and booleans hold no blanks.
        for end in (" ", "\t", ",", "]", "}"):
            text = text.partition(end)[0]
        return text

    def is_tagged(self, tag: str) -> bool:
        """Whether the scalar has this explicit standard tag."""
        text = self._document.text_at(self.path)
        if text.startswith("&"):
            text = text.partition(" ")[2].lstrip()
        return text.startswith((f"!!{tag}", f"!<tag:yaml.org,2002:{tag}>"))


def path_text(path: list[str | int]) -> str:
    """``deploymentConfigurations[0].providers``; unusual keys as ``["a.b"]``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part.translate(_PLAIN_MARKS).isalnum() and part.isascii():
            text += f".{part}" if text else part
        else:
            quoted = words.cut(part).replace("\\", "\\\\").replace('"', '\\"')
            text += f'["{quoted}"]'
    return text
