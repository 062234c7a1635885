"""The JSON schema of ``halsync.yaml``, made from the options. Not needed at run time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from halsync.settings.kinds import KINDS
from halsync.settings.options import OPTIONS
from halsync.settings.schema_steps import PATTERNS, STEPS
from halsync.settings.spec import SOURCE, of_source, takes_empty, yaml_keys
from halsync.settings.values import DURATION, MODE, NAME, SIZE, SOURCE_NAME

if TYPE_CHECKING:
    from halsync.settings.spec import Option

ID = "urn:halsync:schema:halsync"

_ABOUT = {
    "sources": "Where configuration comes from. Two that name the same repository and ref are "
    "fetched once.",
    "sources[].git": "A git repository.",
    "sources[].dir": "A directory on this machine.",
    "sources[].s3": "A bucket of S3, or of a server that speaks its protocol.",
    "sources[].s3.auth": "Who to be; secrets are named, never written.",
    "sources[].git.auth": "How to log in to the git server; secrets are named, never written.",
    "sources[].git.auth.githubApp": "Log in as a GitHub App instead of with a token.",
    "sources[].git.verify": "Signatures.",
    "sources[].vault": "A tree in a key-value engine of Vault or OpenBao.",
    "sources[].vault.auth": "How to log in to Vault, in one way; secrets are named, never written.",
    "sources[].vault.auth.approle": "Log in as an AppRole.",
    "sources[].vault.auth.kubernetes": "Log in with the pod's service account.",
    "sources[].vault.auth.jwt": "Log in with a JSON web token.",
    "sources[].vault.auth.aws": "Log in with an AWS identity; needs boto3.",
    "sources[].vault.auth.userpass": "Log in with a user name and a password.",
    "sources[].vault.auth.cert": "Log in with a client certificate.",
    "render": "How the published files are made from those of the sources.",
    "validate": "What the checks before publishing let pass.",
    "publish": "How generations are written and kept.",
    "kubernetes": "Which Kubernetes API to talk to, and as whom.",
    "manifests": "Kubernetes manifests among the files: applied, not published.",
    "manifests.jasypt": "How ENC(…) in manifests is decrypted.",
    "accounts": "The kubeconfigs of dynamic accounts, for clouddriver's pods.",
    "limits": "What one source may bring.",
    "restart": "How Halyard is made to take notice of a change, and when.",
    "restart.confirm": "When a reaction counts as a success.",
    "restart.governor": "What keeps reactions apart.",
    "secrets": "Secret references: which are resolved, from where, and where their files go.",
    "secrets.vault": "The server of halsync(vault:…); by default that of the sources.",
    "secrets.vault.auth": "How to log in there; one method.",
    "secrets.vault.auth.approle": "Log in with an AppRole.",
    "secrets.vault.auth.kubernetes": "Log in with the pod's service account.",
    "secrets.vault.auth.jwt": "Log in with a JSON web token.",
    "secrets.vault.auth.aws": "Log in with the AWS identity of this machine, pod or environment.",
    "secrets.vault.auth.userpass": "Log in with user name and password.",
    "secrets.vault.auth.cert": "Log in with a client certificate.",
    "secrets.aws": "S3 and Secrets Manager; by default the access of the sources.",
    "secrets.aws.auth": "As whom; by default what the environment says.",
    "watch": "The sidecar: how it watches, and what it shows.",
    "watch.webhook": "Webhooks that announce a change.",
    "log": "Log lines.",
}

Schema = dict[str, Any]


def document() -> Schema:
    """The schema, draft 2020-12."""
    root = _object([option for option in OPTIONS if not of_source(option)], "")
    source = _object([option for option in OPTIONS if of_source(option)], SOURCE)
    source["required"] = ["name"]
    source["oneOf"] = [{"required": [kind.name]} for kind in KINDS]
    for kind in KINDS:
        source["properties"][kind.name]["required"] = [kind.key.rpartition(".")[2]]
    root["properties"]["sources"] = {
        "title": "sources",
        "description": _ABOUT["sources"],
        "type": "array",
        "items": source,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "title": "halsync.yaml",
        "description": "Settings of halsync, the GitOps agent for Spinnaker Halyard.",
        **root,
    }


def text() -> str:
    """The schema as it is checked in."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def _object(options: list[Option], prefix: str) -> Schema:
    root: Schema = {"type": "object", "additionalProperties": False, "properties": {}}
    for option in options:
        for key, form in yaml_keys(option).items():
            *parents, last = key.removeprefix(prefix).split(".")
            node, path = root, prefix.rstrip(".")
            for parent in parents:
                path = f"{path}.{parent}" if path else parent
                node = node["properties"].setdefault(
                    parent,
                    {
                        "title": parent,
                        "description": _ABOUT[path],
                        "type": "object",
                        "additionalProperties": False,
                        "properties": {},
                    },
                )
            node["properties"][last] = _property(option, last, form)
            if form == "env":
                _only_one(node, option, last)
    return root


