"""Effective settings: flags over environment over ``halsync.yaml`` over defaults.

The file, and everything that reads YAML, is only imported when there is a file.
"""

from __future__ import annotations

import os

from halsync.errors import ConfigError
from halsync.records import NamedTuple
from halsync.redact import MASK, is_secret_name, mask_line
from halsync.settings import environment as variables
from halsync.settings.mistakes import Mistake, SettingsError
from halsync.settings.model import Limits, PlaceholderSettings, PublishSettings, Settings
from halsync.settings.options import OPTIONS
from halsync.settings.options.rendering import RENDERING
from halsync.settings.resolve import Declared, Effective, Values, from_flags
from halsync.settings.sources import (
    build_declared,
    build_single,
    find_strays,
    instead,
    single_kind,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from halsync.settings.steps import Preset

FILE = "halsync.yaml"
"""Read from the current directory if neither ``--config`` nor ``HALSYNC_CONFIG`` is given."""

BY_KEY = {option.key: option for option in OPTIONS}
_RUN = ("render.placeholders", "render.podInfo")
"""What concerns every run, although it stands below ``render``."""


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
        ConfigError: the current directory is gone.
        SettingsError: with every mistake in flags, environment and file.
    """
    directory = directory or _here()
    mistakes: list[Mistake] = []
    effective: list[Effective] = []
    file = _config_file(config, environment, directory)
    declared = _read_file(file, directory, mistakes) if file else Declared()
    command_line = from_flags(BY_KEY, flags, directory)
    from_env, of_sources = variables.read(
        environment,
        [source.name for source in declared.sources],
        declared.variables,
        directory,
        mistakes,
        complete=declared.complete,
    )
    kind = single_kind(command_line, from_env, mistakes)
    find_strays(kind, command_line, from_env, bool(declared.sources), mistakes)
    values = Values([command_line, from_env, declared.layer], mistakes, effective, "")
    settings = _run_settings(values)._replace(**_sections(values, declared, everything))
    if kind:
        single = build_single(kind, [command_line, from_env], mistakes, effective)
        settings = settings._replace(sources=(single,) if single else ())
    else:
        built = build_declared(declared.sources, of_sources, mistakes, effective)
        settings = settings._replace(sources=built)
    if mistakes:
        mistakes.sort(key=lambda mistake: _place(mistake, file))
        raise SettingsError(mistakes, settings)
    void = kind and declared.sources
    note = instead(command_line, from_env, file) if void else ""
    return Loaded(settings, tuple(effective), file, note)


def _place(mistake: Mistake, file: str) -> tuple[int, ...]:
    """Sort key: the file from top to bottom, then the rest as it was found."""
    if not file or not mistake.where.startswith(file):
        return (1,)
    return (0, *[int(number) for number in mistake.where[len(file) :].split(":") if number])


def _here() -> str:
    try:
        return os.getcwd()
    except OSError as error:
        raise ConfigError(
            "the current directory is not there any more",
            where=os.environ.get("PWD", ""),
            hint="change into one that is, and run again",
        ) from error


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

    settings = Settings(
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
    if values.raw("publish.lockTimeout") is None:
        wait = min(settings.timeout, PublishSettings().lock_timeout)
        settings = settings._replace(publish=settings.publish._replace(lock_timeout=wait))
    return settings


def _sections(values: Values, declared: Declared, everything: bool) -> dict[str, Any]:
    """What most runs do without; a section's module is only imported if it is spoken of."""
    found: dict[str, Any] = {}

    def wanted(section: str) -> bool:
        return everything or values.has(section)

    if any(values.raw(option.key) for option in RENDERING if option.key not in _RUN):
        from halsync.settings.building.rendering import plan_settings, preset_settings

        found["plan"] = plan_settings(values)
        found["preset"] = preset_settings(values)
    found["placeholders"] = _placeholders(values, declared)
    if wanted("watch."):
        from halsync.settings.building.sidecar import watch_settings

        found["watch"] = watch_settings(values)
    if wanted("secrets."):
        from halsync.settings.building.secrets import secrets_settings

        found["secrets"] = secrets_settings(values)
    if wanted("restart."):
        from halsync.settings.building.sidecar import restart_settings

        found["restart"] = restart_settings(values)
    if wanted("kubernetes."):
        from halsync.settings.building.cluster import cluster_settings

        found["cluster"] = cluster_settings(values)
    if wanted("manifests."):
        from halsync.settings.building.cluster import manifest_settings

        preset: Preset | None = found.get("preset")
        opsmx = preset is not None and preset.name == "opsmx"
        found["manifests"] = manifest_settings(values, opsmx=opsmx)
    if wanted("accounts."):
        from halsync.settings.building.cluster import accounts_settings

        found["accounts"] = accounts_settings(values)
    return found


def _placeholders(values: Values, declared: Declared) -> tuple[PlaceholderSettings, ...]:
    """Declared ones, overridden by ``--set``; later ``--set`` wins."""
    found = {item.name: item for item in declared.placeholders}
    raw = values.raw("render.placeholders")
    for text in raw.value if raw and isinstance(raw.value, list) else ():
        name, given, value = text.partition("=")
        if given and _legal_name(name):
            found[name] = PlaceholderSettings(
                name, value, secret=is_secret_name(name), declared_at="--set"
            )
        elif raw:
            values.wrong(
                raw,
                f"{mask_line(name) if given and name else 'the argument'} is not NAME=VALUE",
                "write --set NAME=VALUE; a name is made of letters, digits, '_', '-' and '.'",
            )
    for item in found.values():
        values.add(_shown(item))
    return tuple(found.values())


def _shown(item: PlaceholderSettings) -> Effective:
    """A placeholder as ``config show`` has it: in short, or with what else is said of it."""
    key = f"render.placeholders.{item.name}"
    elsewhere = {"file": item.file, "env": item.env, "field": item.field}
    named: dict[str, object] = {form: text for form, text in elsewhere.items() if text}
    if not (named or item.files or item.optional):
        return Effective(key, item.literal, item.declared_at, item.secret)
    if not named:
        named["value"] = MASK if item.secret else item.literal
    if item.files:
        named["files"] = list(item.files)
    named["secret"] = item.secret
    if item.optional:
        named["optional"] = True
    return Effective(key, named, item.declared_at)


def _legal_name(name: str) -> bool:
    import re

    from halsync.settings.values import NAME

    return (name.isascii() and name.isidentifier()) or bool(re.fullmatch(NAME, name))
