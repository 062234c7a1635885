"""Settings of AWS services, and of servers that speak their protocols."""

from __future__ import annotations

from halsync.records import NamedTuple
from halsync.settings.model import SecretRef

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class AwsAccess(NamedTuple):
    """Which endpoint to talk to, and as whom.

    Without keys and profile, botocore's chain of credentials decides: ``AWS_…`` variables, web
    identity, shared files, container and instance roles.
    """

    region: str = ""
    """Empty: what the environment or the profile says, else ``us-east-1``."""
    endpoint: str = ""
    """``https://minio.example.com``; empty: AWS's own."""
    path_style: bool = False
    """The bucket in the path instead of the host name."""
    anonymous: bool = False
    """Requests are not signed."""
    access_key_id: SecretRef = SecretRef()
    secret_access_key: SecretRef = SecretRef()
    session_token: SecretRef = SecretRef()
    profile: str = ""
    """A section of ``~/.aws/config``."""
    role_arn: str = ""
    """Role to assume with what the fields above give."""
    external_id: SecretRef = SecretRef()
    session_name: str = "halsync"
    sts_endpoint: str = ""
    """Who is asked for the role; empty: AWS's own."""
    ca_file: str = ""


def build_access(get: Callable[[str], Any]) -> AwsAccess:
    """``get`` gives the setting of a key that every service of AWS has (``auth.profile``)."""
    return AwsAccess(
        endpoint=get("endpoint"),
        path_style=get("pathStyle"),
        access_key_id=get("auth.accessKeyId"),
        secret_access_key=get("auth.secretAccessKey"),
        session_token=get("auth.sessionToken"),
        profile=get("auth.profile"),
        role_arn=get("auth.roleArn"),
        external_id=get("auth.externalId"),
        session_name=get("auth.sessionName"),
        sts_endpoint=get("auth.stsEndpoint"),
        ca_file=get("caFile"),
    )
