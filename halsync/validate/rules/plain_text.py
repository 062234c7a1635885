"""HAL205x: secrets that stand in the files themselves."""

from __future__ import annotations

import re
from itertools import pairwise

from halsync.halyard import CONFIG
from halsync.validate.rules.base import Finding, rule
from halsync.validate.rules.local import is_later, is_reference
from halsync.validate.rules.secrets import inputs, texts
from halsync.validate.rules.view import UNFLAGGED_SECRETS, cut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from halsync.validate.rules.base import Path
    from halsync.validate.rules.view import Configuration
    from halsync.validate.schema.visit import Scalar

_HINT = "put it into a Kubernetes secret and write encrypted:<secret>:<key>"


def _is_plain(value: Any) -> bool:
    """Whether a value stands for itself, and was not filled in by halsync."""
    text = value if isinstance(value, str) else str(value)
    if isinstance(value, bool) or not text.strip() or is_reference(text) or is_later(text):
        return False
    from halsync.redact import registered

    return text not in registered()


@rule(
    "HAL2050",
    "secret in plain text",
    "warning",
    good="""
providers:
  dockerRegistry:
    accounts: [{name: hub, username: u, password: "encrypted:hub:password"}]
""",
    bad="providers: {dockerRegistry: {accounts: [{name: hub, username: u, password: hunter2}]}}",
)
def secret_field(config: Configuration) -> Iterator[Finding]:
    """A field that Halyard marks as secret holds the secret itself: everybody who reads the
    repository has it, and its history keeps it.

    Move it into a Kubernetes secret (or a store that Spinnaker reads) and write a reference; then
    change the secret, because the old one is known. Secrets that halsync itself fills in are not
    reported.
    """
    for scalar in config.scalars:
        if _holds_secret(scalar) and _is_plain(scalar.value):
            message = f"{scalar.field} stands here in plain text"
            yield Finding(scalar.path, message, _HINT, hide=True)


def _holds_secret(scalar: Scalar) -> bool:
    return scalar.kind == "S" or (scalar.cls, scalar.field) in UNFLAGGED_SECRETS


_SURE = (
    (b"AKIA", r"\bAKIA[0-9A-Z]{16}\b", "an access key of AWS"),
    (b"ASIA", r"\bASIA[0-9A-Z]{16}\b", "an access key of AWS"),
    (b"ghp_", r"\bghp_[A-Za-z0-9]{36}\b", "a token of GitHub"),
    (b"gho_", r"\bgho_[A-Za-z0-9]{36}\b", "a token of GitHub"),
    (b"ghs_", r"\bghs_[A-Za-z0-9]{36}\b", "a token of GitHub"),
    (b"github_pat_", r"\bgithub_pat_[A-Za-z0-9_]{60,}\b", "a token of GitHub"),
    (b"glpat-", r"\bglpat-[A-Za-z0-9_-]{20,}", "a token of GitLab"),
    (b"xox", r"\bxox[abprs]-[A-Za-z0-9-]{20,}", "a token of Slack"),
    (b"hooks.slack.com", r"hooks\.slack\.com/services/T\w+/B\w+/\w{20,}", "a webhook of Slack"),
    (b"AIza", r"\bAIza[0-9A-Za-z_-]{35}\b", "a key of Google"),
    (b"PRIVATE KEY-----", r"-----BEGIN [A-Z ]*PRIVATE KEY-----", "a private key"),
    (b"eyJ", r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}", "a JSON web token"),
)
"""What must be in the file for the pattern to be tried, the pattern, what it finds."""


@rule(
    "HAL2051",
    "credential in a file",
    "warning",
    good="timezone: Etc/UTC\n--- default/service-settings/igor.yml\nenv: {KEY: value}\n",
    bad="timezone: Etc/UTC\n--- default/service-settings/igor.yml\n"
    "env: {KEY: AKIAABCDEFGHIJKLMNOP}\n",
)
def known_form(config: Configuration) -> Iterator[Finding]:
    """The text has the form of a credential: a key of AWS or Google, a token of GitHub, GitLab or
    Slack, a private key, a JSON web token. Remove it, and revoke it at whoever issued it."""
    for path in inputs(config):
        content = config.files[path].content
        for sign, pattern, what in _SURE:
            if sign in content:
                yield from _matches(path, content, pattern, what)


