"""One POST of JSON to an address that nobody may see."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from halsync.clients.certificates import refusal, why_untrusted
from halsync.clients.timed import handlers
from halsync.redact import redact, register

if TYPE_CHECKING:
    from email.message import Message
    from urllib.error import URLError

_TIMEOUT = 10.0
"""Seconds for all of it."""


class Unsent(Exception):
    """It did not arrive."""

    def __init__(self, reason: str, *, again: bool, after: float = 0.0) -> None:
        super().__init__(reason)
        self.reason = reason
        """Without the address."""
        self.again = again
        """Whether another try may help."""
        self.after = after
        """Seconds that the receiver wants to be left alone; 0 if it did not say."""


def post(url: str, body: bytes) -> None:
    """Send it; through the proxies that the environment names, with the system's certificates,
    both read anew each time.

    Raises:
        Unsent: with why, and without the address.
    """
    import urllib.request
    from http.client import HTTPException
    from urllib.error import HTTPError, URLError

    host = _host(url)
    request = urllib.request.Request(  # noqa: S310 - the scheme was looked at
        url,
        data=body,
        method="POST",
        headers={"Content-Type": "application/json", "User-Agent": "halsync"},
    )
    deadline = time.monotonic() + _TIMEOUT
    opener = urllib.request.build_opener(_no_redirect(), *handlers(deadline))
    try:
        with opener.open(request, timeout=_TIMEOUT):
            return
    except HTTPError as error:
        with error:
            again = error.code in (408, 425, 429) or error.code >= 500
            after = _seconds(error.headers)
        more = " (redirects are not followed)" if 300 <= error.code < 400 else ""
        raise Unsent(f"{host} answers {error.code}{more}", again=again, after=after) from None
    except URLError as error:
        raise Unsent(f"{host} cannot be reached: {_why(error)}", again=True) from None
    except (OSError, HTTPException) as error:
        reason = f"{host} did not answer ({type(error).__name__})"
        raise Unsent(reason, again=isinstance(error, OSError)) from None
    except ValueError:
        raise Unsent("the address is not a legal URL", again=False) from None


def _why(error: URLError) -> str:
    refused = refusal(error)
    if refused:
        return why_untrusted(refused)[0]
    # OSErrors know no address; anything else here might quote it.
    known = isinstance(error.reason, OSError)
    return redact(str(error.reason)) if known else type(error.reason).__name__


def _host(url: str) -> str:
    """The host, for messages. The rest is registered as a secret: libraries quote it."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        legal = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        if "@" in parts.netloc:
            raise Unsent("the address holds a user, which is not sent", again=False)
    except ValueError:
        legal = False
    if not legal or not url.isprintable() or " " in url:
        raise Unsent("the address is not an http:// or https:// URL", again=False)
    rest = url.partition("://")[2].partition("/")[2]
    if len(rest) >= 8:
        register(rest)
    return str(parts.hostname)


def _no_redirect() -> Any:
    """A redirected POST would arrive as a GET without the message, or at somebody else's."""
    import urllib.request

    class NoRedirect(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    return NoRedirect


def _seconds(headers: Message | None) -> float:
    given = (headers.get("Retry-After", "") if headers else "").strip()
    return float(given) if given.isdecimal() and len(given) < 6 else 0.0
