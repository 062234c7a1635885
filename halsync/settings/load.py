"""Effective settings: flags over environment over ``halsync.yaml`` over defaults.

The file, and everything that reads YAML, is only imported when there is a file.
"""

from __future__ import annotations

import os

from halsync.records import NamedTuple
from halsync.redact import MASK, is_secret_name, mask_line
from halsync.settings import environment as variables
from halsync.settings.layers import from_flags
from halsync.settings.mistakes import Mistake, SettingsError
from halsync.settings.model import Limits, PlaceholderSettings, PublishSettings, Settings
from halsync.settings.options import OPTIONS
from halsync.settings.resolve import Effective, Values
from halsync.settings.sources import (
    build_declared,
    build_single,
    find_strays,
    instead,
    single_kind,
)
from halsync.settings.values import absolute

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from halsync.settings.file import Declared
    from halsync.settings.layers import Layer
    from halsync.settings.model import SourceSettings
    from halsync.settings.steps import Preset, RenderPlan

FILE = "halsync.yaml"
"""Read from the current directory if neither ``--config`` nor ``HALSYNC_CONFIG`` is given."""

BY_KEY = {option.key: option for option in OPTIONS}


class Loaded(NamedTuple):
    """The settings and how they came about."""

    settings: Settings
    effective: tuple[Effective, ...]
    """Every setting that has a value, in the order of the reference."""
    file: str
    """The ``halsync.yaml`` that was read; empty if none."""
    note: str = ""
    """What a person may not expect of these settings; empty for nothing."""


def load(
    flags: Mapping[str, object],
    environment: Mapping[str, str],
    *,
    config: str = "",
    directory: str = "",
    everything: bool = False,
) -> Loaded:
    """Put the settings together.

    Args:
        flags: key of the option → text, or list of texts where the flag repeats.
        environment: all environment variables.
        config: value of ``--config``.
        directory: what relative paths of flags and variables count from; default: the current.
        everything: with the defaults of what only long-lived commands need, too.

    Raises:
        SettingsError: with every mistake in flags, environment and file.
    """
    directory = directory or os.getcwd()
    mistakes: list[Mistake] = []
    file = _config_file(config, environment, directory)
    declared = _read_file(file, directory, mistakes) if file else None
    command_line = from_flags(BY_KEY, flags, directory)
    names = [source.name for source in declared.sources] if declared else []
    from_env, of_sources = variables.read(
        environment,
        names,
        declared.variables if declared else (),
        directory,
        mistakes,
        complete=declared is None or declared.complete,
    )
    effective: list[Effective] = []
    layers = [command_line, from_env, declared.layer if declared else {}]
    kind = single_kind(command_line, from_env, mistakes)
    find_strays(kind, command_line, from_env, bool(names), mistakes)
    settings = _run_settings(Values(layers, mistakes, effective, ""))
    rendering = Values(layers, mistakes, effective, "")
    plan = _plan(rendering, effective)
    preset = _preset(rendering, mistakes, effective)
    placeholders = _placeholders(command_line, declared, mistakes, effective)
    watch = None
    if everything or any(key.startswith("watch.") for layer in layers for key in layer):
        from halsync.settings.sidecar import watch_settings

        watch = watch_settings(Values(layers, mistakes, effective, ""), effective)
    secrets = None
    if everything or any(key.startswith("secrets.") for layer in layers for key in layer):
        from halsync.settings.building_secrets import secrets_settings

        secrets = secrets_settings(Values(layers, mistakes, effective, ""))
    restart = None
    if everything or any(key.startswith("restart.") for layer in layers for key in layer):
        from halsync.settings.reacting import restart_settings

        restart = restart_settings(Values(layers, mistakes, effective, ""))
    cluster = None
    if everything or any(key.startswith("kubernetes.") for layer in layers for key in layer):
        from halsync.settings.building_cluster import cluster_settings

        cluster = cluster_settings(Values(layers, mistakes, effective, ""))
    manifests = accounts = None
    if everything or any(key.startswith("manifests.") for layer in layers for key in layer):
        from halsync.settings.building_manifests import manifest_settings

        opsmx = preset is not None and preset.name == "opsmx"
        manifests = manifest_settings(Values(layers, mistakes, effective, ""), opsmx=opsmx)
    if everything or any(key.startswith("accounts.") for layer in layers for key in layer):
        from halsync.settings.building_manifests import accounts_settings

        accounts = accounts_settings(Values(layers, mistakes, effective, ""))
    sources: tuple[SourceSettings, ...]
    if kind:
        single = build_single(kind, [command_line, from_env], mistakes, effective)
        sources = (single,) if single else ()
    else:
        entries = declared.sources if declared else []
        sources = build_declared(entries, of_sources, mistakes, effective)
    if mistakes:
        raise SettingsError(sorted(mistakes, key=lambda mistake: _place(mistake, file)))
    return Loaded(
        settings._replace(
            sources=sources,
            placeholders=placeholders,
            plan=plan,
            preset=preset,
            secrets=secrets,
            cluster=cluster,
            manifests=manifests,
            accounts=accounts,
            restart=restart,
            watch=watch,
        ),
        tuple(effective),
        file,
        instead(command_line, from_env, file) if kind and names else "",
    )


