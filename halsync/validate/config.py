"""Is there a ``config``, and is it a halconfig?"""

from __future__ import annotations

from halsync.formats.resolve import key_text
from halsync.halyard import CONFIG, is_output
from halsync.paths import nearest
from halsync.validate.documents import dotted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from halsync.formats.document import Document
    from halsync.model import Problem
    from halsync.validate.documents import Documents

_DEPLOYMENTS = "deploymentConfigurations"
_CURRENT = "currentDeployment"
_USUAL_NAMES = ("halconfig", "halconfig.yml", "halconfig.yaml", "config.yml", "config.yaml")


def check_config(documents: Documents) -> Iterator[Problem]:
    """Problems of ``config`` that make publishing pointless; its fields are the schema's matter."""
    if CONFIG not in documents.tree.files:
        yield _missing(documents)
        return
    parsed = documents.parsed(CONFIG)
    if parsed.failed or len(parsed.documents) > 1:
        return
    if not parsed.documents or parsed.documents[0].value in (None, {}):
        message = "config says nothing, so Halyard would take defaults for everything"
        similar = _similar(documents)
        hint = f"is '{similar}' meant? rename it to config" if similar else ""
        yield documents.problem("HAL0021", message, hint, file=CONFIG)
        return
    document = parsed.documents[0]
    if not isinstance(document.value, dict):
        message = f"config must be a mapping, but is a {_type(document.value)}"
        hint = f"begin it with {_CURRENT}: and {_DEPLOYMENTS}:"
        yield documents.problem("HAL0022", message, hint, file=CONFIG, mark=document.locate(()))
        return
    yield from _halconfig(documents, document)


def _halconfig(documents: Documents, document: Document) -> Iterator[Problem]:
    entries = document.value.get(_DEPLOYMENTS)
    if not isinstance(entries, list) or not entries:
        yield _no_deployments(documents, document, entries)
        return
    names: list[str] = []
    for index, entry in enumerate(entries):
        at = (_DEPLOYMENTS, index)
        if not isinstance(entry, dict):
            message = f"a deployment must be a mapping, but is a {_type(entry)}"
            mark = document.locate(at)
            where = dotted(at)
            yield documents.problem("HAL0022", message, file=CONFIG, mark=mark, path=where)
            continue
        name = entry.get("name")
        if name in (None, "") or isinstance(name, dict | list):
            message = "this deployment has no name"
            hint = "add name: default, the name of its directory"
            mark = document.locate((*at, "name"))
            where = dotted(at)
            yield documents.problem("HAL0024", message, hint, file=CONFIG, mark=mark, path=where)
        elif key_text(name) in names:
            message = f"there are two deployments named '{key_text(name, 60)}'"
            mark = document.locate((*at, "name"))
            where = dotted((*at, "name"))
            yield documents.problem("HAL0024", message, file=CONFIG, mark=mark, path=where)
        else:
            names.append(key_text(name))
    current = document.value.get(_CURRENT)
    if current is not None and names and key_text(current) not in names:
        meant = nearest(key_text(current), names)
        message = f"{_CURRENT} names '{key_text(current, 60)}', but there is only {_listed(names)}"
        hint = f"did you mean '{meant}'?" if meant else ""
        mark = document.locate((_CURRENT,))
        yield documents.problem("HAL0023", message, hint, file=CONFIG, mark=mark, path=_CURRENT)


def _no_deployments(documents: Documents, document: Document, entries: Any) -> Problem:
    if _DEPLOYMENTS in document.value:
        said = "is empty" if entries in ([], None) else f"is a {_type(entries)}, not a list"
        message, mark = f"{_DEPLOYMENTS} {said}", document.locate_key((_DEPLOYMENTS,))
        hint = "list one mapping per deployment, each with a name"
        path = _DEPLOYMENTS
    else:
        keys = list(document.value)
        meant = nearest(_DEPLOYMENTS, keys)
        message, mark, path = f"config has no {_DEPLOYMENTS}", document.locate(()), ""
        hint = f"did you mean it by '{meant}'?" if meant else "is this file a halconfig at all?"
        if meant:
            mark = document.locate_key((meant,))
    return documents.problem("HAL0022", message, hint, file=CONFIG, mark=mark, path=path)


def _missing(documents: Documents) -> Problem:
    message = "there is no file 'config' at the root of the tree"
    paths = [path for path in documents.tree.files if not is_output(path, documents.deployments)]
    holders = sorted(
        (path[: -len("/config")] for path in paths if path.endswith("/config")),
        key=lambda path: (path.count("/"), path),
    )
    similar = _similar(documents)
    if CONFIG in documents.tree.dangling:
        hint = "config is a link whose target does not exist; add the target to the source"
    elif holders:
        listed = ", ".join(f"'{path}'" for path in holders[:3])
        hint = f"there is one in {listed}: name that in path (of S3: prefix), or correct mount"
    elif similar:
        hint = f"rename '{similar}' to 'config'; Halyard opens no other name"
    elif any(path.startswith("config/") for path in paths):
        hint = "config is a directory here; Halyard wants a file of that name"
    elif not paths:
        hint = "the tree is empty: check the source, its ref and its path"
    else:
        hint = "add the halconfig under the name 'config', or correct path (of S3: prefix)"
    return documents.problem("HAL0020", message, hint, file=CONFIG)


def _similar(documents: Documents) -> str:
    """A file at the top that was probably meant to be ``config``, or an empty string."""
    top = [path for path in documents.tree.files if "/" not in path and path != CONFIG]
    return next((name for name in _USUAL_NAMES if name in top), "") or nearest(CONFIG, top)


def _type(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "mapping"
    return "list" if isinstance(value, list) else "scalar"


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
