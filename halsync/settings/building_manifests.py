"""``manifests`` and ``accounts``: from what a person wrote to the settings' records."""

from __future__ import annotations

import re

from halsync.settings.manifests import (
    OPSMX_PATHS,
    AccountsSettings,
    JasyptSettings,
    ManifestSettings,
)
from halsync.settings.options_manifests import MANIFESTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from halsync.settings.resolve import Values

_BY_KEY = {option.key: option for option in MANIFESTS}
_NAME = r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?"


def manifest_settings(values: Values, *, opsmx: bool) -> ManifestSettings:
    """Mistakes are recorded in ``values``. ``opsmx``: that preset is chosen."""

    def get(key: str) -> Any:
        return values.get(_BY_KEY[f"manifests.{key}"])

    found = ManifestSettings(
        paths=tuple(path.strip("/") for path in get("paths")) or (OPSMX_PATHS if opsmx else ()),
        kinds=get("kinds") or ManifestSettings().kinds,
        namespaces=get("namespaces"),
        apply=get("apply"),
        prune=get("prune"),
        force=get("force"),
        inventory=get("inventory"),
        jasypt=JasyptSettings(
            password=get("jasypt.password"),
            secret=get("jasypt.secret"),
            key=get("jasypt.key"),
            algorithm=get("jasypt.algorithm"),
        ),
    )
    for key, name in (("inventory", found.inventory), ("jasypt.secret", found.jasypt.secret)):
        raw = values.raw(f"manifests.{key}")
        if raw and not re.fullmatch(_NAME, name):
            values.wrong(
                raw,
                f"manifests.{key}: {name[:80]!r} cannot be the name of an object",
                "use small letters, digits, '-' and '.'",
            )
    return found


def accounts_settings(values: Values) -> AccountsSettings:
    """Mistakes are recorded in ``values``."""

    def get(key: str) -> Any:
        return values.get(_BY_KEY[f"accounts.{key}"])

    found = AccountsSettings(
        directory=get("directory"),
        seen_as=get("seenAs"),
        files=get("files") or AccountsSettings().files,
        interval=get("interval") or 0.0,
        mode=get("mode"),
        group=get("group"),
    )
    raw = values.raw("accounts.seenAs")
    if raw and found.seen_as and not found.seen_as.startswith("/"):
        values.wrong(raw, "accounts.seenAs must be an absolute path", "begin it with /")
    raw = values.raw("accounts.mode")
    if raw and found.mode & 0o137:
        values.wrong(
            raw,
            "accounts.mode lets others at files that hold credentials",
            "the most is 640: the owner reads and writes, the group reads",
        )
    return found
