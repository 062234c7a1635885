"""Decrypting what jasypt encrypted: ``ENC(base64)``.

Two algorithms are in use: PBEWithMD5AndDES, the default of jasypt itself, and
PBEWithHmacSHA512AndAES_256 with a random initialisation vector, that of jasypt-spring-boot since
3.0. Both derive the key in 1,000 rounds and put the salt in front of the ciphertext. The first
is weak by today's measure; what was encrypted with it should move to a store for secrets.

Source of the layout: jasypt 1.9.3, ``StandardPBEByteEncryptor``; the ciphers are those of
SunJCE, which the tests compare with.
"""

from __future__ import annotations

import unicodedata
from base64 import b64decode

from halsync.errors import ConfigError
from halsync.patterns import Pattern

PATTERN = Pattern(r"ENC\(([A-Za-z0-9+/=\s]*)\)")
"""An encrypted value as jasypt-spring writes it."""

DES, AES = "PBEWithMD5AndDES", "PBEWithHmacSHA512AndAES_256"
_ROUNDS = 1000


class Undecryptable(Exception):
    """Why not. Says nothing about the value."""


def decrypt(encoded: str, password: str, algorithm: str = "auto") -> str:
    """The text that ``ENC(encoded)`` stands for.

    Args:
        encoded: what stands between the brackets.
        password: the one it was encrypted with.
        algorithm: :data:`DES`, :data:`AES` or ``auto``.

    Raises:
        Undecryptable: not base64, of an impossible length, or the password is another one.
        ConfigError: the library is not installed.
    """
    try:
        content = b64decode("".join(encoded.split()), validate=True)
    except ValueError:
        raise Undecryptable("what stands between the brackets is not base64") from None
    chosen = (AES, DES) if algorithm == "auto" else (algorithm,)
    found = [text for name in chosen if (text := _tried(content, password, name)) is not None]
    if not found:
        raise Undecryptable("the password or the algorithm is another one")
    if len(set(found)) > 1:
        raise Undecryptable("both algorithms fit; say which it is with manifests.jasypt.algorithm")
    return found[0]


def _tried(content: bytes, password: str, algorithm: str) -> str | None:
    """None if it cannot have been this algorithm with this password."""
    # jasypt does the same before it derives a key.
    password = unicodedata.normalize("NFC", password)
    try:
        raw = (_aes if algorithm == AES else _des)(content, password)
        return None if raw is None else raw.decode("utf-8")
    except (UnicodeError, ValueError):
        return None


def _des(content: bytes, password: str) -> bytes | None:
    """PBES1 of PKCS #5: MD5 gives key and vector; the salt has eight bytes."""
    if len(content) < 16 or len(content) % 8:
        return None
    from hashlib import md5

    # SunJCE takes the low byte of each character, and refuses all but ASCII.
    digest = password.encode("ascii") + content[:8]
    for _ in range(_ROUNDS):
        digest = md5(digest, usedforsecurity=False).digest()
    try:
        from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
        from cryptography.hazmat.primitives.ciphers import Cipher, modes
    except ImportError as error:
        raise _not_installed() from error
    # Three times the same key is plain DES.
    cipher = Cipher(TripleDES(digest[:8] * 3), modes.CBC(digest[8:]))
    decryptor = cipher.decryptor()
    return _unpadded(decryptor.update(content[8:]) + decryptor.finalize(), 8)


def _aes(content: bytes, password: str) -> bytes | None:
    """PBES2: PBKDF2 with HMAC-SHA-512; salt and vector of sixteen bytes each in front."""
    if len(content) < 48 or len(content) % 16:
        return None
    from hashlib import pbkdf2_hmac

    try:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    except ImportError as error:
        raise _not_installed() from error
    key = pbkdf2_hmac("sha512", password.encode(), content[:16], _ROUNDS, 32)
    decryptor = Cipher(algorithms.AES(key), modes.CBC(content[16:32])).decryptor()
    return _unpadded(decryptor.update(content[32:]) + decryptor.finalize(), 16)


def _unpadded(raw: bytes, block: int) -> bytes | None:
    """PKCS #5 padding taken off; None if it is not one."""
    count = raw[-1]
    if not 1 <= count <= block or raw[-count:] != bytes([count]) * count:
        return None
    return raw[:-count]


def _not_installed() -> ConfigError:
    return ConfigError(
        "jasypt values need the library cryptography, which is not installed",
        hint="pip install 'halsync[jasypt]'",
    )
