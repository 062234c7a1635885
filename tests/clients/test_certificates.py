"""Certificates are checked as git, curl and kubectl check them, whatever Python's defaults are."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from halsync.clients.certificates import checking, checking_by_urllib3, why_untrusted
from tests.servers.tls import Identity, make_identity

STRICT = ssl.VERIFY_X509_STRICT


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """The defaults of Python 3.13, on every Python."""
    made = ssl.create_default_context

    def create(*args: object, **named: object) -> ssl.SSLContext:
        context = made(*args, **named)  # type: ignore[arg-type]
        context.verify_flags |= STRICT
        return context

    monkeypatch.setattr(ssl, "create_default_context", create)


def answers(identity: Identity, context: ssl.SSLContext) -> None:
    """Shake hands with a server of that identity."""
    ours, theirs = socket.socketpair()
    served = identity.server_context()

    def serve() -> None:
        try:
            with served.wrap_socket(theirs, server_side=True):
                pass
        except OSError:
            theirs.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with context.wrap_socket(ours, server_hostname="localhost"):
            pass
    finally:
        ours.close()
        thread.join()


def of_urllib3(ca_file: str) -> ssl.SSLContext:
    context = checking_by_urllib3(ssl.CERT_REQUIRED, named=True)
    context.load_verify_locations(ca_file)
    return context


@pytest.mark.usefixtures("strict")
@pytest.mark.parametrize("made", [checking, of_urllib3])
def test_a_ca_without_key_identifiers(
    made: Callable[[str], ssl.SSLContext], tmp_path: Path
) -> None:
    identity = make_identity(tmp_path)
    with pytest.raises(ssl.SSLCertVerificationError, match="Key Identifier"):
        answers(identity, ssl.create_default_context(cafile=str(identity.ca)))
    answers(identity, made(str(identity.ca)))
    other = make_identity(tmp_path / "other")
    with pytest.raises(ssl.SSLCertVerificationError):
        answers(other, made(str(identity.ca)))


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        ("unable to get local issuer certificate", "not signed by the CA bundle /ca.pem"),
        ("certificate signature failure", "not signed by the CA bundle /ca.pem"),
        ("", "not signed by the CA bundle /ca.pem"),
        ("EE certificate key too weak", "not a proper one (EE certificate key too weak)"),
    ],
)
def test_what_is_wrong_is_told(cause: str, told: str) -> None:
    assert told in why_untrusted(cause, "/ca.pem")[0]


def test_a_start_pays_nothing_for_the_words() -> None:
    """``init`` from git over https checks a certificate before anything else."""
    code = (
        "import sys, ssl; before = set(sys.modules)\n"
        "import halsync.clients.certificates\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "halsync.clients.certificates" in done.stdout
    assert "typing" not in done.stdout.split()
