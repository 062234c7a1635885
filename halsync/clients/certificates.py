"""Why a server's certificate is refused, in words that every client uses."""

from __future__ import annotations


def why_untrusted(cause: str, ca_file: str, otherwise: str = "") -> tuple[str, str]:
    """What is wrong with it, and what to do.

    Args:
        cause: what OpenSSL said (``ssl.SSLCertVerificationError.verify_message``).
        ca_file: the CA bundle that was trusted; empty: the machine's.
        otherwise: what else helps against a certificate for another name.
    """
    bundle = f"the CA bundle {ca_file}" if ca_file else "the CAs this machine trusts"
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
        f"the server's certificate is not signed by {bundle}",
        "put the certificate of the CA that signed it into a PEM file and name it in caFile",
    )
