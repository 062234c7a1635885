"""The first gate: is every file readable, and is there a halconfig at all?

Each stage is a function from the shared :class:`Documents` and the declared names to problems;
schema checks and rules across files join as further stages.
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
)


def check(
    tree: Tree, *, placeholders: Collection[str] = (), ignore: Collection[str] = ()
) -> list[Problem]:
    """All problems of a rendered tree, sorted by file and place.

    ``placeholders`` are the declared names, none of which may be left; ``ignore`` holds problem
    codes or groups that are not wanted.
    """
    documents = Documents(tree)
    expected = Expectations(frozenset(placeholders))
    found = {problem for stage in STAGES for problem in stage(documents, expected)}
    return sorted(
        (problem for problem in found if not {problem.code, problem.group} & set(ignore)),
        key=problem_order,
    )
