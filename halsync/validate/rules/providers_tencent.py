"""HAL137x: Tencent Cloud accounts and images."""

from __future__ import annotations

from halsync.validate.rules.base import Finding, rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from halsync.validate.rules.view import Configuration

_IMAGE = ("region", "zone", "instanceType", "sourceImageId", "sshUserName")
_GOOD = """
providers:
  tencentcloud:
    accounts:
    - {name: tc, secretId: i, secretKey: "encrypted:tc:key", regions: [ap-guangzhou]}
    bakeryDefaults:
      secretId: i
      secretKey: encrypted:tc:key
      baseImages:
      - baseImage: {id: ubuntu, packageType: DEB}
        virtualizationSettings:
        - {region: r, zone: z, instanceType: t, sourceImageId: i, sshUserName: u}
"""


@rule(
    "HAL1370",
    "incomplete Tencent account",
    "error",
    ids=("tencent-credentials-missing", "tencent-regions-missing"),
    on_deploy=True,
    good=_GOOD,
    bad=_GOOD.replace(", regions: [ap-guangzhou]", ""),
)
def account_fields(config: Configuration) -> Iterator[Finding]:
    """A Tencent account needs ``secretId``, ``secretKey`` and at least one of ``regions``."""
    for deployment in config.deployments:
        for account in deployment.accounts("tencentcloud"):
            for key in ("secretId", "secretKey"):
                if not account.text(key):
                    yield Finding(account.at(key), f"this account has no {key}", f"add {key}")
            if not account.items("regions"):
                yield Finding(account.at("regions"), "this account has no region", "add a region")


@rule(
    "HAL1371",
    "incomplete Tencent bakery",
    "error",
    ids=("tencent-bakery-secret-id-missing", "tencent-bakery-secret-key-missing"),
    on_deploy=True,
    good=_GOOD,
    bad=_GOOD.replace("      secretId: i\n", ""),
)
def bakery_fields(config: Configuration) -> Iterator[Finding]:
    """To bake images, ``bakeryDefaults`` needs ``secretId`` and ``secretKey``: both, or neither
    of them and no image."""
    for deployment in config.deployments:
        bakery = deployment.provider("tencentcloud").node("bakeryDefaults")
        pairs = (("secretId", "secretKey"), ("secretKey", "secretId"))
        for key, other in pairs:
            if not bakery.text(key) and (bakery.text(other) or bakery.items("baseImages")):
                yield Finding(bakery.at(key), f"baking needs {key}", f"add {key}")


@rule(
    "HAL1372",
    "incomplete Tencent image",
    "error",
    ids=(
        "tencent-image-region-missing",
        "tencent-image-zone-missing",
        "tencent-image-instance-type-missing",
        "tencent-image-source-image-id-missing",
        "tencent-image-ssh-user-missing",
    ),
    on_deploy=True,
    good=_GOOD,
    bad=_GOOD.replace("zone: z, ", ""),
)
def image_fields(config: Configuration) -> Iterator[Finding]:
    """The ``virtualizationSettings`` of an image need a region, a zone, an instance type, a source
    image and a user. (Halyard looks at the first settings of each image only.)"""
    for deployment in config.deployments:
        bakery = deployment.provider("tencentcloud").node("bakeryDefaults")
        for image in bakery.nodes("baseImages"):
            for settings in image.nodes("virtualizationSettings")[:1]:
                for key in _IMAGE:
                    if not settings.text(key):
                        message = f"this image has no {key}"
                        yield Finding(settings.at(key), message, f"add {key}")
