"""The gate: is every file readable, is there a halconfig, does each file fit what Halyard reads?

Each stage is a function from the shared :class:`Documents` and what is expected of them to
problems; the rules, which know what makes sense, are the last of them.
"""

from __future__ import annotations

from halsync.halyard import CONFIG
from halsync.model import Problem, Tree, problem_order
from halsync.records import NamedTuple
from halsync.validate.config import check_config
from halsync.validate.documents import Documents
from halsync.validate.files import check_files, check_links

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    Stage = Callable[["Documents", "Expectations"], Iterable[Problem]]


class Expectations(NamedTuple):
    """What the caller knows and the tree does not say."""

    placeholders: frozenset[str] = frozenset()
    """Declared names, all of which should have been filled in."""
    halyard_version: str = ""
    """The release of Halyard that is to read the files; empty for the newest known."""
    hal_directories: tuple[str, ...] = ()
    """Where halyard's container has the tree; absolute."""
    on_request: frozenset[str] = frozenset()
    """Codes of rules that run only where somebody asks for them."""
    alone: bool = False
    """A single file, without those around it."""


def _shapes(documents: Documents, expected: Expectations) -> Iterable[Problem]:
    from halsync.validate.shapes import check_shapes

    return check_shapes(documents, expected.halyard_version)


def _rules(documents: Documents, expected: Expectations) -> Iterable[Problem]:
    from halsync.validate.rules import check_rules

    return check_rules(
        documents,
        hal_directories=expected.hal_directories,
        requested=expected.on_request,
        alone=expected.alone,
    )


def _placeholders(documents: Documents, expected: Expectations) -> Iterable[Problem]:
    if not expected.placeholders:
        return ()
    from halsync.validate.unresolved import check_placeholders

    return check_placeholders(documents, expected.placeholders)


def _files(documents: Documents, _: Expectations) -> Iterable[Problem]:
    return check_files(documents)


def _config(documents: Documents, _: Expectations) -> Iterable[Problem]:
    return check_config(documents)


def _links(documents: Documents, _: Expectations) -> Iterable[Problem]:
    return check_links(documents)


STAGES: tuple[Stage, ...] = (_files, _config, _links, _placeholders, _shapes, _rules)
_ALONE: tuple[Stage, ...] = (_files, _shapes, _rules)
"""What makes sense without the files around."""

COMMENT = b"halsync:"
"""What every comment to halsync holds; see :mod:`halsync.validate.suppress`."""

_OF_REFERENCES = frozenset({"HAL2004", "HAL2007"})
"""About references to secrets as they are written, which filling them in takes away."""

_JUDGED = frozenset({"HAL0021", "HAL0022", "HAL0024"})
"""Of :mod:`halsync.validate.config`, which says the same as these codes of the schema, better:"""
_SHAPES = frozenset({"HAL0405", "HAL0413", "HAL0416"})

_UNKNOWN_KEYS = frozenset({"HAL0401", "HAL0402"})
"""Misspelt keys, which :mod:`halsync.validate.consequences` follows."""

_KNOWN_FORM = "HAL2051"
"""A secret in the clear that is known by its form; beside it these are only likely:"""
_LIKELY = frozenset({"HAL2050", "HAL2052"})


def check(
    tree: Tree,
    *,
    placeholders: Collection[str] = (),
    ignore: Collection[str] = (),
    halyard_version: str = "",
    hal_directories: Collection[str] = (),
    on_request: Collection[str] = (),
    documents: Documents | None = None,
) -> list[Problem]:
    """All problems of a rendered tree, sorted by file and place.

    ``placeholders`` are the declared names, none of which may be left; ``ignore`` holds problem
    codes or groups that are not wanted; ``halyard_version`` is the release that is to read it;
    ``hal_directories`` are the absolute paths under which halyard's container has the tree;
    ``on_request`` are codes of rules that run on request only;
    ``documents`` are those of the tree, if the caller wants what was parsed.

    Raises:
        ConfigError: ``halyard_version`` is no version.
    """
    documents = documents or Documents(tree)
    expected = Expectations(
        frozenset(placeholders),
        halyard_version,
        tuple(hal_directories),
        frozenset(on_request),
    )
    problems = _run(documents, STAGES, expected, ("source", "render"))
    return [each for each in problems if not {each.code, each.group} & set(ignore)]


def check_references(tree: Tree) -> list[Problem]:
    """What can only be said of references before they are filled in."""
    from halsync.validate.rules import check_rules

    found = check_rules(Documents(tree), areas=("secrets",))
    return [each for each in found if each.code in _OF_REFERENCES]


def requested(select: Iterable[str]) -> list[str]:
    """The codes among the words of ``--select``: naming a rule that runs on request only asks
    for it."""
    return [word.strip().upper() for text in select for word in text.split(",")]


def check_one(tree: Tree, *, halyard_version: str = "") -> list[Problem]:
    """All problems of a file that stands alone in ``tree``, where Halyard would find it.

    Raises:
        ConfigError: ``halyard_version`` is no version.
    """
    stages = (*_ALONE, *((_config,) if CONFIG in tree.files else ()))
    expected = Expectations(halyard_version=halyard_version, alone=True)
    return _run(Documents(tree), stages, expected, ("source", "render", "rules"))


def _run(
    documents: Documents,
    stages: Iterable[Stage],
    expected: Expectations,
    unseen: tuple[str, ...],
) -> list[Problem]:
    """What the stages find and no comment leaves out, sorted; ``unseen``: groups not looked for."""
    found = once({problem for stage in stages for problem in stage(documents, expected)})
    if any(problem.code in _UNKNOWN_KEYS for problem in found):
        from halsync.validate.consequences import without_consequences

        found = without_consequences(found, documents)
    if any(COMMENT in file.content for file in documents.tree.files.values()):
        from halsync.validate.suppress import suppress

        found = suppress(found, documents.tree, unseen=unseen)
    return sorted(found, key=problem_order)


def once(problems: Iterable[Problem]) -> list[Problem]:
    """Each cause once: what a stage says again where another has judged is left out."""
    problems = list(problems)
    by_gate = {_at(problem) for problem in problems if problem.code in _JUDGED}
    by_schema = {
        _at(problem)
        for problem in problems
        if problem.group == "schema" and problem.severity in ("fatal", "error") and problem.line
    }
    sure = {_at(problem)[:2] for problem in problems if problem.code == _KNOWN_FORM}
    return [
        problem
        for problem in problems
        if not (problem.code in _SHAPES and _at(problem) in by_gate)
        and not (problem.group == "rules" and _at(problem) in by_schema)
        and not (problem.code in _LIKELY and _at(problem)[:2] in sure)
    ]


def _at(problem: Problem) -> tuple[str, int, int]:
    return problem.file, problem.line, problem.column
