"""Which secrets there are, and which version of each is wanted."""

from __future__ import annotations

from hashlib import sha256

from halsync.clients.threads import parallel
from halsync.clients.vault.records import Metadata, Version
from halsync.errors import AccessDenied, SourceNotFound
from halsync.records import NamedTuple
from halsync.redact import slow_digest
from halsync.settings.vault import moment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from halsync.clients.vault import Kv, Secret
    from halsync.settings.vault import VaultSettings


class Listing(NamedTuple):
    """What is there, without what it holds. Two equal ones mean equal content."""

    picked: Mapping[str, tuple[int, str]]
    """Path → version and when that was written, of every secret that is wanted."""
    gone: Mapping[str, str]
    """Path → ``deleted`` or ``destroyed``, of those whose newest version is."""


class Unpinned(NamedTuple):
    """Only the paths are known: versions are not listed, and each would have to be asked for."""

    paths: list[str]


def list_secrets(
    kv: Kv, roots: tuple[str, ...], settings: VaultSettings, deadline: float
) -> Listing | Unpinned:
    """Look below every root, and at the root itself, where a directory's secret may be.

    Raises:
        AccessDenied: listing is not allowed.
        SourceNotFound: the pinned version of a secret is not there any more.
    """
    found: dict[str, Metadata] = {}
    paths: set[str] = set()
    # The scan tells what is below a root, not of the root itself.
    scans = [(root, False) for root in roots]
    own = [(root, True) for root in roots if root and settings.layout != "file"]
    if kv.mount.version == 1 or not kv.mount.scans:
        own = []
    for outcome in parallel(
        lambda pair: _own(kv, pair[0], settings) if pair[1] else kv.scan(pair[0]),
        scans + own,
        deadline,
    ):
        if outcome.value is None:
            paths.update(kv.walk(outcome.item[0]))
        else:
            found.update((each.path, each) for each in outcome.value)
    if not paths:
        return _pick(kv, found.values(), settings)
    paths.update(root for root in roots if root and settings.layout != "file")
    if not settings.as_of:
        return Unpinned(sorted(paths))
    return ask_versions(kv, sorted(paths), roots, settings, deadline)


def ask_versions(
    kv: Kv, paths: list[str], roots: tuple[str, ...], settings: VaultSettings, deadline: float
) -> Listing:
    """The metadata of each secret by itself.

    Raises:
        AccessDenied: of one of them it may not be read.
    """
    outcomes = parallel(kv.metadata, paths, deadline)
    found = []
    for outcome in outcomes:
        try:
            found.append(outcome.value)
        except SourceNotFound:
            continue  # removed meanwhile, or a root that is no secret itself
        except AccessDenied:
            if outcome.item not in roots:
                raise
    return _pick(kv, found, settings)


def revision_of(picked: Mapping[str, tuple[int, str]]) -> str:
    """A digest of paths, versions, and when those were written; of nothing that is secret.

    A secret that was removed for good and made anew begins with version 1 again: the time
    tells the two apart.
    """
    digest = sha256()
    for path, (version, created) in sorted(picked.items()):
        digest.update(f"{path}\0{version}\0{created}\0".encode())
    return f"sha256:{digest.hexdigest()}"


def revision_by_content(secrets: Iterable[Secret], key: str) -> str:
    """A digest where there are no versions, fit to be shown: nobody can use it to guess a value.

    It is keyed with something about the engine that only its users learn; where that is not
    told, it is made slow to compute.
    """
    import hmac
    import json

    ordered = [[each.path, each.data] for each in sorted(secrets, key=lambda each: each.path)]
    text = json.dumps(ordered, sort_keys=True, separators=(",", ":")).encode()
    if key:
        return f"hmac-sha256:{hmac.new(key.encode(), text, sha256).hexdigest()}"
    return f"scrypt:{slow_digest(sha256(text).digest())}"


def _own(kv: Kv, root: str, settings: VaultSettings) -> list[Metadata]:
    """The secret at the root itself, if there is one."""
    try:
        return [kv.metadata(root)]
    except SourceNotFound:
        return []
    except AccessDenied:
        pass
    try:
        secret = kv.read(root, settings.version)
    except SourceNotFound:
        return []
    except AccessDenied:
        # The root of a tree of files is no secret, and needs no right.
        if settings.layout == "directory":
            raise
        return []
    version = Version(secret.version, secret.created)
    return [Metadata(root, secret.version, {secret.version: version})]


def _pick(kv: Kv, found: Iterable[Metadata], settings: VaultSettings) -> Listing:
    picked: dict[str, tuple[int, str]] = {}
    gone: dict[str, str] = {}
    for each in found:
        version = _wanted(kv, each, settings)
        if version is None:
            continue
        if not settings.version and not settings.as_of and version.gone:
            gone[each.path] = version.gone
        else:
            picked[each.path] = version.number, version.created
    return Listing(picked, gone)


def _wanted(kv: Kv, secret: Metadata, settings: VaultSettings) -> Version | None:
    """The version that the settings ask for; None if the secret did not exist then.

    Raises:
        SourceNotFound: it existed, and does not any more.
    """
    if settings.version:
        version = secret.versions.get(settings.version)
        if version is None:
            raise SourceNotFound(
                f"{kv.named(secret.path)} has no version {settings.version}",
                hint="its versions are"
                f" {', '.join(map(str, sorted(secret.versions))) or 'all removed'}; asOf pins by"
                " time instead",
            )
    elif settings.as_of:
        at = moment(settings.as_of)
        older = [each for each in secret.versions.values() if moment(each.created) <= at]
        version = max(older, key=lambda each: each.number, default=None)
        if version is None or (version.deleted and moment(version.deleted) <= at):
            return None
        if min(secret.versions, default=0) > 1 and not older:
            return None
    else:
        return secret.newest()
    if version.gone:
        raise SourceNotFound(
            f"version {version.number} of {kv.named(secret.path)} was {version.gone}",
            hint="bring it back with 'kv undelete', or pin something else"
            if version.gone == "deleted"
            else "it cannot be had back: pin something else",
        )
    return version
