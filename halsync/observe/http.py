"""HTTP/1.1 as the sidecar's small server speaks it: one request a connection, nothing optional.

Reading a request is strict: what two parsers could understand differently is refused, so that
a proxy in front and this server never disagree about where a request ends (RFC 9112, 11.2).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from halsync.patterns import Pattern
from halsync.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

HEAD_BYTES = 16 * 1024
"""Largest request line with headers; GitHub's hooks need 1 KiB, a proxy's additions less."""
_TARGET_BYTES = 4 * 1024
_HEADERS = 100

_LINE = Pattern(rb"([A-Z]{1,20}) ([\x21-\x7e]+) HTTP/1\.([01])")
_HEADER = Pattern(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)")

PHRASES = {
    200: "OK",
    202: "Accepted",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    411: "Length Required",
    413: "Content Too Large",
    414: "URI Too Long",
    417: "Expectation Failed",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
    505: "HTTP Version Not Supported",
}

TEXT = "text/plain; charset=utf-8"
JSON = "application/json"
HTML = "text/html; charset=utf-8"


class Request(NamedTuple):
    """A request, as far as it has been read."""

    method: str
    path: str
    """Without the query; percent signs as they came."""
    query: str
    headers: Mapping[str, str]
    """Names in lower case. A name that came twice has its values joined by ``, ``."""
    length: int
    """Bytes of the body that is to come; below 0 if that is not told."""
    body: bytes = b""
    peer: str = ""
    """Who asks, for a log line; ``local`` on the unix socket."""
    local: bool = False
    """It came through the unix socket, which only the own user can open."""
    continues: bool = False
    """The sender waits for ``100 Continue`` before it sends the body."""


class Response(NamedTuple):
    """What is answered."""

    status: int
    body: bytes = b""
    kind: str = TEXT
    headers: tuple[tuple[str, str], ...] = ()


class Refused(Exception):
    """A request that is answered without being understood."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.response = text(status, reason)


def text(status: int, words: str, *headers: tuple[str, str]) -> Response:
    """A line of plain text."""
    return Response(status, f"{words}\n".encode(), TEXT, headers)


def read_head(head: bytes, *, peer: str, local: bool) -> Request:
    """The request from its first bytes, without the empty line that ends them.

    Raises:
        Refused: not HTTP/1, or something that is not taken.
    """
    first, *lines = head.split(b"\r\n")
    found = _LINE.fullmatch(first)
    if found is None:
        version = first.rpartition(b" ")[2]
        if re.fullmatch(rb"HTTP/[0-9.]+", version) and not version.startswith(b"HTTP/1."):
            raise Refused(505, "HTTP/1.1 is spoken here")
        raise Refused(400, "this is no HTTP request")
    if len(found[2]) > _TARGET_BYTES:
        raise Refused(414, f"the address is longer than {_TARGET_BYTES} bytes")
    headers = _headers(lines)
    if found[3] == b"1" and "host" not in headers:
        raise Refused(400, "the Host header is missing")
    path, _, query = _origin_form(found[2].decode("ascii")).partition("?")
    method = found[1].decode("ascii")
    expected = headers.get("expect", "")
    if expected and expected.lower() != "100-continue":
        raise Refused(417, "nothing but 100-continue can be expected")
    return Request(
        method,
        path,
        query.partition("#")[0],
        headers,
        _length(method, headers),
        b"",
        peer,
        local,
        bool(expected) and found[3] == b"1",
    )


def _headers(lines: list[bytes]) -> dict[str, str]:
    if len(lines) > _HEADERS:
        raise Refused(431, f"more than {_HEADERS} headers")
    headers: dict[str, str] = {}
    for line in lines:
        found = _HEADER.fullmatch(line)
        if found is None:
            raise Refused(400, "a header is malformed")
        name = found[1].decode("ascii").lower()
        value = found[2].decode("latin-1").rstrip(" \t")
        if name in headers:
            if name in ("host", "content-length"):
                raise Refused(400, f"the {name} header is there twice")
            value = f"{headers[name]}, {value}"
        headers[name] = value
    return headers


def _origin_form(target: str) -> str:
    """The path of the target, also where a proxy sent the whole address."""
    if target.startswith("/"):
        return target
    found = re.match(r"https?://[^/?#]+(/[^ ]*)?", target, re.IGNORECASE)
    if found is None:
        raise Refused(400, "the address does not begin with /")
    return found[1] or "/"


def _length(method: str, headers: Mapping[str, str]) -> int:
    given = headers.get("content-length")
    if "transfer-encoding" in headers or (given is None and method == "POST"):
        return -1
    if given is None:
        return 0
    if not re.fullmatch(r"[0-9]{1,15}", given):
        raise Refused(400, "the Content-Length is no number")
    return int(given)


def answer(response: Response, *, head_only: bool = False) -> bytes:
    """The bytes to send. ``head_only``: for HEAD, which gets the headers alone."""
    lines = [
        f"HTTP/1.1 {response.status} {PHRASES[response.status]}",
        f"Content-Type: {response.kind}",
        f"Content-Length: {len(response.body)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
        *[f"{name}: {value}" for name, value in response.headers],
    ]
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
    return head if head_only else head + response.body
