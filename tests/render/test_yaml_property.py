"""For random YAML documents and random values: exactly the intended change and nothing else."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from halsync.formats.scalars import NotYaml, scalars
from halsync.formats.yaml import parse
from tests.render.oracle import check_lines, check_yaml, run

NAMES = ("TOKEN", "RELEASE_NAME", "RELEASE", "A")

_word = st.sampled_from(
    [
        "a",
        "b-c",
        "x.y",
        "10",
        "true",
        "it",
        "größe",
        "🚀",
        "v1.30",
        "TOKENS",
        "MY_TOKEN",
        "${x}",
        *NAMES,
    ]
)
_joint = st.sampled_from([" ", "-", "/", ".", " "])


@st.composite
def _phrase(draw: st.DrawFn) -> str:
    text = draw(_word)
    for _ in range(draw(st.integers(0, 3))):
        text += draw(_joint) + draw(_word)
    return text


@st.composite
def _quoted(draw: st.DrawFn) -> str:
    text = draw(_phrase())
    if draw(st.booleans()):
        return "'" + draw(st.sampled_from(["", "it''s ", "# ", ": ", '"'])) + text + "'"
    return '"' + draw(st.sampled_from(["", "\\n", "\\x42 ", "\\\\", "{", "\\u00e9"])) + text + '"'


@st.composite
def _flow(draw: st.DrawFn, depth: int = 2) -> str:
    kind = draw(
        st.sampled_from(["plain", "quoted", "list", "map"] if depth else ["plain", "quoted"])
    )
    if kind == "plain":
        return draw(_phrase()).replace("${x}", "y")
    if kind == "quoted":
        return draw(_quoted())
    items = [draw(_flow(depth - 1)) for _ in range(draw(st.integers(0, 3)))]
    if kind == "list":
        return f"[{', '.join(items)}]"
    pairs = [f"k{at}: {item}" for at, item in enumerate(items)]
    if draw(st.booleans()):
        pairs.append(f"{draw(_quoted())}: z")
    return "{" + ", ".join(pairs) + "}"


@st.composite
def _node(draw: st.DrawFn, indent: int, depth: int) -> list[str]:
    """What follows a key's colon or a dash: the rest of that line, then further lines."""
    kinds = ["plain", "quoted", "flow", "literal", "folded", "lines", "tagged"]
    kind = draw(st.sampled_from([*kinds, "map", "list"] if depth else kinds))
    margin = " " * indent
    comment = draw(st.sampled_from(["", "", " # TOKEN's comment", "  #"]))
    if kind == "plain":
        return [draw(_phrase()) + comment]
    if kind == "quoted":
        return [draw(_quoted()) + comment]
    if kind == "flow":
        return [draw(_flow()) + comment]
    if kind == "tagged":
        return [
            draw(st.sampled_from(["!!str ", "&anchor ", "&TOKEN !!str "]))
            + draw(_phrase())
            + comment
        ]
    if kind in ("literal", "folded"):
        mark = "|" if kind == "literal" else ">"
        head = mark + draw(st.sampled_from(["", "-", "+"])) + comment
        lines = draw(st.lists(st.one_of(_phrase(), st.just("")), min_size=1, max_size=3))
        return [head, margin + draw(_phrase()), *(margin + line if line else "" for line in lines)]
    if kind == "lines":
        quote = draw(st.sampled_from(["", "'", '"']))
        first, second = draw(_phrase()), draw(_phrase())
        return [quote + first, margin + second + quote + comment]
    return ["", *draw(_block(indent, depth - 1, kind))]


@st.composite
def _block(draw: st.DrawFn, indent: int, depth: int, kind: str = "map") -> list[str]:
    margin = " " * indent
    lines: list[str] = []
    for at in range(draw(st.integers(1, 3))):
        if draw(st.integers(0, 5)) == 0:
            lines.append(draw(st.sampled_from(["", margin + "# TOKEN: x", "#"])))
        if kind == "list":
            head = f"{margin}-"
        else:
            key = draw(st.one_of(st.just(f"key{at}"), st.just(f"TOKEN{at}"), _phrase(), _quoted()))
            head = f"{margin}{key}:"
        first, *others = draw(_node(indent + 2, depth))
        lines += [f"{head} {first}".rstrip() if first else head, *others]
    return lines


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A YAML text: maps and lists, flow and block, every style of scalar, comments."""
    eol = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    text = eol.join(draw(_block(0, 2, draw(st.sampled_from(["map", "list"])))))
    return text + draw(st.sampled_from([eol, ""]))


_hard = st.sampled_from(
    """a: b|# x|- x|yes|1.30|010|~||it's|"q"|\\1&|a, b|{x}|TOKEN|RELEASE_NAME A|---|2020-01-01|x #y
    |*a|&a|!a|%a|@a|`a|true|42""".replace("\n    ", "").split("|")
)
_any_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
_value = st.one_of(_hard, _any_text, st.booleans(), st.integers(-(10**6), 10**6))
_values = st.fixed_dictionaries(dict.fromkeys(NAMES, _value))


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents(), _values)
def test_exactly_the_intended_change(text: str, values: dict[str, str | int | bool]) -> None:
    try:
        scalars(text)
    except NotYaml:
        return
    rendered = run("config", text, values)
    new = rendered.tree.files["config"].content.decode()
    refused = [problem for problem in rendered.problems if problem.code == "HAL0203"]
    if refused:
        # Refused places stay as they are; the rest is filled in and the file still reads.
        assert not parse(new).failed
        return
    assert not [problem for problem in rendered.problems if problem.severity == "error"]
    check_yaml(text, new, values)
    if not any("\n" in str(value) for value in values.values()):
        check_lines(text, new, list(NAMES))


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents())
def test_simple_values_are_never_refused(text: str) -> None:
    try:
        scalars(text)
    except NotYaml:
        return
    values = {"TOKEN": "spin", "RELEASE_NAME": "isd-1", "RELEASE": "r2", "A": "https://x/y"}
    rendered = run("config", text, values)
    assert not [problem for problem in rendered.problems if problem.severity == "error"]
    check_yaml(text, rendered.tree.files["config"].content.decode(), values)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents())
def test_the_documents_are_yaml_often_enough(text: str) -> None:
    """Guards the two tests above: what they generate must mostly be YAML."""
    _seen.append(not parse(text).failed)


_seen: list[bool] = []


def test_most_documents_were_yaml() -> None:
    if not _seen:
        test_the_documents_are_yaml_often_enough()
    assert sum(_seen) > len(_seen) / 2
