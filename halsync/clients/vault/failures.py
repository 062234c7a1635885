"""From statuses and exceptions to errors that say what is wrong and what to do."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from halsync.clients.certificates import causes_of, refusal, why_untrusted
from halsync.errors import AccessDenied, ConfigError, SourceNotFound, SourceUnreachable
from halsync.redact import redact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halsync.clients.vault.transport import Answer
    from halsync.errors import HalsyncError
    from halsync.settings.vault import VaultConnection

_QUOTE = 200

_DOWN = {
    412: ("the server's node lags behind the others", "try again later"),
    429: ("the server limits the rate of requests", "raise its quota for halsync (sys/quotas)"),
    472: ("the server is a disaster recovery standby", "point vault.address at the active cluster"),
    473: ("the server is a standby that answers nothing", "point vault.address at the active one"),
    501: ("the server is not initialised", "initialise and unseal it (operator init)"),
    502: ("what stands before the server cannot reach it", "see whether the server runs"),
    504: ("what stands before the server waits in vain", "see whether the server runs"),
}


def quoted(answer: Answer) -> str:
    """What the server said, fit to be shown: on one line, short, without secrets."""
    text = " ".join(" ".join(answer.errors).split())
    text = re.sub(r"^\d+ errors? occurred: \* ", "", text)
    return redact(text)[:_QUOTE]


def failed(answer: Answer, what: str, line: str, address: str) -> HalsyncError:
    """The error for a status that is not success.

    Args:
        what: what was tried, in words: ``read the secret 'a/b'``.
        line: the line of a policy that allows it; may be empty.
    """
    said = quoted(answer)
    status = answer.status
    if status == 503:
        sealed = "sealed" in said.lower()
        return SourceUnreachable(
            "the server is sealed" if sealed else f"the server is not available{_said(said)}",
            where=address,
            hint="unseal it (operator unseal)" if sealed else "see whether the server runs",
        )
    if status in _DOWN:
        message, hint = _DOWN[status]
        return SourceUnreachable(f"{message} ({status})", where=address, hint=hint)
    if status >= 500:
        return SourceUnreachable(
            f"the server failed to {what} ({status}){_said(said)}",
            where=address,
            hint="its log tells more",
        )
    if status in (401, 403):
        return AccessDenied(
            f"not allowed to {what}",
            where=address,
            hint=f"the policy needs: {line}" if line else "check the policies of the token",
        )
    if status == 404:
        return SourceNotFound(f"cannot {what}: nothing there{_said(said)}", where=address)
    return SourceNotFound(
        f"the server refuses to {what} ({status}){_said(said)}",
        where=address,
        hint="check vault.mount, vault.path and vault.kvVersion",
    )


@contextmanager
def understood(what: str, address: str) -> Iterator[None]:
    """For looking at an answer: what is not shaped as the API says becomes an error.

    Raises:
        ConfigError: it is not.
    """
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ConfigError(
            f"what answers there is no Vault server: it answers something odd when asked to {what}",
            where=address,
            hint="check vault.address, and what stands between here and the server",
        ) from None


def _said(said: str) -> str:
    return f": {said}" if said else ""


def broken(error: Exception, connection: VaultConnection) -> HalsyncError:
    """The error for a request that got no answer."""
    import socket
    import ssl

    refused = refusal(error)
    if refused:
        message, hint = why_untrusted(refused, connection.ca_file, ", or name it in serverName")
        return AccessDenied(message, where=connection.address, hint=hint)
    causes = list(causes_of(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            return _no_tls(cause, connection)
    names = {type(cause).__name__ for cause in causes}
    if names & {"NameResolutionError"} or any(isinstance(each, socket.gaierror) for each in causes):
        message = "the name of the server cannot be resolved"
        hint = "check the host name in vault.address, and the DNS of this machine or pod"
    elif "ProxyError" in names:
        message = "the proxy cannot be reached or refuses to connect"
        hint = "check HTTPS_PROXY and NO_PROXY"
    elif names & {"InvalidURL", "LocationParseError", "InvalidProxyURL"}:
        return ConfigError(
            f"vault.address {connection.address!r} cannot be used",
            hint="write it as https://vault.example.com:8200",
        )
    elif any(isinstance(each, TimeoutError) for each in causes) or any(
        name.endswith(("Timeout", "TimeoutError")) for name in names
    ):
        message = "the server did not answer in time"
        hint = "see whether the server runs and a firewall is in between, or raise vault.timeout"
    elif any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        message = "the server refuses the connection"
        hint = "see whether it runs, and check the port in vault.address"
    else:
        message = f"the connection broke: {untrusted(causes[-1])}"
        hint = "see whether the server runs, and whether vault.address should begin with https://"
    return SourceUnreachable(message, where=connection.address, hint=hint)


def untrusted(error: BaseException) -> str:
    """The words of a library, on one line, short, without secrets."""
    reason = getattr(error, "strerror", None) or getattr(error, "reason", None) or str(error)
    return redact(" ".join(str(reason).split()))[:_QUOTE]


def _no_tls(cause: BaseException, connection: VaultConnection) -> HalsyncError:
    text = str(cause).upper()
    if "WRONG_VERSION_NUMBER" in text or "RECORD LAYER FAILURE" in text:
        return SourceUnreachable(
            "the server does not speak TLS",
            where=connection.address,
            hint="write vault.address with http://, or give the server a certificate",
        )
    if "CERTIFICATE_REQUIRED" in text or "BAD_CERTIFICATE" in text or "UNKNOWN_CA" in text:
        return AccessDenied(
            "the server demands another client certificate",
            where=connection.address,
            hint="check clientCertFile and clientKeyFile",
        )
    return SourceUnreachable(
        f"no TLS connection: {untrusted(cause)}",
        where=connection.address,
        hint="check vault.address, and which versions of TLS the server offers",
    )
