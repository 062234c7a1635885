"""How a server's certificate is checked, and why one is refused, alike in every client.

From Python 3.13 on, :mod:`ssl` refuses CAs without key identifiers (RFC 5280, 4.2.1.1), which
clusters (EKS among them) and companies have. git, curl and kubectl take them, and so do we.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

_NOT_SIGNED = ("issuer", "self-signed", "self signed", "first certificate", "signature")
"""Parts of what OpenSSL says where it knows none of the signers."""


def checking(ca_file: str = "") -> ssl.SSLContext:
    """Trusts what the system trusts, or the PEM file ``ca_file`` alone.

    Raises:
        OSError, ssl.SSLError: the file cannot be read, or holds no certificates.
    """
    import ssl

    context = ssl.create_default_context(cafile=ca_file or None)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def checking_by_urllib3(cert_reqs: str | int | None, *, named: bool) -> ssl.SSLContext:
    """The same for one connection of urllib3, which reads the CA file itself if one is ``named``;
    ``cert_reqs`` as it stands there."""
    import ssl

    from urllib3.util.ssl_ import create_urllib3_context, resolve_cert_reqs

    context = create_urllib3_context(cert_reqs=resolve_cert_reqs(cert_reqs))
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if not named:
        context.load_default_certs()
    return context


def refusal(error: BaseException) -> str:
    """What OpenSSL said of the certificate, if that is what is behind the error; else empty."""
    import ssl

    for cause in causes_of(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message
    return ""


def why_untrusted(
    cause: str, ca_file: str = "", otherwise: str = "", *, signers: str = "", remedy: str = ""
) -> tuple[str, str]:
    """What is wrong with it, and what to do.

    Args:
        cause: what OpenSSL said (``ssl.SSLCertVerificationError.verify_message``).
        ca_file: the CA bundle that was trusted; empty: the machine's.
        otherwise: what else helps against a certificate for another name.
        signers: who was trusted, where ``ca_file`` does not tell.
        remedy: what helps if none of them signed it, where that is not ``caFile``.
    """
    signers = signers or (f"the CA bundle {ca_file}" if ca_file else "the CAs this machine trusts")
    if "expired" in cause:
        return "the server's certificate has expired", "renew the certificate on the server"
    if "not yet valid" in cause:
        return "the server's certificate is not valid yet", "check the clocks of both machines"
    if "match" in cause:
        return (
            f"the server's certificate is for another name ({cause})",
            f"use the host name that the certificate was made for{otherwise}",
        )
    if cause and not any(part in cause for part in _NOT_SIGNED):
        return (
            f"the server's certificate is not a proper one ({cause})",
            "have it made anew by the CA that signs for this server",
        )
    return (
        f"the server's certificate is not signed by {signers}",
        remedy
        or "put the certificate of the CA that signed it into a PEM file and name it in caFile",
    )


def causes_of(error: BaseException) -> Iterator[BaseException]:
    """The exception and those that it stands for, outermost first; libraries nest them anyhow."""
    todo: list[BaseException] = [error]
    seen: set[int] = set()
    while todo:
        each = todo.pop(0)
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        nested = [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
        todo += [other for other in nested if isinstance(other, BaseException)]
