"""ServiceNow and Jira: custom stages of orca that call them with a user's credentials."""

from __future__ import annotations

from base64 import b64encode

from halsync.redact import register
from halsync.render.presets.opsmx.codes import NO_SECRET
from halsync.render.presets.opsmx.names import JIRA, ORCA, SERVICENOW
from halsync.settings.steps import Patch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from halsync.render.presets.opsmx.draft import Draft

_FILES = (ORCA,)
_JIRA_CREDENTIALS = "JIRA_BASE64_USR_PASSWD"


def add(draft: Draft) -> None:
    """The placeholders of each integration that the repository's root sets up."""
    if draft.facts.secrets is None and not draft.facts.looks:
        return
    if draft.root_file(SERVICENOW):
        _basic(draft, "SERVICENOW", "servicenow-secret", "SERVICENOW_PASSWORD")
    if draft.root_file(JIRA):
        if draft.values.chart == "4.0" and _read(draft, "jira-secret", "JIRA_TYPE") == "onPremJira":
            _bearer(draft)
        else:
            _basic(draft, "JIRA", "jira-secret", "JIRA_TOKEN")


def credentials(user: str, password: str) -> str:
    """Base64 of ``user:password``, never wrapped; registered as a secret."""
    encoded = b64encode(f"{user}:{password}".encode()).decode()
    register(encoded)
    return encoded


def _basic(draft: Draft, kind: str, secret: str, password_key: str) -> None:
    _url(draft, kind, secret)
    name = f"{kind}_BASE64_USR_PASSWD"
    if not draft.needs(name, _FILES):
        return
    user = _wanted(draft, secret, f"{kind}_USERNAME", name)
    password = _wanted(draft, secret, password_key, name)
    if user is not None and password is not None:
        draft.placeholder(name, _FILES, credentials(user, password), secret=True)


def _url(draft: Draft, kind: str, secret: str) -> None:
    name = f"{kind}_URL"
    if draft.needs(name, _FILES):
        url = _wanted(draft, secret, name, name)
        if url is not None:
            draft.placeholder(name, _FILES, url)


def _bearer(draft: Draft) -> None:
    """A Jira of one's own takes a token where the cloud takes user and token."""
    _url(draft, "JIRA", "jira-secret")
    if not draft.needs(_JIRA_CREDENTIALS, _FILES):
        return
    token = _wanted(draft, "jira-secret", "JIRA_TOKEN", _JIRA_CREDENTIALS)
    if token is None:
        return
    basic = f"Basic {_JIRA_CREDENTIALS}"
    operations = [
        operation
        for pointer in _pointers(draft.value_of(ORCA), basic, "")
        for operation in (
            {"op": "test", "path": pointer, "value": basic},
            {"op": "replace", "path": pointer, "value": f"Bearer {_JIRA_CREDENTIALS}"},
        )
    ]
    if operations:
        draft.patch(Patch(ORCA, "jsonPatch", operations, declared_at=draft.because()))
    draft.placeholder(_JIRA_CREDENTIALS, _FILES, token, secret=True)


def _pointers(value: Any, text: str, at: str) -> list[str]:
    """RFC 6901 pointers to every value that is ``text``."""
    if value == text:
        return [at]
    entries = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [
        pointer
        for key, below in entries
        for pointer in _pointers(
            below, text, f"{at}/{str(key).replace('~', '~0').replace('/', '~1')}"
        )
    ]


def _read(draft: Draft, secret: str, key: str) -> str | None:
    secrets = draft.facts.secrets
    return secrets.read(secret, key) if secrets else None


def _wanted(draft: Draft, secret: str, key: str, name: str) -> str | None:
    """A value that must be there and must not be empty."""
    value = _read(draft, secret, key)
    if value:
        return value
    secrets = draft.facts.secrets
    where = f" ({secrets.path(secret, key)})" if secrets and secrets.path(secret, key) else ""
    what = "is empty" if value == "" else "is missing"
    draft.report_name(
        NO_SECRET,
        name,
        f"is to be filled in, and the key {key} of Secret {secret} {what}{where}",
    )
    return None
