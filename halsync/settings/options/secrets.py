"""The settings of secret references."""

from __future__ import annotations

from halsync.settings.options.s3 import S3
from halsync.settings.options.vault import VAULT
from halsync.settings.spec import LOOKING, SOURCE, Option

_SECRETS = "secrets."
_NOT_VAULT = ("mount", "path", "kvVersion", "layout", "version", "asOf")
_OF_AWS = ("endpoint", "pathStyle", "caFile")


def _again(option: Option, at: str) -> Option:
    """An option of a source, for secret references."""
    key = option.key.removeprefix(f"{SOURCE}{at}.")
    name = "aws" if at == "s3" else at
    return option._replace(
        key=f"{_SECRETS}{name}.{key}", flag="", metavar="", commands=(), group="Secrets"
    )


_OF_VAULT = tuple(
    _again(option, "vault")
    for option in VAULT
    if option.key.removeprefix(f"{SOURCE}vault.") not in _NOT_VAULT
)
_OF_S3 = tuple(
    _again(option, "s3")
    for option in S3
    if (key := option.key.removeprefix(f"{SOURCE}s3.")).startswith("auth.") or key in _OF_AWS
)

SECRETS: tuple[Option, ...] = (
    Option(
        _SECRETS + "mode",
        "choice",
        "What becomes of secret references: 'resolve' fills them in, 'check' only says which "
        "cannot be, 'skip' leaves them as they are and needs no access. 'auto' resolves for init, "
        "diff and watch, and skips for validate, render and explain.",
        "auto",
        "--secrets",
        choices=("auto", "resolve", "check", "skip"),
        commands=LOOKING,
        group="Secrets",
    ),
    Option(
        _SECRETS + "kubernetes",
        "choice",
        "Where the Kubernetes Secrets of encrypted:SECRET:KEY are read: 'api' with the pod's "
        "service account, 'mounted' below secrets.mountedDir, 'off' leaves such references to "
        "others. 'auto' is 'mounted' if that is set, else 'api' with the preset opsmx, else 'off'.",
        "auto",
        "--secrets-from",
        choices=("auto", "off", "api", "mounted"),
        commands=LOOKING,
        group="Secrets",
    ),
    Option(
        _SECRETS + "mountedDir",
        "path",
        "Directory in which Secrets are mounted, each in a directory of its name; no rights on "
        "the API are needed then. By default render.secretsDir.",
        group="Secrets",
        example="/run/secrets/spinnaker",
    ),
    Option(
        _SECRETS + "resolve",
        "list",
        "Engines of Spinnaker's own references (encrypted:ENGINE!…) that halsync resolves "
        "instead of Halyard and the services: k8s, vault, s3, secrets-manager.",
        group="Secrets",
        example="[k8s, vault]",
    ),
    Option(
        _SECRETS + "fileDirs",
        "list",
        "Directories whose files the configuration may reference as halsync(file:PATH); none by "
        "default, so that a repository cannot read what belongs to halsync.",
        group="Secrets",
        example="[/run/secrets/values]",
    ),
    Option(
        _SECRETS + "env",
        "list",
        "Environment variables that the configuration may reference as halsync(env:NAME), with "
        "'*' for any part of a name; none by default.",
        group="Secrets",
        example="[SPINNAKER_*]",
    ),
    Option(
        _SECRETS + "seenAs",
        "text",
        "Directory of the secret files (encryptedFile:…, halsyncFile(…)) as halyard's container "
        "sees it; by default .secrets in the target, with the preset opsmx "
        "/home/spinnaker/kubeconfigdir.",
        group="Secrets",
        example="/home/spinnaker/.hal/.secrets",
    ),
    Option(
        _SECRETS + "layout",
        "choice",
        "Names of the secret files: 'nested' is SECRET/KEY, 'flat' is KEY as in the OpsMx chart. "
        "'auto' is 'flat' with the preset opsmx.",
        "auto",
        choices=("auto", "nested", "flat"),
        group="Secrets",
    ),
    Option(
        _SECRETS + "link",
        "path",
        "Link that halsync keeps so that it leads to the secret files; with the preset opsmx by "
        "default kubeconfigdir beside the target.",
        group="Secrets",
        example="/home/spinnaker/kubeconfigdir",
    ),
    *_OF_VAULT,
    *_OF_S3,
)
