"""Who may log in and who may do what: ldap, SAML, RBAC."""

from __future__ import annotations

from halsync.render.presets.opsmx import features
from halsync.render.presets.opsmx.names import FIAT, FRONT50, ORCA

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from halsync.render.presets.opsmx.draft import Draft

_LDAP = "global.ldap.enabled"
_RBAC = "global.commonGate.spinnakerRBAC"
_PIPELINES = "global.commonGate.spinnakerpipelineRBAC"
_SAML = "global.auth.saml"
_GROUPS = "global.saporgate.config.adminGroups"
_GATE_SAML = "gate.config.saml"

_OF_GATE_ALONE = frozenset(
    {
        "enabled",
        "userSource",
        "jksSecretName",
        "metadataSecretName",
        "metadataUrl",
        "redirectBasePath",
        "redirectHostname",
        "redirectProtocol",
    }
)
"""Keys of ``gate.config.saml`` that Halyard's ``security.authn.saml`` does not have."""


def add(draft: Draft) -> None:
    """Everything of this module."""
    values = draft.values
    if not values.flag(_LDAP):
        draft.deployments(_security({"authn": {"ldap": {"enabled": False}}}), _LDAP)
    draft.deployments(_security({"authz": {"enabled": values.flag(_RBAC)}}), _RBAC)
    if values.flag(_RBAC):
        _rbac(draft)
    if values.chart == "4.0":
        if values.flag(_PIPELINES):
            for file in (ORCA, FRONT50, FIAT):
                draft.merge_or_create(file, {"pipeline": {"rbac": True}}, _PIPELINES)
        _saml(draft)


def _security(value: dict[str, Any]) -> dict[str, Any]:
    return {"security": value}


def _rbac(draft: Draft) -> None:
    draft.merge_or_create(ORCA, {"tasks": {"useManagedServiceAccounts": True}}, _RBAC)
    draft.merge_or_create(FRONT50, {"migrations": {"migrateToManagedServiceAccounts": True}}, _RBAC)
    features.turn_on(draft, _RBAC)
    if draft.values.chart == "4.0":
        _admins(draft)


def _admins(draft: Draft) -> None:
    """The administrators' group, once, however often rendering has happened before."""
    fiat = draft.value_of(FIAT)
    section = fiat.get("fiat") if isinstance(fiat, dict) else None
    with_saml = draft.values.flag(_SAML) and section is None
    if not (draft.values.flag(_LDAP) or with_saml):
        return
    admin = section.get("admin") if isinstance(section, dict) else None
    roles = admin.get("roles") if isinstance(admin, dict) else None
    group = draft.values.text(_GROUPS)
    known = roles if isinstance(roles, list) else []
    if group and group not in known:
        draft.merge_or_create(FIAT, {"fiat": {"admin": {"roles": [*known, group]}}}, _GROUPS)


def _saml(draft: Draft) -> None:
    values = draft.values
    if not (values.flag(_SAML) and values.flag("global.commonGate.enabled")):
        draft.deployments(_security({"authn": {"saml": {"enabled": False}}}), _SAML)
        return
    if values.flag("global.spinnakerUrl"):
        draft.deployments(_security({"authn": {"saml": {"enabled": True}}}), _SAML)
        return
    # The chart reads what it rendered from gate.config.saml back from the Secret oes-gate-config.
    gate = values.mapping(_GATE_SAML)
    host = gate.get("redirectHostname")
    url = f"{values.text('global.oesUI.protocol')}://{host}"
    if not host:
        from halsync.render.presets.opsmx.codes import UNKNOWN

        draft.report(
            UNKNOWN,
            f"{_SAML} is on, and the Helm values have no {_GATE_SAML}.redirectHostname",
            hint="give it there, or turn global.spinnakerUrl on",
        )
        return
    saml = {
        **{key: value for key, value in gate.items() if key not in _OF_GATE_ALONE},
        "metadataLocal": f"encryptedFile:{gate.get('metadataSecretName') or 'oesmetadataxml'}"
        ":oesmetadata.xml",
        "serviceAddress": url,
        "keyStore": f"encryptedFile:{gate.get('jksSecretName') or 'oessamljks'}:oessaml.jks",
        "keyStorePassword": "encrypted:samljks-password:password",
        "enabled": True,
    }
    draft.deployments(
        _security({"apiSecurity": {"overrideBaseUrl": url}, "authn": {"saml": saml}}),
        _SAML,
        _GATE_SAML,
    )
