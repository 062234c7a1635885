"""HAL135x: Oracle accounts and images."""

from __future__ import annotations

from halsync.validate.rules.base import Finding, rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from halsync.validate.rules.view import Configuration

REQUIRED = (
    "compartmentId",
    "userId",
    "fingerprint",
    "sshPrivateKeyFilePath",
    "tenancyId",
)
_GOOD = """
providers:
  oracle:
    primaryAccount: oci
    accounts:
    - name: oci
      compartmentId: c
      userId: u
      fingerprint: f
      sshPrivateKeyFilePath: configserver:key
      tenancyId: t
      region: us-phoenix-1
    bakeryDefaults:
      availabilityDomain: ad
      subnetId: s
      instanceShape: VM.Standard2.1
      baseImages:
      - baseImage: {id: ubuntu}
        virtualizationSettings: {baseImageId: i, sshUserName: ubuntu}
"""


@rule(
    "HAL1350",
    "incomplete Oracle account",
    "fatal",
    ids=(
        "oracle-account-compartment-id-missing",
        "oracle-account-user-id-missing",
        "oracle-account-fingerprint-missing",
        "oracle-account-ssh-private-key-file-path-missing",
        "oracle-account-tenancy-id-missing",
        "oracle-account-region-missing",
    ),
    on_deploy=True,
    good=_GOOD,
    bad=_GOOD.replace("      region: us-phoenix-1\n", ""),
)
def account_fields(config: Configuration) -> Iterator[Finding]:
    """An Oracle account needs ``compartmentId``, ``userId``, ``fingerprint``, ``tenancyId``,
    ``region`` and ``sshPrivateKeyFilePath``; Halyard stops without one of them."""
    for deployment in config.deployments:
        for provider in ("oracle", "oraclebmcs"):
            for account in deployment.accounts(provider):
                for key in (*REQUIRED, "region"):
                    if not account.text(key):
                        message = f"this account has no {key}"
                        yield Finding(account.at(key), message, f"add {key}")


@rule(
    "HAL1351",
    "incomplete Oracle image",
    "warning",
    ids=(
        "oracle-bakery-availability-domain-missing",
        "oracle-bakery-subnet-id-missing",
        "oracle-bakery-instance-shape-missing",
        "oracle-image-id-missing",
        "oracle-image-ssh-user-missing",
    ),
    good=_GOOD,
    bad=_GOOD.replace("sshUserName: ubuntu", ""),
)
def images(config: Configuration) -> Iterator[Finding]:
    """To bake images, Oracle's ``bakeryDefaults`` need ``availabilityDomain``, ``subnetId`` and
    ``instanceShape``, and each image its ``baseImageId`` and ``sshUserName``.

    Halyard has these checks (as fatal) but never runs them in this version; they are warnings
    here, and only where there are images to bake.
    """
    for deployment in config.deployments:
        for provider in ("oracle", "oraclebmcs"):
            bakery = deployment.provider(provider).node("bakeryDefaults")
            images = bakery.nodes("baseImages")
            for key in ("availabilityDomain", "subnetId", "instanceShape") if images else ():
                if not bakery.text(key):
                    yield Finding(bakery.at(key), f"baking needs {key}", f"add {key}")
            for image in images:
                settings = image.node("virtualizationSettings")
                for key in ("baseImageId", "sshUserName"):
                    if not settings.text(key):
                        message = f"this image has no {key}"
                        yield Finding(settings.at(key), message, f"add {key}")
