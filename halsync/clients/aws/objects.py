"""Reading one object, and being sure that it is what the server holds."""

from __future__ import annotations

import binascii
import time
from base64 import b64decode
from hashlib import md5
from typing import TYPE_CHECKING, Any

from halsync.clients.aws.failures import failures
from halsync.errors import ConfigError, HalsyncError, SourceUnreachable, TransientError
from halsync.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    from halsync.settings.model import SecretRef

    Answer = TypeVar("Answer")

EXECUTABLE = "halsync-executable"
"""User metadata of an object whose file is executable."""

_TRIES = 3
_FIRST_WAIT = 0.2
_GONE = frozenset({"404", "412", "NoSuchKey", "NoSuchVersion", "PreconditionFailed"})
_DIRECTORY_BUCKET = "--x-s3"
"""End of the name of a directory bucket, whose ETags are random."""
_HINT = "see what changes content between here and the server; it is tried again"


class Changed(Exception):
    """The object is not (any longer) what was asked for."""


class Wanted(NamedTuple):
    """One object, as a listing says it is."""

    key: str
    etag: str = ""
    """Without quotes; empty: any."""
    version: str = ""
    """Empty: the current one."""
    size: int = -1
    """-1: any."""


class Got(NamedTuple):
    """One object."""

    content: bytes
    etag: str
    metadata: Mapping[str, str]
    """What the writer put beside it; names in small letters."""


def get(
    client: Any,
    bucket: str,
    wanted: Wanted,
    *,
    customer_key: SecretRef | None = None,
    requester_pays: bool = False,
    verify_md5: bool = True,
) -> Got:
    """The object, verified: by its length, by a stored checksum, by its ETag where that is one.

    Raises:
        Changed: there is no such object, or it is another one than ``wanted`` says.
        HalsyncError: as :func:`halsync.clients.aws.failures.failures` raises them.
    """
    asked: dict[str, Any] = {"Bucket": bucket, "Key": wanted.key}
    asked |= parameters(customer_key, requester_pays)
    if wanted.version:
        asked["VersionId"] = wanted.version
    elif wanted.etag:
        asked["IfMatch"] = f'"{wanted.etag}"'
    with failures(f"s3://{bucket}/{wanted.key}"):
        answer = _unless_gone(client.get_object, asked)
        body = answer["Body"]
        try:
            found = unquoted(answer.get("ETag"))
            length = answer.get("ContentLength", -1)
            if wanted.etag not in ("", found) or wanted.size not in (-1, length):
                raise Changed
            # Not as a context: that would be the stream without its checks.
            content: bytes = body.read()
        finally:
            body.close()
        if length not in (-1, len(content)):
            _damaged(bucket, wanted.key, f"{len(content)} of {length} bytes arrived")
        if verify_md5 and not bucket.endswith(_DIRECTORY_BUCKET):
            _verify(client, asked, answer, content)
    return Got(content, found, answer.get("Metadata", {}))


def parameters(customer_key: SecretRef | None, requester_pays: bool) -> dict[str, Any]:
    """What requests for objects have in common.

    Raises:
        ConfigError: the key of SSE-C is not 32 bytes in base64.
    """
    found: dict[str, Any] = {"RequestPayer": "requester"} if requester_pays else {}
    if customer_key:
        try:
            key = b64decode(customer_key.read(), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != 32:
            raise ConfigError(
                "the key of SSE-C is not 32 bytes in base64",
                where=customer_key.file or customer_key.env,
                hint="write it with: head -c 32 /dev/urandom | base64",
            )
        found |= {"SSECustomerKey": key, "SSECustomerAlgorithm": "AES256"}
    return found


def unquoted(etag: object) -> str:
    """An ETag without the quotes that some servers leave out."""
    return str(etag or "").strip('"')


def patiently(work: Callable[[], Answer], deadline: float) -> Answer:
    """Do it up to three times if what goes wrong is worth another try."""
    attempt = 1
    while True:
        try:
            return work()
        except TransientError:
            wait = _FIRST_WAIT * 2 ** (attempt - 1)
            if attempt == _TRIES or time.monotonic() + wait >= deadline:
                raise
            time.sleep(wait)
            attempt += 1


def _unless_gone(request: Callable[..., Any], asked: Mapping[str, Any]) -> Any:
    from botocore.exceptions import ClientError

    try:
        return request(**asked)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _GONE:
            raise Changed from None
        raise


def _verify(client: Any, asked: dict[str, Any], answer: Any, content: bytes) -> None:
    """Compare with the ETag where it is an MD5, of the whole or of the parts.

    It is one where the server encrypts with keys of its own or not at all ("Common response
    headers" in the API reference).
    """
    if answer.get("SSECustomerAlgorithm") or answer.get("ServerSideEncryption") not in (
        None,
        "",
        "AES256",
    ):
        return
    whole, _, parts = unquoted(answer.get("ETag")).partition("-")
    if len(whole) != 32 or not set(whole) <= set("0123456789abcdef"):
        return
    if not parts:
        digest = _md5(content).hexdigest()
    elif parts.isdigit():
        sizes = _part_sizes(client, asked, int(parts))
        if sum(sizes) != len(content):
            return
        ends = [sum(sizes[: number + 1]) for number in range(len(sizes))]
        pieces = [content[end - size : end] for size, end in zip(sizes, ends, strict=True)]
        digest = _md5(b"".join(_md5(piece).digest() for piece in pieces)).hexdigest()
    else:
        return
    if digest != whole:
        _damaged(asked["Bucket"], asked["Key"], "the content does not match its ETag")


def _part_sizes(client: Any, asked: dict[str, Any], parts: int) -> list[int]:
    """How the object was uploaded; empty where the server does not tell."""
    from botocore.exceptions import BotoCoreError, ClientError

    sizes: list[int] = []
    # Some servers compare the condition with the ETag of the part.
    asked = {name: value for name, value in asked.items() if name != "IfMatch"}
    try:
        for number in range(1, parts + 1):
            answer = client.head_object(**asked, PartNumber=number)
            if answer.get("PartsCount") != parts:
                return []
            sizes.append(answer["ContentLength"])
    except (BotoCoreError, ClientError, HalsyncError):
        return []
    return sizes


def _md5(content: bytes) -> Any:
    return md5(content, usedforsecurity=False)


def _damaged(bucket: str, key: str, how: str) -> None:
    raise SourceUnreachable(f"damaged on the way: {how}", where=f"s3://{bucket}/{key}", hint=_HINT)
