"""HAL190x: files that the halconfig names."""

from __future__ import annotations

from halsync.halyard import is_output
from halsync.validate.rules.base import Finding, rule
from halsync.validate.rules.local import file_of, is_later, is_reference, resolve
from halsync.validate.rules.view import cut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from halsync.model import Severity
    from halsync.validate.rules.base import Path
    from halsync.validate.rules.view import Configuration

_GOOD = """
providers: {kubernetes: {accounts: [{name: k8s, kubeconfigFile: kube/config}]}}
--- kube/config
apiVersion: v1
"""


def _named(config: Configuration) -> Iterator[tuple[Path, str]]:
    """Every path of a local file in the halconfig that stands for itself."""
    for scalar in config.scalars:
        if scalar.kind in "fF" and isinstance(scalar.value, str) and scalar.value:
            text = scalar.value
            if not is_reference(text) and not is_later(text):
                yield scalar.path, text


@rule(
    "HAL1901",
    "named file is missing",
    "fatal",
    ids=("referenced-file-missing", "deploy-local-file-missing"),
    on_deploy=True,
    good=_GOOD,
    bad="providers: {kubernetes: {accounts: [{name: k8s, kubeconfigFile: kube/config}]}}",
)
def missing(config: Configuration) -> Iterator[Finding]:
    """A setting names a file that the tree does not have; Halyard stops when it collects the files
    of a deployment.

    A relative path counts from the directory of the halconfig, an absolute one is looked up in
    the tree where it lies below that directory. Other absolute paths (``/home/spinnaker/.kube``,
    a mounted secret) cannot be judged from here and are passed over. Below
    ``/home/spinnaker/.hal``, the usual place, a missing file is a warning, because something
    else may be mounted there.

    Correct the path, add the file, or use a reference (``encryptedFile:…``). Where the part of
    Spinnaker that would read the file is switched off, this is a warning.
    """
    for path, text in _named(config):
        found = resolve(config, text)
        if not found.path or found.path in config.files or _is_directory(config, found.path):
            continue
        severity: Severity | None = None
        if found.where == "usual" or not _is_used(config, path):
            severity = "warning"
        message = f"there is no file '{cut(found.path)}' in the tree"
        if found.path in config.documents.tree.dangling:
            message = f"'{cut(found.path)}' is a link that leads nowhere"
        elif is_output(found.path, config.documents.deployments):
            message = f"'{cut(found.path)}' lies where Halyard writes, and deletes at a deployment"
        hint = "add the file, correct the path, or use a reference"
        near = _near(config, found.path)
        if near:
            hint = f"did you mean '{near}'?"
        yield Finding(path, message, hint, severity=severity)


def _near(config: Configuration, path: str) -> str:
    """A file of the tree that was probably meant."""
    from halsync.paths import nearest

    name = path.rpartition("/")[2]
    same = [other for other in config.files if other.rpartition("/")[2] == name]
    if len(same) == 1:
        return same[0]
    found = nearest(path, sorted(config.files)) if len(config.files) < 2000 else ""
    return found if found.count("/") == path.count("/") else ""


def _is_used(config: Configuration, path: Path) -> bool:
    """Whether the part of Spinnaker that reads the file is on; True where that is not known."""
    index, section, *keys = path[1:]
    deployment = next(one for one in config.deployments if one.path[-1] == index)
    if section == "persistentStorage":
        chosen = deployment.node("persistentStorage").text("persistentStoreType")
        return chosen.lower() == keys[0]
    if section == "providers":
        # clouddriver is given the accounts of disabled providers, too.
        return True
    node = deployment.node(str(section))
    for key in keys[:-1]:
        if isinstance(key, str):
            if node.is_set("enabled") and not node.flag("enabled"):
                return False
            node = node.node(key)
    return not node.is_set("enabled") or node.flag("enabled")


def _is_directory(config: Configuration, path: str) -> bool:
    return any(other.startswith(path + "/") for other in config.files)


@rule(
    "HAL1902",
    "named file cannot be read",
    "fatal",
    ids=("referenced-file-unreadable",),
    on_deploy=True,
    good=_GOOD,
    bad=_GOOD.replace("kubeconfigFile: kube/config", "kubeconfigFile: kube"),
)
def unreadable(config: Configuration) -> Iterator[Finding]:
    """A setting names a directory where a file must be."""
    for path, text in _named(config):
        found = resolve(config, text)
        if found.path and found.path not in config.files and _is_directory(config, found.path):
            message = f"'{cut(found.path)}' is a directory"
            yield Finding(path, message, "name a file in it")


@rule(
    "HAL1903",
    "path that begins with ~",
    "fatal",
    good=_GOOD,
    bad=_GOOD.replace("kubeconfigFile: kube/config", 'kubeconfigFile: "~/.kube/config"'),
)
def tilde(config: Configuration) -> Iterator[Finding]:
    """Nobody expands ``~`` here: Halyard looks for a directory of that name beside the halconfig
    and stops. Write the path in full, ``/home/spinnaker/.kube/config``."""
    for path, text in _named(config):
        if resolve(config, text).where == "home":
            message = "Halyard does not expand '~', so it does not find this file"
            hint = f"write /home/spinnaker{text[1:]}" if text.startswith("~/") else "write it out"
            yield Finding(path, message, hint)


@rule(
    "HAL1904",
    "path that leaves the directory of the halconfig",
    "warning",
    good=_GOOD,
    bad=_GOOD.replace("kubeconfigFile: kube/config", "kubeconfigFile: ../kube/config"),
)
def leaves(config: Configuration) -> Iterator[Finding]:
    """A relative path counts from the directory of the halconfig; with ``../`` it leaves what the
    source brings. Write an absolute path if a mounted file is meant."""
    for path, text in _named(config):
        if not text.startswith("/") and resolve(config, text).where == "elsewhere":
            message = "this path leads out of the directory of the halconfig"
            yield Finding(path, message, "write an absolute path, or bring the file into the tree")


_OTHERS = frozenset(
    {
        "AppengineAccount",
        "GoogleAccount",
        "GoogleCanaryAccount",
        "PrometheusCanaryAccount",
        "DCOSAccount.ClusterCredential",
        "DCOSCluster",
    }
)
"""Classes whose empty files Halyard itself reports, each with a rule of its own."""


@rule(
    "HAL1905",
    "named file is empty",
    "warning",
    good=_GOOD,
    bad=_GOOD.replace("apiVersion: v1\n", ""),
)
def empty(config: Configuration) -> Iterator[Finding]:
    """A setting names a file that holds nothing: a kubeconfig without clusters, a key store
    without keys. Often a step that should have filled it did not run."""
    for scalar in config.scalars:
        if scalar.kind not in "fF" or scalar.cls in _OTHERS or scalar.field == "passwordFile":
            continue
        text = scalar.value if isinstance(scalar.value, str) else ""
        file = file_of(config, text) if not is_later(text) else None
        if file is not None and not file.content.strip():
            yield Finding(scalar.path, "the file is empty", "add its content")
