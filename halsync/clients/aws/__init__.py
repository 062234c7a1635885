"""Clients of AWS services: whom they are, where they go, how long they wait, how they fail.

Secret references use it like this::

    from halsync.clients.aws import client, failures

    secrets = client("secretsmanager", AwsAccess(region="eu-west-1"))
    with failures("the secret acme/db of Secrets Manager"):
        answer = secrets.get_secret_value(SecretId="acme/db")

Objects: ``client("s3", access)``, then :func:`halsync.clients.aws.objects.get`.

botocore does the work: boto3 on top of it would cost 35 ms and 5 MB more, for objects that
nothing here uses (docs/dependencies.md). It is imported when the first client is made.
"""

from __future__ import annotations

from halsync.clients.aws.client import client
from halsync.clients.aws.failures import failures, translate

__all__ = ["client", "failures", "translate"]
