"""How secret references are written.

Three families (facts: spinnaker/kork ``EncryptedSecret.java``; the OpsMx chart's
``secret-decoder.yaml``):

* *kubernetes*: ``encrypted:NAME:KEY`` and ``encryptedFile:NAME:KEY``, anywhere in a value, several
  times if need be. NAME is a Secret of the pod's namespace. Nobody but halsync resolves them.
* *halsync*: ``halsync(vault:PATH#KEY)``, ``halsync(file:PATH)`` and ``halsync(env:NAME)``, and the
  same with ``halsyncFile``; anywhere in a value as well. It ends at its parenthesis, so that
  anything may follow, and no other tool reads it: Spring and SpEL write ``${…}`` and ``#{…}``,
  Helm ``{{…}}``.
* *spinnaker*: ``encrypted:ENGINE!k:v…`` and ``encryptedFile:ENGINE!k:v…``, the whole value.
  Halyard and the services resolve them; halsync does on request.
"""

from __future__ import annotations

from halsync.patterns import Pattern
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Kind = Literal["string", "file"]
    Family = Literal["kubernetes", "spinnaker", "halsync"]
else:  # the names that others import
    Kind = str
    Family = str


OWN_ENGINES = ("vault", "file", "env")
"""What ``halsync(…)`` knows."""

PREFIX = Pattern(
    r"(?<![A-Za-z0-9_])(?:encrypted(?P<file>File)?:(?=\S)|(?P<own>halsync)(?P<own_file>File)?\()"
)
_NAME = r"[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?"
_KEY = r"[-._a-zA-Z0-9]++(?![!:/])"
_BODY = r"[A-Za-z0-9_./@%+=~#:-]+"
KUBERNETES = Pattern(rf"(?P<name>{_NAME}):(?P<key>{_KEY})")
"""What follows the prefix. A ``/`` may not: where the key ends would be anybody's guess."""
OWN = Pattern(rf"(?P<engine>{'|'.join(OWN_ENGINES)}):(?P<body>{_BODY})\)")
EITHER = Pattern(
    rf"encrypted(?P<file>File)?:(?P<name>{_NAME}):(?P<key>{_KEY})"
    rf"|halsync(?P<own_file>File)?\((?P<engine>{'|'.join(OWN_ENGINES)}):(?P<body>{_BODY})\)"
)
"""A whole reference of the families that may stand within longer text."""
SPINNAKER = Pattern(r"encrypted(?P<file>File)?:(?P<engine>[^!\r\n]+)(?P<rest>!.+)\Z")
PARAMETER = Pattern(r"[a-zA-Z0-9]+:.+\Z")
_TOKEN = Pattern(r"[^\s\"',\]}]+")
_VARIABLE = Pattern(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class Own(NamedTuple):
    """``halsync(ENGINE:NAME#KEY)`` taken apart."""

    name: str
    key: str = ""
    """Only for Vault."""
    fault: str = ""
    """What is wrong with it; empty if nothing."""


def take_apart(engine: str, body: str) -> Own:
    """What stands behind the engine of one of halsync's own references."""
    if engine == "env":
        return Own(body, fault="" if _VARIABLE.match(body) else f"{body!r} is no variable")
    if engine == "file":
        absolute = body.startswith("/") and ".." not in body.split("/")
        return Own(body, fault="" if absolute else "the path must be absolute, without '..'")
    path, mark, key = body.rpartition("#")
    if not mark or not path or not key:
        return Own(path, key, "it names a path of Vault without a key: write PATH#KEY")
    if "#" in path or ".." in path.split("/") or "" in path.split("/"):
        return Own(path, key, f"{path!r} is no path of Vault")
    return Own(path, key)


def fault_of(value: str, at: int, own: bool) -> str:
    """Why what follows a prefix, which ends at ``at``, is no reference."""
    token = _TOKEN.match(value, at)
    rest = token[0] if token else ""
    if own:
        engine, colon, _ = rest.partition(":")
        if colon and engine in OWN_ENGINES:
            return "it holds a character that may not stand there, or does not end with ')'"
        return f"{engine!r} is none of {', '.join(OWN_ENGINES)}"
    if "!" in rest:
        return "a reference of Spinnaker's own must be the whole value"
    name, colon, key = rest.partition(":")
    if not (colon and name):
        return "it names a Secret without a key" if name else "it names nothing"
    if not KUBERNETES.match(f"{name}:x"):
        return f"{name!r} cannot be the name of a Kubernetes Secret"
    return f"{key!r} cannot be a key of a Kubernetes Secret"