def _property(option: Option, name: str, form: str) -> Schema:
    prop: Schema = {"title": name, "description": option.help, **_type(option, form)}
    if form == "file":
        prop["description"] = f"File with: {_lower(option.help)}"
    elif form == "env":
        prop["description"] = f"Environment variable with: {_lower(option.help)}"
    elif option.default is not None:
        prop["default"] = option.default
    return prop


def _lower(sentence: str) -> str:
    return sentence if sentence[:2].isupper() else sentence[0].lower() + sentence[1:]


def _type(option: Option, form: str) -> Schema:
    if form != "value":
        return {"type": "string", "minLength": 1}
    if option.key == SOURCE + "name":
        return {"type": "string", "pattern": f"^{SOURCE_NAME}$"}
    simple: dict[str, Schema] = {
        "boolean": {"type": "boolean"},
        "integer": {"type": "integer", "minimum": option.minimum},
        "duration": {"type": "string", "pattern": f"^{DURATION}$"},
        "size": {"type": "string", "pattern": f"^{SIZE}$"},
        "mode": {"type": "string", "pattern": f"^{MODE}$"},
        "choice": {"enum": list(option.choices)},
        "list": {"type": "array", "items": {"type": "string"}},
        "id": {"type": ["string", "integer"]},
        "login": {"type": ["string", "integer"]},
        "placeholders": _PLACEHOLDERS,
        "steps": {"type": "array", "items": STEPS.get(option.key.rpartition(".")[2], {})},
        "values": {"type": ["string", "object"]},
        "notify": {"type": "array", "items": _RECEIVER},
        "command": {"type": ["array", "string"], "items": {"type": "string"}},
        "windows": {"type": ["array", "string"], "items": {"type": "string"}},
    }
    found = simple.get(option.type, {"type": "string"})
    if found.get("type") == "string" and "pattern" not in found and not takes_empty(option):
        return {**found, "minLength": 1}
    return found


def _only_one(node: Schema, option: Option, last: str) -> None:
    """At most one form of a secret."""
    name = last.removesuffix("Env")
    forms = [name + "File", name + "Env", *([name] if option.type == "login" else [])]
    pairs = [[a, b] for at, a in enumerate(forms) for b in forms[at + 1 :]]
    rules = node.setdefault("allOf", [])
    rules += [{"not": {"required": pair}} for pair in pairs]


def _placeholder(key: str, value: Schema) -> Schema:
    """A placeholder's value from one place."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            key: value,
            "files": PATTERNS,
            "secret": {"type": "boolean"},
            "optional": {"type": "boolean"},
        },
        "required": [key],
    }


_RECEIVER: Schema = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "pattern": f"^{SOURCE_NAME}$"},
        "urlFile": {"type": "string", "minLength": 1},
        "urlEnv": {"type": "string", "minLength": 1},
        "kind": {"enum": ["slack", "json"]},
        "events": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["name"],
    "oneOf": [{"required": ["urlFile"]}, {"required": ["urlEnv"]}],
}

_PLACEHOLDERS: Schema = {
    "type": "object",
    "propertyNames": {"pattern": f"^{NAME}$"},
    "additionalProperties": {
        "oneOf": [
            {"type": ["string", "integer", "boolean"]},
            _placeholder("value", {"type": ["string", "integer", "boolean"]}),
            _placeholder("env", {"type": "string", "minLength": 1}),
            _placeholder("file", {"type": "string", "minLength": 1}),
            _placeholder("field", {"type": "string", "pattern": "^metadata[.]"}),
        ]
    },
}
