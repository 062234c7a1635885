"""Accounts that clouddriver gets from elsewhere than the halconfig, judged like those in it.

A profile of clouddriver, or a ``clouddriver-local.yml`` that the config server of
``spinnakerconfig.yml`` serves, holds ``kubernetes.accounts`` and the like as the halconfig does
below ``providers``. Such a list takes the place of the halconfig's for the same provider.
"""

from __future__ import annotations

from halsync.patterns import Pattern
from halsync.validate.rules.view import PROVIDERS, Configuration, Deployment, Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from halsync.validate.rules.base import Finding, Rule

_FILE = Pattern(r"(?!.*/service-settings/)(?!\.)(?:.*/)?clouddriver[^/]*\.ya?ml")

_AREAS = (
    "accounts",
    "providers_kubernetes",
    "providers_docker",
    "providers_aws",
    "providers_cloudfoundry",
    "providers_google",
    "providers_dcos",
    "providers_oracle",
    "providers_huawei",
    "providers_tencent",
)
_OF_THE_HALCONFIG = frozenset({"HAL1020"})
"""Rules that are right about the halconfig only: there, no accounts is a reason to ask."""


def account_files(config: Configuration) -> list[str]:
    """The files beside the halconfig that may hold clouddriver's accounts, sorted."""
    return sorted(path for path in config.files if "clouddriver" in path and _FILE.fullmatch(path))


def findings(
    config: Configuration, load: Callable[[str], list[Rule]]
) -> Iterator[tuple[Rule, Finding]]:
    """What the rules about accounts find in those files.

    ``load`` gives the rules of an area, see :data:`halsync.validate.rules._AREAS`.
    """
    for path in account_files(config):
        own = _providers(config.node(path))
        if not own:
            continue
        view = _View(config, path, own)
        for area in _AREAS:
            for rule in load(area):
                if rule.code in _OF_THE_HALCONFIG or rule.on_request:
                    continue
                for finding in rule.check(view):
                    moved = _moved(finding, rule, path, own)
                    if moved is not None:
                        yield rule, moved


def _providers(root: Node) -> dict[str, Any]:
    """The sections of a file that hold accounts."""
    return {
        name: section
        for name, section in root.value.items()
        if name in PROVIDERS
        and isinstance(section, dict)
        and isinstance(section.get("accounts"), list)
    }


class _View(Configuration):
    """A configuration with one deployment, whose providers are the halconfig's and the file's."""

    def __init__(self, config: Configuration, path: str, own: dict[str, Any]) -> None:
        super().__init__(config.documents, hal_directories=config.hal_directories)
        around = _deployment(config, path)
        providers = {
            name: section
            for name, section in around.node("providers").value.items()
            if name not in own
        }
        value = {**around.value, "providers": providers | own}
        self.deployments = [Deployment(value, ())]


def _deployment(config: Configuration, path: str) -> Node:
    """The one that the profile belongs to; for a file of the config server, the first."""
    name = path.split("/", 1)[0]
    for deployment in config.deployments:
        if deployment.name == name:
            return deployment
    return config.deployments[0] if config.deployments else Node(None, ())


def _moved(finding: Finding, rule: Rule, path: str, own: dict[str, Any]) -> Finding | None:
    """The finding in the file; None if it is not about one of its accounts."""
    parts = finding.path
    if len(parts) < 4 or parts[0] != "providers" or parts[1] not in own or parts[2] != "accounts":
        return None
    # Halyard, which would stop at the worst ones, never sees this file; clouddriver does.
    severity = finding.severity or rule.severity
    return finding._replace(
        path=parts[1:], file=path, severity="error" if severity == "fatal" else severity
    )
