"""References to secrets: which family, which engine, what is wrong with them."""

from __future__ import annotations

import re

from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

PREFIXES = ("encrypted:", "encryptedFile:")

_NAME = r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?"
_OPSMX = rf"encrypted(?:File)?:(?P<name>{_NAME}):(?P<key>[-._a-zA-Z0-9]+)(?=$|[ \"])"
_KORK = r"encrypted(?:File)?:.+(![a-zA-Z0-9]+:.+)+"


class Engine(NamedTuple):
    """One engine of Spinnaker's own references."""

    required: tuple[str, ...]
    optional: tuple[str, ...]
    in_halyard: bool
    key_in_file: bool = True
    """Whether ``encryptedFile:`` may have ``k``."""


ENGINES: dict[str, Engine] = {
    "s3": Engine(("r", "b", "f"), ("k",), True),
    "secrets-manager": Engine(("s", "r"), ("k",), True, False),
    "gcs": Engine(("b", "f"), ("k",), True),
    "google-secrets-manager": Engine(("p", "s"), ("k", "v"), True, False),
    "noop": Engine(("v",), (), True),
    "vault": Engine(("e", "k"), ("p", "n", "b"), False),
    "k8s": Engine(("n", "k"), (), False),
}
"""From kork 7.254.0; ``vault`` and ``k8s`` are Armory's."""


class Reference(NamedTuple):
    """A value that begins like a reference, taken apart."""

    family: Literal["kork", "opsmx", "malformed"]
    is_file: bool
    engine: str = ""
    parameters: Mapping[str, str] = {}
    name: str = ""
    """Of the Kubernetes secret."""
    key: str = ""
    fault: str = ""
    """What is wrong with the form."""


def parse(text: str) -> Reference:
    """Take a value apart that begins with one of :data:`PREFIXES`."""
    is_file = text.startswith(PREFIXES[1])
    rest = text.partition(":")[2]
    if "!" in rest:
        return _kork(text, rest, is_file)
    found = re.match(_OPSMX, text)
    if found:
        return Reference("opsmx", is_file, name=found["name"], key=found["key"])
    return Reference("malformed", is_file, fault=_opsmx_fault(rest))


def _kork(text: str, rest: str, is_file: bool) -> Reference:
    engine, *parts = rest.split("!")
    if not engine:
        return Reference("malformed", is_file, fault="no engine stands before the '!'")
    given: dict[str, str] = {}
    for part in parts:
        name, colon, value = part.partition(":")
        if not colon or not name or not value:
            fault = f"'!{part[:20]}' is no name and value with ':' between"
            return Reference("malformed", is_file, engine, fault=fault)
        given[name] = value
    if not re.fullmatch(_KORK, text):
        fault = "it holds a line break, or a parameter name of other than letters and digits"
        return Reference("malformed", is_file, engine, fault=fault)
    return Reference("kork", is_file, engine, given)


def _opsmx_fault(rest: str) -> str:
    name, colon, key = rest.partition(":")
    if not colon or not name or not key:
        return "it is neither <secret>:<key> nor <engine>!<name>:<value>"
    if not re.fullmatch(_NAME, name):
        return f"no Kubernetes secret can be named '{name[:60]}'"
    return f"no Kubernetes secret can have a key '{key[:60]}'"
