"""From files of the tree to objects: parsed with positions, checked, decrypted. No network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from halsync.formats.globs import is_pattern, matches
from halsync.manifests.base import Manifest, ReadManifests
from halsync.manifests.codes import (
    KIND,
    NAMESPACE,
    NO_MANIFEST,
    TWICE,
    UNDECRYPTED,
    Code,
)
from halsync.manifests.hiding import is_whole, register_values
from halsync.manifests.jasypt import PATTERN, Undecryptable, decrypt
from halsync.model import Problem
from halsync.records import NamedTuple
from halsync.redact import register

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from halsync.formats.document import Document
    from halsync.formats.text import Lines
    from halsync.model import File
    from halsync.settings.manifests import ManifestSettings

_ENDINGS = (".yaml", ".yml", ".json")
_MAPPINGS = (
    ("metadata", "labels"),
    ("metadata", "annotations"),
    ("data",),
    ("stringData",),
    ("binaryData",),
)
"""What is looked into before the cluster judges it."""
_MINTS = "kubernetes.io/service-account-token"
"""Type of Secret that Kubernetes fills with a token of a service account."""


def selected(paths: Iterable[str], patterns: Iterable[str]) -> list[str]:
    """The paths that a directory, a file or a pattern of the settings means, sorted."""
    wanted = [item.strip("/") for item in patterns]
    return sorted(
        path
        for path in paths
        if any(
            matches(item, path) if is_pattern(item) else path == item or path.startswith(f"{item}/")
            for item in wanted
        )
    )


def read(
    files: Mapping[str, File],
    settings: ManifestSettings,
    *,
    namespace: Callable[[], str],
    password: Callable[[], str] | None,
) -> ReadManifests:
    """Every manifest, and everything that is wrong with any.

    Args:
        files: those that :func:`selected` chose; what is not YAML or JSON by its name (a README)
            is passed over.
        settings: what is allowed, and how values are decrypted.
        namespace: gives the own one, which a manifest may name, or nothing if it is not known;
            asked only if a manifest names one.
        password: gives jasypt's, asked only if there is an encrypted value; None leaves those as
            they are.

    Raises:
        HalsyncError: whatever ``password`` raises.
    """
    reader = _Reader(settings, namespace, password)
    for path, file in sorted(files.items()):
        if path.endswith(_ENDINGS):
            reader.file(path, file)
    return ReadManifests(reader.manifests, reader.problems)


class _Reader:
    def __init__(
        self,
        settings: ManifestSettings,
        namespace: Callable[[], str],
        password: Callable[[], str] | None,
    ) -> None:
        self._settings = settings
        self._namespace = namespace
        self._password = password
        self._seen: dict[str, Manifest] = {}
        self.manifests: list[Manifest] = []
        self.problems: list[Problem] = []

    def file(self, path: str, file: File) -> None:
        """Take in what one file brings."""
        from halsync.formats import json, yaml

        parsed = (json if path.endswith(".json") else yaml).parse(file.content)
        place = _Place(path, file, parsed.lines, self.problems)
        if parsed.failed:
            # Which of its lines holds a value cannot be told.
            place.hidden = b"Secret" in file.content
            issue = next(item for item in parsed.issues if item.severity == "error")
            place.report(NO_MANIFEST, f"cannot be parsed: {issue.message}", issue.hint, issue)
            return
        for document in parsed.documents:
            value = document.value
            if value is None:
                continue
            if isinstance(value, dict) and str(value.get("kind")).endswith("List"):
                items = value.get("items") or []
                if not isinstance(items, list):
                    mark = document.locate(("items",))
                    place.report(NO_MANIFEST, "items is not a list", "", mark)
                    continue
                for index, item in enumerate(items):
                    self._object(item, document, ("items", index), place)
            else:
                self._object(value, document, (), place)

    def _object(
        self, value: Any, document: Document, at: tuple[str | int, ...], place: _Place
    ) -> None:
        register_values(value)
        mark = document.locate(at)
        metadata = value.get("metadata") if isinstance(value, dict) else None
        name = metadata.get("name") if isinstance(metadata, dict) else None
        if not isinstance(name, str) or not isinstance(value.get("kind"), str):
            place.report(NO_MANIFEST, "has no kind or no metadata.name", "", mark)
            return
        found = Manifest(
            value["kind"], name, self._place_of(metadata), value, place.path, mark.line, place.file
        )
        if not self._allowed(found, document, at, place):
            return
        body = self._decrypted(value, document, at, place)
        found = found._replace(body=body)
        register_values(body)
        earlier = self._seen.setdefault(found.identity, found)
        if earlier is not found:
            message = f"{found.kind} {name} stands in {earlier.where} already"
            place.report(TWICE, message, "", mark)
            return
        self.manifests.append(found)

    def _place_of(self, metadata: Any) -> str:
        """The namespace that it names, unless that is the own one."""
        named = str(metadata.get("namespace") or "")
        return named if named and named != self._namespace() else ""

    def _allowed(
        self, found: Manifest, document: Document, at: tuple[str | int, ...], place: _Place
    ) -> bool:
        complaint = self._forbidden(found) or self._unfit(found)
        if complaint is None:
            return True
        mark = document.locate((*at, *complaint.at))
        place.report(complaint.code, complaint.message, complaint.hint, mark)
        return False

    def _forbidden(self, found: Manifest) -> _Complaint | None:
        """What the settings do not allow."""
        from halsync.clients.kubernetes.objects import KINDS

        allowed = self._settings.kinds
        name = f"{found.kind} {found.name[:80]}"
        if found.kind not in allowed or found.kind not in KINDS:
            hint = f"allowed: {', '.join(allowed)}; more with manifests.kinds"
            if found.kind in allowed:
                hint = f"halsync can apply: {', '.join(KINDS)}"
            return _Complaint(KIND, ("kind",), f"{name} may not be applied", hint)
        if found.namespace and found.namespace not in self._settings.namespaces:
            message = f"{name} is for namespace {found.namespace}"
            return _Complaint(NAMESPACE, ("metadata", "namespace"), message)
        if found.kind == "Secret" and found.body.get("type") == _MINTS:
            message = f"{name} would be filled with a token of a service account"
            return _Complaint(KIND, ("type",), message, "make such a Secret by hand")
        if found.identity == f"ConfigMap/{self._settings.inventory}":
            message = f"{name} is where halsync remembers what it applied"
            hint = "call the manifest otherwise, or the other one with manifests.inventory"
            return _Complaint(NO_MANIFEST, ("metadata", "name"), message, hint)
        return None

    @staticmethod
    def _unfit(found: Manifest) -> _Complaint | None:
        """What is wrong before the cluster is asked."""
        from halsync.clients.kubernetes.objects import resource_of
        from halsync.clients.kubernetes.paths import legal_key, legal_name
        from halsync.manifests.inventory import key_of

        if not legal_name(found.name) or not legal_key(key_of(found.identity)):
            message = f"{found.name[:80]!r} cannot be a name"
            return _Complaint(NO_MANIFEST, ("metadata", "name"), message)
        version, _ = resource_of(found.kind)
        if found.body.get("apiVersion") != version:
            message = f"{found.kind} needs apiVersion: {version}"
            return _Complaint(NO_MANIFEST, ("apiVersion",), message)
        for path in _MAPPINGS:
            *above, last = path
            inside = found.body[above[0]] if above else found.body
            if not isinstance(inside.get(last), dict | None):
                message = f"{found.kind} {found.name}: {'.'.join(path)} is not a mapping"
                return _Complaint(NO_MANIFEST, path, message, "write KEY: VALUE below it")
        return None

    def _decrypted(
        self, value: Any, document: Document, at: tuple[str | int, ...], place: _Place
    ) -> Any:
        """The same with every ``ENC(…)`` of its values replaced."""
        if isinstance(value, dict):
            return {
                key: self._decrypted(item, document, (*at, key), place)
                for key, item in value.items()
            }
        if isinstance(value, list):
            return [
                self._decrypted(item, document, (*at, index), place)
                for index, item in enumerate(value)
            ]
        if not isinstance(value, str):
            return value
        if not is_whole(value):
            key = ".".join(str(part) for part in at)
            message = f"{key}: holds half of a character (a lone surrogate)"
            # Such a value cannot be hidden in its line.
            place.hidden = True
            place.report(NO_MANIFEST, message, "write the character itself", document.locate(at))
        if "ENC(" not in value or self._password is None:
            return value
        password = self._password()
        result, end = [], 0
        for found in PATTERN.finditer(value):
            try:
                text = decrypt(found[1], password, self._settings.jasypt.algorithm)
            except Undecryptable as reason:
                key = ".".join(str(part) for part in at)
                place.report(UNDECRYPTED, f"{key}: {reason}", "", document.locate(at))
                return value
            register(text)
            result += [value[end : found.start()], text]
            end = found.end()
        return "".join([*result, value[end:]])


class _Complaint(NamedTuple):
    """Why a manifest is not applied."""

    code: Code
    at: tuple[str, ...]
    message: str
    hint: str = ""


class _Place:
    """A file, for reporting."""

    def __init__(self, path: str, file: File, lines: Lines, problems: list[Problem]) -> None:
        self.path = path
        self.file = file
        self.hidden = False
        """Whether its lines are not to be shown."""
        self._lines = lines
        self._problems = problems

    def report(self, code: Code, message: str, hint: str, at: Any) -> None:
        """``at`` has a line and a column."""
        self._problems.append(
            Problem(
                code.code,
                "render",
                code.severity,
                message,
                hint or code.remedy,
                self.path,
                at.line,
                at.column,
                excerpt="" if self.hidden or not at.line else self._lines.line(at.line),
                origin=self.file.origin,
            )
        )
