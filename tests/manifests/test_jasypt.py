"""jasypt values, compared with the ciphers of the JDK."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halsync.manifests.jasypt import AES, DES, Undecryptable, decrypt
from tests.manifests.encrypting import enc

KNOWN = {
    DES: "FbT+OuPQLOm0y7kJ3dpeyo5nwr9JGLSW",
    AES: "7ft2XEyuFX1x8ux2zWSFtEeMAI1M5C8FwKxHuKknSHPqoTwVIVF0RMag8/20gsx6",
}
"""What ``Jasypt.java`` made of one text with JDK 17."""


@pytest.mark.parametrize("algorithm", KNOWN)
def test_what_the_jdk_encrypted(algorithm: str) -> None:
    for chosen in (algorithm, "auto"):
        assert decrypt(KNOWN[algorithm], "k3y pass", chosen) == 'tok/en+"ä'


@pytest.mark.e2e
@pytest.mark.skipif(not shutil.which("java"), reason="java is not installed")
@pytest.mark.parametrize("algorithm", KNOWN)
def test_texts_of_every_length_against_the_jdk(algorithm: str) -> None:
    texts = ["", *("ä€𝄞x"[n % 4] * n for n in range(1, 40)), "with = / + ' \" \\"]
    done = subprocess.run(
        ["java", Path(__file__).with_name("Jasypt.java"), algorithm, "Pa$$ w0rd"],
        input="\n".join(texts).encode(),
        capture_output=True,
        check=True,
        timeout=120,
    )
    encoded = done.stdout.decode().splitlines()
    assert [decrypt(one, "Pa$$ w0rd") for one in encoded] == texts


@given(st.text(), st.text("abc123!$", min_size=1), st.booleans())
@settings(max_examples=50)
def test_there_and_back(text: str, password: str, aes: bool) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    encoded = enc(text, password, aes=aes)[4:-1]
    assert decrypt(encoded, password, AES if aes else DES) == text


@pytest.mark.parametrize(
    "encoded",
    ["", "!!!", "QUJD", "aHR0cHM6Ly9qaXJhLmV4YW1wbGUudGVzdA==", KNOWN[DES][:-4], KNOWN[AES][:-8]],
)
def test_what_cannot_be_decrypted(encoded: str) -> None:
    with pytest.raises(Undecryptable):
        decrypt(encoded, "k3y pass")


def test_the_wrong_password() -> None:
    for encoded in KNOWN.values():
        with pytest.raises(Undecryptable, match="password or the algorithm"):
            decrypt(encoded, "other")


@given(st.binary(max_size=80), st.sampled_from(["auto", AES, DES]))
@settings(max_examples=100)
def test_nothing_else_comes_out_of_noise(content: bytes, algorithm: str) -> None:
    from base64 import b64encode

    try:
        decrypt(b64encode(content).decode(), "k3y pass", algorithm)
    except Undecryptable as reason:
        assert "k3y" not in str(reason)
