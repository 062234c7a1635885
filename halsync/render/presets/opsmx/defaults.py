"""What the chart assumes where the Helm values say nothing, for every key that is looked at.

From ``values.yaml`` of OpsMx/enterprise-spinnaker. The type of a default is the type that the
key must have. Credentials have no default: the chart's own (``git/stash_token``,
``AWS_ACCESS_KEY_ID``) are only hints to the reader.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

GITOPS = "spinnaker.gitopsHalyard"
REPO = f"{GITOPS}.repo"

CHARTS = ("3.12", "4.0")

_BOTH: dict[str, Any] = {
    f"{GITOPS}.enabled": True,
    f"{GITOPS}.environment": "",
    f"{GITOPS}.mTLS.enabled": False,
    f"{REPO}.type": "git",
    f"{REPO}.baseUrlHostName": "github.com",
    f"{REPO}.organization": "OpsMx",
    f"{REPO}.projectName": "",
    f"{REPO}.repository": "standard-gitops-repo",
    f"{REPO}.dynamicAccRepository": "standard-gitops-repo",
    f"{REPO}.halConfigBranch": "master",
    f"{REPO}.halConfigPath": "/",
    f"{REPO}.dynAccntConfigPath": "dynaccount/",
    f"{REPO}.configArgs": "http.sslVerify=false",
    f"{REPO}.username": "",
    f"{REPO}.token": "",
    f"{REPO}.sshkeysecret": False,
    f"{REPO}.s3accesskey": "",
    f"{REPO}.s3secretkey": "",
    f"{REPO}.s3bucket": "",
    f"{REPO}.s3region": "",
    "global.autoConfiguration.enabled": False,
    "global.commonGate.enabled": True,
    "global.commonGate.spinnakerRBAC": False,
    # The chart's default is true; halsync takes the sources that it is told, so that only an
    # explicit true means anything (see NOT_CARRIED).
    "global.gitea.enabled": False,
    "global.ldap.enabled": True,
    "global.oesGate.host": "oes-gate.example.ops.com",
    "global.oesUI.host": "oes.example.ops.com",
    "global.spinDeck.host": "spin.example.ops.com",
    "global.spinGate.host": "spin-gate.example.ops.com",
    "global.ssl.enabled": False,
}

_ADDED: dict[str, Any] = {
    "gate.config.saml": {},
    "global.CDName": "preview-saas",
    "global.auth.saml": False,
    "global.commonGate.spinnakerpipelineRBAC": False,
    "global.oesUI.protocol": "http",
    "global.sapor.config.encrypt.key": "Q7udUkHPuA3VnNlOtksSgQ",
    "global.saporgate.config.adminGroups": "admin",
    "global.spinDeck.protocol": "http",
    "global.spinnakerUrl": False,
    "global.stormdriver": False,
}

DEFAULTS: Mapping[str, Mapping[str, Any]] = {"3.12": _BOTH, "4.0": {**_BOTH, **_ADDED}}

SECRET = frozenset({f"{REPO}.token", f"{REPO}.s3secretkey", "global.sapor.config.encrypt.key"})
"""Registered for redaction; never part of a message."""
