"""``secrets``: from what a person wrote to :mod:`halsync.settings.secrets`."""

from __future__ import annotations

from halsync.paths import nearest
from halsync.settings.options.secrets import SECRETS
from halsync.settings.secrets import ENGINES, SecretsSettings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from halsync.settings.aws import AwsAccess
    from halsync.settings.resolve import Values
    from halsync.settings.vault import VaultConnection

_BY_KEY = {option.key: option for option in SECRETS}
_VAULT = "secrets.vault."
_AWS = "secrets.aws."


def secrets_settings(values: Values) -> SecretsSettings:
    """Mistakes are recorded in ``values``."""

    def get(key: str) -> Any:
        return values.get(_BY_KEY[f"secrets.{key}"])

    settings = SecretsSettings(
        mode=get("mode"),
        kubernetes=get("kubernetes"),
        mounted_dir=get("mountedDir"),
        engines=get("resolve"),
        file_dirs=_directories(values),
        variables=get("env"),
        seen_as=get("seenAs"),
        layout=get("layout"),
        link=get("link"),
        vault=_vault(values),
        aws=_aws(values),
    )
    raw = values.raw("secrets.resolve")
    for engine in settings.engines if raw else ():
        if raw and engine not in ENGINES:
            near = nearest(engine, ENGINES)
            hint = f"did you mean {near}?" if near else f"legal: {', '.join(ENGINES)}"
            values.wrong(raw, f"secrets.resolve: halsync does not resolve {engine!r}", hint)
    raw = values.raw("secrets.kubernetes")
    mounted = settings.mounted_dir or values.raw("render.secretsDir") is not None
    if raw and settings.kubernetes == "mounted" and not mounted:
        values.wrong(raw, "secrets.mountedDir is missing", "say where the Secrets are mounted")
    raw = values.raw("secrets.seenAs")
    if raw and settings.seen_as and not settings.seen_as.startswith("/"):
        values.wrong(raw, "secrets.seenAs must be an absolute path", "begin it with /")
    return settings


def _directories(values: Values) -> tuple[str, ...]:
    raw = values.raw("secrets.fileDirs")
    given: tuple[str, ...] = values.get(_BY_KEY["secrets.fileDirs"])
    return tuple(values.path(raw, path) for path in given) if raw else ()


def _is_given(values: Values, at: str) -> bool:
    return any(values.raw(key) is not None for key in _BY_KEY if key.startswith(at))


def _vault(values: Values) -> VaultConnection | None:
    if not _is_given(values, _VAULT):
        return None
    from halsync.settings.kinds.vault import build_connection

    return build_connection(values, _VAULT, _BY_KEY)


def _aws(values: Values) -> AwsAccess | None:
    if not _is_given(values, _AWS):
        return None
    from halsync.settings.aws import build_access

    return build_access(lambda key: values.get(_BY_KEY[_AWS + key]))
