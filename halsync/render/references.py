"""Secret references in the values of files that Halyard reads: found and reported here.

How they are written: :mod:`halsync.render.reference_grammar`.
"""

from __future__ import annotations

from halsync.halyard import deployments, is_read
from halsync.model import Problem
from halsync.records import NamedTuple
from halsync.render.codes import Code
from halsync.render.reference_grammar import (
    KUBERNETES,
    OWN,
    PARAMETER,
    PREFIX,
    SPINNAKER,
    Family,
    Kind,
    fault_of,
    take_apart,
)
from halsync.render.reference_marks import holds_marks

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

    from halsync.formats.scalars import ScalarSpan
    from halsync.formats.text import Lines
    from halsync.model import File, Tree

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
_OWN_REMEDY = (
    "write halsync(vault:PATH#KEY), halsync(file:/PATH) or halsync(env:NAME), or halsyncFile(…)"
)


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
    """Name of the Secret, path in Vault, path of the file, name of the variable; for Spinnaker's,
    the name of the engine."""
    key: str
    """Key in the Secret; for Spinnaker's, the parameters as they stand, ``r:us-west-2!b:…``."""
    text: str = ""
    """The whole reference as it is read: what is replaced."""
    engine: str = "kubernetes"
    """Who holds it; for Spinnaker's, the engine as it is written there."""


class Found(NamedTuple):
    """Everything with the prefix in a tree, in order of files and lines."""

    references: list[Reference]
    problems: list[Problem]


def references(tree: Tree) -> list[Reference]:
    """The well-formed references of a tree; :func:`find` tells the others too."""
    return find(tree).references


def find(tree: Tree) -> Found:
    """Look through the values of the files that Halyard, its daemon or a service reads.

    Comments and keys are no places for references. A file that cannot be parsed is left to those
    who say so.
    """
    names = deployments(list(tree.files))
    return find_in({path: file for path, file in tree.files.items() if is_read(path, names)})


def find_in(files: Mapping[str, File]) -> Found:
    """The same for any files, whoever reads them."""
    from halsync.formats.kinds import kind_of

    found = Found([], [])
    for path, file in sorted(files.items()):
        if not holds_marks(file.content):
            continue
        if kind_of(path) == "yaml":
            _File(path, file, found).look()
        else:
            from halsync.render.references_elsewhere import look

            look(path, file, found)
    return found


class _File:
    """A YAML file."""

    def __init__(self, path: str, file: File, found: Found) -> None:
        self._path = path
        self._file = file
        self._found = found
        self._lines: Lines | None = None

    def look(self) -> None:
        from halsync.formats.scalars import NotYaml, scalars
        from halsync.formats.text import BadEncoding, Lines, decode

        try:
            text = decode(self._file.content)
            spans = scalars(text)
        except (BadEncoding, NotYaml):
            return
        self._lines = Lines(text)
        for span in spans:
            if not span.is_key and ("encrypted" in span.value or "halsync" in span.value):
                self._value(span)

    def _value(self, span: ScalarSpan) -> None:
        whole = SPINNAKER.match(span.value)
        if whole and "\n" not in span.value:
            self._spinnaker(span, whole)
            return
        for prefix in PREFIX.finditer(span.value):
            at = prefix.end()
            own = bool(prefix["own"])
            good = (OWN if own else KUBERNETES).match(span.value, at)
            if not good:
                remedy = _OWN_REMEDY if own else ""
                self._report(MALFORMED, span, fault_of(span.value, at, own), remedy)
                continue
            kind: Kind = "file" if prefix["file"] or prefix["own_file"] else "string"
            text = span.value[prefix.start() : good.end()]
            if not own:
                self._add(
                    span, kind, ("kubernetes", "kubernetes"), (good["name"], good["key"]), text
                )
                continue
            name, key, fault = take_apart(good["engine"], good["body"])
            if fault:
                self._report(MALFORMED, span, fault, _OWN_REMEDY)
            else:
                self._add(span, kind, ("halsync", good["engine"]), (name, key), text)

    def _spinnaker(self, span: ScalarSpan, whole: re.Match[str]) -> None:
        rest = whole["rest"][1:]
        if ":" in whole["engine"] or PREFIX.search(span.value, 1):
            self._report(MIXED, span, "it is half a Kubernetes and half a Spinnaker reference")
            return
        wrong = next((part for part in rest.split("!") if not PARAMETER.match(part)), None)
        if wrong is not None:
            self._report(MALFORMED, span, f"{wrong!r} is no parameter:value")
            return
        kind: Kind = "file" if whole["file"] else "string"
        engine = whole["engine"]
        self._add(span, kind, ("spinnaker", engine), (engine, rest), span.value)

    def _add(
        self,
        span: ScalarSpan,
        kind: Kind,
        who: tuple[Family, str],
        names: tuple[str, str],
        text: str,
    ) -> None:
        family, engine = who
        place = (self._path, span.line, span.column, _shown(span))
        self._found.references.append(Reference(*place, kind, family, *names, text, engine))

    def _report(self, code: Code, span: ScalarSpan, reason: str, remedy: str = "") -> None:
        self._found.problems.append(
            Problem(
                code.code,
                "render",
                code.severity,
                f"secret reference: {reason}",
                remedy or code.remedy,
                self._path,
                span.line,
                span.column,
                path=_shown(span),
                excerpt=self._lines.line(span.line) if self._lines else "",
                origin=self._file.origin,
            )
        )


def _shown(span: ScalarSpan) -> str:
    from halsync.formats.path_text import shown

    return shown(span.path)
