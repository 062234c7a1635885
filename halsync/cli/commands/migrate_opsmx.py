"""``halsync migrate opsmx VALUES``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from halsync.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import SimpleNamespace

    from halsync.model import Tree
    from halsync.observe.console import Console
    from halsync.render.presets.opsmx.migrate import Migration
    from halsync.settings.model import Settings

_WIDTH = 96
_DIRECTORY = "/run/secrets/halsync"


def run(settings: Settings, arguments: SimpleNamespace, console: Console) -> int:
    """Print the settings; say on standard error what is left to do."""
    from halsync.render.presets.opsmx.migrate import migrate
    from halsync.render.presets.opsmx.surroundings import Facts
    from halsync.render.presets.opsmx.values import read
    from halsync.settings.steps import Preset

    if not os.path.isfile(arguments.values):
        raise ConfigError(
            "there is no such file",
            where=arguments.values,
            hint="name the Helm values with which the chart was installed",
        )
    values = read(Preset("opsmx", arguments.chart, values_file=os.path.abspath(arguments.values)))
    path = values.text("spinnaker.gitopsHalyard.repo.halConfigPath")
    tree = _checkout(arguments.checkout, path, settings) if arguments.checkout else None
    facts = Facts(arguments.release, arguments.namespace)
    made = migrate(values, facts, tree, (arguments.secrets or _DIRECTORY).rstrip("/"))
    console.print("\n".join(_lines(made, arguments)))
    for item in made.left_out:
        console.error_line(f"not carried over: {item}")
    return 0


def _checkout(directory: str, path: str, settings: Settings) -> Tree:
    """The work tree as the preset would see it."""
    from halsync.agent.local import read
    from halsync.model import Tree
    from halsync.paths import below, normalise
    from halsync.render.presets.opsmx.names import BOM, JIRA, ROOT, SERVICENOW

    if not os.path.isdir(directory):
        raise ConfigError(
            "there is no such directory",
            where=directory,
            hint="name a work tree of the repository that holds the halconfig",
        )
    whole = read(directory, settings.limits).tree
    inside = normalise(path)
    if not inside:
        return whole
    files = {
        inner: file
        for name, file in whole.files.items()
        if (inner := below(name, inside)) is not None
    }
    for name in (BOM, SERVICENOW, JIRA):
        if name in whole.files:
            files[f"{ROOT}/{name}"] = whole.files[name]
    return Tree(files, {})


def _lines(made: Migration, arguments: SimpleNamespace) -> Iterator[str]:
    from halsync.settings.rendering import render_section

    yield f"# By halsync migrate opsmx, from {arguments.values} for the chart {arguments.chart}."
    if made.left_out:
        yield "# Not carried over, or to be done by hand:"
        for item in made.left_out:
            yield f"# - {item}"
    yield "target: /home/spinnaker/.hal"
    yield "daemonConfig: /opt/halyard/config"
    yield "sources:"
    for comment in made.sources.comments:
        yield f"  # {comment}"
    yield from _dumped([made.sources.entry], 2)
    yield "secrets:"
    yield "  # encrypted:SECRET:KEY, as the chart's decoder resolves it"
    yield "  kubernetes: api"
    yield "  # encryptedFile:SECRET:KEY becomes a file KEY there"
    yield "  layout: flat"
    yield "  seenAs: /home/spinnaker/kubeconfigdir"
    yield "  link: /home/spinnaker/kubeconfigdir"
    section = render_section(made.plan)
    if not section:
        return
    yield "render:"
    for key, items in section.items():
        declared: Sequence[Any] = getattr(made.plan, key)
        yield f"  {key}:"
        if isinstance(items, dict):
            for (name, said), step in zip(items.items(), declared, strict=True):
                yield f"    # {_reason(step.declared_at)}"
                yield from _dumped({name: said}, 4)
            continue
        for item, step in zip(items, declared, strict=True):
            yield f"    # {_reason(step.declared_at)}"
            yield from _dumped([item], 4)


def _reason(declared_at: str) -> str:
    return declared_at.removeprefix("preset opsmx (").removesuffix(")")


def _dumped(value: Any, indent: int) -> Iterator[str]:
    import yaml

    class Dumper(yaml.SafeDumper):
        """Texts of several lines as they are."""

    def text_of(dumper: Dumper, text: str) -> yaml.ScalarNode:
        style = "|" if "\n" in text else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(str, text_of)
    text = yaml.dump(value, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
    for line in text.splitlines():
        yield (" " * indent + line).rstrip()
