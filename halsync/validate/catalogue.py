"""Everything that is to be said about a problem code: what ``explain`` and the pages show."""

from __future__ import annotations

import os
from importlib import import_module
from textwrap import dedent

from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from halsync.model import Group, Severity
    from halsync.validate.stories import Example

_TABLES = (
    ("halsync.validate.codes", "parse"),
    ("halsync.validate.schema.codes", "schema"),
    ("halsync.sources.codes", "source"),
    ("halsync.render.codes", "render"),
    ("halsync.render.references", "render"),
    ("halsync.render.secret_codes", "render"),
    ("halsync.manifests.codes", "render"),
    ("halsync.render.presets.opsmx.codes", "render"),
    ("halsync.clients.daemon.problems", "daemon"),
)
"""Modules whose codes are data; by name, because stages do not import each other."""


class Entry(NamedTuple):
    """One code."""

    code: str
    title: str
    severity: Severity
    group: Group
    text: str
    """What it means, why it matters and what to do; paragraphs with blank lines between."""
    good: str = ""
    bad: str = ""
    """Examples of rules; see :mod:`halsync.validate.rules.example`."""
    on_deploy: bool | None = None
    """Whether Halyard finds it when it deploys; None where it is not Halyard's check."""
    ids: tuple[str, ...] = ()
    """Halyard's own checks that the rule stands for."""
    java: tuple[str, ...] = ()
    """Where Halyard does it, ``path:line`` in its repository."""


def entry(code: str) -> Entry:
    """What is known about ``code`` (any case).

    Raises:
        KeyError: there is no such code.
    """
    return entries()[code.upper()]


def entries() -> dict[str, Entry]:
    """Every code, sorted."""
    found = {made.code: made for name, group in _TABLES for made in _table(name, group)}
    _tell_stories(found)
    from halsync.validate.rules import all_rules

    checks = halyard_checks()
    for rule in all_rules():
        found[rule.code] = Entry(
            rule.code,
            rule.title,
            rule.severity,
            "rules",
            _clean(rule.check.__doc__ or ""),
            rule.good,
            rule.bad,
            rule.on_deploy if rule.ids else None,
            rule.ids,
            tuple(dict.fromkeys(checks[name].java for name in rule.ids)),
        )
    return dict(sorted(found.items()))


class HalyardCheck(NamedTuple):
    """One check of Halyard's own code."""

    severity: str
    offline: bool
    on_deploy: bool
    java: str
    condition: str


def halyard_checks() -> dict[str, HalyardCheck]:
    """Every check that Halyard makes after parsing, by its id."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "rules", "halyard-checks.tsv")
    with open(path, encoding="utf-8") as stream:
        rows = [line.rstrip("\n").split("\t") for line in stream if not line.startswith("#")]
    return {
        name: HalyardCheck(severity, offline == "yes", deploy == "yes", java, condition)
        for name, severity, offline, deploy, java, condition in rows
    }


def _table(name: str, group: Any) -> list[Entry]:
    try:
        module = import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name != name:
            raise
        return []
    values = [*vars(module).values()]
    table = getattr(module, "CODES", {})
    made = [
        Entry(code, item.title, item.severity, item.group, _sentence(item.remedy))
        for code, item in (table.items() if isinstance(table, dict) else ())
    ]
    made += [
        Entry(item.code, item.title, item.severity, group, _sentence(item.remedy))
        for item in values
        if type(item).__name__ == "Code" and hasattr(item, "code")
    ]
    return made


def _tell_stories(found: dict[str, Entry]) -> None:
    """Add to the codes of tables why they matter, and their examples."""
    from halsync.validate.stories import stories

    for code, story in stories().items():
        entry = found[code]
        found[code] = entry._replace(
            text=f"{story.why}\n\n{entry.text}".strip(),
            bad=_example(story.bad),
            good=_example(story.good),
        )


def _example(example: Example | None) -> str:
    if example is None:
        return ""
    where = "in a deployment of config" if example.where == "deployment" else example.where
    return f"# {where}\n{example.text}"


def _sentence(remedy: str) -> str:
    return f"To correct it: {remedy}." if remedy else ""


def _clean(doc: str) -> str:
    """A docstring without its indentation, which Python takes away itself from 3.13 on."""
    first, _, rest = doc.strip().partition("\n")
    return f"{first.strip()}\n{dedent(rest)}".strip()
