"""Namespace, release and environment: the names that an installation goes by."""

from __future__ import annotations

from halsync.render.presets.opsmx.codes import UNKNOWN
from halsync.render.presets.opsmx.defaults import GITOPS
from halsync.render.presets.opsmx.names import (
    FIAT,
    HAL_CONFIG,
    ORCA,
    REDIS,
    ROSCO,
    SETTINGS,
    STORMDRIVER,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.render.presets.opsmx.draft import Draft

RELEASE_VARIABLE = "HALSYNC_RENDER_RELEASE"


def add(draft: Draft) -> None:
    """``SPINNAKER_NAMESPACE``, ``RELEASE_NAME`` and ``ENVIRONMENT``."""
    values = draft.values
    mtls = f"{GITOPS}.mTLS.enabled"
    files = (HAL_CONFIG, ORCA, *((f"{SETTINGS}/*",) if values.flag(mtls) else ()))
    keys = (mtls,) if values.flag(mtls) else ()
    if draft.facts.namespace:
        draft.placeholder("SPINNAKER_NAMESPACE", files, draft.facts.namespace, *keys)
    else:
        draft.placeholder("SPINNAKER_NAMESPACE", files, "", *keys, field="metadata.namespace")
    _release(draft)
    environment = f"{GITOPS}.environment"
    if values.text(environment):
        draft.placeholder("ENVIRONMENT", (HAL_CONFIG,), values.text(environment), environment)


def _release(draft: Draft) -> None:
    files = [HAL_CONFIG, ROSCO, REDIS, FIAT]
    keys = []
    if draft.values.chart == "4.0" and draft.values.flag("global.stormdriver"):
        files.append(STORMDRIVER)
        keys.append("global.stormdriver")
    if draft.facts.release:
        draft.placeholder("RELEASE_NAME", tuple(files), draft.facts.release, *keys)
    elif draft.needs("RELEASE_NAME", files):
        draft.report_name(
            UNKNOWN,
            "RELEASE_NAME",
            "is to be filled in, and the name of the Helm release is not known",
            f"set render.release in halsync.yaml, or {RELEASE_VARIABLE}",
        )
