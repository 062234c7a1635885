"""The gate: is every file readable, is there a halconfig, does each file fit what Halyard reads?

Each stage is a function from the shared :class:`Documents` and what is expected of them to
problems; rules across files join as a further stage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halsync.model import Problem, Tree, problem_order
from halsync.records import NamedTuple
from halsync.validate.config import check_config
from halsync.validate.documents import Documents
from halsync.validate.files import check_files, check_links

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable


class Expectations(NamedTuple):
    """What the caller knows and the tree does not say."""

    placeholders: frozenset[str] = frozenset()
    """Declared names, all of which should have been filled in."""
    halyard_version: str = ""
    """The release of Halyard that is to read the files; empty for the newest known."""


def _shapes(documents: Documents, expected: Expectations) -> Iterable[Problem]:
    from halsync.validate.shapes import check_shapes

    return check_shapes(documents, expected.halyard_version)


def _placeholders(documents: Documents, expected: Expectations) -> Iterable[Problem]:
    if not expected.placeholders:
        return ()
    from halsync.validate.unresolved import check_placeholders

    return check_placeholders(documents, expected.placeholders)


STAGES: tuple[Callable[[Documents, Expectations], Iterable[Problem]], ...] = (
    lambda documents, _: check_files(documents),
    lambda documents, _: check_config(documents),
    lambda documents, _: check_links(documents),
    _placeholders,
    _shapes,
)


def stages_of_one_file() -> tuple[Callable[[Documents, Expectations], Iterable[Problem]], ...]:
    """The stages that make sense without the files around."""
    return (lambda documents, _: check_files(documents), _shapes)


def check(
    tree: Tree,
    *,
    placeholders: Collection[str] = (),
    ignore: Collection[str] = (),
    halyard_version: str = "",
    documents: Documents | None = None,
) -> list[Problem]:
    """All problems of a rendered tree, sorted by file and place.

    ``placeholders`` are the declared names, none of which may be left; ``ignore`` holds problem
    codes or groups that are not wanted; ``halyard_version`` is the release that is to read it;
    ``documents`` are those of the tree, if the caller wants what was parsed.

    Raises:
        ConfigError: ``halyard_version`` is no version.
    """
    documents = documents or Documents(tree)
    expected = Expectations(frozenset(placeholders), halyard_version)
    found = {problem for stage in STAGES for problem in stage(documents, expected)}
    wanted = (problem for problem in found if not {problem.code, problem.group} & set(ignore))
    return sorted(once(wanted), key=problem_order)


def once(problems: Iterable[Problem]) -> list[Problem]:
    """Without what the schema says again about a place that the gate has judged by itself."""
    problems = list(problems)
    judged = {
        (problem.file, problem.line, problem.column)
        for problem in problems
        if problem.code in _JUDGED
    }
    return [
        problem
        for problem in problems
        if problem.group != "schema" or (problem.file, problem.line, problem.column) not in judged
    ]


_JUDGED = frozenset({"HAL0021", "HAL0022", "HAL0024"})
