"""Why a server's certificate is refused, in words that every client uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


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
