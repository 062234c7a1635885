"""The whole preset: Helm values, surroundings and tree in, render plan and findings out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from halsync.errors import ConfigError
from halsync.render.presets.opsmx import bom, identity, integrations, security, transport, urls
from halsync.render.presets.opsmx.codes import NOT_CARRIED
from halsync.render.presets.opsmx.defaults import GITOPS, REPO
from halsync.render.presets.opsmx.draft import Draft
from halsync.render.presets.opsmx.names import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from halsync.model import Problem, Tree
    from halsync.render.presets.opsmx.surroundings import Facts
    from halsync.render.presets.opsmx.values import Values
    from halsync.settings.steps import RenderPlan

TYPES = ("git", "stash", "s3")

_DAEMON = "halyard-local.yml"
_DAEMON_SAYS = "server.address: 0.0.0.0\n"


class Prepared(NamedTuple):
    """What the preset makes of an installation."""

    plan: RenderPlan
    problems: list[Problem]
    scopes: Mapping[str, tuple[str, ...]]
    """Placeholder → patterns of the files in which the chart fills it in. They hold as well for
    a placeholder of the user's own that does not say where."""


def prepare(values: Values, facts: Facts, tree: Tree | None) -> Prepared:
    """The steps that do to ``tree`` what the chart does.

    ``tree`` is as composed, before any step; None makes a plan for trees that are not known,
    without what depends on them (the bill of materials, ServiceNow and Jira).

    Raises:
        ConfigError: the values are not those of an installation with GitOps.
    """
    _check(values)
    draft = Draft(values, facts, tree)
    # Variants first: what is to be filled in depends on them.
    transport.add(draft)
    identity.add(draft)
    if values.chart == "4.0":
        bom.add(draft)
    security.add(draft)
    urls.add(draft)
    integrations.add(draft)
    draft.write(_DAEMON, _DAEMON_SAYS, always=True)
    if tree is None or any(path.startswith(f"{ROOT}/") for path in tree.files):
        draft.remove(f"{ROOT}/")
    _left_behind(draft)
    return Prepared(draft.plan(), draft.problems, draft.scopes)


def _check(values: Values) -> None:
    kind = values.text(f"{REPO}.type")
    if kind not in TYPES:
        raise ConfigError(
            f"{REPO}.type is none of {', '.join(TYPES)}",
            where=values.place(f"{REPO}.type"),
            hint="correct the Helm values",
        )
    path = f"{REPO}.halConfigPath"
    if ".." in values.text(path).split("/"):
        raise ConfigError(
            f"{path} leads out of the repository",
            where=values.place(path),
            hint="correct the Helm values",
        )
    if not values.flag(f"{GITOPS}.enabled"):
        raise ConfigError(
            f"{GITOPS}.enabled is false: this installation does not take its configuration from"
            " a repository",
            where=values.place(f"{GITOPS}.enabled"),
            hint="the preset opsmx is for installations that do; leave render.preset out",
        )


def _left_behind(draft: Draft) -> None:
    """What the chart does beside, and nobody does now, as far as it can be seen."""
    if draft.values.flag("global.gitea.enabled"):
        draft.report(
            NOT_CARRIED,
            f"global.gitea.enabled at {draft.values.place('global.gitea.enabled')}: halsync does"
            " not fill a gitea in the cluster; it takes the sources of halsync.yaml",
        )
    tree = draft.tree
    for path in tree.files if tree and draft.values.chart == "4.0" else ():
        if path.endswith(".enc") and "/" not in path:
            draft.report(NOT_CARRIED, "it is not decrypted", file=path)
