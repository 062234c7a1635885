"""What ``java.net.URI`` and ``java.net.URL`` accept: Jackson builds them while it reads.

Sources: RFC 2396 with the deviations that the class comment of ``java.net.URI`` lists (empty
authorities, "other" characters, registry-based authorities), RFC 2732 for IPv6 addresses, and
the protocols for which a JDK brings a handler. Both return what is wrong, or an empty string.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_PROTOCOLS: Final = frozenset({"http", "https", "ftp", "file", "jar", "jmod", "jrt", "mailto"})

_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_DIGITS: Final = frozenset("0123456789")
_HEX: Final = _DIGITS | frozenset("abcdefABCDEF")
_SCHEME: Final = _LETTERS | _DIGITS | frozenset("+-.")
_SCOPE: Final = _LETTERS | _DIGITS | frozenset("_.")
_UNRESERVED: Final = _LETTERS | _DIGITS | frozenset("_-!.~'()*")
_URIC: Final = _UNRESERVED | frozenset(";/?:@&=+$,[]")
_PATH: Final = _UNRESERVED | frozenset(":@&=+$,;/")
_REGISTRY: Final = _UNRESERVED | frozenset("$,;:@&=+")
_USERINFO: Final = _UNRESERVED | frozenset(";:&=+$,")
_INT_MAX = 2**31 - 1


def uri_fault(text: str) -> str:
    """Why ``new URI(text)`` fails."""
    scheme, colon, rest = text.partition(":")
    if not colon or any(char in "/?#" for char in scheme):
        scheme, rest = "", text
    elif not _is_scheme(scheme):
        return "what stands before the first ':' is no scheme"
    rest, hash_mark, fragment = rest.partition("#")
    if hash_mark and not _only(fragment, _URIC):
        return "the part after '#' holds a character that must be escaped"
    if scheme and not rest.startswith("/"):
        if not rest:
            return f"nothing follows '{scheme}:'"
        return "" if _only(rest, _URIC) else "it holds a character that must be escaped"
    return _hierarchical(rest, more=bool(hash_mark))


def _hierarchical(text: str, *, more: bool) -> str:
    if text.startswith("//"):
        authority = text[2:].partition("/")[0].partition("?")[0]
        text = text[2 + len(authority) :]
        if not authority and not text and not more:
            return "no host follows '//'"
        fault = _authority_fault(authority)
        if fault:
            return fault
    path, mark, query = text.partition("?")
    if not _only(path, _PATH):
        return "the path holds a character that must be escaped"
    if mark and not _only(query, _URIC):
        return "the part after '?' holds a character that must be escaped"
    return ""


def _authority_fault(authority: str) -> str:
    if _only(authority, _REGISTRY):
        return ""
    user, at, host = authority.partition("@")
    if at and not _only(user, _USERINFO):
        return "the user part holds a character that must be escaped"
    if not at:
        host = authority
    if not host.startswith("["):
        return "the host holds a character that is not allowed there"
    address, bracket, port = host[1:].partition("]")
    address, percent, scope = address.partition("%")
    if (
        not bracket
        or not _is_ipv6(address)
        or (percent and not (scope and _SCOPE.issuperset(scope)))
    ):
        return "what stands in [ ] is no IPv6 address"
    if port and not (port[0] == ":" and _is_port(port[1:])):
        return "the port is no number"
    return ""


def url_fault(text: str) -> str:
    """Why ``new URL(text)`` fails."""
    text = text.strip("".join(map(chr, range(33))))
    if text[:4].lower() == "url:":
        text = text[4:]
    before, colon, rest = text.partition(":")
    if not colon or "/" in before or not _is_scheme(before):
        return "it has no protocol such as https://"
    if before.lower() not in _PROTOCOLS:
        return f"Java knows no protocol '{before[:20]}'"
    if before.lower() == "jar":
        inner, mark, _ = rest.partition("!/")
        return url_fault(inner) if mark else "a jar: URL must hold '!/'"
    rest = rest.partition("#")[0].partition("?")[0]
    if not rest.startswith("//"):
        return ""
    authority = rest[2:].partition("/")[0]
    if authority.count("@") > 1:
        return ""
    return _server_fault(authority.rpartition("@")[2])


def _server_fault(host: str) -> str:
    if host.startswith("["):
        address, bracket, port = host[1:].partition("]")
        if not bracket or not _is_ipv6(address.partition("%")[0]):
            return "what stands in [ ] is no IPv6 address"
        if port and port[0] != ":":
            return "only a port may follow the IPv6 address"
        port = port[1:]
    else:
        port = host.partition(":")[2]
    if port and not _is_port(port, signed=True):
        return "the port is no number"
    return ""


def _is_port(text: str, *, signed: bool = False) -> bool:
    if not text:
        return True
    if not signed:
        return text.isascii() and text.isdigit() and int(text[:11]) <= _INT_MAX
    digits = text[1:] if text[0] in "+-" else text
    if not digits.isdecimal() or len(digits.lstrip("0")) > 10 or int(digits) > _INT_MAX:
        return False
    return text[0] != "-" or int(digits) <= 1


def _only(text: str, allowed: frozenset[str]) -> bool:
    """Whether text holds only these, escapes, and what java.net.URI calls "other": not ASCII,
    and neither a blank nor a control character."""
    if allowed.issuperset(text):
        return True
    at = 0
    while at < len(text):
        char = text[at]
        if char == "%":
            if len(text) < at + 3 or not _HEX.issuperset(text[at + 1 : at + 3]):
                return False
            at += 2
        elif char not in allowed and (char < "\xa0" or char.isspace()):
            return False
        at += 1
    return True


def _is_scheme(text: str) -> bool:
    return text[:1] in _LETTERS and _SCHEME.issuperset(text)


def _is_ipv6(text: str) -> bool:
    from socket import AF_INET6, inet_pton

    try:
        inet_pton(AF_INET6, text)
    except (OSError, ValueError):
        return False
    return True
