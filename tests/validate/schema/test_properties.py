"""No input makes the check crash, and what it says always has a place."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halsync.formats.yaml import parse
from halsync.validate.schema import KINDS, SchemaKind, check_schema
from halsync.validate.schema.codes import CODES
from halsync.validate.schema.tables import Model, Spec, model

ODD = (
    "~", "", "[]", "{}", "yes", "010", "1.30", "2020-01-01", "!!binary dHJ1", "!!set {a, b}", "*a",
    "&a {b: *a}", "'", "- x", "? x", "<<: {a: 1}", ".nan", ".inf", "9" * 20, "null: 1", "\t",
    "'\u2028'", "é", "{{ x }}", "${X}", "!!int '7'", "1e309", "\"\\0\"", "[[[[]]]]", "%",
    "---",
)  # fmt: skip


def value_of(spec: Spec, facts: Model, chance: random.Random, depth: int) -> Any:
    """A value that Halyard takes."""
    if spec.kind == "@":
        return object_of(spec.name, facts, chance, depth + 1)
    if spec.kind in "[{":
        assert spec.item is not None
        keys = facts.enums[spec.keys] if spec.keys else ("gate", "spin-orca", "8")
        count = chance.randint(0, 2)
        if spec.kind == "{":
            return {key: value_of(spec.item, facts, chance, depth) for key in keys[:count]}
        return [value_of(spec.item, facts, chance, depth) for _ in range(count)]
    simple: dict[str, Any] = {
        "b": chance.random() < 0.5, "i": chance.randint(-5, 5000), "l": chance.randint(0, 2**40),
        "u": "ldaps://h:636/dc=x", "U": "https://h/p", "a": {"any": [1, "x"]},
    }  # fmt: skip
    if spec.kind == "#":
        return chance.choice(facts.enums[spec.name])
    return simple.get(spec.kind, chance.choice(("text", "a: b", "1.30", "yes", "#", " ")))


def object_of(name: str, facts: Model, chance: random.Random, depth: int = 0) -> dict[str, Any]:
    """An object of this class that Halyard takes."""
    cls = facts.cls(name)
    made: dict[str, Any] = {}
    if cls.select:
        made[cls.select] = chance.choice([*cls.selected])
        cls = facts.cls(cls.selected[made[cls.select]])
    share = 1.0 if depth < 2 else 0.5 if depth < 5 else 0.2
    for field, spec in cls.fields.items():
        if field not in made and chance.random() < share:
            made[field] = value_of(spec, facts, chance, depth)
    if cls.crash == "clusters":
        made.setdefault("clusters", [])
    if cls.crash == "primary":
        for number, account in enumerate(made.get("accounts", ())):
            account["name"] = f"account-{number}"
        made["primaryAccount"] = "account-0"
    return made


def config_of(kind: str, chance: random.Random) -> str:
    """A text of this kind without an error."""
    import yaml

    facts = model(kind)
    made = object_of(facts.root, facts, chance)
    if kind == "bom":
        made |= {"services": made.get("services", {}), "dependencies": {}}
    return yaml.safe_dump(made, sort_keys=False)


def look(kind: Any, text: str, version: str = "") -> list[Any]:
    """Check a text, whatever it is, and what comes out."""
    parsed = parse(text)
    if parsed.failed:
        return []
    found = []
    for document in parsed.documents or (None,):
        found = check_schema(kind, document, halyard_version=version, file="f")
        for problem in found:
            known = CODES[problem.code]
            assert problem.group == "schema" and problem.file == "f"
            assert problem.severity in (known.severity, "error")
            assert 0 <= problem.line <= len(parsed.lines) and problem.column >= 0
            assert document is None or problem.line > 0
            assert problem.message.isprintable() and problem.hint.isprintable(), problem
            assert len(problem.message) < 500
    return found


@pytest.mark.parametrize("kind", ["halconfig", "service-settings", "bom", "versions"])
@pytest.mark.parametrize("seed", range(5))
def test_what_the_model_makes_has_no_error(kind: str, seed: int) -> None:
    text = config_of(kind, random.Random(seed))
    assert not [problem for problem in look(kind, text) if problem.severity == "error"]


@pytest.mark.parametrize("seed", range(40))
def test_faults_in_what_the_model_makes(seed: int) -> None:
    chance = random.Random(seed)
    kind = chance.choice(["halconfig", "halconfig", "service-settings", "bom"])
    lines = config_of(kind, chance).splitlines()
    for _ in range(25):
        broken = list(lines)
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(broken))
            line = broken[at]
            key, colon, _ = line.partition(":")
            broken[at] = chance.choice(
                (
                    "", line[1:], " " + line, line.replace("e", ""), line.upper(), line + line,
                    f"{key}{colon} {chance.choice(ODD)}", chance.choice(ODD), key, line + " x: y",
                )
            )  # fmt: skip
        look(kind, "\n".join(broken), chance.choice(("", "1.0.0", "1.20.1", "1.44")))


@given(st.text(alphabet=st.sampled_from("ab:-[]{}\n ~&*!'\"#01.,?|>%\t"), max_size=80))
@settings(max_examples=150, deadline=None)
def test_any_text(text: str) -> None:
    for kind in KINDS:
        look(kind, text)


NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["deploymentConfigurations", "providers", "oracle", "accounts", "name",
                         "primaryAccount", "canary", "serviceIntegrations", "null", "kubernetes",
                         "permissions", "READ", "env", "volumes", "services", "server", "port"]),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(NESTED, st.sampled_from(KINDS))
@settings(max_examples=150, deadline=None)
def test_any_value(value: Any, kind: SchemaKind) -> None:
    import yaml

    look(kind, yaml.safe_dump(value, allow_unicode=True), "1.10.0")


def test_aliases_that_stand_for_much() -> None:
    text = "a: &a0 {x: 1}\n" + "".join(
        f"b{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 15)
    )
    assert look("halconfig", text)


def test_huge_keys_and_values() -> None:
    key = "k" * 100_000
    found = look(
        "halconfig", f"? {key}\n: 1\n? {key}x\n: 2\ncurrentDeployment: [{'v' * 100_000}]\n"
    )
    assert len(found) == 3
