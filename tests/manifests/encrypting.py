"""Encrypting as jasypt does, for tests that need values to decrypt; see ``Jasypt.java``."""

from __future__ import annotations

import os
from base64 import b64encode
from hashlib import md5, pbkdf2_hmac

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7


def enc(text: str, password: str, *, aes: bool = False) -> str:
    """``ENC(…)``"""
    salt = os.urandom(16 if aes else 8)
    padder = PKCS7(128 if aes else 64).padder()
    padded = padder.update(text.encode()) + padder.finalize()
    if aes:
        vector = os.urandom(16)
        key = pbkdf2_hmac("sha512", password.encode(), salt, 1000, 32)
        encryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
        front = salt + vector
    else:
        digest = password.encode() + salt
        for _ in range(1000):
            digest = md5(digest).digest()
        encryptor = Cipher(TripleDES(digest[:8] * 3), modes.CBC(digest[8:])).encryptor()
        front = salt
    hidden = encryptor.update(padded) + encryptor.finalize()
    return f"ENC({b64encode(front + hidden).decode()})"
