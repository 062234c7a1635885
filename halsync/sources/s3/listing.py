"""What a bucket holds below a prefix, now or at a time."""

from __future__ import annotations

from hashlib import sha256

from halsync.clients.aws.failures import failures, understood
from halsync.clients.aws.objects import unquoted
from halsync.errors import SourceNotFound, SourceUnreachable
from halsync.formats.globs import matches
from halsync.paths import below, nearest
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from halsync.settings.kinds.s3 import S3Settings

_SUGGESTED = 200
"""Directories that are looked at for the one that was meant."""


class Listed(NamedTuple):
    """One object."""

    path: str
    """Counted from the prefix."""
    key: str
    size: int
    etag: str
    version: str = ""
    """Only where a time is asked for."""
    modified: str = ""


class Listing(NamedTuple):
    """The objects that count, sorted by key."""

    objects: tuple[Listed, ...]
    complete: bool
    """False if there are more than was asked for."""
    pages: int

    @property
    def revision(self) -> str:
        """Digest over key, version or ETag, and size of every object."""
        digest = sha256()
        for each in self.objects:
            digest.update(f"{each.key}\0{each.version or each.etag}\0{each.size}\n".encode())
        return digest.hexdigest()


def look(client: Any, options: S3Settings, paths: tuple[str, ...], most: int) -> Listing:
    """List what is below the prefix and the wanted ``paths``, ``most`` objects and one more.

    Raises:
        SourceNotFound: no such bucket, nothing below the prefix or one of the paths; or the
            bucket did not keep what was there at ``as_of``.
        HalsyncError: as :func:`halsync.clients.aws.failures.failures` raises them.
    """
    inner = f"{options.prefix}/" if options.prefix else ""
    found: list[Listed] = []
    known: set[str] = set()
    pages = 0
    with failures(options.location):
        for page in (
            _versions(client, options, inner) if options.as_of else _objects(client, options, inner)
        ):
            pages += 1
            for key, size, etag, version, modified in page:
                path = key[len(inner) :]
                known.add(path)
                if _counts(path, size, options) and any(_within(path, each) for each in paths):
                    found.append(Listed(path, key, size, unquoted(etag), version, modified))
            if len(found) > most:
                break
        else:
            if not known:
                raise _nothing(client, options, inner)
            _check_paths(paths, known, options)
    found.sort(key=lambda each: each.key)
    return Listing(tuple(found[: most + 1]), len(found) <= most, pages)


def _counts(path: str, size: int, options: S3Settings) -> bool:
    """Markers of directories, which consoles make, do not."""
    if not path or (path.endswith("/") and size == 0):
        return False
    return not any(matches(pattern, path) for pattern in options.ignore)


def _within(path: str, wanted: str) -> bool:
    return path == wanted or below(path, wanted) is not None


Row = tuple[str, int, str, str, str]
"""Key, size, ETag, version, time of the last change."""


def _objects(client: Any, options: S3Settings, prefix: str) -> Iterator[list[Row]]:
    """The present objects, page by page."""
    asked = _asked(options, prefix)
    while True:
        page = client.list_objects_v2(**asked)
        with understood(options.location):
            rows: list[Row] = [
                (each["Key"], each["Size"], each.get("ETag", ""), "", each.get("LastModified", ""))
                for each in page.get("Contents", ())
            ]
        yield rows
        token = page.get("NextContinuationToken")
        if not page.get("IsTruncated") or not token:
            return
        if token == asked.get("ContinuationToken"):
            raise _circling(options)
        asked["ContinuationToken"] = token


def _versions(client: Any, options: S3Settings, prefix: str) -> Iterator[list[Row]]:
    """The objects as they were, in one page: versions of one key can spread over pages."""
    from datetime import datetime

    moment = datetime.fromisoformat(options.as_of)
    asked = _asked(options, prefix)
    best: dict[str, tuple[datetime, Row | None]] = {}
    while True:
        page = client.list_object_versions(**asked)
        with understood(options.location):
            for each in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                made = datetime.fromisoformat(each["LastModified"])
                key, version = each["Key"], each.get("VersionId") or "null"
                if made > moment:
                    if version == "null":
                        raise _not_kept(key, options)
                    continue
                if key not in best or best[key][0] < made:
                    row = (key, each["Size"], each.get("ETag", ""), version, each["LastModified"]) \
                        if "Size" in each else None  # fmt: skip
                    best[key] = (made, row)
        if not page.get("IsTruncated"):
            break
        markers = {
            "KeyMarker": page.get("NextKeyMarker", ""),
            "VersionIdMarker": page.get("NextVersionIdMarker", ""),
        }
        if markers.items() <= asked.items():
            raise _circling(options)
        asked |= markers
    yield [row for _, row in best.values() if row is not None]


def _asked(options: S3Settings, prefix: str) -> dict[str, Any]:
    payer = {"RequestPayer": "requester"} if options.requester_pays else {}
    return {"Bucket": options.bucket, "Prefix": prefix, **payer}


def _circling(options: S3Settings) -> SourceUnreachable:
    return SourceUnreachable(
        "the listing goes in circles", where=options.location, hint="see the server's log"
    )


def _not_kept(key: str, options: S3Settings) -> SourceNotFound:
    return SourceNotFound(
        f"the object was written after {options.as_of}, and the bucket keeps no versions: what"
        " it was at that time cannot be told",
        where=f"s3://{options.bucket}/{key}",
        hint="turn versioning on for the bucket, or leave out s3.asOf",
    )


def _nothing(client: Any, options: S3Settings, inner: str) -> SourceNotFound:
    """Nothing at all below the prefix: what was probably meant?"""
    when = f" at {options.as_of}" if options.as_of else ""
    if not inner:
        return SourceNotFound(
            f"the bucket holds no object{when}",
            where=options.location,
            hint="correct s3.bucket (--s3), or load a tree with: halsync push --to-s3",
        )
    above = inner.rstrip("/").rpartition("/")[0]
    start = f"{above}/" if above else ""
    beside = client.list_objects_v2(**_asked(options, start), Delimiter="/", MaxKeys=_SUGGESTED)
    names = [each["Prefix"].rstrip("/") for each in beside.get("CommonPrefixes", ())]
    if any(each["Key"] == options.prefix for each in beside.get("Contents", ())):
        hint = "s3.prefix names an object: name the directory that it is in"
    else:
        guess = nearest(options.prefix, names)
        hint = f"did you mean {guess}?" if guess else f"there is: {', '.join(names[:5]) or '-'}"
    return SourceNotFound(
        f"there is nothing below {options.prefix!r}{when}", where=options.location, hint=hint
    )


def _check_paths(paths: tuple[str, ...], known: set[str], options: S3Settings) -> None:
    for wanted in paths:
        if wanted and not any(_within(path, wanted) for path in known):
            directories = {
                path[:end] for path in known for end, char in enumerate(path) if char == "/"
            }
            guess = nearest(wanted, sorted(directories))
            raise SourceNotFound(
                f"there is no directory {wanted!r}",
                where=options.location,
                hint=f"did you mean {guess}?" if guess else "name one that is there",
            )
