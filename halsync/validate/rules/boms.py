"""HAL21xx: bills of materials below ``.boms``."""

from __future__ import annotations

from halsync.validate.rules.base import Finding, rule
from halsync.validate.rules.view import Deployment, Node, cut, did_you_mean, listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from halsync.validate.rules.view import Configuration

_DIRECTORY = ".boms/bom/"
_SPRING = ("clouddriver", "echo", "fiat", "front50", "gate", "igor", "kayenta", "orca", "rosco")
_GOOD = """
version: local:1.35.4
--- .boms/bom/1.35.4.yml
version: 1.35.4
services: {gate: {version: local:6.60.0}}
dependencies: {redis: {version: 2:2.8.4-2}}
--- .boms/gate/gate.yml
server: {port: 8084}
"""


def _local(config: Configuration) -> Iterator[tuple[Deployment, str]]:
    """Deployments of a ``local:`` version, with the path of their bill of materials."""
    for deployment in config.deployments:
        if deployment.version.startswith("local:"):
            yield deployment, f"{_DIRECTORY}{deployment.version[6:]}.yml"


def _artifacts(config: Configuration) -> Iterator[tuple[str, str, Node]]:
    """File, name and entry of every service of the bills that are in use."""
    for path in sorted({path for _, path in _local(config)}):
        for name, node in config.node(path).node("services").children():
            yield path, name, node


@rule(
    "HAL2101",
    "bill of materials is missing",
    "fatal",
    good=_GOOD,
    bad=_GOOD.replace("local:1.35.4", "local:1.35.5"),
)
def missing(config: Configuration) -> Iterator[Finding]:
    """The version ``local:NAME`` is described by ``.boms/bom/NAME.yml`` (not ``.yaml``); Halyard
    stops without it.

    Where the tree has no ``.boms`` at all this is a warning: it may be mounted from elsewhere.
    """
    boms = [path for path in config.files if path.startswith(".boms/")]
    for deployment, path in _local(config):
        if path in config.files:
            continue
        known = [
            "local:" + name[len(_DIRECTORY) :].removesuffix(".yml")
            for name in boms
            if name.startswith(_DIRECTORY) and name.endswith(".yml")
        ]
        hint = did_you_mean(deployment.version, known) or f"add {path} to the source"
        other = f"{path[:-4]}.yaml"
        if other in config.files:
            hint = f"rename {other} to {path}"
        yield Finding(
            deployment.at("version"),
            f"there is no {path}",
            hint,
            severity=None if boms else "warning",
        )


@rule(
    "HAL2102",
    "local files that are not used",
    "warning",
    good=_GOOD,
    bad=_GOOD.replace("version: local:6.60.0", "version: 6.60.0"),
)
def not_local(config: Configuration) -> Iterator[Finding]:
    """The bill of materials is local, and so are the files of this service, but its version does
    not begin with ``local:``. Halyard decides service by service: without the prefix it asks the
    public bucket for the files, and fails where there is no network."""
    for path, name, node in _artifacts(config):
        version = node.text("version")
        has_files = any(file.startswith(f".boms/{name}/") for file in config.files)
        if version and not version.startswith("local:") and has_files:
            message = f"the files of {name} below .boms are not used for this version"
            hint = f'write version: "local:{version}"'
            yield Finding(node.at("version"), message, hint, file=path)


@rule(
    "HAL2103",
    "base profile is missing",
    "fatal",
    ids=("deploy-base-profile-missing",),
    on_deploy=True,
    good=_GOOD,
    bad=_GOOD.replace(".boms/gate/gate.yml", ".boms/gate/gate.yaml"),
)
def no_profile(config: Configuration) -> Iterator[Finding]:
    """A service of version ``local:V`` needs its base profile in ``.boms/<service>/V/`` or
    ``.boms/<service>/``: ``<service>.yml``; for deck ``settings.js``; for rosco also
    ``images.yml``. Halyard stops when it deploys the service."""
    for path, name, node in _artifacts(config):
        version = node.text("version")
        if not version.startswith("local:"):
            continue
        names = [f"{name}.yml"] if name in _SPRING else ["settings.js"] if name == "deck" else []
        names += ["images.yml"] if name == "rosco" else []
        lacking = [
            file
            for file in names
            if f".boms/{name}/{version[6:]}/{file}" not in config.files
            and f".boms/{name}/{file}" not in config.files
        ]
        if lacking:
            message = f"{name} has no {listed(lacking)} below .boms"
            hint = f"add .boms/{name}/{lacking[0]}"
            yield Finding(node.at("version"), message, hint, file=path)


@rule(
    "HAL2104",
    "packer.tar.gz is a file",
    "warning",
    good=_GOOD + "--- .boms/rosco/packer.tar.gz/aws-ebs.json\n{}\n",
    bad=_GOOD + "--- .boms/rosco/packer.tar.gz\nbinary\n",
)
def packer(config: Configuration) -> Iterator[Finding]:
    """In spite of its name ``.boms/rosco/packer.tar.gz`` must be a directory: Halyard packs what it
    finds in it. Make a directory of that name and unpack the archive into it."""
    for path in config.files:
        if path.startswith(".boms/rosco/") and path.endswith("/packer.tar.gz"):
            message = "this must be a directory with the files, not an archive"
            yield Finding((), message, "unpack it into a directory of that name", file=path)


@rule(
    "HAL2105",
    "bill of materials that nobody reads",
    "warning",
    good=_GOOD,
    bad=_GOOD.replace(".boms/bom/1.35.4.yml", ".boms/bom/1.35.4.yaml"),
)
def unread(config: Configuration) -> Iterator[Finding]:
    """Halyard opens ``.boms/bom/<version>.yml`` only: no ``.yaml``, not beside ``bom/``."""
    for path in config.files:
        if path.startswith(_DIRECTORY) and path.endswith(".yaml"):
            message = f"Halyard does not open '{cut(path)}'"
            yield Finding((), message, f"rename it to {path[:-5]}.yml", file=path)


@rule(
    "HAL2106",
    "service that the bill of materials leaves out",
    "warning",
    good=_GOOD.replace(
        "{gate: {version: local:6.60.0}}",
        "{gate: {version: local:6.60.0}, defaultArtifact: {version: 1.0.0}}",
    ),
    bad=_GOOD.replace("{gate:", "{orca: {}, gate:"),
)
def no_version(config: Configuration) -> Iterator[Finding]:
    """An entry without a version counts as "not in the bill": Halyard leaves the service out of the
    deployment without a word."""
    for path, name, node in _artifacts(config):
        default = config.node(path).node("services").node("defaultArtifact")
        if not node.text("version") and not default.text("version") and name != "defaultArtifact":
            message = f"{name} has no version, so it is left out of the deployment"
            yield Finding(node.at("version"), message, "add its version", file=path)
