"""From a reference as it is written to what is to be read."""

from __future__ import annotations

from halsync.patterns import Pattern
from halsync.secrets import Item, Wanted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.render.references import Reference

_REGION = Pattern(r"[A-Za-z0-9][A-Za-z0-9-]{0,61}[A-Za-z0-9]")
_BUCKET = Pattern(
    r"[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?!\.)){1,253}[A-Za-z0-9]"
    r"|arn:aws[a-z-]*:s3[a-z-]*:[a-z0-9-]*:[0-9]{12}:[A-Za-z0-9.:/_-]{1,128}"
)
"""A bucket, or an access point: what else there is, the client would blame on the settings."""
_LONGEST_KEY = 1024
"""Bytes."""
_LONGEST_NAME = 2048
_SHOWN = 80
_NEEDED = {
    "k8s": ("n", "k"),
    "vault": ("e", "k"),
    "s3": ("r", "b", "f"),
    "secrets-manager": ("r", "s"),
}
"""Parameters that Spinnaker's own references cannot do without."""


def wanted_of(reference: Reference) -> Wanted | str:
    """What to read; or what is wrong with the parameters."""
    if reference.family == "kubernetes":
        return Wanted(Item("kubernetes", reference.name), reference.key)
    if reference.family == "halsync":
        if reference.engine == "vault":
            return Wanted(Item("vault", reference.name), reference.key)
        return Wanted(Item("file" if reference.engine == "file" else "env", reference.name))
    return _of_spinnaker(reference)


def _of_spinnaker(reference: Reference) -> Wanted | str:
    given = dict(part.split(":", 1) for part in reference.key.split("!"))
    engine = reference.engine
    missing = [name for name in _NEEDED[engine] if name not in given]
    if missing:
        return f"the engine {engine} needs {', '.join(missing)}"
    if engine == "vault" and not (given.get("p") or given.get("n")):
        return "the engine vault needs p"
    if engine == "secrets-manager" and "k" in given and reference.kind == "file":
        return "the engine secrets-manager takes no k for a file"
    if wrong := _no_name(given) if engine == "k8s" else _no_place(given):
        return wrong
    return _MAKERS[engine](given)


def _no_name(given: dict[str, str]) -> str:
    """Why there is no such Secret; they are also directories and files, so it must be looked at
    before anybody follows ``../``."""
    from halsync.clients.kubernetes.paths import legal_key, legal_name

    if not legal_name(given["n"]):
        return f"{given['n']!r} cannot be the name of a Kubernetes Secret"
    return "" if legal_key(given["k"]) else f"{given['k']!r} cannot be a key of a Kubernetes Secret"


def _no_place(given: dict[str, str]) -> str:
    """Why nothing can be there: else the settings would be blamed, and nobody told the file."""
    region = given.get("r", "")
    if region and not _REGION.fullmatch(region):
        return f"{region!r} cannot be a region"
    bucket = given.get("b", "")
    if "f" in given and not _BUCKET.fullmatch(bucket):
        return f"{_short(bucket)} cannot be a bucket"
    if len(given.get("f", "").encode("utf-8", "surrogatepass")) > _LONGEST_KEY:
        return f"{_short(given['f'])} cannot be the key of an object: it is too long"
    if len(given.get("s", "")) > _LONGEST_NAME:
        return f"{_short(given['s'])} cannot be a secret's name: it is too long"
    for name in ("e", "p", "n"):
        parts = given.get(name, "x").strip("/").split("/")
        if not {"", ".", ".."}.isdisjoint(parts):
            return f"{given[name]!r} cannot be a path of Vault"
    return ""


def _short(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


def _k8s(given: dict[str, str]) -> Wanted:
    return Wanted(Item("kubernetes", given["n"]), given["k"])


def _vault(given: dict[str, str]) -> Wanted:
    item = Item("vault", given.get("p") or given["n"], (("mount", given["e"]),))
    return Wanted(item, given["k"], given.get("b", "").lower() == "true")


def _s3(given: dict[str, str]) -> Wanted:
    item = Item("s3", given["f"], (("bucket", given["b"]), ("region", given["r"])))
    return Wanted(item, given.get("k", ""))


def _secrets_manager(given: dict[str, str]) -> Wanted:
    item = Item("secrets-manager", given["s"], (("region", given["r"]),))
    return Wanted(item, given.get("k", ""))


_MAKERS = {"k8s": _k8s, "vault": _vault, "s3": _s3, "secrets-manager": _secrets_manager}
