"""What the API makes of objects before it keeps them: defaults, conversions, refusals."""

from __future__ import annotations

import base64
import re
from typing import Any

from tests.servers.kube.answers import Refused, bad_request, invalid
from tests.servers.kube.kinds import Kind, Object

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_LABEL = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")
_LARGEST = 1024**2

_TOP = {
    "Secret": {"data", "stringData", "type", "immutable"},
    "ConfigMap": {"data", "binaryData", "immutable"},
}
_COMMON = {"apiVersion", "kind", "metadata"}
_NAME_HELP = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or"
    " '.', and must start and end with an alphanumeric character"
)


def decoded(kind: Kind, found: Object, strict: bool) -> None:
    """Refuse what does not fit the kind's types. ``strict``: unknown fields, too."""
    known = _TOP.get(kind.kind)
    unknown = sorted(set(found) - known - _COMMON) if known else []
    if unknown and strict:
        fields = ", ".join(f'unknown field "{name}"' for name in unknown)
        raise bad_request(f"strict decoding error: {fields}")
    for name in unknown:
        del found[name]
    for part in ("data", "stringData", "binaryData"):
        values = found.get(part)
        if kind.kind not in _TOP or values is None:
            continue
        _check_values(kind, part, values)


def _check_values(kind: Kind, part: str, values: Any) -> None:
    start = f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: '
    if not isinstance(values, dict):
        raise bad_request(f"{start}json: cannot unmarshal into Go struct field .{part}")
    for value in values.values():
        if value is None:
            continue
        if not isinstance(value, str):
            of = {bool: "bool", int: "number", float: "number"}.get(type(value), "object")
            raise bad_request(
                f"{start}json: cannot unmarshal {of} into Go struct field"
                f" {kind.kind}.{part} of type string"
            )
        if (kind.kind, part) in (("Secret", "data"), ("ConfigMap", "binaryData")):
            try:
                base64.b64decode(value, validate=True)
            except ValueError:
                raise bad_request(f"{start}illegal base64 data at input byte 0") from None


def prepared(kind: Kind, found: Object) -> None:
    """Defaults, and fields that are only for writing."""
    if kind.kind == "Secret":
        found.setdefault("type", "Opaque")
        texts = found.pop("stringData", None) or {}
        if texts:
            data = found["data"] = {**(found.get("data") or {})}
            for key, value in texts.items():
                data[key] = base64.b64encode((value or "").encode()).decode()
    if kind.kind == "Service":
        spec = found.setdefault("spec", {})
        spec.setdefault("type", "ClusterIP")
        spec.setdefault("clusterIP", "10.96.0.10")
    if kind.kind in ("StatefulSet", "Deployment"):
        found.setdefault("spec", {}).setdefault("replicas", 1)
        strategy = "updateStrategy" if kind.kind == "StatefulSet" else "strategy"
        found["spec"].setdefault(strategy, {"type": "RollingUpdate"})


def validated(kind: Kind, found: Object, old: Object | None) -> None:
    """Refuse what the kind does not allow."""
    metadata = found["metadata"]
    name = metadata["name"]
    if len(name) > 253 or not _NAME.fullmatch(name):
        raise invalid(kind, name, ("metadata.name", f'Invalid value: "{name}": {_NAME_HELP}'))
    for key, value in (metadata.get("labels") or {}).items():
        if not isinstance(value, str) or len(value) > 63 or not _LABEL.fullmatch(value):
            raise invalid(kind, name, ("metadata.labels", f'Invalid value: "{value}" of {key}'))
    for value in (metadata.get("annotations") or {}).values():
        if not isinstance(value, str):
            raise bad_request("cannot unmarshal number into Go struct field annotations")
    check = {
        "Secret": _data,
        "ConfigMap": _data,
        "Event": _event,
        "Lease": _lease,
        "StatefulSet": _stateful_set,
        "Deployment": _stateful_set,
    }.get(kind.kind)
    if check:
        check(kind, found, old)


