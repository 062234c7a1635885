"""Secret references in the values of files that Halyard reads: found and reported here.

Two families share one prefix (facts: spinnaker/kork ``EncryptedSecret.java``; the OpsMx chart's
``secret-decoder.yaml``):

* *kubernetes*: ``encrypted:NAME:KEY`` and ``encryptedFile:NAME:KEY``, anywhere in a value, several
  times if need be. NAME is a Secret of the pod's namespace. Nobody but halsync resolves them.
* *spinnaker*: ``encrypted:ENGINE!k:v…`` and ``encryptedFile:ENGINE!k:v…``, the whole value.
  Halyard and the services resolve them; they pass through.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from halsync.halyard import deployments, is_read
from halsync.model import Problem
from halsync.records import NamedTuple
from halsync.render.codes import Code

if TYPE_CHECKING:
    from halsync.formats.scalars import ScalarSpan
    from halsync.model import File, Tree

Kind = Literal["string", "file"]
Family = Literal["kubernetes", "spinnaker"]

MALFORMED = Code(
    "HAL0260",
    "error",
    "A secret reference is malformed",
    "write encrypted:SECRET:KEY with the name of a Kubernetes Secret and one of its keys, or"
    " Spinnaker's encrypted:ENGINE!parameter:value as the whole value",
)
MIXED = Code(
    "HAL0261",
    "error",
    "One value mixes the two kinds of secret references",
    "write a Kubernetes reference (encrypted:SECRET:KEY) or Spinnaker's own"
    " (encrypted:ENGINE!parameter:value), one or the other",
)
CODES: tuple[Code, ...] = (MALFORMED, MIXED)

_MARK = b"encrypted"
_PREFIX = re.compile(r"(?<![A-Za-z0-9_-])encrypted(?P<file>File)?:(?=\S)")
_KUBERNETES = re.compile(
    r"(?P<name>[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?):(?P<key>[-._a-zA-Z0-9]++)(?![!:])"
)
_SPINNAKER = re.compile(r"encrypted(?P<file>File)?:(?P<engine>[^!\r\n]+)(?P<rest>!.+)\Z")
_PARAMETER = re.compile(r"[a-zA-Z0-9]+:.+\Z")
_TOKEN = re.compile(r"[^\s\"',\]}]+")


class Reference(NamedTuple):
    """One reference."""

    file: str
    """Path in the tree."""
    line: int
    column: int
    path: str
    """The value that holds it: ``deploymentConfigurations[0].providers…``."""
    kind: Kind
    """``file``: the value is to become the path of a file with the secret's content."""
    family: Family
    name: str
    """Name of the Secret, or of Spinnaker's secret engine."""
    key: str
    """Key in the Secret; for Spinnaker's, the parameters as they stand, ``r:us-west-2!b:…``."""


class Found(NamedTuple):
    """Everything with the prefix in a tree, in order of files and lines."""

    references: list[Reference]
    problems: list[Problem]


def references(tree: Tree) -> list[Reference]:
    """The well-formed references of a tree; :func:`find` tells the others too."""
    return find(tree).references


def find(tree: Tree) -> Found:
    """Look through the scalars of the YAML files that Halyard, its daemon or a service reads.

    Comments and keys are no places for references. A file that is no YAML is left to those who
    say so.
    """
    from halsync.formats.kinds import kind_of

    found = Found([], [])
    names = deployments(list(tree.files))
    for path, file in sorted(tree.files.items()):
        if _MARK in file.content and kind_of(path) == "yaml" and is_read(path, names):
            _File(path, file, found).look()
    return found


class _File:
    def __init__(self, path: str, file: File, found: Found) -> None:
        self._path = path
        self._file = file
        self._found = found

    def look(self) -> None:
        from halsync.formats.scalars import NotYaml, scalars
        from halsync.formats.text import BadEncoding, decode

        try:
            spans = scalars(decode(self._file.content))
        except (BadEncoding, NotYaml):
            return
        for span in spans:
            if not span.is_key and "encrypted" in span.value:
                self._value(span)

    def _value(self, span: ScalarSpan) -> None:
        whole = _SPINNAKER.match(span.value)
        if whole and "\n" not in span.value:
            self._spinnaker(span, whole)
            return
        for prefix in _PREFIX.finditer(span.value):
            at = prefix.end()
            good = _KUBERNETES.match(span.value, at)
            if good:
                kind: Kind = "file" if prefix["file"] else "string"
                self._add(span, kind, "kubernetes", good["name"], good["key"])
            else:
                self._report(MALFORMED, span, self._reason(span.value, at))

    def _reason(self, value: str, at: int) -> str:
        token = _TOKEN.match(value, at)
        rest = token[0] if token else ""
        if "!" in rest:
            return "a reference of Spinnaker's own must be the whole value"
        name, colon, key = rest.partition(":")
        if not (colon and name):
            return "it names a Secret without a key" if name else "it names nothing"
        if not _KUBERNETES.match(f"{name}:x"):
            return f"{name!r} cannot be the name of a Kubernetes Secret"
        return f"{key!r} cannot be a key of a Kubernetes Secret"

    def _spinnaker(self, span: ScalarSpan, whole: re.Match[str]) -> None:
        rest = whole["rest"][1:]
        if ":" in whole["engine"] or _PREFIX.search(span.value, 1):
            self._report(MIXED, span, "it is half a Kubernetes and half a Spinnaker reference")
            return
        wrong = next((part for part in rest.split("!") if not _PARAMETER.match(part)), None)
        if wrong is not None:
            self._report(MALFORMED, span, f"{wrong!r} is no parameter:value")
            return
        kind: Kind = "file" if whole["file"] else "string"
        self._add(span, kind, "spinnaker", whole["engine"], rest)

    def _add(self, span: ScalarSpan, kind: Kind, family: Family, name: str, key: str) -> None:
        self._found.references.append(
            Reference(self._path, *self._mark(span), _shown(span), kind, family, name, key)
        )

    def _report(self, code: Code, span: ScalarSpan, reason: str) -> None:
        line, column = self._mark(span)
        self._found.problems.append(
            Problem(
                code.code,
                "render",
                code.severity,
                f"secret reference: {reason}",
                code.remedy,
                self._path,
                line,
                column,
                path=_shown(span),
                excerpt=_line(self._file, line),
                origin=self._file.origin,
            )
        )

    def _mark(self, span: ScalarSpan) -> tuple[int, int]:
        return span.line, span.column


def _shown(span: ScalarSpan) -> str:
    from halsync.formats.path_text import shown

    return shown(span.path)


def _line(file: File, number: int) -> str:
    from halsync.formats.text import Lines, decode

    return Lines(decode(file.content)).line(number)
