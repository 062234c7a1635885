"""What a client may ask about the API itself."""

from __future__ import annotations

from typing import Any

from tests.servers.kube.kinds import KINDS, Kind

_VERBS = ["create", "delete", "get", "list", "patch", "update"]

VERSION = {
    "major": "1",
    "minor": "34",
    "gitVersion": "v1.34.0",
    "platform": "linux/amd64",
}


def answer(path: str) -> dict[str, Any] | None:
    """The document at a path; None if there is none."""
    parts = [part for part in path.split("/") if part]
    if parts == ["version"]:
        return VERSION
    if parts == ["api"]:
        return {"kind": "APIVersions", "versions": ["v1"]}
    if parts == ["apis"]:
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": _groups()}
    if parts == ["openapi", "v3"]:
        return {
            "paths": {place: {"serverRelativeURL": f"/openapi/v3/{place}"} for place in _places()}
        }
    if parts[:2] == ["openapi", "v3"]:
        return _openapi("/".join(parts[2:]))
    if parts[:1] == ["api"] and len(parts) == 2:
        return _resources("", parts[1])
    if parts[:1] == ["apis"] and len(parts) == 3:
        return _resources(parts[1], parts[2])
    return None


def _groups() -> list[dict[str, Any]]:
    found = []
    for group, version in dict.fromkeys((kind.group, kind.version) for kind in KINDS if kind.group):
        entry = {"groupVersion": f"{group}/{version}", "version": version}
        found.append({"name": group, "versions": [entry], "preferredVersion": entry})
    return found


def _places() -> list[str]:
    return list(
        dict.fromkeys(
            f"apis/{kind.api_version}" if kind.group else f"api/{kind.version}" for kind in KINDS
        )
    )


def _of(group: str, version: str) -> list[Kind]:
    return [kind for kind in KINDS if (kind.group, kind.version) == (group, version)]


def _resources(group: str, version: str) -> dict[str, Any] | None:
    kinds = _of(group, version)
    if not kinds:
        return None
    listed = []
    for kind in kinds:
        listed.append(
            {
                "name": kind.resource,
                "singularName": kind.kind.lower(),
                "namespaced": kind.namespaced,
                "kind": kind.kind,
                "shortNames": list(kind.short),
                "verbs": _VERBS,
            }
        )
        listed += [
            {
                "name": f"{kind.resource}/{name}",
                "singularName": "",
                "namespaced": kind.namespaced,
                "kind": "TokenRequest" if name == "token" else kind.kind,
                "verbs": ["create"] if name == "token" else ["get", "patch", "update"],
            }
            for name in kind.subresources
        ]
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": kinds[0].api_version,
        "resources": listed,
    }


def _openapi(place: str) -> dict[str, Any] | None:
    """Enough for kubectl to see that the server validates fields itself."""
    parts = place.split("/")
    kinds = _of(parts[1], parts[2]) if parts[0] == "apis" and len(parts) == 3 else (
        _of("", parts[1]) if parts[0] == "api" and len(parts) == 2 else []
    )  # fmt: skip
    if not kinds:
        return None
    paths = {}
    for kind in kinds:
        scope = "namespaces/{namespace}/" if kind.namespaced else ""
        about = {"group": kind.group, "version": kind.version, "kind": kind.kind}
        operation = {
            "parameters": [
                {"name": name, "in": "query", "schema": {"type": "string"}}
                for name in ("fieldValidation", "dryRun", "fieldManager", "force")
            ],
            "x-kubernetes-group-version-kind": about,
            "responses": {"200": {"description": "OK"}},
        }
        paths[f"/{place}/{scope}{kind.resource}/{{name}}"] = {
            "patch": {**operation, "x-kubernetes-action": "patch"}
        }
    return {"openapi": "3.0.0", "info": {"title": "Kubernetes", "version": "v1"}, "paths": paths}
