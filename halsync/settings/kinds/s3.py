"""``s3``: a bucket, or what lies below a prefix of it."""

from __future__ import annotations

from halsync.paths import normalise
from halsync.records import NamedTuple
from halsync.settings.aws import AwsAccess, build_access
from halsync.settings.kinds import OF_SOURCE, Built
from halsync.settings.model import SecretRef
from halsync.settings.spec import SOURCE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from halsync.settings.resolve import Raw, Values

_SCHEME = "s3://"


class S3Settings(NamedTuple):
    """One bucket, and what to take of it. Two equal values are fetched once."""

    bucket: str
    prefix: str = ""
    """A directory in the bucket, normalised; empty for all of it."""
    access: AwsAccess = AwsAccess()
    as_of: str = ""
    """The versions that were current at this time, in ISO 8601; empty: the present ones."""
    ignore: tuple[str, ...] = ()
    """Patterns of files that are left out; see :mod:`halsync.settings.steps`."""
    requester_pays: bool = False
    customer_key: SecretRef = SecretRef()
    """Key of SSE-C: 32 bytes in base64."""
    verify_md5: bool = True
    """Whether an ETag that looks like an MD5 is one."""

    def asked_for(self) -> tuple[str, str]:
        """As :meth:`halsync.settings.model.KindSettings.asked_for`."""
        return self.location, self.as_of

    @property
    def location(self) -> str:
        """``s3://bucket/prefix``."""
        return f"{_SCHEME}{self.bucket}/{self.prefix}".rstrip("/")


def build(values: Values) -> Built:
    """The settings of an ``s3`` source."""
    bucket, prefix = _place(values)
    settings = S3Settings(
        bucket=bucket,
        prefix=prefix,
        access=_access(values),
        as_of=_as_of(values),
        ignore=_ignore(values),
        requester_pays=values.get(OF_SOURCE["s3.requesterPays"]),
        customer_key=values.get(OF_SOURCE["s3.sseCustomerKey"]),
        verify_md5=values.get(OF_SOURCE["s3.verifyMd5"]),
    )
    return Built(settings)


def _place(values: Values) -> tuple[str, str]:
    """Bucket and prefix, from two settings or from one URL."""
    bucket, prefix = values.get(OF_SOURCE["s3.bucket"]), values.get(OF_SOURCE["s3.prefix"])
    raw = values.raw(SOURCE + "s3.bucket")
    if raw is None or "/" not in bucket:
        return bucket, prefix
    bucket, _, inner = bucket.removeprefix(_SCHEME).partition("/")
    if not bucket or bucket.endswith(":"):
        values.wrong(raw, "this is neither a bucket nor s3://bucket/prefix", "name the bucket")
    if inner and prefix:
        values.wrong(raw, "the prefix is given twice, here and by s3.prefix", "keep one of the two")
    try:
        return bucket, normalise(inner) or prefix
    except ValueError:
        values.wrong(raw, "the prefix contains '..'", "name a directory in the bucket")
        return bucket, prefix


def _access(values: Values) -> AwsAccess:
    def get(key: str) -> Any:
        return values.get(OF_SOURCE[f"s3.{key}"])

    access = build_access(get)._replace(region=get("region"), anonymous=get("anonymous"))
    _check_access(access, values)
    return access


def _check_access(access: AwsAccess, values: Values) -> None:
    """What contradicts itself, or is only half there."""

    def raw(name: str) -> Raw | None:
        return values.raw(f"{SOURCE}s3.auth.{name}")

    identity, secret = raw("accessKeyId"), raw("secretAccessKey")
    one = identity or secret or raw("sessionToken")
    if one is not None and (identity is None or secret is None):
        values.wrong(one, "keys need accessKeyId and secretAccessKey", "give both")
    profile = raw("profile")
    if access.anonymous:
        for found in (identity, profile, raw("roleArn")):
            if found is not None:
                values.wrong(found, "anonymous access has no credentials", "leave out one of them")
    elif profile is not None and identity is not None:
        values.wrong(profile, "both keys and a profile are given", "keep one of the two")
    external = raw("externalId")
    if external is not None and not access.role_arn:
        values.wrong(external, "an external id belongs to a role", "add auth.roleArn")


def _as_of(values: Values) -> str:
    text: str = values.get(OF_SOURCE["s3.asOf"])
    raw = values.raw(SOURCE + "s3.asOf")
    if raw is not None and text:
        from datetime import datetime

        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            values.wrong(
                raw, f"{text!r} is not a time with its zone", "for example 2026-11-23T06:00:00Z"
            )
    return text


def _ignore(values: Values) -> tuple[str, ...]:
    patterns: tuple[str, ...] = values.get(OF_SOURCE["s3.ignore"])
    raw = values.raw(SOURCE + "s3.ignore")
    if raw is not None:
        for pattern in patterns:
            if pattern.startswith("/") or ".." in pattern.split("/"):
                wrong = f"the pattern {pattern!r} is absolute or contains '..'"
                values.wrong(raw, wrong, "count it from the prefix, as docs/reference.md says")
    return patterns
