"""Fields of the pod, as Kubernetes' downward API hands them to a container.

They are read from files, so that no access to the API server is needed: a volume of kind
``downwardAPI`` (``render.podInfo``, by default ``/etc/podinfo``), in which an item may be called
by the field (``metadata.namespace``) or by its last part (``namespace``, ``labels``). The
namespace is also known from the service account, which nearly every pod has mounted.
"""

from __future__ import annotations

import os
from ast import literal_eval

from halsync.settings.pod_fields import KEYED, mistake

SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"


def field(name: str, pod_info: str) -> str:
    """The value of a field.

    Raises:
        LookupError: with what is wrong and what to do.
    """
    wrong = mistake(name)
    if wrong:
        raise LookupError(*wrong)
    keyed = KEYED.match(name)
    base = keyed[1] if keyed else name
    text = _read(pod_info, name) if keyed else None
    if text is not None:
        return text
    text = _read(pod_info, base)
    if text is None and name == "metadata.namespace":
        text = _first(f"{SERVICE_ACCOUNT}/namespace")
    if text is None:
        raise LookupError(
            f"the pod's {base} is not known: there is neither {pod_info}/{base} nor"
            f" {pod_info}/{base.rpartition('.')[2]}",
            "mount a downwardAPI volume there (render.podInfo says where), or use {env: …}",
        )
    return _member(text, keyed[1], keyed[2]) if keyed else text


def _read(directory: str, name: str) -> str | None:
    return _first(*(os.path.join(directory, word) for word in (name, name.rpartition(".")[2])))


def _first(*paths: str) -> str | None:
    for path in paths:
        try:
            with open(path, encoding="utf-8") as stream:
                return stream.read().removesuffix("\n")
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
            raise LookupError(f"cannot read {path}: {reason}", "check the volume") from None
    return None


def _member(text: str, base: str, key: str) -> str:
    """One of the lines ``key="value"``, the value as Go quotes it."""
    known: list[str] = []
    for line in text.splitlines():
        name, _, quoted = line.partition("=")
        if name == key:
            try:
                return str(literal_eval(quoted))
            except (ValueError, SyntaxError):
                raise LookupError(f"the pod's {base} cannot be read", "check the volume") from None
        known.append(name)
    raise LookupError(
        f"the pod has no {key} among its {base}", f"there are: {', '.join(known) or 'none'}"
    )
