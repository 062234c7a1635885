"""Comments that leave problems out."""

from __future__ import annotations

import pytest

from halsync.validate.gate import check

from .trees import tree

GATE = "default/service-settings/gate.yml"
LOCAL = "default/profiles/gate-local.yml"


def found(text: str, path: str = GATE) -> list[tuple[str, int]]:
    return [(problem.code, problem.line) for problem in check(tree({path: text}))]


@pytest.mark.parametrize(
    "text",
    [
        "hots: x # halsync: ignore[HAL0403] ours\n",
        "# halsync: ignore[HAL0403] ours\nhots: x\n",
        "# halsync: ignore[HAL0403] ours\n\n# what it is\nhots: x\n",
        "#halsync:ignore[HAL0403] ours\nhots: x\n",
        "host: y\n# halsync: ignore-file[HAL0403] ours\nhots: x\npotr: 1\n",
        "hots: 'a # b' # why # halsync: ignore[HAL0403] ours\n",
    ],
)
def test_left_out(text: str) -> None:
    assert found(text) == []


def test_several_codes_and_only_those() -> None:
    text = "hots: x\nhots: y # halsync: ignore[HAL0010, HAL0403] both\n"
    assert found(text) == []
    assert found(text.replace("HAL0010, ", "")) == [("HAL0010", 2)]


@pytest.mark.parametrize(
    "text",
    [
        "hots: 'x # halsync: ignore[HAL0403] ours'\n",
        'hots: "x # halsync: ignore[HAL0403] ours"\n',
        "hots: |\n  # halsync: ignore[HAL0403] ours\n  y\n",
        "hots: x#halsync:ignore[HAL0403]\n",
    ],
)
def test_text_is_no_comment(text: str) -> None:
    assert found(text) == [("HAL0403", 1)]


def test_the_line_above_counts_for_one_line() -> None:
    text = "# halsync: ignore[HAL0403] ours\nhots: x\npotr: y\n"
    assert found(text) == [("HAL0403", 3)]


def test_what_leaves_nothing_out_is_told() -> None:
    assert found("host: x # halsync: ignore[HAL0403] ours\n") == [("HAL0040", 1)]
    assert found("host: x\n# halsync: ignore-file[HAL0401] ours\n") == [("HAL0040", 2)]
    problem = check(tree({GATE: "host: x # halsync: ignore[HAL0010, HAL0403] y\n"}))[1]
    assert (problem.column, problem.message) == (
        36,
        "nothing is left out here: there is no HAL0403 on line 1",
    )
    assert "[HAL0010" in problem.excerpt


def test_codes_that_only_other_runs_look_for_may_be_right() -> None:
    assert found("host: x # halsync: ignore[HAL0201] by another installation\n") == []


@pytest.mark.parametrize(
    "comment",
    ["ignore HAL0403", "ignore[]", "ignore[HAL403] x", "ignored[HAL0403] x", "ignore[schema] x"],
)
def test_what_is_not_understood(comment: str) -> None:
    assert found(f"hots: x # halsync: {comment}\n") == [("HAL0403", 1), ("HAL0041", 1)]


def test_a_reason_is_asked_for() -> None:
    assert found("hots: x # halsync: ignore[HAL0403]\n") == [("HAL0042", 1)]


def test_other_kinds_of_files() -> None:
    properties = "default/profiles/rosco/x.properties"
    assert found("# halsync: ignore[HAL0403] x\na=1\n", properties) == [("HAL0040", 1)]
    assert found("a=1 # halsync: ignore[HAL0403] x\n", properties) == []
    script = "default/profiles/settings-local.js"
    assert found("var a = 1; // halsync: ignore[HAL0403] x\n", script) == [("HAL0040", 1)]
    assert found("var a = '// halsync: ignore[HAL0403] x';\n", script) == []
    assert found("/* // halsync: ignore[HAL0403] x */\n", script) == []


def test_a_broken_file_can_be_left_out_as_a_whole() -> None:
    text = "# halsync: ignore-file[HAL0001] a template\na: b: c\n"
    assert found(text, "templates/x.yml") == []


def test_many_comments_cost_no_more_than_reading() -> None:
    text = "".join(f"k{n}: x # halsync: ignore[HAL0403] y\n" for n in range(3000))
    assert found(text) == []
