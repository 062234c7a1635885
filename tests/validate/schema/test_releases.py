"""Target releases: what an older Halyard knows, drops and refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from halsync.errors import ConfigError
from halsync.validate.schema.history import history
from halsync.validate.schema.strangers import trail
from halsync.validate.schema.tables import model

from ...formats.shared import SHARED, needs_shared
from .checking import codes, only, problems, wrap, wrappers


@pytest.mark.parametrize(
    ("version", "release"),
    [
        ("1.44.0", "1.44.0"), ("1.44", "1.44.1"), ("v1.44.0-opsmx", "1.44.0"), ("1.42.5", "1.42.1"),
        ("9.9.9", "1.70.0"), ("0.1.0", "1.0.0"), ("1.9", "1.9.1"), (" 1.70.0 ", "1.70.0"),
    ],
)  # fmt: skip
def test_versions(version: str, release: str) -> None:
    assert history().releases[history().number(version)] == release


@pytest.mark.parametrize("version", ["newest", "1", "1.2.3.4", "1.44.x", ""])
def test_no_versions(version: str) -> None:
    with pytest.raises(ConfigError) as caught:
        history().number(version)
    assert "1.70.0" in caught.value.hint


def config(inside: str) -> str:
    """A halconfig with one deployment."""
    return f"deploymentConfigurations:\n- name: a\n  {inside}\n"


def test_a_key_that_is_too_new() -> None:
    text = config("providers: {cloudrun: {enabled: true}}")
    assert not problems(text)
    assert not problems(text, version="1.66.0")
    problem = only(text, version="1.65.0")
    assert (problem.code, problem.severity, problem.line) == ("HAL0402", "error", 3)
    assert problem.message == "Halyard 1.65.0 does not know the key 'cloudrun': known since 1.66.0"
    assert problem.hint == "remove it, or run Halyard 1.66.0 or newer"


def test_a_key_that_is_gone() -> None:
    text = config("providers: {cloudfoundry: {accounts: [{name: a, metricsURI: 'http://x'}]}}")
    assert not problems(text, version="1.17.0")
    assert only(text, version="1.19.0").code == "HAL0402"
    newest = only(text)
    assert newest.code == "HAL0401"
    assert newest.message == "Halyard refuses the key 'metricsURI': known from 1.16.0 to 1.18.0"


@pytest.mark.parametrize(
    ("version", "expected"),
    [("1.22.2", ["HAL0402"]), ("1.23.0", []), ("1.31.1", []), ("1.32.0", ["HAL0402"]),
     ("1.33.0", ["HAL0403"]), ("", ["HAL0403"])],
)  # fmt: skip
def test_a_key_known_then_refused_then_ignored(version: str, expected: list[str]) -> None:
    assert codes(config("plugins: {enabled: true}"), version=version) == expected


@pytest.mark.parametrize(
    ("version", "expected"), [("1.29.0", []), ("1.30.0", ["HAL0403"]), ("1.31.1", [])]
)
def test_a_gap_in_which_the_key_is_ignored(version: str, expected: list[str]) -> None:
    text = config("features: {managedPipelineTemplatesV2UI: true}")
    assert codes(text, version=version) == expected


def test_values() -> None:
    text = config("deploymentEnvironment: {imageVariant: JAVA11}")
    problem = only(text, version="1.61.0")
    assert (problem.code, problem.severity) == ("HAL0415", "error")
    assert problem.message == "Halyard 1.61.0 does not know 'JAVA11': known since 1.62.0"
    assert not problems(text, version="1.62.0")


def test_integrations_and_permissions() -> None:
    text = config("canary: {serviceIntegrations: [{name: newrelic, accounts: []}]}")
    assert codes(text, version="1.23.2") == ["HAL0415"]
    assert not problems(text, version="1.24.0")
    text = config("providers: {aws: {accounts: [{name: a, permissions: {CREATE: []}}]}}")
    assert codes(text, version="1.30.0") == ["HAL0415"]
    assert not problems(text, version="1.31.0")


def test_service_settings_drop_what_they_do_not_know() -> None:
    text = "kubernetes: {podLabels: {a: b}, volumes: [{type: persistentVolumeClaim}]}"
    assert not problems(text, "service-settings")
    found = problems(text, "service-settings", "1.20.1")
    assert [(problem.code, problem.severity) for problem in found] == [
        ("HAL0403", "warning"),
        ("HAL0415", "error"),
    ]


@needs_shared
def test_every_path_of_the_reference() -> None:
    """Each key of the newest release, at the releases around each of its changes."""
    reference = json.loads((SHARED / "halyard/field-history.json").read_text(encoding="utf-8"))
    releases: list[str] = reference["releases"]
    facts, checked = model("halconfig"), 0

    def known(entry: dict[str, Any] | None, release: int) -> bool:
        if entry is None:
            return False
        since = releases.index(entry["since"]) if entry["since"] else 0
        until = releases.index(entry["until"]) if entry["until"] else len(releases)
        gaps = [tuple(map(releases.index, gap)) for gap in entry.get("gaps", ())]
        return since <= release <= until and not any(a <= release <= b for a, b in gaps)

    for cls, path in wrappers("halconfig").items():
        for field in [*facts.cls(cls).fields, *sorted(facts.cls(cls).ignored)]:
            text = wrap(path, {field: {}})
            value = json.loads(text)
            place: list[str | int] = []
            node = value
            for part in path:
                if not isinstance(part, tuple):
                    place.append(0 if part == "[]" else "gate" if part == "{}" else part)
                    node = node[place[-1]]
            tokens, _ = trail(
                facts, value, [*place, field] if field in facts.cls(cls).fields else place
            )
            tokens = tokens if field in facts.cls(cls).fields else [*tokens, field]
            name = "".join(f".{token}" if token[0] not in "[{" else token for token in tokens)[1:]
            entry = reference["fields"].get(name)
            dropped = reference["ignored_keys"].get(name)
            if entry is None and dropped is None:
                continue
            ends = {entry["since"], entry["until"]} if entry else set()
            ends |= {dropped["since"], dropped["until"]} if dropped else set()
            ends |= {release for gap in (entry or {}).get("gaps", ()) for release in gap}
            around = {releases.index(end) + step for end in ends if end for step in (-1, 0, 1)}
            for release in around & set(range(len(releases))):
                found = [
                    problem
                    for problem in problems(text, version=releases[release])
                    if problem.path.endswith(f".{field}") and problem.path.count(".") >= len(
                        [part for part in place if isinstance(part, str)])
                    and problem.code in ("HAL0401", "HAL0402", "HAL0403")
                ]  # fmt: skip
                parents_known = not any(
                    problem.code in ("HAL0401", "HAL0402", "HAL0403", "HAL0415")
                    for problem in problems(wrap(path, {}), version=releases[release])
                )
                if not parents_known:
                    continue
                checked += 1
                if known(entry, release):
                    assert not found, (name, releases[release], found)
                else:
                    wanted = "warning" if known(dropped, release) else "error"
                    assert [problem.severity for problem in found] == [wanted], (
                        name, releases[release], found,
                    )  # fmt: skip
    assert checked > 1000
