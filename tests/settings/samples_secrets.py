"""Samples of the settings of secret references; those of servers are the sources' own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from halsync.settings.aws import AwsAccess
from halsync.settings.kinds.s3 import S3Settings
from halsync.settings.model import Settings, SourceSettings
from halsync.settings.secrets import DEFAULTS, SecretsSettings
from halsync.settings.spec import SOURCE
from halsync.settings.vault import VaultConnection, VaultSettings
from tests.settings.sample import Sample


def _of(name: str) -> Callable[[Settings], object]:
    return lambda settings: getattr(settings.secrets or DEFAULTS, name)


def _text(name: str, text: str, also: Mapping[str, object] = MappingProxyType({})) -> Sample:
    return Sample(text, text, text, _of(name), also)


OWN: dict[str, Sample] = {
    "secrets.mode": _text("mode", "check"),
    "secrets.kubernetes": _text("kubernetes", "api"),
    "secrets.mountedDir": _text("mounted_dir", "/m"),
    "secrets.resolve": Sample("k8s,vault", ["k8s", "vault"], ("k8s", "vault"), _of("engines")),
    "secrets.fileDirs": Sample("/a,/b", ["/a", "/b"], ("/a", "/b"), _of("file_dirs")),
    "secrets.env": Sample("A_*,B", ["A_*", "B"], ("A_*", "B"), _of("variables")),
    "secrets.seenAs": _text("seen_as", "/s"),
    "secrets.layout": _text("layout", "flat"),
    "secrets.link": _text("link", "/l"),
}


def secrets_samples(of_sources: Mapping[str, Sample], keys: frozenset[str]) -> dict[str, Sample]:
    """Those of this section, with the sources' samples for the keys that mean the same."""
    found = dict(OWN)
    for key in sorted(keys - set(OWN)):
        if key.startswith("secrets.vault."):
            found[key] = _again(of_sources, key, "vault", _as_vault)
        elif key.startswith("secrets.aws."):
            found[key] = _again(of_sources, key, "s3", _as_s3)
    return found


def _again(
    of_sources: Mapping[str, Sample],
    key: str,
    kind: str,
    convert: Callable[[SecretsSettings], Settings],
) -> Sample:
    name = key.split(".")[1]
    sample = of_sources[f"{SOURCE}{kind}.{key.removeprefix(f'secrets.{name}.')}"]
    also = {
        other.replace(f"{SOURCE}{kind}.", f"secrets.{name}."): value
        for other, value in sample.also.items()
        if other.startswith(f"{SOURCE}{kind}.") and not other.endswith(".bucket")
    }
    return sample._replace(
        get=lambda settings: sample.get(convert(settings.secrets or DEFAULTS)), also=also
    )


def _as_vault(secrets: SecretsSettings) -> Settings:
    """A source with the same server."""
    options = VaultSettings(secrets.vault or VaultConnection(""))
    return Settings(sources=(SourceSettings("x", options),))


def _as_s3(secrets: SecretsSettings) -> Settings:
    """A source with the same access."""
    options = S3Settings("x", access=secrets.aws or AwsAccess())
    return Settings(sources=(SourceSettings("x", options),))
