"""Titles and descriptions, put together from the facts and our own words."""

from __future__ import annotations

import re
from typing import Any

from schemas.generate.facts import read

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_AS_THEY_ARE = {
    "aws", "gcs", "s3", "url", "uri", "id", "ssl", "iap", "saml", "ldap", "oauth2", "x509", "ci",
    "api", "arn", "ui", "ssh", "dcos", "ecs", "gcb", "ha", "vpc", "csrf", "json", "jwt", "dn",
}  # fmt: skip
_FILE = (
    "A file on the machine of Halyard: absolute, or relative to the directory of config (~ is "
    "not expanded), or a reference: encryptedFile:…, configserver:…"
)


def title(name: str) -> str:
    """``kubeconfigFile`` → ``Kubeconfig file``; of a class ``Kubernetes account``."""
    words = [word for part in re.split(r"[._-]", name) for word in _WORDS.findall(part)]
    lowered = [word.upper() if word.lower() in _AS_THEY_ARE else word.lower() for word in words]
    text = " ".join(lowered)
    return text[:1].upper() + text[1:]


def describe(cls: str, field: str, facts: dict[str, Any], releases: str) -> str:
    """Everything worth knowing about a field, in sentences."""
    keys = read("descriptions")["keys"] if cls != "ServiceSettings" else {}
    parts = [keys.get(f"{cls}.{field}", keys.get(field, ""))]
    note = facts.get("note", "")
    if note:
        parts.append(_sentence(note))
    if "accepted_but_ignored" in facts:
        parts.append("Accepted without effect: " + _sentence(facts["accepted_but_ignored"], False))
    if "format" in facts:
        parts.append(_sentence(facts["format"].replace("java.net.", "Syntax of java.net.")))
    if facts.get("secret"):
        parts.append("A secret: write a reference (encrypted:…) instead of the value.")
    if facts.get("local_file"):
        parts.append(_FILE + ("; its content is secret." if facts.get("secret_file") else "."))
    bounds = facts.get("spinnaker")
    if bounds:
        parts.append(_bounds(*bounds))
    if releases:
        parts.append(releases)
    return " ".join(part for part in parts if part) or f"{title(field)}."


def _bounds(low: str, high: str | None) -> str:
    limits = [f"from {low}"] if low else []
    limits += [f"before {high}"] if high else []
    return f"Only for Spinnaker {' and '.join(limits)}." if limits else ""


def _sentence(text: str, capital: bool = True) -> str:
    text = text.strip().rstrip(".")
    return (text[:1].upper() + text[1:] if capital else text) + "."