def _data(kind: Kind, found: Object, old: Object | None) -> None:
    name = found["metadata"]["name"]
    data = {**(found.get("data") or {}), **(found.get("binaryData") or {})}
    for key in data:
        if len(key) > 253 or not _KEY.fullmatch(key):
            raise invalid(kind, name, (f"data[{key}]", f'Invalid value: "{key}": a valid config'
                " key must consist of alphanumeric characters, '-', '_' or '.'"))  # fmt: skip
    if sum(len(value or "") for value in data.values()) > _LARGEST:
        raise invalid(kind, name, ("data", "Too long: may not be more than 1048576 bytes"))
    if old and old.get("immutable"):
        changed = [part for part in ("data", "binaryData") if old.get(part) != found.get(part)]
        if changed or not found.get("immutable"):
            raise invalid(
                kind, name, ("data", "Forbidden: field is immutable when `immutable` is set")
            )
    if old and kind.kind == "Secret" and old.get("type") != found.get("type"):
        raise invalid(kind, name, ("type", f'Invalid value: "{found.get("type")}": field is'
            " immutable"))  # fmt: skip


def _event(kind: Kind, found: Object, old: Object | None) -> None:
    if not kind.group:
        return
    name = found["metadata"]["name"]
    if old is None:
        missing = [
            field
            for field in ("eventTime", "reportingController", "reportingInstance", "action",
                          "reason", "type")
            if not found.get(field)
        ]  # fmt: skip
        if missing:
            raise invalid(kind, name, *((field, "Required value") for field in missing))
        if len(found.get("note", "").encode()) > 1024:
            raise invalid(kind, name, ("message", "Invalid value: can have at most 1024 bytes"))
        if found.get("regarding", {}).get("namespace", "") != found["metadata"]["namespace"]:
            raise invalid(
                kind, name, ("involvedObject.namespace", "does not match event.namespace")
            )
        return
    for field in ("eventTime", "reason", "regarding", "note", "type", "action"):
        if old.get(field) != found.get(field):
            raise invalid(kind, name, (field, "Invalid value: field is immutable"))
    series = found.get("series")
    if series and (series.get("count", 0) < 2 or not series.get("lastObservedTime")):
        raise invalid(kind, name, ("series.count", "Invalid value: should be at least 2"))


def _lease(kind: Kind, found: Object, _old: Object | None) -> None:
    name, spec = found["metadata"]["name"], found.get("spec") or {}
    if spec.get("leaseDurationSeconds", 1) <= 0:
        raise invalid(kind, name, ("spec.leaseDurationSeconds", "must be greater than 0"))
    if spec.get("leaseTransitions", 0) < 0:
        raise invalid(kind, name, ("spec.leaseTransitions", "must be greater than or equal to 0"))
    if spec.get("holderIdentity") == "":
        raise invalid(kind, name, ("spec.holderIdentity", "Required value"))
    for field in ("acquireTime", "renewTime"):
        time = spec.get(field)
        if time and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", time):
            raise bad_request(f'parsing time "{time}" as "2006-01-02T15:04:05.000000Z07:00"')


def _stateful_set(kind: Kind, found: Object, old: Object | None) -> None:
    name, spec = found["metadata"]["name"], found["spec"]
    labels = (spec.get("template", {}).get("metadata") or {}).get("labels") or {}
    wanted = (spec.get("selector") or {}).get("matchLabels") or {}
    if not wanted or any(labels.get(key) != value for key, value in wanted.items()):
        raise invalid(kind, name, ("spec.template.metadata.labels",
            "Invalid value: `selector` does not match template `labels`"))  # fmt: skip
    if not spec["template"].get("spec", {}).get("containers"):
        raise invalid(kind, name, ("spec.template.spec.containers", "Required value"))
    if old and old["spec"].get("selector") != spec.get("selector"):
        raise invalid(kind, name, ("spec", "Forbidden: updates to statefulset spec for fields"
            " other than 'replicas', 'template' … are forbidden"))  # fmt: skip


_PAIRS = (("regarding", "involvedObject"), ("note", "message"),
          ("reportingController", "reportingComponent"),
          ("deprecatedCount", "count"))  # fmt: skip


def event_as(kind: Kind, found: Object) -> Object:
    """An Event as the one or the other of its two APIs shows it; kept as events.k8s.io/v1."""
    result = {**found, "apiVersion": kind.api_version}
    for new, old in _PAIRS:
        source, target = (new, old) if not kind.group else (old, new)
        if source in result:
            result[target] = result.pop(source)
    return result


def wrong_kind(kind: Kind, body: Object) -> Refused | None:
    """The refusal of a body that is of another kind than the path."""
    if body.get("kind", kind.kind) != kind.kind or (
        body.get("apiVersion", kind.api_version) != kind.api_version
    ):
        return bad_request(
            f"the object provided is unrecognized (must be of type {kind.kind}): got"
            f" {body.get('apiVersion')} {body.get('kind')}"
        )
    return None
