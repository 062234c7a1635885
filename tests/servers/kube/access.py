"""Who is who, and who may what: tokens of service accounts, Roles and RoleBindings."""

from __future__ import annotations

import secrets

from tests.servers.kube.answers import Refused
from tests.servers.kube.kinds import KINDS, Kind, Object
from tests.servers.kube.store import Store

ADMIN = "kubernetes-admin"
_ROLES = next(kind for kind in KINDS if kind.kind == "Role")
_BINDINGS = next(kind for kind in KINDS if kind.kind == "RoleBinding")


class Access:
    """Authentication and authorisation."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.admin_token = "admin-" + secrets.token_hex(16)
        self._tokens = {self.admin_token: ADMIN}

    def issue(self, namespace: str, account: str) -> str:
        """A new token of a service account."""
        token = "sa-" + secrets.token_hex(24)
        self._tokens[token] = f"system:serviceaccount:{namespace}:{account}"
        return token

    def revoke(self, token: str) -> None:
        """The token is not accepted any more."""
        self._tokens.pop(token, None)

    def user(self, authorization: str) -> str:
        """Who sends this header; 401 if nobody that is known."""
        kind, _, token = authorization.partition(" ")
        found = self._tokens.get(token) if kind.lower() == "bearer" else None
        if found is None:
            raise Refused(401, "Unauthorized", "Unauthorized")
        return found

    def check(
        self, user: str, verb: str, kind: Kind, namespace: str, name: str, subresource: str = ""
    ) -> None:
        """403 unless some Role allows it."""
        if user == ADMIN:
            return
        resource = kind.resource + (f"/{subresource}" if subresource else "")
        for rule in self._rules(user, namespace):
            if (
                _allows(rule.get("apiGroups"), kind.group)
                and _allows(rule.get("resources"), resource)
                and _allows(rule.get("verbs"), verb)
                and (not rule.get("resourceNames") or name in rule["resourceNames"])
            ):
                return
        what = kind.resource + (f".{kind.group}" if kind.group else "")
        named = f' "{name}"' if name else ""
        place = f' in the namespace "{namespace}"' if namespace else " at the cluster scope"
        raise Refused(
            403,
            "Forbidden",
            f'{what}{named} is forbidden: User "{user}" cannot {verb} resource "{resource}" in'
            f' API group "{kind.group}"{place}',
            details={"kind": kind.resource, **({"name": name} if name else {})},
        )

    def _rules(self, user: str, namespace: str) -> list[Object]:
        found: list[Object] = []
        for binding in self._store.list(_BINDINGS, namespace) if namespace else []:
            subjects = binding.get("subjects") or []
            if not any(
                f"system:serviceaccount:{item.get('namespace', namespace)}:{item['name']}" == user
                for item in subjects
                if item.get("kind") == "ServiceAccount"
            ):
                continue
            try:
                role = self._store.get(_ROLES, namespace, binding["roleRef"]["name"])
            except Refused:
                continue
            found += role.get("rules") or []
        return found


def _allows(given: list[str] | None, asked: str) -> bool:
    return asked in (given or []) or "*" in (given or [])
