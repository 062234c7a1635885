"""A bucket as a destination of ``halsync push``."""

from __future__ import annotations

from base64 import b64encode
from hashlib import md5, sha256

from halsync.clients.aws import client, failures
from halsync.clients.aws.objects import (
    EXECUTABLE,
    Changed,
    Wanted,
    get,
    parameters,
    patiently,
    unquoted,
)
from halsync.clients.threads import parallel
from halsync.errors import ConfigError, PublishError, SourceNotFound
from halsync.sources.destination import Held, mark
from halsync.sources.s3.listing import look

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from halsync.model import File
    from halsync.settings.kinds.s3 import S3Settings
    from halsync.sources.destination import Writing
    from halsync.sources.s3.listing import Listed

MARK = "halsync-push"
"""User metadata of an object that was pushed."""
_LOST = frozenset({"412", "PreconditionFailed", "409", "ConditionalRequestConflict"})
_NOWHERE = ("nothing below", "no object")


def open_destination(options: S3Settings, writing: Writing) -> S3Destination:
    """The destination; the keys are read now.

    Raises:
        ConfigError: a time is given, which cannot be written to.
    """
    if options.as_of:
        raise ConfigError(
            "the past cannot be written to", where=options.location, hint="leave out s3.asOf"
        )
    return S3Destination(options, writing)


class S3Destination:
    """See :class:`halsync.sources.destination.Destination`."""

    def __init__(self, options: S3Settings, writing: Writing) -> None:
        self.location = options.location
        self._options = options._replace(ignore=())
        self._writing = writing
        self._client = client("s3", options.access)

    def held(self, files: Mapping[str, File]) -> Mapping[str, Held]:
        """See :meth:`halsync.sources.destination.Destination.held`."""
        writing = self._writing
        try:
            listing = patiently(
                lambda: look(self._client, self._options, ("",), writing.limits.files),
                writing.deadline,
            )
        except SourceNotFound as error:
            if not any(words in error.message for words in _NOWHERE):
                raise
            return {}
        if not listing.complete:
            raise ConfigError(
                f"there are more than {writing.limits.files} objects",
                where=self.location,
                hint="name the prefix of the configuration, or raise limits.files",
            )

        def one(each: Listed) -> Held | None:
            file = files.get(each.path)
            if file is not None and each.etag == md5(
                file.content, usedforsecurity=False
            ).hexdigest():  # fmt: skip
                # As it will be; whose it is does not matter then.
                return Held(file.content, True, each.etag, file.executable)
            return patiently(lambda: self._get(each), writing.deadline)

        outcomes = parallel(one, listing.objects, writing.deadline)
        return {
            outcome.item.path: held
            for outcome in outcomes
            for held in [outcome.value]
            if held is not None
        }

    def write(self, path: str, file: File, over: Held | None) -> None:
        """See :meth:`halsync.sources.destination.Destination.write`."""
        metadata = {MARK: mark(self._writing.tree, file.content)}
        if file.executable:
            metadata[EXECUTABLE] = "true"
        checksum = b64encode(sha256(file.content).digest()).decode()
        condition = {"IfMatch": f'"{over.state}"'} if over else {"IfNoneMatch": "*"}
        self._change(
            path,
            self._client.put_object,
            Body=file.content,
            Metadata=metadata,
            ChecksumSHA256=checksum,
            **condition,
            **self._encryption(),
        )

    def remove(self, path: str, over: Held) -> None:
        """See :meth:`halsync.sources.destination.Destination.remove`.

        Not every server removes on a condition, so what is there is looked at just before.
        """
        found = self._change(path, self._client.head_object)
        if unquoted(found.get("ETag")) != over.state:
            raise _lost(f"{self.location}/{path}")
        self._change(path, self._client.delete_object)

    def close(self) -> None:
        """See :meth:`halsync.sources.destination.Destination.close`."""
        self._client.close()

    def _get(self, each: Listed) -> Held | None:
        """The object; None if it has gone meanwhile, or is not what it was."""
        options = self._options
        try:
            got = get(
                self._client,
                options.bucket,
                Wanted(each.key),
                customer_key=options.customer_key,
                requester_pays=options.requester_pays,
                verify_md5=options.verify_md5,
            )
        except Changed:
            return None
        ours = got.metadata.get(MARK) == mark(self._writing.tree, got.content)
        return Held(got.content, ours, got.etag, EXECUTABLE in got.metadata)

    def _change(self, path: str, request: Any, **given: Any) -> Any:
        from botocore.exceptions import ClientError

        options = self._options
        key = f"{options.prefix}/{path}" if options.prefix else path
        where = f"s3://{options.bucket}/{key}"
        payer = {"RequestPayer": "requester"} if options.requester_pays else {}

        def once() -> Any:
            with failures(where):
                try:
                    return request(Bucket=options.bucket, Key=key, **payer, **given)
                except ClientError as error:
                    if error.response.get("Error", {}).get("Code") not in _LOST:
                        raise
                    raise _lost(where) from None

        return patiently(once, self._writing.deadline)

    def _encryption(self) -> dict[str, Any]:
        writing = self._writing
        found = parameters(self._options.customer_key, False)
        if writing.encryption:
            found["ServerSideEncryption"] = writing.encryption
        if writing.encryption_key:
            found["SSEKMSKeyId"] = writing.encryption_key
        return found


def _lost(where: str) -> PublishError:
    return PublishError(
        "somebody else has just written this object",
        where=where,
        hint="run push again and look at the differences",
    )
