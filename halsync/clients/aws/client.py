"""Making a client."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

from halsync.clients.aws.failures import failures
from halsync.errors import ConfigError
from halsync.redact import register

if TYPE_CHECKING:
    from halsync.settings.aws import AwsAccess
    from halsync.settings.model import SecretRef

CONNECT_SECONDS = 10
READ_SECONDS = 30
CONNECTIONS = 16
_SERVICES = ("s3", "secretsmanager", "signin", "sso", "sso-oidc", "sts")
"""What is asked here, and what botocore itself asks for credentials."""

_making = threading.Lock()
"""Sessions are not made for several threads at a time."""


def client(service: str, access: AwsAccess) -> Any:
    """A client of botocore for ``s3``, ``secretsmanager`` …; safe to use from several threads.

    The agent's own secrets are read now, so make a new one for each run. It never tries twice by
    itself and waits at most ``READ_SECONDS`` for an answer to begin; longer deadlines, and
    retries, are the caller's.

    Raises:
        ConfigError: botocore is missing, or the settings are of no use.
        AccessDenied, SourceUnreachable: there are no credentials, or they could not be got.
    """
    try:
        import botocore.session  # noqa: F401
    except ImportError:
        raise ConfigError(
            "S3 and other AWS services need the boto3 package", hint="pip install 'halsync[s3]'"
        ) from None
    if access.ca_file and not os.path.isfile(access.ca_file):
        raise ConfigError(
            f"there is no file {access.ca_file} with certificates",
            hint="correct s3.caFile, or mount the file",
        )
    with _making, failures(access.endpoint or f"AWS ({service})"):
        return _make(service, access)


def _make(service: str, access: AwsAccess) -> Any:
    from botocore import UNSIGNED
    from botocore.config import Config

    session = _session(access)
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        max_pool_connections=CONNECTIONS,
        retries={"mode": "standard", "total_max_attempts": 1},
        s3={"addressing_style": "path" if access.path_style else "auto"},
        request_checksum_calculation="when_required",
        user_agent_extra="halsync",
        **({"signature_version": UNSIGNED} if access.anonymous else {}),
    )
    session.set_default_client_config(config)
    if not access.anonymous:
        _log_in(session, access)
    return session.create_client(
        service,
        region_name=access.region or None,
        endpoint_url=access.endpoint or None,
        verify=access.ca_file or None,
    )


def _session(access: AwsAccess) -> Any:
    from botocore.loaders import Loader
    from botocore.session import Session

    class Few(Loader):
        """Knows which services there are without looking through 440 directories."""

        def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002
            return list(_SERVICES)

    session = Session(profile=access.profile or None)
    data_path = session.get_config_variable("data_path")
    extra = data_path.split(os.pathsep) if data_path else []
    session.register_component("data_loader", Few(extra_search_paths=extra))
    # Times stay text: parsing 60 of them takes longer than everything else about a listing.
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_as_it_is)
    if access.ca_file:
        session.set_config_variable("ca_bundle", access.ca_file)
    return session


def _as_it_is(value: object) -> object:
    return value


def _log_in(session: Any, access: AwsAccess) -> None:
    """Give the session the credentials that the settings name; register what is secret."""
    from botocore.credentials import CredentialResolver

    if access.access_key_id:
        session.set_credentials(
            _sendable(access.access_key_id),
            _sendable(access.secret_access_key),
            _sendable(access.session_token) if access.session_token else None,
        )
    found = session.get_credentials()
    if found is None:
        from botocore.exceptions import NoCredentialsError

        raise NoCredentialsError
    if access.role_arn:
        found = _role(session, found, access)
        provider = _given(found)
        session.register_component("credential_provider", CredentialResolver([provider]))
        # What was found before is kept otherwise.
        session._credentials = None
    frozen = found.get_frozen_credentials()
    register(frozen.secret_key)
    if frozen.token:
        register(frozen.token)


def _sendable(ref: SecretRef) -> str:
    """What a reference leads to, if that can be a key: botocore would try it all the same."""
    value = ref.read()
    if not value or not value.isprintable():
        raise ConfigError(
            "the key is empty" if not value else "the key holds a line break",
            where=ref.file or ref.env,
            hint="the file must contain the key and nothing else",
        )
    return value


def _given(credentials: Any) -> Any:
    from botocore.credentials import CredentialProvider

    class Given(CredentialProvider):
        METHOD = "halsync"
        CANONICAL_NAME = "halsync"

        def load(self) -> Any:
            return credentials

    return Given()


def _role(session: Any, source: Any, access: AwsAccess) -> Any:
    """Credentials of the role, renewed by botocore before they expire."""
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

    def make(service: str, **given: Any) -> Any:
        return session.create_client(
            service,
            region_name=access.region or None,
            endpoint_url=access.sts_endpoint or None,
            **given,
        )

    extra = {"RoleSessionName": access.session_name}
    if access.external_id:
        extra["ExternalId"] = access.external_id.read()
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=make, source_credentials=source, role_arn=access.role_arn, extra_args=extra
    )
    return DeferredRefreshableCredentials(
        refresh_using=fetcher.fetch_credentials, method="assume-role"
    )
