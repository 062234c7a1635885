"""What can be wrong with manifests in a repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halsync.records import NamedTuple

if TYPE_CHECKING:
    from halsync.model import Severity


class Code(NamedTuple):
    """What a finding means and what to do about it."""

    code: str
    severity: Severity
    title: str
    remedy: str


NO_MANIFEST = Code(
    "HAL0280",
    "error",
    "A file among the manifests is not one",
    "write apiVersion, kind and metadata.name; or leave the file out of manifests.paths",
)
KIND = Code(
    "HAL0281",
    "error",
    "A manifest is of a kind that is not allowed",
    "allow it with manifests.kinds, or leave it to another tool",
)
NAMESPACE = Code(
    "HAL0282",
    "error",
    "A manifest names a namespace that is not allowed",
    "leave metadata.namespace out, or allow it with manifests.namespaces; which one is the own"
    " says kubernetes.namespace",
)
TWICE = Code(
    "HAL0283",
    "error",
    "Two manifests are of the same object",
    "keep one of them",
)
UNDECRYPTED = Code(
    "HAL0284",
    "error",
    "A jasypt value cannot be decrypted",
    "encrypt it with the password that manifests.jasypt names",
)
REFUSED = Code(
    "HAL0285",
    "error",
    "The cluster refuses a manifest",
    "correct it as the message says; nothing was applied",
)

CODES = (NO_MANIFEST, KIND, NAMESPACE, TWICE, UNDECRYPTED, REFUSED)
