"""The findings of the preset."""

from __future__ import annotations

from halsync.render.codes import Code

UNKNOWN = Code(
    "HAL0250",
    "error",
    "The preset needs a value that neither the Helm values nor the settings give",
    "give it in the values file or below render: in halsync.yaml",
)
NO_SERVICE = Code(
    "HAL0251",
    "error",
    "autoConfiguration is on, but no address of gate or deck can be found",
    "name a file with the Services (kubectl get services -o json) as render.servicesFile, or turn"
    " global.autoConfiguration.enabled off and give the hosts",
)
NO_SECRET = Code(
    "HAL0252",
    "error",
    "A Secret that the preset takes values from is missing or incomplete",
    "mount the Secret below render.secretsDir, or give the placeholders below render.placeholders",
)
BAD_BOM = Code(
    "HAL0253",
    "error",
    "The bill of materials cannot be used",
    "correct the file bom at the root of the repository",
)
NOT_CARRIED = Code(
    "HAL0254",
    "warning",
    "Something that the chart does is not done by halsync",
    "see docs/opsmx.md",
)

CODES: tuple[Code, ...] = (UNKNOWN, NO_SERVICE, NO_SECRET, BAD_BOM, NOT_CARRIED)
