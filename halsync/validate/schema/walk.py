"""One pass over a parsed file along Halyard's classes.

Pure Python on purpose: on a file of ordinary size this takes less than importing a validator
takes, on a large one far less than parsing it, and it decides as Jackson does instead of
approximating (numbers: docs/schemas.md). The JSON schemas say the same to editors.
"""

from __future__ import annotations

from halsync.validate.schema import coerce
from halsync.validate.schema.coerce import OK, Binary, Millis
from halsync.validate.schema.tables import DROPPED, SPAN, TEXTS, VALUES, Class, Model, Spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from halsync.formats.document import Document
    from halsync.model import Problem
    from halsync.validate.schema.findings import Findings
    from halsync.validate.schema.history import Span
    from halsync.validate.schema.tables import Node

_BOOLEAN_WORDS = frozenset({"true", "false", "True", "False", "TRUE", "FALSE"})
_ENDS = frozenset({"", " ", "\t", ",", "]", "}"})


class Walk:
    """Checks one document; ``found`` takes what is wrong."""

    def __init__(
        self,
        document: Document,
        model: Model,
        file: str,
        *,
        lenient: bool = False,
        release: int | None = None,
    ) -> None:
        """``lenient``: unknown keys are dropped and nulls kept, as in service-settings.

        ``release`` is a number of :class:`history.History`; None for the newest.
        """
        self.model = model
        self.lenient = lenient
        self.release = release
        self._document = document
        self._file = file
        self._path: list[str | int] = []
        self._dates = bool(document.timestamps)
        self._binary = "binary" in document.text
        self._null_keys = "null" in document.odd_keys.values()
        self._found: Findings | None = None

    @property
    def found(self) -> Findings:
        """Made when something is found: a file without a problem needs no words for it."""
        if self._found is None:
            from halsync.validate.schema.findings import Findings

            self._found = Findings(self._document, self._file, self._path)
        return self._found

    @property
    def problems(self) -> list[Problem]:
        """What was found so far."""
        return self._found.problems if self._found else []

    def run(self) -> None:
        """Walk from the root."""
        known: Node = {}
        if self.release is not None:
            from halsync.validate.schema.history import history

            known = history().settings if self.lenient else history().keys
        if self._document.value is not None:
            self._value(self._document.value, Spec("@", self.model.root), known)

    def _object(self, value: dict[str, Any], cls: Class, known: Node) -> None:
        fields, dates, lenient = cls.fields, self._dates, self.lenient
        path = self._path
        unknown: list[str] = []
        for key, item in value.items():
            spec = fields.get(key)
            if spec is None:
                if self._is_unknown(key, item, cls, known):
                    unknown.append(key)
                continue
            below = known.get(key) if known else None
            if below and not self._in_release(key, item, below):
                continue
            kind = type(item)
            if kind in spec.plain and not (dates and kind is str):
                continue
            if item is None:
                if lenient and spec.kind in "[{" and path:
                    self.found.null_container(key)
                continue
            path.append(key)
            self._value(item, spec, below or {})
            path.pop()
        if unknown:
            self.found.unknown(self.model, unknown, cls)
        if cls.crash and (value.get("accounts") or cls.crash == "clusters"):
            from halsync.validate.schema.crashes import check_crash

            check_crash(cls.crash, value, self._path, self._scalar, lambda: self.found)

    def _value(self, value: Any, spec: Spec, known: Node) -> None:
        kind = spec.kind
        if kind == "@":
            self._one(value, spec, known)
        elif kind == "[":
            self._list(value, spec, known)
        elif kind == "{":
            self._map(value, spec, known)
        elif kind in TEXTS:
            self._text(value, spec)
        elif kind != "a":
            self._converted(value, spec, known)

    def _one(self, value: Any, spec: Spec, known: Node) -> None:
        cls = self.model.cls(spec.name)
        if isinstance(value, dict):
            if cls.select:
                name = value.get(cls.select)
                chosen = cls.selected.get(name) if isinstance(name, str) else None
                if chosen is None:
                    self.found.unknown_selection(cls, name)
                    return
                spans = known.get("[]", {}).get(cls.select, {}).get(VALUES, {})
                if self._too_new(spans.get(name)):
                    self._path.append(cls.select)
                    self._other_release(f"'{name}'", spans[name])
                    self._path.pop()
                    return
                known = known.get(f"[{cls.select}={name}]", {})
                cls = self.model.cls(chosen)
            elif self._path and isinstance(self._path[-1], int):
                known = known.get("[]", {})
            self._object(value, cls, known)
        elif cls.scalar == "s" and isinstance(self._scalar(value), str):
            self.found.text_for_settings()
        elif cls.scalar == "b" and coerce.is_boolean_word(self._scalar(value)):
            self.found.scalar_for_object()
        else:
            self.found.wrong_shape(value, "a mapping")

    def _list(self, value: Any, spec: Spec, known: Node) -> None:
        item_spec = spec.item
        if not isinstance(value, list) or item_spec is None:
            self.found.wrong_shape(value, "a list")
            return
        path, plain, dates = self._path, item_spec.plain, self._dates
        objects = item_spec.kind == "@"
        inner = known if objects or not known else known.get("[]", {})
        for index, item in enumerate(value):
            kind = type(item)
            if kind in plain and not (dates and kind is str):
                continue
            path.append(index)
            if item is None:
                self.found.null_item(refused=spec.bare, objects=objects)
            else:
                self._value(item, item_spec, inner)
            path.pop()

    def _map(self, value: Any, spec: Spec, known: Node) -> None:
        item_spec = spec.item
        if not isinstance(value, dict) or item_spec is None:
            self.found.wrong_shape(value, "a mapping")
            return
        path, plain, dates = self._path, item_spec.plain, self._dates
        constants = self.model.enums[spec.keys] if spec.keys else ()
        spans = known.get("{key}", {}).get(VALUES, {}) if known else {}
        inner = known.get("{}", {}) if known else {}
        for key, item in value.items():
            if constants and not self._map_key(key, item, constants, spans):
                continue
            kind = type(item)
            if item is None or (kind in plain and not (dates and kind is str)):
                continue
            path.append(key)
            self._value(item, item_spec, inner)
            path.pop()

    def _map_key(
        self, key: str, item: Any, constants: tuple[str, ...], spans: dict[str, Span]
    ) -> bool:
        if (item is None and not self.lenient) or self._is_null_key(key):
            return True
        if key not in constants:
            self.found.no_constant_key(key, constants)
            return False
        if self._too_new(spans.get(key)):
            self._path.append(key)
            self._other_release(f"'{key}'", spans[key], at_key=True)
            self._path.pop()
            return False
        return True

    def _text(self, value: Any, spec: Spec) -> None:
        value = self._scalar(value)
        if coerce.to_string(value) is not OK:
            self.found.wrong_shape(value, "text")
        elif not isinstance(value, str):
            self.found.changed_text(value, secret=spec.kind == "S")

    def _converted(self, value: Any, spec: Spec, known: Node) -> None:
        value = self._scalar(value)
        kind = spec.kind
        constants: tuple[str, ...] = ()
        if kind == "b":
            fault = coerce.to_bool(value)
        elif kind in "il":
            fault = coerce.to_int(value, coerce.INT if kind == "i" else coerce.LONG)
        elif kind == "u":
            fault = coerce.to_uri(value)
        elif kind == "U":
            fault = coerce.to_url(value)
        else:
            constants = self.model.enums[spec.name]
            any_case = spec.name in self.model.any_case
            fault = (coerce.to_any_case if any_case else coerce.to_enum)(value, constants)
        if fault is not OK:
            self.found.not_converted(value, kind, fault, constants)
            return
        if constants and known:
            spans = known.get(VALUES, {})
            if isinstance(value, str) and self._too_new(spans.get(value.strip())):
                self._other_release(f"'{value.strip()}'", spans[value.strip()])
                return
        if not self._is_usual(value, kind, constants):
            self.found.odd_value(value, kind, constants)

    def _is_usual(self, value: Any, kind: str, constants: tuple[str, ...]) -> bool:
        """Whether an accepted value surely means what it looks like."""
        if kind == "b":
            return type(value) is bool or value in _BOOLEAN_WORDS
        if kind == "#":
            return value in constants
        if type(value) is int and kind in "il":
            written, text = str(value), self._document.text_at(self._path)
            end = len(written)
            return text.startswith(written) and text[end : end + 1] in _ENDS
        return kind in "uU"

    def _is_null_key(self, key: str) -> bool:
        return self._null_keys and key == "null" and self.found.is_null_key(key)

    def _scalar(self, value: Any) -> Any:
        """A string that YAML takes for a date or for bytes, as what Jackson sees."""
        if isinstance(value, str):
            if self._dates and value[:4].isdigit() and self._document.is_timestamp(self._path):
                from halsync.validate.schema.dates import millis

                return Millis(millis(value))
            if self._binary and self.found.is_tagged("binary"):
                return Binary(value)
        return value

    def _in_release(self, key: str, item: Any, below: Node) -> bool:
        """Whether the target release knows a key that the newest one knows."""
        span: Span | None = below.get(SPAN)
        if span is None or self.release is None or span.holds(self.release) or item is None:
            return True
        dropped: Span | None = below.get(DROPPED)
        if self.lenient or (dropped and dropped.holds(self.release)):
            self.found.ignored(key, span, self.release)
        else:
            self.found.other_release(key, span, self.release)
        return False

    def _is_unknown(self, key: str, item: Any, cls: Class, known: Node) -> bool:
        """Whether a key that the class does not have is one to refuse without more to say."""
        if self._is_null_key(key):
            return False
        below: Node = known.get(key, {})
        span: Span | None = below.get(SPAN)
        dropped: Span | None = below.get(DROPPED)
        release = self.release
        if release is not None and span is not None and span.holds(release):
            # The classes of keys that are gone since are not among the facts.
            return False
        if key in cls.ignored and (
            release is None or dropped is None or dropped.holds(release) or item is None
        ):
            self.found.dropped(self.model, key, release)
        elif self.lenient:
            self.found.unused(self.model, key, cls)
        elif item is None:
            self.found.unknown_null(key, cls)
        elif release is not None and span is not None:
            self.found.other_release(key, span, release)
        else:
            return True
        return False

    def _too_new(self, span: Span | None) -> bool:
        return span is not None and self.release is not None and not span.holds(self.release)

    def _other_release(self, what: str, span: Span, *, at_key: bool = False) -> None:
        if self.release is not None:
            self.found.value_of_other_release(what, span, self.release, at_key=at_key)