def _matches(path: str, content: bytes, pattern: str, what: str) -> Iterator[Finding]:
    from halsync.formats.text import BadEncoding, Lines, decode
    from halsync.redact import registered

    try:
        text = decode(content)
    except BadEncoding:
        return
    known = registered()
    lines = Lines(text)
    for found in re.finditer(pattern, text):
        if not any(found[0] in value for value in known):
            mark = lines.mark(found.start())
            yield Finding((), f"{what} stands here", _HINT, file=path, mark=mark, hide=True)


@rule(
    "HAL2052",
    "what looks like a secret",
    "warning",
    good="timezone: Etc/UTC\n--- default/profiles/igor-local.yml\n"
    'password: "encrypted:igor:password"\n',
    bad="timezone: Etc/UTC\n--- default/profiles/igor-local.yml\npassword: hunter22\n",
)
def looks_secret(config: Configuration) -> Iterator[Finding]:
    """A key is named like a secret (``password``, ``token``, ``secretKey`` …) and has a value of
    its own, or a value is as random as only keys are.

    Use a reference. If it is no secret, say so in a comment:
    ``# halsync: ignore[HAL2052] a public id``.
    """
    flagged = {
        scalar.path for scalar in config.scalars if scalar.kind in "fF" or _holds_secret(scalar)
    }
    names: dict[str, bool] = {}
    for file in inputs(config):
        document = config.parsed(file)
        if document is None or not _has_suspect(document.value, names):
            continue
        for path, text in texts(config, file):
            if file == CONFIG and path in flagged:
                continue
            name = next((part for part in reversed(path) if isinstance(part, str)), "")
            if not _is_suspect(name, text, names) or not _is_plain(text):
                continue
            if not names[name]:
                yield _found(file, path, f"the value of '{cut(name)}' looks like a key")
            elif not _is_pointer(path):
                yield _found(file, path, f"'{cut(name)}' has its value in plain text")


def _has_suspect(value: Any, names: dict[str, bool]) -> bool:
    """Whether a closer look is worth its price: most files hold nothing of the kind."""
    stack = [("", value)]
    seen: set[int] = set()
    while stack:
        name, value = stack.pop()
        if isinstance(value, str):
            if _is_suspect(name, value, names):
                return True
        elif isinstance(value, dict | list) and id(value) not in seen:
            seen.add(id(value))
            if isinstance(value, dict):
                stack.extend(value.items())
            else:
                stack.extend((name, item) for item in value)
    return False


def _is_suspect(name: str, text: str, names: dict[str, bool]) -> bool:
    """Whether a name or a value looks secret; ``names`` keeps what is known about names."""
    if len(text) < 6 or "\n" in text:
        return False
    secret = names.get(name)
    if secret is None:
        from halsync.redact import is_secret_name

        secret = is_secret_name(name) and not re.search(_HARMLESS, name, re.IGNORECASE)
        names[name] = secret
    if secret:
        return " " not in text and not text.startswith(("/", "encrypted"))
    return len(text) >= 20 and text.isascii() and _is_random(text) and not _names_thing(name)


def _found(file: str, path: Path, message: str) -> Finding:
    return Finding(path, message, _HINT, file=file, hide=True)


_HARMLESS = r"id$|location$|^credentials?$"
"""Names that sound like secrets and are not: ``accessKeyId``, ``private-key-location``, and the
account that a job runs with."""


def _is_pointer(path: Path) -> bool:
    """Whether the place names the key of a Kubernetes object, or is the key of a plain pair."""
    holder = path[-2] if len(path) > 1 else ""
    if path[-1] == "key":
        return holder not in ("encrypt", "encryption")
    return holder in ("secretKeyRef", "configMapKeyRef")


_THINGS = ("id", "digest", "sha", "hash", "commit", "checksum", "image", "url", "uri", "version")


def _names_thing(name: str) -> bool:
    return name.lower().endswith(_THINGS)


def _is_random(text: str) -> bool:
    """Letters of both cases and digits in quick change, none of them often."""
    if (
        " " in text
        or "." in text
        or ":" in text
        or not re.fullmatch(r"[A-Za-z0-9+/_=-]{20,}", text)
    ):
        return False
    kinds = ["u" if c.isupper() else "l" if c.islower() else "d" for c in text if c.isalnum()]
    if min(kinds.count(kind) for kind in "uld") < 3:
        return False
    changes = sum(a != b for a, b in pairwise(kinds))
    return changes >= len(kinds) / 3 and len(set(text)) >= 12
