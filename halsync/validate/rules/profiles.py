"""HAL191x: profiles and service-settings that nobody reads, or that replace what Halyard writes."""

from __future__ import annotations

from halsync.halyard import SETTINGS_SERVICES, SPRING_SERVICES, takes_profile
from halsync.validate.rules.base import Finding, rule
from halsync.validate.rules.environment import HA_PARTS
from halsync.validate.rules.view import cut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from halsync.validate.rules.view import Configuration, Deployment

_NOTES = ("readme", "license", "changelog", "notes", "samples")
_COPIES = (".bak", ".bkp", ".bckp", ".backup", ".orig", ".old", ".md", ".txt", ".s3", ".ssh")
_COPIES_TOO = (".git", ".vault", ".gcs", "-bckp", "-bkp", "-bak", "~", ".sh", ".gitkeep", ".keep")


def _is_note(name: str) -> bool:
    """A file that nobody expects to be read: a note, a copy, a variant, something hidden."""
    last = name.rpartition("/")[2].lower()
    return last.startswith((".", *_NOTES)) or last.endswith((*_COPIES, *_COPIES_TOO))


def _base_of(name: str) -> tuple[str, str]:
    """``clouddriver-rw-local.yml`` → the longest service that it begins with, and the rest."""
    stem = name.rpartition(".")[0] or name
    services = sorted(SPRING_SERVICES, key=len, reverse=True)
    for service in services:
        if stem == service or stem.startswith(service + "-"):
            return service, stem[len(service) + 1 :]
    return "", stem


def _ha_base(service: str) -> str:
    """The service that ``service`` is a part of when it is highly available, or nothing."""
    return next((base for base, parts in HA_PARTS.items() if service in parts), "")


@rule(
    "HAL1910",
    "profile that nobody reads",
    "warning",
    good="timezone: Etc/UTC\n--- default/profiles/gate-local.yml\nserver: {port: 8084}\n",
    bad="timezone: Etc/UTC\n--- default/profiles/gate_local.yml\nserver: {port: 8084}\n",
)
def unclaimed_profile(config: Configuration) -> Iterator[Finding]:
    """Halyard hands a profile to the services by its name and drops the others without a word:

    - ``<service>.yml`` (not ``.yaml``), or anything that begins with ``<service>-``
    - anything that begins with ``spinnaker``: every service gets it
    - ``settings.js``, ``settings-local.js``; all of ``rosco/`` and ``clouddriver/``
    - ``images-local.yml`` and ``monitoring-daemon/filters/default.yml``

    Rename the file, or move it out of ``profiles``. Notes and copies are not reported.
    """
    for deployment in config.deployments:
        for path in config.profiles(deployment.name):
            name = path.split("/", 2)[2]
            if not takes_profile(name) and not _is_note(name):
                message = f"no service takes a profile named '{cut(name)}', so it has no effect"
                yield Finding((), message, _better_name(name), file=path)


def _better_name(name: str) -> str:
    last = name.rpartition("/")[2]
    stem, _, suffix = last.rpartition(".")
    if "/" in name and takes_profile(last):
        return f"move it up to profiles/{last}"
    if suffix == "yaml" and takes_profile(f"{stem}.yml"):
        return f"rename it to {stem}.yml"
    if takes_profile(last.replace("_", "-").lower()):
        return f"rename it to {last.replace('_', '-').lower()}"
    from halsync.paths import nearest

    meant = nearest(last, [f"{service}-local.yml" for service in SPRING_SERVICES])
    return f"did you mean '{meant}'?" if meant else "rename it to <service>-local.yml"


@rule(
    "HAL1911",
    "service-settings that nobody reads",
    "warning",
    good="timezone: Etc/UTC\n--- default/service-settings/gate.yml\nport: 8084\n",
    bad="timezone: Etc/UTC\n--- default/service-settings/gate.yaml\nport: 8084\n",
)
def unread_settings(config: Configuration) -> Iterator[Finding]:
    """Halyard opens ``service-settings/<service>.yml`` and nothing else there: no ``.yaml``, no
    ``gate-local.yml``, no ``spin-gate.yml``. Rename the file."""
    for deployment in config.deployments:
        for path in config.settings(deployment.name):
            name = path.split("/", 2)[2]
            stem, _, suffix = name.rpartition(".")
            if (suffix == "yml" and stem in SETTINGS_SERVICES) or _is_note(name):
                continue
            message = f"Halyard opens no service-settings named '{cut(name)}'"
            yield Finding((), message, _better_settings(stem), file=path)


def _better_settings(stem: str) -> str:
    stem = stem.rpartition("/")[2].removeprefix("spin-").removesuffix("-local").replace("_", "-")
    if stem.lower() in SETTINGS_SERVICES:
        return f"rename it to {stem.lower()}.yml"
    from halsync.paths import nearest

    meant = nearest(stem, sorted(SETTINGS_SERVICES))
    return f"did you mean '{meant}.yml'?" if meant else "rename it to <service>.yml"


