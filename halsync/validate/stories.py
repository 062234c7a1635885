"""Why a problem matters, and an example of it: see ``stories.txt``."""

from __future__ import annotations

import os

from halsync.records import NamedTuple


class Example(NamedTuple):
    """A text and where it stands."""

    where: str
    """A path in the tree, or ``deployment``: what stands in a deployment of ``config``."""
    text: str


class Story(NamedTuple):
    """What there is to tell of one code."""

    why: str
    bad: Example | None = None
    good: Example | None = None


def stories() -> dict[str, Story]:
    """Code → story, of every code that is no rule's."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "stories.txt")
    with open(path, encoding="utf-8") as stream:
        _, *parts = stream.read().split("\n== ")
    return {code: _story(text) for code, _, text in (part.partition("\n") for part in parts)}


def _story(text: str) -> Story:
    why, *examples = text.split("\n-- ")
    found = {}
    for example in examples:
        head, _, body = example.partition("\n")
        kind, _, where = head.partition(" ")
        found[kind] = Example(where, body.rstrip("\n") + "\n")
    return Story(why.strip(), found.get("bad"), found.get("good"))


def whole(example: Example) -> tuple[str, str]:
    """Path and text of the file that an example stands for."""
    if example.where != "deployment":
        return example.where, example.text
    lines = "".join(f"  {line}\n" for line in example.text.splitlines())
    return "config", f"deploymentConfigurations:\n- name: default\n{lines}"
