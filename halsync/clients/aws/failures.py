"""What went wrong at AWS, or at a server that speaks like it, as our errors.

Codes: "Error responses" in the Amazon S3 API reference, and "Common errors" in that of STS.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from halsync.clients.certificates import refusal, why_untrusted
from halsync.errors import (
    AccessDenied,
    ConfigError,
    HalsyncError,
    SourceNotFound,
    SourceUnreachable,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROLE_HINT = "allow the actions that docs/sources.md lists, for this bucket and prefix"
_KEYS_HINT = "check the keys (accessKeyId, secretAccessKey), or the role that the pod has"
_EXPIRED_HINT = "renew the session token where it is mounted, or use a role"
_NOBODY_HINT = (
    "give the pod a role, set s3.auth or AWS_ variables, or s3.anonymous for a public bucket"
)
_DAMAGED_HINT = "see what changes content between here and the server; it is tried again"
_CLOCK_HINT = "set the clock of this machine (NTP); signatures hold for 15 minutes"

_DENIED = {
    "AccessDenied": _ROLE_HINT,
    "AccessDeniedException": _ROLE_HINT,
    "AllAccessDisabled": _ROLE_HINT,
    "403": _ROLE_HINT,
    "401": _KEYS_HINT,
    "InvalidAccessKeyId": _KEYS_HINT,
    "SignatureDoesNotMatch": _KEYS_HINT,
    "InvalidClientTokenId": _KEYS_HINT,
    "UnrecognizedClientException": _KEYS_HINT,
    "InvalidToken": _KEYS_HINT,
    "ExpiredToken": _EXPIRED_HINT,
    "ExpiredTokenException": _EXPIRED_HINT,
    "TokenRefreshRequired": _EXPIRED_HINT,
    "RequestTimeTooSkewed": _CLOCK_HINT,
    "RequestExpired": _CLOCK_HINT,
}
_ABSENT = {
    "NoSuchBucket": "correct s3.bucket (--s3), or the endpoint and account that it is in",
    "NoSuchKey": "correct the key",
    "NoSuchVersion": "the version was deleted; take another one",
    "ResourceNotFoundException": "correct the name, or the region that it is in",
    "InvalidObjectState": "the object is archived: restore it, or move it out of the archive",
    "404": "correct s3.bucket (--s3), the endpoint or the key",
}
_ELSEWHERE = frozenset(
    {
        "301",
        "AuthorizationHeaderMalformed",
        "IllegalLocationConstraintException",
        "PermanentRedirect",
    }
)
_BUSY = frozenset(
    {
        "BandwidthLimitExceeded",
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "InternalServiceError",
        "OperationAborted",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
_ENCRYPTED = "Server Side Encryption"
"""In the message of an ``InvalidRequest`` when the key of SSE-C is missing."""


@contextmanager
def failures(where: str) -> Iterator[None]:
    """Turn what botocore raises into our errors.

    Args:
        where: what was asked, for the message: ``s3://bucket/prefix``.

    Raises:
        AccessDenied, ConfigError, SourceNotFound, SourceUnreachable: and nothing else of
            botocore's.
    """
    try:
        yield
    except HalsyncError:
        raise
    except Exception as error:
        found = translate(error, where)
        if found is None:
            raise
        raise found from None


def translate(error: Exception, where: str) -> HalsyncError | None:
    """Our error for one of botocore's or of the operating system's; None: it is neither."""
    from botocore import exceptions as theirs
    from botocore.parsers import ResponseParserError

    if isinstance(error, theirs.ClientError):
        return _answered(error, where)
    if isinstance(error, theirs.SSLError):
        return _untrusted(error, where)
    broken = (
        theirs.ConnectionError,
        theirs.HTTPClientError,
        theirs.IncompleteReadError,
        theirs.MetadataRetrievalError,
    )
    kind: type[HalsyncError] | None = None
    told = _told(error)
    if isinstance(error, (theirs.NoCredentialsError, theirs.PartialCredentialsError)):
        kind, message, hint = AccessDenied, told, _NOBODY_HINT
    elif isinstance(error, theirs.CredentialRetrievalError):
        kind, message, hint = AccessDenied, f"no AWS credentials: {told}", _KEYS_HINT
    elif isinstance(error, theirs.FlexibleChecksumError):
        kind, message, hint = SourceUnreachable, f"damaged on the way: {told}", _DAMAGED_HINT
    elif isinstance(error, (*broken, ResponseParserError, OSError)):
        message = f"the server cannot be reached, or broke off: {told}"
        kind, hint = SourceUnreachable, "check the endpoint, the region and the network policy"
    elif isinstance(error, theirs.BotoCoreError):
        kind, message = ConfigError, f"these settings do not work: {told}"
        hint = "correct s3 in halsync.yaml, or what the AWS_ variables and files say"
    elif isinstance(error, ValueError) and "endpoint" in told.lower():
        kind, message, hint = ConfigError, told, "write s3.endpoint as https://host:port"
    elif isinstance(error, RecursionError):
        # botocore asks where the bucket is, and follows the answer to that question likewise.
        kind, message = ConfigError, "the server redirects every request, and does not say where to"
        hint = "write s3.endpoint as the server itself wants it: https or http, host and port"
    elif isinstance(error, (KeyError, ValueError)) and _is_theirs(error):
        return _odd(where)
    return kind(message, where=where, hint=hint) if kind else None


def _is_theirs(error: Exception) -> bool:
    """Whether it was raised in botocore, and not in what called it, where it would be a bug."""
    traceback, inner = error.__traceback__, ""
    while traceback:
        name = str(traceback.tb_frame.f_globals.get("__name__"))
        if name.startswith(("botocore.", "halsync.")):
            inner = name
        traceback = traceback.tb_next
    return inner.startswith("botocore.")


@contextmanager
def understood(where: str) -> Iterator[None]:
    """For looking at an answer: what is not shaped as S3's are becomes an error.

    Raises:
        SourceUnreachable: it is not.
    """
    try:
        yield
    except (KeyError, TypeError, ValueError):
        raise _odd(where) from None


def _odd(where: str) -> SourceUnreachable:
    return SourceUnreachable(
        "the answer is none that S3 gives: parts are missing",
        where=where,
        hint="check s3.endpoint, and what stands between here and the server",
    )


def _answered(error: Any, where: str) -> HalsyncError:
    """For an answer that says no."""
    told = error.response.get("Error", {})
    code = str(told.get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    message = f"{told.get('Message') or 'no reason given'} ({code or status})"
    if code in _ELSEWHERE or status == 301:
        return _elsewhere(error, message, where)
    if code in _ABSENT:
        kind = {"NoSuchBucket": "no such bucket", "404": "not there"}.get(code, message)
        return SourceNotFound(kind, where=where, hint=_ABSENT[code])
    if code in _BUSY or status in (429, 500, 502, 503, 504):
        return SourceUnreachable(
            f"the server is busy or failing: {message}",
            where=where,
            hint="it is tried again until timeout; if it goes on, poll less often",
        )
    if code == "InvalidRequest" and _ENCRYPTED in message:
        return AccessDenied(
            f"the object is encrypted with a key that was not given: {message}",
            where=where,
            hint="name the file with the key in s3.sseCustomerKeyFile",
        )
    if code in _DENIED or code.startswith("KMS.") or status in (401, 403):
        return AccessDenied(
            f"the server refuses: {message}", where=where, hint=_DENIED.get(code, _ROLE_HINT)
        )
    return ConfigError(
        f"the server does not take the request: {message}",
        where=where,
        hint="check bucket, endpoint, region and pathStyle",
    )


def _elsewhere(error: Any, message: str, where: str) -> ConfigError:
    """For a bucket in another region than the request went to (and was signed for)."""
    told = error.response.get("Error", {})
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    region = headers.get("x-amz-bucket-region") or told.get("Region") or ""
    return ConfigError(
        f"the bucket is in {f'region {region}' if region else 'another region'}: {message}",
        where=where,
        hint=f"set s3.region (--s3-region) to {region or 'the region of the bucket'}",
    )


def _untrusted(error: Exception, where: str) -> HalsyncError:
    refused = refusal(error)
    if refused:
        message, hint = why_untrusted(refused, signers="a CA that is trusted here")
        return AccessDenied(message, where=where, hint=hint)
    return SourceUnreachable(
        f"no TLS connection comes about: {_told(error)}",
        where=where,
        hint="check that s3.endpoint begins with what the server speaks, https:// or http://",
    )


def _told(error: Exception) -> str:
    """The library's words on one line."""
    return " ".join(str(error).split()) or type(error).__name__
