"""``watch`` and ``restart``: the records of :mod:`halsync.settings.watching`."""

from __future__ import annotations

import re
import signal

from halsync.paths import nearest
from halsync.settings.model import SecretRef
from halsync.settings.options.sidecar import RESTART, WATCH
from halsync.settings.resolve import Effective
from halsync.settings.values import SOURCE_NAME, BadValue, absolute, kind_of
from halsync.settings.watching import (
    ConfirmSettings,
    GovernorSettings,
    NotifySettings,
    RestartSettings,
    WatchSettings,
    WebhookSettings,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from halsync.settings.resolve import Values

_KEYS = ("name", "urlFile", "urlEnv", "kind", "events")
_KINDS = ("slack", "json")
_BY_KEY = {option.key: option for option in (*WATCH, *RESTART)}
_WORKLOAD = r"(deployment/|statefulset/)?[a-z0-9]([-a-z0-9.]*[a-z0-9])?"


def watch_settings(values: Values) -> WatchSettings:
    """The sidecar's settings; mistakes are recorded in ``values``."""

    def get(key: str) -> Any:
        return values.get(_BY_KEY[f"watch.{key}"])

    listen = get("listen")
    listen = "" if listen == "off" else listen
    raw = values.raw("watch.listen")
    if listen and raw and not _is_address(listen):
        values.wrong(
            raw,
            f"watch.listen: {listen!r} is not an address with a port",
            "write for example 0.0.0.0:8088, [::]:8088, or off to listen nowhere",
        )
    interval, raw = get("interval"), values.raw("watch.interval")
    if raw and not interval:
        values.wrong(raw, "watch.interval must be more than nothing", "write for example 30s")
    return WatchSettings(
        interval=interval,
        max_backoff=get("maxBackoff"),
        full_check=get("fullCheck"),
        drift=get("drift"),
        stale_after=get("staleAfter"),
        grace=get("grace"),
        listen=listen,
        webhook=WebhookSettings(get("webhook.secret"), get("webhook.maxBody")),
        notify=_notify(values),
        events=get("events"),
    )


def _is_address(text: str) -> bool:
    host, colon, port = text.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not colon or not port.isdecimal() or len(port) > 5 or int(port) > 65_535:
        return False
    return bare != host or ":" not in host


def _notify(values: Values) -> tuple[NotifySettings, ...]:
    raw = values.raw("watch.notify")
    if raw is None or raw.value is None:
        return ()
    if not isinstance(raw.value, list):
        values.wrong(raw, f"watch.notify must be a list, and is {kind_of(raw.value)}", "")
        return ()
    found: list[NotifySettings] = []
    for number, entry in enumerate(raw.value):
        try:
            made = _receiver(entry, raw.base)
            if made.name in [other.name for other in found]:
                raise BadValue(f"the name {made.name} is taken", "give each its own name")
            found.append(made)
        except BadValue as error:
            values.wrong(raw, f"watch.notify[{number}]: {error.message}", error.hint)
    if found:
        values.add(Effective("watch.notify", [_shown(one) for one in found], raw.origin))
    return tuple(found)


def _receiver(entry: object, base: str) -> NotifySettings:
    if not isinstance(entry, dict):
        raise BadValue(f"must be a mapping, and is {kind_of(entry)}", "give it name and urlFile")
    for key in entry:
        if key not in _KEYS:
            meant = nearest(str(key), _KEYS)
            raise BadValue(
                "a URL of this kind is a secret and never stands in the settings in clear"
                if key == "url"
                else f"unknown key {key}",
                "name a file or a variable with urlFile or urlEnv"
                if key == "url"
                else f"did you mean {meant}?"
                if meant
                else f"legal here: {', '.join(_KEYS)}",
            )
    name, kind = entry.get("name"), entry.get("kind", "json")
    events = entry.get("events", [])
    if not isinstance(name, str) or not re.fullmatch(SOURCE_NAME, name):
        raise BadValue("has no proper name", "add name: made of small letters, digits and '-'")
    if kind not in _KINDS:
        raise BadValue(f"kind {kind!r} is not one of slack, json", "write slack or json")
    if not isinstance(events, list) or not all(isinstance(event, str) for event in events):
        raise BadValue("events must be a list of texts", "leave it out for all that matter")
    return NotifySettings(name, _url(entry, base), kind, tuple(events))


def _url(entry: dict[str, object], base: str) -> SecretRef:
    given = [entry[key] for key in ("urlFile", "urlEnv") if key in entry]
    if len(given) != 1 or not isinstance(given[0], str) or not given[0]:
        raise BadValue("needs one of urlFile and urlEnv", "name what holds the receiver's URL")
    if "urlFile" in entry:
        return SecretRef(file=absolute(given[0], base))
    return SecretRef(env=given[0])


def _shown(one: NotifySettings) -> dict[str, object]:
    place = {"urlFile": one.url.file} if one.url.file else {"urlEnv": one.url.env}
    events = {"events": list(one.events)} if one.events else {}
    return {"name": one.name, **place, "kind": one.kind, **events}


def restart_settings(values: Values) -> RestartSettings:
    """How to react; mistakes are recorded in ``values``."""

    def get(key: str) -> Any:
        return values.get(_BY_KEY[f"restart.{key}"])

    found = RestartSettings(
        strategy=get("strategy"),
        statefulset=get("statefulset"),
        container=get("container"),
        daemon_url=get("daemonUrl"),
        command=get("command"),
        signal=get("signal"),
        process=get("process"),
        confirm=ConfirmSettings(
            timeout=get("confirm.timeout"),
            settle=get("confirm.settle"),
            deploy=get("confirm.deploy"),
            deploy_timeout=get("confirm.deployTimeout"),
        ),
        governor=GovernorSettings(
            debounce=get("governor.debounce"),
            spacing=get("governor.spacing"),
            budget=get("governor.budget"),
            windows=get("governor.windows"),
            task_wait=get("governor.taskWait"),
            lease=get("governor.lease"),
        ),
    )
    _check_restart(values, found)
    return found


def is_daemon(address: str) -> bool:
    """Whether a daemon can be asked there: a host, and a port if it has one."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(address)
        named = parts.hostname and parts.port != 0
    except ValueError:
        return False
    return bool(named and re.fullmatch(r"https?://[^/\s?#@]+/?", address))


def _check_restart(values: Values, found: RestartSettings) -> None:
    """What a single value cannot tell."""

    def wrong(key: str, message: str, hint: str) -> None:
        raw = values.raw(f"restart.{key}") or values.raw("restart.strategy")
        if raw is not None:
            values.wrong(raw, f"restart.{key} {message}", hint)

    names = [each.name for each in signal.Signals]
    if found.signal not in names:
        meant = nearest(found.signal, names) or "SIGTERM"
        wrong("signal", f"{found.signal!r} is no signal of this system", f"write {meant}")
    if found.strategy == "exec" and not found.command:
        wrong("command", "is missing, and the strategy exec runs it", "give it as a list of words")
    if not is_daemon(found.daemon_url):
        wrong("daemonUrl", "is not the address of a daemon", "write http://localhost:8064")
    if found.statefulset and not re.fullmatch(_WORKLOAD, found.statefulset):
        wrong("statefulset", f"{found.statefulset!r} cannot be its name", "see kubectl get sts")
    if found.governor.lease and not re.fullmatch(_WORKLOAD, found.governor.lease):
        wrong("governor.lease", f"{found.governor.lease!r} cannot be the name of a Lease", "")
