"""HAL20xx: references to secrets, and secrets in plain text."""

from __future__ import annotations

from halsync.halyard import CONFIG
from halsync.validate.rules.base import Finding, rule
from halsync.validate.rules.local import is_later
from halsync.validate.rules.references import ENGINES, PREFIXES, Reference, parse
from halsync.validate.rules.view import cut, did_you_mean, listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from halsync.model import Severity
    from halsync.validate.rules.base import Path
    from halsync.validate.rules.view import Configuration


def texts(config: Configuration, path: str) -> list[tuple[Path, str]]:
    """Every string of a parsed file with its path, in the order of the file; aliases once."""
    document = config.parsed(path)
    found: list[tuple[Path, str]] = []
    if document is not None:
        _collect(document.value, (), found, set())
    return found


def _collect(value: Any, path: Path, found: list[tuple[Path, str]], seen: set[int]) -> None:
    if isinstance(value, str):
        found.append((path, value))
        return
    if not isinstance(value, dict | list) or id(value) in seen:
        return
    seen.add(id(value))
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        kind = type(item)
        if kind is str:
            found.append(((*path, key), item))
        elif kind is dict or kind is list:
            _collect(item, (*path, key), found, seen)


def inputs(config: Configuration) -> list[str]:
    """The files that carry settings: the halconfig, service-settings and profiles."""
    found = [CONFIG]
    for deployment in config.deployments:
        found += config.settings(deployment.name)
        found += config.profiles(deployment.name)
    return [path for path in found if path in config.files]


def references(config: Configuration) -> list[tuple[str, Path, str, Reference]]:
    """File, path, text and parts of every value that is meant as a reference; found once."""
    kept: list[tuple[str, Path, str, Reference]] | None = config.kept.get("references")
    if kept is None:
        kept = []
        for file in inputs(config):
            if b"encrypted" not in config.files[file].content:
                continue
            for path, text in texts(config, file):
                if text.startswith(PREFIXES) and not is_later(text):
                    kept.append((file, path, text, parse(text)))
        config.kept["references"] = kept
    return kept


_GOOD = """
providers:
  dockerRegistry:
    accounts: [{name: hub, username: u, password: "encrypted:hub:password"}]
"""
_KORK = _GOOD.replace("encrypted:hub:password", "encrypted:s3!r:eu-west-1!b:acme!f:s.yml!k:hub")


@rule(
    "HAL2001",
    "malformed reference to a secret",
    "error",
    good=_GOOD,
    bad=_GOOD.replace("hub:password", "hub"),
)
def malformed(config: Configuration) -> Iterator[Finding]:
    """A value begins like a reference and is none, so the text itself would be used as the
    secret. There are two families:

    - ``encrypted:<Kubernetes secret>:<key>`` and ``encryptedFile:<Kubernetes secret>:<key>``,
      which halsync resolves (so does the OpsMx chart);
    - ``encrypted:<engine>!<name>:<value>!…``, Spinnaker's own.
    """
    for file, path, _, reference in references(config):
        if reference.family == "malformed":
            message = f"this is no reference to a secret: {reference.fault}"
            hint = "write encrypted:<secret>:<key>, or encrypted:<engine>!<name>:<value>"
            yield Finding(path, message, hint, file=file)


@rule(
    "HAL2002",
    "engine that Halyard does not have",
    "warning",
    good=_KORK,
    bad=_GOOD.replace("encrypted:hub:password", "encrypted:vault!e:secret!p:hub!k:password"),
)
def unknown_engine(config: Configuration) -> Iterator[Finding]:
    """Halyard and Spinnaker decrypt with the engines ``s3``, ``secrets-manager``, ``gcs``,
    ``google-secrets-manager`` and ``noop``. ``vault`` and ``k8s`` are extensions by Armory: plain
    Halyard says "Secret Engine does not exist" where it must decrypt itself."""
    own = [name for name, engine in ENGINES.items() if engine.in_halyard]
    for file, path, _, reference in references(config):
        if reference.family != "kork" or reference.engine in own:
            continue
        if reference.engine in ENGINES:
            message = f"plain Halyard does not have the engine {reference.engine}"
            hint = "use Armory's Halyard, or another engine"
        else:
            message = f"there is no engine '{cut(reference.engine)}'"
            hint = did_you_mean(reference.engine, own)
        yield Finding(path, message, hint, file=file)


@rule(
    "HAL2003",
    "incomplete reference to a secret",
    "error",
    good=_KORK,
    bad=_KORK.replace("!r:eu-west-1", ""),
)
def incomplete(config: Configuration) -> Iterator[Finding]:
    """An engine needs parameters that the reference does not give, or gets one that it does not
    take:

    ========================== =================================== ==========================
    engine                     required                            optional
    ========================== =================================== ==========================
    ``s3``                     ``r`` region, ``b`` bucket, ``f``   ``k`` key in the file
    ``gcs``                    ``b`` bucket, ``f``                 ``k``
    ``secrets-manager``        ``r`` region, ``s`` secret          ``k``, not for files
    ``google-secrets-manager`` ``p`` project number, ``s`` secret  ``k``, not for files; ``v``
    ``noop``                   ``v`` the value
    ========================== =================================== ==========================
    """
    for file, path, _, reference in references(config):
        engine = ENGINES.get(reference.engine)
        if reference.family != "kork" or engine is None:
            continue
        given = reference.parameters
        missing = [name for name in engine.required if name not in given]
        known = (*engine.required, *engine.optional)
        strange = [name for name in given if name not in known]
        if reference.engine == "vault" and not missing and not {"p", "n"} & set(given):
            missing = ["p"]
        if missing:
            message = f"the engine {reference.engine} needs {listed(missing)}"
            hint = f"add {', '.join(f'!{name}:…' for name in missing)}"
            # What Armory's extensions take is not documented by Spinnaker.
            severity: Severity | None = None if engine.in_halyard else "warning"
            yield Finding(path, message, hint, file=file, severity=severity)
        elif "k" in given and reference.is_file and not engine.key_in_file:
            message = f"the engine {reference.engine} takes no 'k' for a file"
            yield Finding(path, message, "remove !k:…", file=file)
        elif strange:
            message = f"the engine {reference.engine} takes no {listed(strange)}"
            hint = f"it takes {listed(list(known))}"
            yield Finding(path, message, hint, file=file, severity="warning")


