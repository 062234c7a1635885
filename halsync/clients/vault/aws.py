"""The proof of an AWS identity: a signed ``sts:GetCallerIdentity`` that the server sends on."""

from __future__ import annotations

import json
from base64 import b64encode

from halsync.errors import AccessDenied, ConfigError

_BODY = "Action=GetCallerIdentity&Version=2011-06-15"


def signed_question(region: str, server_id: str) -> dict[str, str]:
    """The four ``iam_…`` fields of a login, signed with the credentials that botocore finds.

    Args:
        region: whose STS is asked; empty for the global one.
        server_id: goes into the header ``X-Vault-AWS-IAM-Server-ID``; may be empty.

    Raises:
        ConfigError: botocore is missing.
        AccessDenied: there are no credentials.
    """
    try:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.exceptions import BotoCoreError
        from botocore.session import Session
    except ImportError:
        raise ConfigError(
            "the login with aws needs the boto3 package", hint="pip install 'halsync[s3]'"
        ) from None
    try:
        credentials = Session().get_credentials()
        frozen = credentials.get_frozen_credentials() if credentials else None
    except BotoCoreError as error:
        raise AccessDenied(
            f"no AWS credentials: {error}", hint="see that role and its web identity token"
        ) from None
    if frozen is None:
        raise AccessDenied(
            "no AWS credentials for the login",
            hint="give the pod a role (IRSA, instance profile), or set AWS_… variables",
        )
    url = f"https://sts.{region}.amazonaws.com/" if region else "https://sts.amazonaws.com/"
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    if server_id:
        headers["X-Vault-AWS-IAM-Server-ID"] = server_id
    request = AWSRequest(method="POST", url=url, data=_BODY, headers=headers)
    SigV4Auth(frozen, "sts", region or "us-east-1").add_auth(request)
    signed = {name: [value] for name, value in request.prepare().headers.items()}
    return {
        "iam_http_request_method": "POST",
        "iam_request_url": _base64(url),
        "iam_request_body": _base64(_BODY),
        "iam_request_headers": _base64(
            json.dumps({name: [_text(value) for value in each] for name, each in signed.items()})
        ),
    }


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()
