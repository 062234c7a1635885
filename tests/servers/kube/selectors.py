"""Label and field selectors of lists."""

from __future__ import annotations

import re

from tests.servers.kube.answers import bad_request
from tests.servers.kube.kinds import Object

_TERM = re.compile(
    r"\s*(?:(?P<absent>!)\s*(?P<without>[\w./-]+)"
    r"|(?P<key>[\w./-]+)\s*(?:(?P<op>==|=|!=)\s*(?P<value>[\w.-]*)"
    r"|\s(?P<set>in|notin)\s*\((?P<values>[^)]*)\))?)\s*(?:,|$)"
)


def matches_labels(selector: str, labels: dict[str, str]) -> bool:
    """Whether labels match ``a=b,c!=d,e in (f,g),h,!i``."""
    position = 0
    while position < len(selector):
        term = _TERM.match(selector, position)
        if term is None or term.end() == position:
            raise bad_request(f'unable to parse requirement: found "{selector[position:]}"')
        position = term.end()
        if not _holds(term, labels):
            return False
    return True


def _holds(term: re.Match[str], labels: dict[str, str]) -> bool:
    if term["absent"]:
        return term["without"] not in labels
    value = labels.get(term["key"])
    if term["set"]:
        inside = value in [item.strip() for item in term["values"].split(",")]
        return inside if term["set"] == "in" else not inside
    if term["op"] is None:
        return value is not None
    return (value == term["value"]) is (term["op"] != "!=")


def matches_fields(selector: str, found: Object) -> bool:
    """Whether an object matches ``metadata.name=x,involvedObject.uid=y``."""
    for term in filter(None, selector.split(",")):
        path, op, value = re.split(r"(==|!=|=)", term, maxsplit=1)
        node: object = found
        for part in path.split("."):
            node = node.get(part, "") if isinstance(node, dict) else ""
        if (str(node) == value) is (op == "!="):
            return False
    return True