@rule(
    "HAL2004",
    "reference of the wrong kind",
    "warning",
    good=_GOOD,
    bad=_GOOD.replace("encrypted:", "encryptedFile:"),
)
def wrong_kind(config: Configuration) -> Iterator[Finding]:
    """``encryptedFile:`` becomes the path of a file, ``encrypted:`` the secret itself. A field
    that holds a secret wants the second, a field that names a file the first."""
    for scalar in config.scalars:
        value = scalar.value
        if scalar.kind not in "SfF" or not isinstance(value, str) or not value.startswith(PREFIXES):
            continue
        is_file = value.startswith(PREFIXES[1])
        if scalar.kind == "S" and is_file:
            message = f"{scalar.field} holds a secret, but this becomes the path of a file"
            yield Finding(scalar.path, message, "write encrypted: instead of encryptedFile:")
        elif scalar.kind != "S" and not is_file:
            message = f"{scalar.field} is the path of a file, but this becomes its content"
            yield Finding(scalar.path, message, "write encryptedFile: instead of encrypted:")


@rule(
    "HAL2005",
    "both families of references",
    "warning",
    good=_KORK,
    bad=_GOOD.replace(
        "accounts: [",
        'accounts: [{name: b, username: u, password: "encrypted:s3!r:r!b:b!f:f!k:k"}, ',
    ),
)
def both_families(config: Configuration) -> Iterator[Finding]:
    """One tree holds Spinnaker's own references (with ``!``) and those to Kubernetes secrets. To
    halsync both are fine; the script of the OpsMx chart however takes the first for the second
    and empties them. Use one family where both may be at work."""
    first: dict[str, tuple[str, Path]] = {}
    for file, path, _, reference in references(config):
        first.setdefault(reference.family, (file, path))
    if "kork" in first and "opsmx" in first:
        from halsync.validate.documents import dotted

        file, path = first["kork"]
        other = first["opsmx"]
        message = f"Spinnaker's own reference, while {dotted(other[1])} in {other[0]} is of OpsMx"
        hint = "use one family, unless only halsync resolves them"
        yield Finding(path, message, hint, file=file)


@rule(
    "HAL2006",
    "two secret files under one name",
    "warning",
    good="""
providers:
  kubernetes:
    accounts:
    - {name: a, kubeconfigFile: "encryptedFile:kube:a.yml"}
    - {name: b, kubeconfigFile: "encryptedFile:other:b.yml"}
""",
    bad="""
providers:
  kubernetes:
    accounts:
    - {name: a, kubeconfigFile: "encryptedFile:kube:config"}
    - {name: b, kubeconfigFile: "encryptedFile:other:config"}
""",
)
def same_key(config: Configuration) -> Iterator[Finding]:
    """The OpsMx chart writes ``encryptedFile:<secret>:<key>`` to a file named after the key alone,
    so two secrets with the same key overwrite each other. Give each key a name of its own."""
    first: dict[str, str] = {}
    for file, path, _, reference in references(config):
        if reference.family == "opsmx" and reference.is_file and file == CONFIG:
            other = first.setdefault(reference.key, reference.name)
            if other != reference.name:
                message = f"'{cut(reference.key)}' is also a key of '{cut(other)}'"
                hint = "rename one of the keys, unless only halsync resolves them"
                yield Finding(path, message, hint)


@rule(
    "HAL2007",
    "reference that nobody decrypts",
    "warning",
    good='timezone: Etc/UTC\n--- default/profiles/settings-local.js\nwindow.a = "b";\n',
    bad="timezone: Etc/UTC\n--- default/profiles/settings-local.js\n"
    'window.a = "encrypted:s3!r:r!b:b!f:f";\n',
)
def in_script(config: Configuration) -> Iterator[Finding]:
    """``settings.js`` and ``settings-local.js`` go to the browser as they are: nobody decrypts
    Spinnaker's own references there, and a secret must not stand there at all."""
    for deployment in config.deployments:
        for path in config.profiles(deployment.name):
            content = config.files[path].content if path.endswith(".js") else b""
            if b"encrypted:" in content or b"encryptedFile:" in content:
                from halsync.formats.text import BadEncoding, Lines, decode

                try:
                    text = decode(content)
                except BadEncoding:
                    continue
                mark = Lines(text).mark(text.index("encrypted"))
                message = "what stands here goes to the browser of everybody"
                yield Finding((), message, "remove the secret", file=path, mark=mark)
