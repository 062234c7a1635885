"""HAL14xx: where front50 keeps pipelines."""

from __future__ import annotations

import re

from halsync.validate.rules.base import Finding, rule
from halsync.validate.rules.view import cut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from halsync.validate.rules.view import Configuration, Node

_REQUIRED = (
    "compartmentId",
    "userId",
    "fingerprint",
    "sshPrivateKeyFilePath",
    "tenancyId",
    "namespace",
)
_ORACLE = """
persistentStorage:
  persistentStoreType: oracle
  oracle:
    compartmentId: c
    userId: u
    fingerprint: f
    sshPrivateKeyFilePath: configserver:key
    tenancyId: t
    namespace: n
    region: us-phoenix-1
    bucketName: spinnaker
"""


def _selected(config: Configuration) -> Iterator[tuple[str, Node]]:
    """The chosen store of each deployment, under the lower-case id that Halyard uses."""
    for deployment in config.deployments:
        storage = deployment.node("persistentStorage")
        kind = storage.text("persistentStoreType").lower()
        if kind:
            yield kind, storage.node(kind)


@rule(
    "HAL1401",
    "no storage chosen",
    "warning",
    ids=("persistent-store-not-set",),
    good="persistentStorage: {persistentStoreType: redis}",
    bad="""
deploymentEnvironment: {size: SMALL}
persistentStorage: {s3: {bucket: spinnaker}}
""",
)
def not_set(config: Configuration) -> Iterator[Finding]:
    """``persistentStorage.persistentStoreType`` chooses where applications and pipelines are
    kept: ``s3``, ``gcs``, ``azs``, ``oracle`` or ``redis``. Without it front50 does not start,
    unless a profile configures its storage (``front50-local.yml`` with ``sql``, for example).

    Halyard warns only when asked to (``hal config storage``), never when it deploys. A deployment
    without ``deploymentEnvironment`` passes for a patch.
    """
    for deployment in config.deployments:
        storage = deployment.node("persistentStorage")
        if deployment.is_part or storage.text("persistentStoreType"):
            continue
        if not _own_storage(config, deployment.name):
            yield Finding(
                storage.at("persistentStoreType"),
                "no storage is chosen, so the deployment will most likely fail",
                "add persistentStorage: {persistentStoreType: s3}, or the one you have",
            )


def _own_storage(config: Configuration, deployment: str) -> bool:
    """Whether a profile of front50 says where to store."""
    for name in ("front50-local.yml", "front50.yml", "spinnaker-local.yml"):
        node = config.node(f"{deployment}/profiles/{name}")
        if node.is_set("sql") or node.node("spinnaker"):
            return True
    return False


@rule(
    "HAL1402",
    "incomplete Oracle storage",
    "fatal",
    ids=(
        "oracle-store-compartment-id-missing",
        "oracle-store-user-id-missing",
        "oracle-store-fingerprint-missing",
        "oracle-store-ssh-private-key-file-path-missing",
        "oracle-store-tenancy-id-missing",
        "oracle-store-namespace-missing",
    ),
    on_deploy=True,
    good=_ORACLE,
    bad=_ORACLE.replace("    namespace: n\n", ""),
)
def oracle(config: Configuration) -> Iterator[Finding]:
    """The chosen Oracle storage needs ``compartmentId``, ``userId``, ``fingerprint``,
    ``tenancyId``, ``namespace`` and ``sshPrivateKeyFilePath``."""
    for kind, store in _selected(config):
        for key in _REQUIRED if kind.startswith("oracle") else ():
            if not store.text(key):
                yield Finding(store.at(key), f"this storage has no {key}", f"add {key}")


@rule(
    "HAL1403",
    "name that no bucket may have",
    "error",
    ids=("oracle-store-bucket-name-invalid",),
    on_deploy=True,
    good=_ORACLE,
    bad=_ORACLE.replace("bucketName: spinnaker", 'bucketName: "spin naker"'),
)
def bucket_name(config: Configuration) -> Iterator[Finding]:
    """An Oracle bucket has 1 to 63 letters, digits, ``-``, ``_`` and ``.`` in its name."""
    for kind, store in _selected(config):
        name = store.text("bucketName")
        if kind.startswith("oracle") and name and not re.fullmatch(r"[-a-zA-Z0-9_.]{1,63}", name):
            message = f"'{cut(name)}' cannot be the name of a bucket"
            yield Finding(store.at("bucketName"), message, "use letters, digits, '-', '_', '.'")


@rule(
    "HAL1404",
    "chosen storage says nothing",
    "warning",
    good="persistentStorage: {persistentStoreType: s3, s3: {bucket: spinnaker}}",
    bad="persistentStorage: {persistentStoreType: s3, gcs: {bucket: spinnaker}}",
)
def no_bucket(config: Configuration) -> Iterator[Finding]:
    """A store is chosen whose own section says no bucket (or container): often another section
    was filled in."""
    keys = {"s3": "bucket", "gcs": "bucket", "azs": "storageAccountName"}
    for kind, store in _selected(config):
        key = keys.get(kind)
        if key and not store.text(key):
            message = f"{kind} is chosen, but its section says no {key}"
            yield Finding(store.at(key), message, f"add persistentStorage.{kind}.{key}")