def _place(mistake: Mistake, file: str) -> tuple[int, ...]:
    """Sort key: the file from top to bottom, then the rest as it was found."""
    if not file or not mistake.where.startswith(file):
        return (1,)
    return (0, *[int(number) for number in mistake.where[len(file) :].split(":") if number])


def _config_file(config: str, environment: Mapping[str, str], directory: str) -> str:
    """The file to read as the user named it, empty if there is none."""
    named = config or environment.get(variables.CONFIG, "")
    if named:
        return named
    return FILE if os.path.lexists(os.path.join(directory, FILE)) else ""


def _read_file(file: str, directory: str, mistakes: list[Mistake]) -> Declared:
    from halsync.settings.file import read

    return read(file, directory, mistakes)


def _run_settings(values: Values) -> Settings:
    def get(key: str) -> Any:
        return values.get(BY_KEY[key])

    return Settings(
        target=get("target"),
        daemon_config=get("daemonConfig"),
        fail_on=get("validate.failOn"),
        ignore=get("validate.ignore"),
        select=get("validate.select"),
        halyard_version=get("validate.halyardVersion"),
        publish=PublishSettings(
            keep=get("publish.keep"),
            keep_for=get("publish.keepFor"),
            umask=get("publish.umask"),
            group=get("publish.group"),
            lock_timeout=get("publish.lockTimeout"),
        ),
        limits=Limits(
            files=get("limits.files"),
            file_bytes=get("limits.fileBytes"),
            total_bytes=get("limits.totalBytes"),
            path_length=get("limits.pathLength"),
        ),
        pod_info=get("render.podInfo"),
        timeout=get("timeout"),
        work_dir=get("workDir"),
        log_level=get("log.level"),
        log_format=get("log.format"),
        termination_log=get("terminationLog"),
    )


_STEPS = ("variants", "overlays", "files", "patches")
_PRESET = ("render.preset", "render.chart", "render.values")
_SURROUNDINGS = ("release", "namespace", "nodeIp", "servicesFile", "secretsDir", "sshKey")


