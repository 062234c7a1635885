"""Rules: what a configuration that parses may still get wrong.

Each rule is one function (see :mod:`halsync.validate.rules.base`); the modules below hold them by
area, and a module is imported only where the configuration has something for it.
"""

from __future__ import annotations

from importlib import import_module

from halsync.halyard import CONFIG
from halsync.model import Problem
from halsync.validate.rules.base import Rule, rules_of
from halsync.validate.rules.view import Configuration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from typing import Any

    from halsync.formats.document import Document
    from halsync.formats.text import Mark
    from halsync.validate.documents import Documents
    from halsync.validate.rules.base import Finding

_AREAS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("deployment", ()),
    ("accounts", ()),
    ("providers_kubernetes", ("providers.kubernetes",)),
    ("providers_docker", ("providers.dockerRegistry", "providers.kubernetes", "providers.dcos")),
    ("providers_aws", ("providers.aws", "providers.ecs")),
    ("providers_cloudfoundry", ("providers.cloudfoundry",)),
    ("providers_google", ("providers.appengine", "providers.google")),
    ("providers_dcos", ("providers.dcos",)),
    ("providers_oracle", ("providers.oracle", "providers.oraclebmcs")),
    ("providers_huawei", ("providers.huaweicloud",)),
    ("providers_tencent", ("providers.tencentcloud",)),
    ("storage", ()),
    ("security", ()),
    ("login", ("security.authn",)),
    ("canary", ("canary",)),
    ("pubsub", ("pubsub.google",)),
    ("ci", ("ci", "artifacts", "notifications", "repository", "webhook")),
    ("environment", ()),
    ("files", ()),
    ("profiles", ()),
    ("secrets", ()),
    ("plain_text", ()),
    ("boms", ()),
    ("crashes", ()),
)
"""Module → the sections of a deployment that it is about, any of them; none: always of use."""

_AROUND = frozenset({"files", "profiles", "boms"})
"""Areas that are about the files around the halconfig."""

_DEFAULTS = frozenset(
    [
        "templateFile",
        "name",
        "defaultKeyPairTemplate",
        "defaultRegions",
        "defaults",
        "zone",
        "network",
        "useInternalIp",
        "primaryAccount",
        "metadataCachingIntervalMS",
        "reduxLoggerEnabled",
        "defaultJudge",
        "stagesEnabled",
        "templatesEnabled",
        "showAllConfigsEnabled",
        "serviceIntegrations",
    ]
)
"""Keys that ``hal config`` writes with values of its own into sections that nobody uses."""

_NO_DEPLOY = "Halyard itself does not check this when it deploys"


def check_rules(
    documents: Documents,
    *,
    hal_directories: Collection[str] = (),
    requested: Collection[str] = (),
    alone: bool = False,
    areas: Collection[str] = (),
) -> Iterator[Problem]:
    """What the rules find in a tree.

    ``hal_directories`` are the absolute paths under which halyard's container sees the tree;
    ``requested`` are codes of rules that run only on request; ``alone``: there is one file, so
    nothing is said about others; ``areas`` are the modules that are asked, all by default.
    """
    config = Configuration(documents, hal_directories=tuple(hal_directories))
    if config.document is None:
        yield from _dynamic(config, alone, areas)
        return
    seen = set()
    for area, sections in _AREAS:
        if (alone and area in _AROUND) or (areas and area not in areas):
            continue
        if sections and not any(_has(config, section) for section in sections):
            continue
        for rule in _load(area):
            if rule.on_request and rule.code not in requested:
                continue
            for finding in rule.check(config):
                problem = _problem(config, rule, finding)
                # Aliases bring one text to several places.
                once = (problem.code, problem.file, problem.line, problem.column, problem.message)
                if once not in seen or not problem.line:
                    seen.add(once)
                    yield problem
    yield from _dynamic(config, alone, areas)


def _dynamic(config: Configuration, alone: bool, areas: Collection[str]) -> Iterator[Problem]:
    """What is wrong with accounts that clouddriver gets from other files."""
    if alone or areas or not any("clouddriver" in path for path in config.files):
        return
    from halsync.validate.rules.dynamic import findings

    for rule, finding in findings(config, _load):
        yield _problem(config, rule, finding)


def always() -> list[str]:
    """The modules of the areas that are always of use, for who has time to load them early."""
    return [f"{__name__}.{area}" for area, sections in _AREAS if not sections]


def all_rules() -> list[Rule]:
    """Every rule, by code."""
    found = [rule for area, _ in _AREAS for rule in _load(area)]
    return sorted(found, key=lambda rule: rule.code)


def _load(area: str) -> list[Rule]:
    name = f"{__name__}.{area}"
    import_module(name)
    return rules_of(name)


def _has(config: Configuration, section: str) -> bool:
    """Whether a deployment says more in a section than ``hal config`` writes by itself."""
    for deployment in config.deployments:
        value: Any = deployment.value
        for key in section.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if _says(value):
            return True
    return False


def _says(value: Any) -> bool:
    if isinstance(value, dict):
        if "serviceIntegrations" in value and _any_says(value):
            return True
        return any(_says(item) for key, item in value.items() if key not in _DEFAULTS)
    if isinstance(value, list):
        return bool(value)
    return value not in (None, False, "")


def _any_says(canary: dict[str, Any]) -> bool:
    """All integrations are listed by default, each by its name alone."""
    integrations = canary["serviceIntegrations"]
    return isinstance(integrations, list) and any(map(_says, integrations))


def _problem(config: Configuration, rule: Rule, finding: Finding) -> Problem:
    severity = finding.severity or rule.severity
    hint = finding.hint
    if not rule.on_deploy and rule.ids and severity in ("fatal", "error"):
        hint = f"{hint}; {_NO_DEPLOY}" if hint else _NO_DEPLOY
    file = finding.file
    line, column = finding.mark or (0, 0)
    document = config.parsed(file) if not line else None
    if document is not None and (finding.path or file != CONFIG):
        line, column = _place(document, finding)
    source = config.files.get(file)
    return Problem(
        rule.code,
        "rules",
        severity,
        finding.message,
        hint,
        file,
        line,
        column,
        _dotted(finding.path),
        "" if finding.hide else config.documents.line(file, line),
        source.origin if source else config.documents.tree.dangling.get(file),
    )


def _place(document: Document, finding: Finding) -> Mark:
    """Where a value stands; where it is missing, the key of what should hold it."""
    value = document.value
    path = finding.path
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return document.locate_key(path)
    if finding.key or isinstance(value, dict | list):
        return document.locate_key(path)
    return document.locate(path)


def _dotted(path: tuple[str | int, ...]) -> str:
    from halsync.validate.documents import dotted

    return dotted(path)