@rule(
    "HAL1912",
    "profile that replaces what Halyard generates",
    "warning",
    good="timezone: Etc/UTC\n--- default/profiles/gate-local.yml\nserver: {port: 8084}\n",
    bad="timezone: Etc/UTC\n--- default/profiles/gate.yml\nserver: {port: 8084}\n",
)
def replaces(config: Configuration) -> Iterator[Finding]:
    """A profile named like a file that Halyard generates (``gate.yml``, ``spinnaker.yml``,
    ``settings.js``) replaces it whole: nothing of what ``config`` says reaches the service by that
    file. Name it ``gate-local.yml`` to add to it."""
    names = {f"{service}.yml" for service in SPRING_SERVICES} | {"spinnaker.yml", "settings.js"}
    for deployment in config.deployments:
        for path in config.profiles(deployment.name):
            name = path.split("/", 2)[2]
            service = name.rpartition(".")[0]
            if name in names and _runs(deployment, service):
                local = name.replace(".", "-local.")
                message = f"this replaces the whole {name} that Halyard generates"
                yield Finding((), message, f"rename it to {local} to add to it", file=path)


def _runs(deployment: Deployment, service: str) -> bool:
    """Whether high availability leaves the service (or its part) running."""
    base = _ha_base(service)
    if base:
        return deployment.has_ha(base)
    return not (service in HA_PARTS and deployment.has_ha(service))


@rule(
    "HAL1913",
    "profile that is handed over and not read",
    "warning",
    good="timezone: Etc/UTC\n--- default/profiles/gate-local.yml\nserver: {port: 8084}\n",
    bad="timezone: Etc/UTC\n--- default/profiles/gate-lokal.yml\nserver: {port: 8084}\n",
)
def inactive(config: Configuration) -> Iterator[Finding]:
    """Halyard mounts ``<service>-NAME.yml`` into the service, but Spring reads it only if ``NAME``
    is an active profile: ``local``, for parts of highly available services also their own
    (``clouddriver-rw-local.yml``), and what ``SPRING_PROFILES_ACTIVE`` in the service-settings
    adds.

    Rename it to ``<service>-local.yml``, or activate the profile.
    """
    for deployment in config.deployments:
        for path in config.profiles(deployment.name):
            name = path.split("/", 2)[2]
            if "/" in name or not name.endswith((".yml", ".yaml", ".properties")):
                continue
            service, profile = _base_of(name)
            if not service or not profile or not takes_profile(name):
                continue
            if profile in ("local", "overrides", "local-overrides"):
                continue
            if not _is_active(config, deployment, service, profile):
                message = f"the profile '{cut(profile)}' of {service} is not active"
                hint = f"rename it to {service}-local.{name.rpartition('.')[2]}, or activate it"
                yield Finding((), message, hint, file=path)


def _is_active(config: Configuration, deployment: Deployment, service: str, profile: str) -> bool:
    """Whether some setting activates the profile; a variable of any service is believed."""
    for path in config.settings(deployment.name):
        env = config.node(path).node("env")
        active = env.text("SPRING_PROFILES_ACTIVE")
        if profile in [name.strip() for name in active.split(",")]:
            return True
        if f"spring.profiles.active={profile}" in env.text("JAVA_OPTS"):
            return True
    base = _ha_base(service) or service
    modifiers = [part[len(base) + 1 :] for part in HA_PARTS.get(base, ())]
    return any(profile in (name, f"{name}-local", f"{name}-overrides") for name in modifiers)


@rule(
    "HAL1914",
    "settings of a service that does not run",
    "info",
    good="""
deploymentEnvironment: {haServices: {echo: {enabled: true}}}
--- default/service-settings/echo-worker.yml
port: 8089
""",
    bad="""
deploymentEnvironment: {haServices: {echo: {enabled: true}}}
--- default/service-settings/echo.yml
port: 8089
""",
)
def not_running(config: Configuration) -> Iterator[Finding]:
    """Without high availability there is no ``clouddriver-rw``, and with it there is no
    ``clouddriver``: settings and profiles of what does not run have no effect. Parts do not
    inherit the service-settings of the whole; ``clouddriver-local.yml`` however reaches them all.
    """
    for deployment in config.deployments:
        for path in config.settings(deployment.name):
            name = path.split("/", 2)[2]
            service = name.removesuffix(".yml")
            if name.endswith(".yml") and service in SPRING_SERVICES:
                yield from _idle(deployment, service, path)
        for path in config.profiles(deployment.name):
            name = path.split("/", 2)[2]
            service, profile = _base_of(name)
            is_part = _ha_base(service) and profile in ("", "local")
            if name.endswith((".yml", ".yaml")) and "/" not in name and is_part:
                yield from _idle(deployment, service, path)


def _idle(deployment: Deployment, service: str, path: str) -> Iterator[Finding]:
    if _runs(deployment, service):
        return
    base = _ha_base(service)
    if base:
        message = f"{service} does not run: {base} is not highly available"
        hint = f"enable deploymentEnvironment.haServices.{base}, or configure {base}"
    else:
        message = f"{service} does not run as one: it is highly available"
        parts = ", ".join(f"{part}.yml" for part in HA_PARTS[service])
        hint = f"write {parts} instead"
    yield Finding((), message, hint, file=path)
