"""Every option, by every name it goes by, reaches its field: flag, variables, YAML keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from halsync.cli.main import find
from halsync.cli.words import negative, parse
from halsync.settings.load import Loaded, load
from halsync.settings.model import GitSettings, SecretRef, Settings
from halsync.settings.options import OPTIONS
from halsync.settings.spec import PREFIX, SOURCE, Option, flag_form, of_source, variables, yaml_keys
from tests.settings.samples import GIT_URL, SAMPLES, base_url, write_yaml

_OTHERS = {SOURCE + "name", "render.placeholders"}
"""Tried in test_sources.py and test_placeholders.py."""

TRIED = [option for option in OPTIONS if option.key not in _OTHERS]


def expected(option: Option, form: str, name: str) -> object:
    """What arrives when the option is given in this form."""
    sample = SAMPLES[option.key]
    if form == "env":
        return SecretRef(env=name)
    return SecretRef(file=sample.text) if form == "file" else sample.expected


def check(option: Option, loaded: Loaded, want: object, origin: str) -> None:
    """The value is there, is not the default, and its origin is known."""
    get = SAMPLES[option.key].get
    assert get(loaded.settings) == want
    assert origin in {
        entry.origin for entry in loaded.effective if entry.key.startswith(shown(option))
    }


def shown(option: Option) -> str:
    """The key as ``config show`` prints it, without the form of a secret."""
    return option.key.replace("sources[]", "sources[0]")


def companions(option: Option) -> dict[str, str]:
    """Variables for what the sample cannot do without."""
    keys = {key: (each, form) for each in OPTIONS for key, form in yaml_keys(each).items()}
    found = {}
    for key, value in {**base_url(option), **SAMPLES[option.key].also}.items():
        each, form = keys[key]
        if each.key == option.key:
            continue
        name = next(name for name, own in variables(each).items() if own == form)
        found[PREFIX + name] = str(value)
    return found


def test_the_samples_cover_every_option() -> None:
    assert {option.key for option in OPTIONS} - _OTHERS == set(SAMPLES)


@pytest.mark.parametrize("option", TRIED, ids=lambda option: option.key)
def test_the_sample_differs_from_the_default(option: Option) -> None:
    if not of_source(option):
        assert SAMPLES[option.key].get(Settings()) != SAMPLES[option.key].expected


@pytest.mark.parametrize(
    "option", [option for option in TRIED if option.flag], ids=lambda option: option.flag
)
def test_flag(option: Option, tmp_path: Path) -> None:
    words = [option.flag] if option.type == "boolean" else [option.flag, SAMPLES[option.key].text]
    parsed = parse(find(["config", "show"])[0], words)
    loaded = load(parsed.flags, companions(option), directory=str(tmp_path))
    check(option, loaded, expected(option, flag_form(option), ""), option.flag)


@pytest.mark.parametrize(
    ("option", "name", "form"),
    [(option, name, form) for option in TRIED for name, form in variables(option).items()],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_variable(option: Option, name: str, form: str, tmp_path: Path) -> None:
    environment = {**companions(option), PREFIX + name: SAMPLES[option.key].text}
    loaded = load({}, environment, directory=str(tmp_path))
    check(option, loaded, expected(option, form, PREFIX + name), PREFIX + name)


@pytest.mark.parametrize(
    ("option", "key", "form"),
    [(option, key, form) for option in TRIED for key, form in yaml_keys(option).items()],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_yaml_key(option: Option, key: str, form: str, tmp_path: Path) -> None:
    sample = SAMPLES[option.key]
    given = {**base_url(option), **sample.also}
    if form == "env":
        given = {other: value for other, value in given.items() if other != option.key + "File"}
    given[key] = sample.typed
    file = tmp_path / "halsync.yaml"
    write_yaml(file, {} if of_source(option) else given, given if of_source(option) else None)
    loaded = load({}, {}, directory=str(tmp_path))
    want = expected(option, form, str(sample.typed))
    assert sample.get(loaded.settings) == want
    origin = next(e.origin for e in loaded.effective if e.key == key.replace("[]", "[0]"))
    line = int(origin.removeprefix("halsync.yaml:"))
    assert f'"{key.rpartition(".")[2]}"' in file.read_text().splitlines()[line - 1] or isinstance(
        sample.typed, list
    )


@pytest.mark.parametrize(
    ("option", "name", "form"),
    [
        (option, name, form)
        for option in TRIED
        if of_source(option)
        for name, form in variables(option).items()
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_variable_of_a_declared_source(
    option: Option, name: str, form: str, tmp_path: Path
) -> None:
    sample = SAMPLES[option.key]
    of_one = {**base_url(option), **sample.also} or {SOURCE + "dir.path": "/old"}
    write_yaml(tmp_path / "halsync.yaml", {}, of_one)
    variable = f"{PREFIX}SOURCE_ONE_{name}"
    loaded = load({}, {variable: sample.text}, directory=str(tmp_path))
    check(option, loaded, expected(option, form, variable), variable)


@pytest.mark.parametrize(
    "option",
    [each for each in OPTIONS if each.type == "boolean" and each.flag],
    ids=lambda each: each.key,
)
def test_a_switch_can_be_turned_off_again(option: Option, tmp_path: Path) -> None:
    parsed = parse(find(["config", "show"])[0], [negative(option)])
    environment = {**companions(option), PREFIX + next(iter(variables(option))): "yes"}
    assert SAMPLES[option.key].get(load({}, environment, directory=str(tmp_path)).settings) is True
    off = load(parsed.flags, environment, directory=str(tmp_path))
    assert SAMPLES[option.key].get(off.settings) is False


def test_variable_names_are_unique() -> None:
    names = [name for option in OPTIONS for name in variables(option)]
    assert len(names) == len(set(names))


def test_defaults_of_the_options_are_those_of_the_model(tmp_path: Path) -> None:
    assert load({}, {}, directory=str(tmp_path)).settings == Settings()
    loaded = load({GIT_URL: "https://h/r"}, {}, directory=str(tmp_path))
    assert loaded.settings.sources[0].options == GitSettings("https://h/r")