def _plan(values: Values, effective: list[Effective]) -> RenderPlan | None:
    """The steps of rendering, which most installations do without."""
    raws = {key: values.raw(f"render.{key}") for key in _STEPS}
    if not any(raws.values()):
        return None
    from halsync.settings.rendering import plan_of, read_steps, render_section

    steps: dict[str, tuple[Any, ...]] = {}
    for key, raw in raws.items():
        if raw is None:
            continue
        if isinstance(raw.value, tuple):
            steps[key] = raw.value
            continue
        texts = raw.value if isinstance(raw.value, list) else [raw.value]
        words = [word.strip() for text in texts for word in str(text).split(",") if word.strip()]
        found = read_steps(key, words, lambda _, origin=raw.origin: origin)  # type: ignore[misc]
        for wrong in found.mistakes:
            values.wrong(raw, f"render.{key}: {wrong.message}", wrong.hint)
        steps[key] = found.steps
    plan = plan_of(steps)
    for key, shown in (render_section(plan) if plan else {}).items():
        raw = raws[key]
        effective.append(Effective(f"render.{key}", shown, raw.origin if raw else ""))
    return plan


def _preset(values: Values, mistakes: list[Mistake], effective: list[Effective]) -> Preset | None:
    """The preset with what belongs to it."""
    name, _, given = (values.raw(key) for key in _PRESET)
    around = tuple(f"render.{key}" for key in _SURROUNDINGS)
    if name is None:
        for key in (*_PRESET[1:], *around):
            raw = values.raw(key)
            if raw is not None:
                mistakes.append(
                    Mistake(raw.where, f"{key} belongs to a preset, and none is chosen",
                            "add render.preset: opsmx")
                )  # fmt: skip
        return None
    from halsync.settings.steps import Preset, Surroundings

    found = Preset(
        values.get(BY_KEY["render.preset"]),
        values.get(BY_KEY["render.chart"]),
        declared_at=name.origin,
        surroundings=Surroundings(*(values.get(BY_KEY[key]) for key in around)),
    )
    if given is None:
        return found
    if isinstance(given.value, dict):
        # Shown as a whole would be too much, and would show secrets.
        effective.append(Effective("render.values", "(inline)", given.origin))
        return found._replace(values=given.value)
    if not isinstance(given.value, str) or not given.value:
        values.wrong(given, "render.values must be a mapping, or the path of a file", "")
        return found
    path = absolute(given.value, given.base)
    effective.append(Effective("render.values", path, given.origin))
    return found._replace(values_file=path)


def _placeholders(
    command_line: Layer,
    declared: Declared | None,
    mistakes: list[Mistake],
    effective: list[Effective],
) -> tuple[PlaceholderSettings, ...]:
    """Declared ones, overridden by ``--set``; later ``--set`` wins."""
    found = {item.name: item for item in declared.placeholders} if declared else {}
    raw = command_line.get("render.placeholders")
    for text in raw.value if raw and isinstance(raw.value, list) else ():
        name, given, value = text.partition("=")
        if given and _legal_name(name):
            found[name] = PlaceholderSettings(
                name, value, secret=is_secret_name(name), declared_at="--set"
            )
        else:
            mistakes.append(
                Mistake(
                    "--set",
                    f"{mask_line(name) if given and name else 'the argument'} is not NAME=VALUE",
                    "write --set NAME=VALUE; a name is made of letters, digits, '_', '-' and '.'",
                )
            )
    for item in found.values():
        shown: object = item.literal
        elsewhere = item.file or item.env or item.field
        detailed = bool(elsewhere or item.files or item.optional)
        if detailed:
            kinds = {"file": item.file, "env": item.env, "field": item.field}
            named: dict[str, object] = {key: text for key, text in kinds.items() if text}
            if not elsewhere:
                named = {"value": MASK if item.secret else item.literal}
            if item.files:
                named["files"] = list(item.files)
            shown = named | {"secret": item.secret}
            if item.optional:
                shown["optional"] = True
        masked = item.secret and not detailed
        key = f"render.placeholders.{item.name}"
        effective.append(Effective(key, shown, item.declared_at, masked))
    return tuple(found.values())


def _legal_name(name: str) -> bool:
    import re

    from halsync.settings.values import NAME

    return (name.isascii() and name.isidentifier()) or bool(re.fullmatch(NAME, name))
