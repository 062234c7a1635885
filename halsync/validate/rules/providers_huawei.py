"""HAL136x: Huawei Cloud accounts and images."""

from __future__ import annotations

from halsync.validate.rules.base import Finding, rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from halsync.validate.rules.view import Configuration, Node

_ACCOUNT = ("authUrl", "username", "password", "projectName", "domainName")
_BAKERY = (*_ACCOUNT, "vpcId", "subnetId", "securityGroup")
_IMAGE = ("region", "instanceType", "sourceImageId", "sshUserName", "eipType")
_GOOD = """
providers:
  huaweicloud:
    accounts:
    - name: hw
      authUrl: https://iam.acme.example/v3
      username: u
      password: encrypted:hw:password
      projectName: p
      domainName: d
      regions: [cn-north-1]
    bakeryDefaults:
      authUrl: https://iam.acme.example/v3
      username: u
      password: encrypted:hw:password
      projectName: p
      domainName: d
      insecure: false
      vpcId: v
      subnetId: s
      eipBandwidthSize: 5
      securityGroup: g
      baseImages:
      - baseImage: {id: ubuntu, packageType: DEB}
        virtualizationSettings:
        - {region: r, instanceType: t, sourceImageId: i, sshUserName: u, eipType: e}
"""


def _accounts(config: Configuration) -> Iterator[Node]:
    for deployment in config.deployments:
        yield from deployment.accounts("huaweicloud")


def _bakeries(config: Configuration) -> Iterator[Node]:
    """Those that say more than the defaults."""
    for deployment in config.deployments:
        bakery = deployment.provider("huaweicloud").node("bakeryDefaults")
        if any(value for key, value in bakery.value.items() if key != "templateFile"):
            yield bakery


@rule(
    "HAL1360",
    "incomplete Huawei account",
    "error",
    ids=(
        "huawei-auth-url-missing",
        "huawei-credentials-missing",
        "huawei-project-missing",
        "huawei-domain-missing",
    ),
    on_deploy=True,
    good=_GOOD,
    bad=_GOOD.replace("      projectName: p\n      domainName: d\n      regions", "      regions"),
)
def account_fields(config: Configuration) -> Iterator[Finding]:
    """A Huawei account needs ``authUrl``, ``username``, ``password``, ``projectName`` and
    ``domainName``."""
    for account in _accounts(config):
        for key in _ACCOUNT:
            if not account.text(key):
                yield Finding(account.at(key), f"this account has no {key}", f"add {key}")


@rule(
    "HAL1361",
    "Huawei account without regions",
    "error",
    ids=("huawei-regions-missing",),
    on_deploy=True,
    good=_GOOD,
    bad=_GOOD.replace("[cn-north-1]", "[]"),
)
def regions(config: Configuration) -> Iterator[Finding]:
    """``regions`` must hold one region at least."""
    for account in _accounts(config):
        if account.value.get("regions") == []:
            yield Finding(account.at("regions"), "this account has no region", "add a region")


@rule(
    "HAL1362",
    "Huawei Cloud without verified TLS",
    "warning",
    ids=("huawei-insecure", "huawei-bakery-insecure"),
    on_deploy=True,
    good=_GOOD,
    bad=_GOOD.replace("insecure: false", "insecure: true"),
)
def insecure(config: Configuration) -> Iterator[Finding]:
    """With ``insecure: true`` anybody in between can read and change what is sent."""
    for node in (*_accounts(config), *_bakeries(config)):
        if node.flag("insecure"):
            yield Finding(node.at("insecure"), "certificates are not verified", "remove insecure")


@rule(
    "HAL1363",
    "incomplete Huawei bakery",
    "error",
    ids=(
        "huawei-bakery-auth-url-missing",
        "huawei-bakery-username-missing",
        "huawei-bakery-password-missing",
        "huawei-bakery-project-name-missing",
        "huawei-bakery-domain-name-missing",
        "huawei-bakery-vpc-id-missing",
        "huawei-bakery-subnet-id-missing",
        "huawei-bakery-security-group-missing",
        "huawei-bakery-eip-bandwidth",
    ),
    on_deploy=True,
    good=_GOOD,
    bad=_GOOD.replace("      vpcId: v\n", ""),
)
def bakery_fields(config: Configuration) -> Iterator[Finding]:
    """Once ``bakeryDefaults`` says anything it must say it all: where and how to log in, ``vpcId``,
    ``subnetId``, ``securityGroup``, and an ``eipBandwidthSize`` above 0."""
    for bakery in _bakeries(config):
        for key in _BAKERY:
            if not bakery.text(key):
                yield Finding(bakery.at(key), f"baking needs {key}", f"add {key}")
        size = bakery.number("eipBandwidthSize")
        if size is not None and size <= 0:
            message = "eipBandwidthSize must be above 0"
            yield Finding(bakery.at("eipBandwidthSize"), message, "write 5, for example")


@rule(
    "HAL1364",
    "incomplete Huawei image",
    "error",
    ids=(
        "huawei-image-package-type-missing",
        "huawei-image-region-missing",
        "huawei-image-instance-type-missing",
        "huawei-image-source-image-id-missing",
        "huawei-image-ssh-user-missing",
        "huawei-image-eip-type-missing",
    ),
    on_deploy=True,
    good=_GOOD,
    bad=_GOOD.replace(", eipType: e", ""),
)
def image_fields(config: Configuration) -> Iterator[Finding]:
    """An image needs its ``packageType``, and its ``virtualizationSettings`` a region, an instance
    type, a source image, a user and a type of address. (Halyard looks at the first settings of
    each image only.)"""
    for bakery in _bakeries(config):
        for image in bakery.nodes("baseImages"):
            base = image.node("baseImage")
            if not base.text("packageType"):
                message = "this image has no packageType"
                yield Finding(base.at("packageType"), message, "add packageType: DEB or RPM")
            for settings in image.nodes("virtualizationSettings")[:1]:
                for key in _IMAGE:
                    if not settings.text(key):
                        message = f"this image has no {key}"
                        yield Finding(settings.at(key), message, f"add {key}")
