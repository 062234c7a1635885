"""The parsed files of one tree: each parsed once, when first asked for, by whichever stage."""

from __future__ import annotations

from halsync.formats.kinds import FileKind, kind_of
from halsync.halyard import deployments, is_output, is_read
from halsync.model import Problem
from halsync.validate.codes import CODES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from halsync.formats.document import Parsed
    from halsync.formats.text import Mark
    from halsync.model import File, Severity, Tree


class Documents:
    """What the stages of validation share."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        names = {*tree.files, *tree.dangling}
        self.deployments = deployments(sorted(names))
        """Top-level directories that hold profiles or service settings."""
        self._parsed: dict[str, Parsed] = {}

    def files(self) -> Iterator[tuple[str, File, FileKind]]:
        """Path, file and kind of all that is not Halyard's own output, sorted by path."""
        for path in sorted(self.tree.files):
            if not is_output(path, self.deployments):
                yield path, self.tree.files[path], kind_of(path)

    def is_read(self, path: str) -> bool:
        """Whether Halyard or a service reads the file; a variant like ``x.yml.s3`` is not read."""
        return is_read(path, self.deployments) and (
            kind_of(path) == "text" or not _is_variant(path)
        )

    def parsed(self, path: str) -> Parsed:
        """The content of a YAML or JSON file.

        Raises:
            KeyError: no such file.
            ValueError: it is neither.
        """
        if path not in self._parsed:
            content = self.tree.files[path].content
            kind = kind_of(path)
            if kind == "yaml":
                from halsync.formats.yaml import parse as parse_yaml

                self._parsed[path] = parse_yaml(content)
            elif kind == "json":
                from halsync.formats.json import parse as parse_json

                self._parsed[path] = parse_json(content)
            else:
                raise ValueError(f"{path} is neither YAML nor JSON")
        return self._parsed[path]

    def says(self, path: str, file: File) -> bytes | None:
        """What a file of the tree says apart from how it is written; None: its bytes do."""
        if self.tree.files.get(path) is not file or kind_of(path) not in ("yaml", "json"):
            return None
        from halsync.formats.canonical import canonical

        return canonical(self.parsed(path))

    def problem(
        self,
        code: str,
        message: str,
        hint: str = "",
        *,
        file: str,
        mark: Mark | None = None,
        path: str = "",
        severity: Severity | None = None,
    ) -> Problem:
        """A problem of this tree with what its code, its file and its place imply."""
        known = CODES[code]
        source = self.tree.files.get(file)
        line, column = mark or (0, 0)
        return Problem(
            code,
            known.group,
            severity or known.severity,
            message,
            hint or known.remedy,
            file,
            line,
            column,
            path,
            self.line(file, line),
            source.origin if source else self.tree.dangling.get(file),
        )

    def line(self, path: str, number: int) -> str:
        """One line of a parsed file; empty where there is none."""
        parsed = self._parsed.get(path)
        return parsed.lines.line(number) if parsed and number else ""


def dotted(path: Sequence[str | int]) -> str:
    """``providers.kubernetes.accounts[0].name``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _is_variant(path: str) -> bool:
    """Whether the kind comes from a suffix before the last: services do not read those."""
    name = path.rpartition("/")[2]
    return "." in name and not name.endswith((".yml", ".yaml", ".json", ".js", ".properties"))
