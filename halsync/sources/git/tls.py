"""Why a server's certificate is refused: git's TLS library says only that it is."""

from __future__ import annotations

from halsync.clients import certificates


def why_untrusted(host: str, ca_file: str, proxied: bool) -> tuple[str, str]:
    """Connect once more and ask; the cause, and what to do about it.

    ``host`` may carry a port. Through a proxy nothing is asked. Nothing is sent.
    """
    cause = "" if proxied else _ask(host, ca_file)
    return certificates.why_untrusted(cause, ca_file)


def _ask(host: str, ca_file: str) -> str:
    import socket
    import ssl

    name, _, port = host.rpartition(":") if host.rsplit(":", 1)[-1].isdigit() else (host, "", "443")
    name = name.strip("[]")
    try:
        context = certificates.checking(ca_file)
        with (
            socket.create_connection((name, int(port)), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname=name),
        ):
            return ""
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    except (OSError, ValueError):
        return ""
