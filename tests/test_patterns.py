"""Patterns are compiled late, so a mistake in one would show late: here they are all compiled."""

from __future__ import annotations

import pkgutil
import re
from importlib import import_module

import pytest

import halsync
from halsync.patterns import Pattern

PACKAGES = (
    module.name
    for module in pkgutil.walk_packages(halsync.__path__, "halsync.")
    if not module.name.endswith("__main__")
)


def test_every_pattern_of_the_package_compiles() -> None:
    found = {
        (name, key): value
        for name in PACKAGES
        for key, value in vars(import_module(name)).items()
        if isinstance(value, Pattern)  # type: ignore[arg-type]
    }
    assert len(found) > 60
    for value in found.values():
        value.search(b"" if isinstance(value.pattern, bytes) else "")


def test_it_finds_what_re_finds() -> None:
    ours, theirs = (made(r"(?P<n>\d)|x", re.IGNORECASE) for made in (Pattern, re.compile))
    text = "a1X2"
    assert ours.pattern == theirs.pattern
    assert ours.findall(text) == theirs.findall(text)
    assert [each.span() for each in ours.finditer(text)] == [(1, 2), (2, 3), (3, 4)]
    assert ours.sub("-", text) == theirs.sub("-", text) == "a---"
    assert ours.split(text) == theirs.split(text)
    for method in ("match", "fullmatch", "search"):
        assert str(getattr(ours, method)("x")) == str(getattr(theirs, method)("x"))
    assert ours.groupindex == theirs.groupindex


def test_it_is_compiled_at_the_first_use_and_only_then(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    real = re.compile

    def noted(text: str, flags: int = 0) -> re.Pattern[str]:
        compiled.append(text)
        return real(text, flags)

    monkeypatch.setattr(re, "compile", noted)
    late = Pattern("q+")
    assert not compiled
    assert late.search("aqq")
    assert late.fullmatch("qq")
    assert compiled == ["q+"]


def test_a_mistake_shows_at_the_first_use() -> None:
    with pytest.raises(re.error, match="unterminated"):
        Pattern("(").search("")
