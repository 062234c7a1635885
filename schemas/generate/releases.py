"""What the history says of a class's key, over all the places where the class stands."""

from __future__ import annotations

from typing import Any

from schemas.generate.facts import Type, read, type_of


class Releases:
    """Sentences on since when (and until when) a key is known."""

    def __init__(self, name: str) -> None:
        self._facts = read(name)
        history = read("history")
        self._releases: list[str] = history["releases"]
        self._fields = (
            history[{"halconfig": "fields", "service-settings": "settings"}.get(name, "")]
            if name in ("halconfig", "service-settings")
            else {}
        )
        self._ignored = history["ignored"] if name == "halconfig" else {}
        self._paths: dict[str, set[str]] = {}
        if self._fields:
            self._walk(self._facts["root"], "")

    def since(self, cls: str, field: str) -> str:
        """``Since Halyard 1.44.0.``; empty where a place has known it always or they differ."""
        spans = {tuple(map(str, self._fields.get(path, ()))) for path in self._keys(cls, field)}
        if len(spans) != 1:
            return ""
        span = spans.pop()
        return f"Since Halyard {span[0]}." if span and span[0] != "None" else ""

    def ignored(self, cls: str, key: str) -> str:
        """What the key was before Halyard dropped it."""
        untils = {
            self._fields[path][1]
            for path in self._keys(cls, key)
            if len(self._fields.get(path, ())) > 1
        }
        if len(untils) != 1:
            return ""
        return f"Halyard ignores this key; it had a meaning until {untils.pop()}."

    def _keys(self, cls: str, field: str) -> list[str]:
        return [f"{path}.{field}" if path else field for path in sorted(self._paths.get(cls, ()))]

    def _walk(self, cls: str, path: str) -> None:
        self._paths.setdefault(cls, set()).add(path)
        for field, facts in self._facts["classes"][cls]["fields"].items():
            self._step(type_of(facts), f"{path}.{field}" if path else field)

    def _step(self, kind: Type, path: str) -> None:
        if kind.kind == "list" and kind.item:
            self._step(kind.item, path + "[]")
        elif kind.kind == "map" and kind.item:
            self._step(kind.item, path + "{}")
        elif kind.kind == "object":
            selects: dict[str, Any] = self._facts["classes"][kind.name].get("selects", {})
            if selects:
                for name, cls in selects["classes"].items():
                    self._walk(cls, f"{path.removesuffix('[]')}[{selects['key']}={name}]")
            else:
                self._walk(kind.name, path)
