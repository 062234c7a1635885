"""Secrets in S3 objects and in AWS Secrets Manager, as Spinnaker's own references name them.

Where they are: kork's ``AbstractStorageSecretEngine``, ``SecretsManagerSecretEngine``.
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

from halsync.secrets.base import Answer, Unavailable, as_bytes, by_key, fitting
from halsync.settings.aws import AwsAccess

if TYPE_CHECKING:
    from halsync.secrets.base import Context, Item, Wanted


class _Clients:
    """One client for each region, made when it is first needed."""

    def __init__(self, service: str, context: Context) -> None:
        self._service = service
        self._access = context.settings.aws or AwsAccess()
        self._lock = threading.Lock()
        self._made: dict[str, Any] = {}

    def of(self, region: str) -> Any:
        from halsync.clients.aws import client

        with self._lock:
            if region not in self._made:
                self._made[region] = client(self._service, self._access._replace(region=region))
            return self._made[region]

    def close(self) -> None:
        for made in self._made.values():
            made.close()


class S3Reader:
    """``encrypted:s3!r:REGION!b:BUCKET!f:KEY!k:PATH``; ``k`` leads into the object as YAML."""

    def __init__(self, context: Context) -> None:
        self._clients = _Clients("s3", context)
        self._limit = context.limit

    def read(self, item: Item, keys: frozenset[str]) -> Answer:  # noqa: ARG002
        from halsync.clients.aws import failures

        with failures(_url(item)):
            found = self._clients.of(item.option("region")).get_object(**_object(item))
            content = found["Body"].read(self._limit + 1)
        return Answer({"": fitting(content, self._limit, _url(item))}, _version(found))

    def version(self, item: Item, keys: frozenset[str]) -> str:  # noqa: ARG002
        from halsync.clients.aws import failures

        with failures(_url(item)):
            return _version(self._clients.of(item.option("region")).head_object(**_object(item)))

    def pick(self, answer: Answer, wanted: Wanted) -> bytes:
        content = answer.values[""]
        return inside(content, wanted.key, _url(wanted.item)) if wanted.key else content

    def close(self) -> None:
        self._clients.close()


class SecretsManagerReader:
    """``encrypted:secrets-manager!r:REGION!s:NAME!k:KEY``; ``k`` is a key of the secret's JSON."""

    def __init__(self, context: Context) -> None:
        self._clients = _Clients("secretsmanager", context)

    def read(self, item: Item, keys: frozenset[str]) -> Answer:  # noqa: ARG002
        from halsync.clients.aws import failures

        with failures(_named(item)):
            client = self._clients.of(item.option("region"))
            found = client.get_secret_value(SecretId=item.name)
        text = found.get("SecretString")
        content = found.get("SecretBinary", b"") if text is None else text.encode()
        return Answer({"": content}, str(found.get("VersionId", "")))

    def version(self, item: Item, keys: frozenset[str]) -> str:
        from halsync.clients.aws import failures
        from halsync.errors import AccessDenied

        try:
            with failures(_named(item)):
                client = self._clients.of(item.option("region"))
                found = client.describe_secret(SecretId=item.name)
        except AccessDenied:
            # Many roles may read the value and not what is known of it.
            return self.read(item, keys).version
        stages = found.get("VersionIdsToStages") or {}
        current = [name for name, labels in stages.items() if "AWSCURRENT" in labels]
        return str(current[0]) if current else self.read(item, keys).version

    def pick(self, answer: Answer, wanted: Wanted) -> bytes:
        content = answer.values[""]
        if not wanted.key:
            return content
        what = _named(wanted.item)
        try:
            found = json.loads(content)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise Unavailable("unfit", f"{what} is no JSON object, and k names a key of it")
        values = {key: as_bytes(value) for key, value in found.items()}
        return by_key(answer._replace(values=values), wanted, what)

    def close(self) -> None:
        self._clients.close()


def inside(content: bytes, path: str, what: str) -> bytes:
    """The value at a dotted path of a YAML document."""
    from halsync.formats.path_text import index_of
    from halsync.formats.yaml import parse
    from halsync.paths import nearest

    parsed = parse(content)
    if parsed.failed or len(parsed.documents) != 1:
        raise Unavailable("unfit", f"{what} is not one YAML document, and k leads into it")
    value: Any = parsed.documents[0].value
    for part in path.split("."):
        index = index_of(part)
        if isinstance(value, list) and index is not None and index < len(value):
            value = value[index]
        elif isinstance(value, dict) and part in value:
            value = value[part]
        else:
            names = sorted(map(str, value)) if isinstance(value, dict) else []
            near = nearest(part, names)
            hint = f"did you mean {near}?" if near else f"it has: {', '.join(names[:8]) or '-'}"
            raise Unavailable("missing", f"{what} has no {path}: there is no {part}", hint)
    if value is None or isinstance(value, dict | list):
        raise Unavailable("unfit", f"{path} of {what} is no single value", "lead k to a text")
    return as_bytes(value)


def _object(item: Item) -> dict[str, str]:
    return {"Bucket": item.option("bucket"), "Key": item.name}


def _version(found: dict[str, Any]) -> str:
    version = found.get("VersionId")
    return str(version if version and version != "null" else found.get("ETag", ""))


def _url(item: Item) -> str:
    return f"s3://{item.option('bucket')}/{item.name}"


def _named(item: Item) -> str:
    return f"the secret {item.name} of Secrets Manager"
