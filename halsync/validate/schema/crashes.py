"""What Halyard's model accepts and its code cannot stand when it links the nodes of the file."""

from __future__ import annotations

from halsync.validate.schema.coerce import java_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from halsync.validate.schema.findings import Findings


def check_crash(
    kind: str,
    value: dict[str, Any],
    path: list[str | int],
    scalar: Callable[[Any], Any],
    findings: Callable[[], Findings],
) -> None:
    """``primary``: accounts need a primary account among them; ``clusters``: there must be some.

    ``value`` is the object at ``path``; ``scalar`` gives what Jackson sees where ``path`` is.
    """
    if kind == "clusters":
        if value.get("clusters") is None:
            found = findings()
            message = "a DC/OS account without clusters makes Halyard crash when it reads the file"
            found.at_value("HAL0411", message, "add clusters: [] or the clusters of the account")
        return
    accounts = value.get("accounts")
    if not isinstance(accounts, list) or not accounts:
        return
    names = [
        _name(path, scalar, ("accounts", at, "name"), item) for at, item in enumerate(accounts)
    ]
    primary = _text(path, scalar, ("primaryAccount",), value.get("primaryAccount"))
    if None not in names and primary in names:
        return
    found = findings()
    if primary is None:
        message = (
            "Oracle accounts without a primaryAccount make Halyard crash when it reads the file"
        )
        found.at_key(
            "HAL0411", message, "add primaryAccount with one of their names", more="accounts"
        )
    elif None in names:
        message = "an Oracle account without a name makes Halyard crash when it reads the file"
        found.at_key("HAL0411", message, "give each account a name", more="accounts")
    else:
        message = "primaryAccount names none of the accounts, which makes Halyard crash"
        from halsync.validate.schema.words import cut

        listed = ", ".join(f"'{cut(str(name))}'" for name in names[:5])
        found.path.append("primaryAccount")
        found.at_value("HAL0411", message, f"name one of them: {listed}")
        found.path.pop()


def _name(
    path: list[str | int], scalar: Callable[[Any], Any], below: tuple[str | int, ...], item: Any
) -> str | None:
    return _text(path, scalar, below, item.get("name")) if isinstance(item, dict) else None


def _text(
    path: list[str | int], scalar: Callable[[Any], Any], below: tuple[str | int, ...], value: Any
) -> str | None:
    if value is None or isinstance(value, dict | list):
        return None
    path.extend(below)
    text = java_text(scalar(value))
    del path[-len(below) :]
    return text
