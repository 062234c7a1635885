"""The settings of an ``s3`` source; a part of :mod:`halsync.settings.options`."""

from __future__ import annotations

from halsync.settings.spec import LOOKING, SOURCE, Option

_S3 = SOURCE + "s3."
_AUTH = _S3 + "auth."

S3: tuple[Option, ...] = (
    Option(
        _S3 + "bucket",
        "text",
        "Bucket, or s3://bucket/prefix.",
        flag="--s3",
        metavar="BUCKET",
        commands=LOOKING,
        group="Source",
        example="acme-spinnaker",
    ),
    Option(
        _S3 + "prefix",
        "subpath",
        "Directory in the bucket to take; empty for all of it.",
        "",
        example="halyard/prod",
    ),
    Option(
        _S3 + "region",
        "text",
        "Region of the bucket; by default that of the environment or the profile.",
        flag="--s3-region",
        metavar="REGION",
        commands=LOOKING,
        group="Access",
        example="eu-west-1",
    ),
    Option(
        _S3 + "endpoint",
        "url",
        "S3 server that is not AWS's.",
        flag="--s3-endpoint",
        metavar="URL",
        commands=LOOKING,
        group="Access",
        example="https://minio.example.com:9000",
    ),
    Option(
        _S3 + "pathStyle",
        "boolean",
        "Write the bucket into the path of requests, not into the host name. With an endpoint "
        "that is an IP address it is done anyway.",
        False,
    ),
    Option(
        _S3 + "anonymous",
        "boolean",
        "Do not sign requests: the bucket is public.",
        False,
        "--s3-anonymous",
        commands=LOOKING,
        group="Access",
    ),
    Option(
        _S3 + "caFile",
        "path",
        "Certificates, PEM, that the server's certificate must lead to.",
        example="/etc/ssl/acme-ca.pem",
    ),
    Option(
        _S3 + "asOf",
        "text",
        "Take the versions of the objects that were current at this time. The bucket must have "
        "kept them: versioning on, not yet expired.",
        example='"2026-11-23T06:00:00Z"',
    ),
    Option(
        _S3 + "ignore",
        "list",
        "Patterns of files that are left out, counted from the prefix; '*' stays within one part "
        "of a path, '**' spans parts.",
        example='["docs/**", "**/*.md"]',
    ),
    Option(
        _S3 + "requesterPays",
        "boolean",
        "Agree to pay for the requests.",
        False,
    ),
    Option(
        _S3 + "sseCustomerKey",
        "secret",
        "Key of objects that are encrypted with a key of one's own (SSE-C): 32 bytes in base64.",
        example="/run/secrets/s3-customer-key",
    ),
    Option(
        _S3 + "verifyMd5",
        "boolean",
        "Compare what arrives with the ETag where that looks like an MD5. Turn it off for a "
        "server whose ETags are something else.",
        True,
    ),
    Option(
        _AUTH + "accessKeyId",
        "login",
        "Access key id. Without keys and profile: AWS_ variables, web identity, shared files, "
        "container and instance roles, in botocore's order.",
        example="AKIAIOSFODNN7EXAMPLE",
    ),
    Option(
        _AUTH + "secretAccessKey",
        "secret",
        "Secret access key.",
        example="/run/secrets/s3-secret-key",
    ),
    Option(
        _AUTH + "sessionToken",
        "secret",
        "Session token of temporary keys.",
        example="/run/secrets/s3-session-token",
    ),
    Option(
        _AUTH + "profile",
        "text",
        "Section of ~/.aws/config that says who to be.",
        flag="--s3-profile",
        metavar="NAME",
        commands=LOOKING,
        group="Access",
        example="halsync",
    ),
    Option(
        _AUTH + "roleArn",
        "text",
        "Role to assume.",
        flag="--s3-role",
        metavar="ARN",
        commands=LOOKING,
        group="Access",
        example="arn:aws:iam::123456789012:role/halsync",
    ),
    Option(
        _AUTH + "externalId",
        "login",
        "External id that the role asks for.",
        example="/run/secrets/external-id",
    ),
    Option(
        _AUTH + "sessionName",
        "text",
        "Name of the role's session in CloudTrail.",
        "halsync",
    ),
    Option(
        _AUTH + "stsEndpoint",
        "url",
        "STS server that is not AWS's.",
        example="https://sts.example.com",
    ),
)
