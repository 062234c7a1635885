"""Who may wake the sidecar: the proofs that forges send along with a webhook.

========================  ===========================================  =====================
header                    value                                        sent by
========================  ===========================================  =====================
X-Hub-Signature-256       ``sha256=`` hex HMAC-SHA256 of the body      GitHub, Gitea, Forgejo
X-Hub-Signature           the same (``sha1=`` is not taken)            Bitbucket
X-Forgejo-Signature,      hex HMAC-SHA256 of the body                  Forgejo, Gitea, Gogs
X-Gitea-Signature,
X-Gogs-Signature
webhook-signature         ``v1,`` base64 HMAC-SHA256 of                GitLab (signing token),
                          ``<webhook-id>.<webhook-timestamp>.<body>``  Standard Webhooks
X-Halsync-Signature       ``sha256=`` hex HMAC-SHA256 of               scripts
                          ``<X-Halsync-Timestamp>.<body>``
X-Gitlab-Token            the secret itself                            GitLab (secret token)
========================  ===========================================  =====================

Signatures are compared in constant time. Where a timestamp is signed it must be of now.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from halsync.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

TOLERANCE = 300
"""Seconds by which a signed timestamp may differ from this machine's clock."""

_BODY = (
    "x-hub-signature-256",
    "x-hub-signature",
    "x-forgejo-signature",
    "x-gitea-signature",
    "x-gogs-signature",
)
_STANDARD, _PLAIN, _TOKEN = "webhook-signature", "x-halsync-signature", "x-gitlab-token"
_STANDARD_PREFIX = "whsec_"


class Proof(NamedTuple):
    """What became of a delivery's proof."""

    refused: str = ""
    """``missing``, ``signature``, ``timestamp``; empty if it is genuine."""
    once: str = ""
    """Equal for two deliveries only if one is a repetition of the other. Made of what is
    signed, so that nobody who replays it can change it."""


def has_proof(headers: Mapping[str, str]) -> bool:
    """Whether there is anything to check: if not, the body need not be read."""
    return any(name in headers for name in (*_BODY, _STANDARD, _PLAIN, _TOKEN))


def prove(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> Proof:
    """Check a delivery. ``secret`` is not empty; ``now`` is wall time."""
    key = secret.encode("utf-8", "surrogateescape")
    if _PLAIN in headers:
        stamp = headers.get("x-halsync-timestamp", "")
        good = _digest(key, f"{stamp}.".encode("latin-1") + body)
        return _timed(_same(_hex(headers[_PLAIN]), good), stamp, now, good)
    if _STANDARD in headers:
        return _standard(secret, headers, body, now)
    for name in _BODY:
        given = headers.get(name, "")
        if given and not given.startswith("sha1="):  # GitHub sends that one too
            good = _digest(key, body)
            return Proof("", good) if _same(_hex(given), good) else Proof("signature")
    if _TOKEN in headers:
        return _token(key, headers, body)
    return Proof("missing")


def _standard(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> Proof:
    """https://github.com/standard-webhooks/standard-webhooks: several signatures may stand
    there while a secret is rotated."""
    from base64 import b64decode, b64encode
    from binascii import Error

    try:
        key = b64decode(secret.removeprefix(_STANDARD_PREFIX), validate=True)
    except (Error, ValueError):
        key = b""
    if not secret.startswith(_STANDARD_PREFIX) or not key:
        key = secret.encode("utf-8", "surrogateescape")
    name, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    good = hmac.digest(key, f"{name}.{stamp}.".encode("latin-1") + body, "sha256")
    expected = "v1," + b64encode(good).decode()
    matches = [_same(given, expected) for given in headers[_STANDARD].split()[:10]]
    return _timed(any(matches), stamp, now, good.hex())


def _timed(genuine: bool, stamp: str, now: float, once: str) -> Proof:
    if not genuine:
        return Proof("signature")
    if not stamp.isascii() or not stamp.isdigit() or abs(now - int(stamp[:15])) > TOLERANCE:
        return Proof("timestamp")
    return Proof("", once)


def _token(key: bytes, headers: Mapping[str, str], body: bytes) -> Proof:
    from hashlib import sha256

    if not hmac.compare_digest(headers[_TOKEN].encode("latin-1"), key):
        return Proof("signature")
    # Nothing is signed here: the key that GitLab keeps over its own retries tells them apart.
    name = headers.get("idempotency-key") or headers.get("x-gitlab-event-uuid", "")
    return Proof("", sha256(f"{name}.".encode("latin-1") + body).hexdigest())


def _digest(key: bytes, message: bytes) -> str:
    return hmac.digest(key, message, "sha256").hex()


def _hex(given: str) -> str:
    return given.removeprefix("sha256=").strip().lower()


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("latin-1", "replace"), expected.encode())
