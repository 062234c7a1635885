"""What a rule is, and how a module declares one.

Codes are four digits after ``HAL``; the first two name the area, and a code is never reused:

==== ==========================================  ==== ===========================================
10   the deployment as a whole, accounts         17   continuous integration, artifacts, webhooks
11   Kubernetes                                  18   where and how services run: HA, sizing
12   Docker registries                           19   files: named and missing, dropped, unread
13   other clouds, ten numbers each              20   secrets
14   storage                                     21   ``local:`` bills of materials
15   security: login, roles, certificates        22   what makes a deployment crash
16   canary analysis, publish/subscribe
==== ==========================================  ==== ===========================================
"""

from __future__ import annotations

from halsync.halyard import CONFIG
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from halsync.formats.text import Mark
    from halsync.model import Severity
    from halsync.validate.rules.view import Configuration

Path = tuple[str | int, ...]


class Finding(NamedTuple):
    """One place where a rule is broken; the rule gives code and severity."""

    path: Path
    """Of the value that is wrong, or of the one that is missing; () is about the whole file."""
    message: str
    hint: str = ""
    file: str = CONFIG
    severity: Severity | None = None
    """Where this place is better or worse than the rule's own."""
    key: bool = False
    """Point at the key that ends the path rather than at its value."""
    mark: Mark | None = None
    """The place itself, in a file without paths."""
    hide: bool = False
    """The line holds a secret and must not be shown."""


class Rule(NamedTuple):
    """A check with all that is to be known about it."""

    code: str
    title: str
    severity: Severity
    check: Callable[[Configuration], Iterable[Finding]]
    """Its docstring is the rule's page."""
    on_deploy: bool
    """Whether ``hal deploy apply`` finds it too, before or while it works."""
    ids: tuple[str, ...]
    """The checks of Halyard that it stands for, see ``halyard-checks.tsv``; empty: it is
    our own."""
    good: str
    bad: str
    """Examples; see :mod:`halsync.validate.rules.example` for the form."""
    on_request: bool = False
    """Says nothing about faults, so it is run only when somebody selects it."""


_rules: dict[str, list[Rule]] = {}


def rule(
    code: str,
    title: str,
    severity: Severity,
    *,
    good: str,
    bad: str,
    ids: tuple[str, ...] = (),
    on_deploy: bool = False,
    on_request: bool = False,
) -> Callable[[Any], Any]:
    """Declare the decorated function to be the check of a rule; see :class:`Rule`."""

    def declare(check: Callable[[Configuration], Iterable[Finding]]) -> Any:
        made = Rule(code, title, severity, check, on_deploy, ids, good, bad, on_request)
        _rules.setdefault(check.__module__, []).append(made)
        return check

    return declare


def rules_of(module: str) -> list[Rule]:
    """The rules that the module (imported before) declares, in the order of its text."""
    return _rules.get(module, [])
