"""Running the rules alone over trees made of texts."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from halsync.model import Problem, problem_order
from halsync.validate.documents import Documents
from halsync.validate.rules import check_rules
from halsync.validate.rules.example import example_files

from ..trees import tree


def find(
    files: Mapping[str, str | bytes] | str,
    *,
    hal_directories: Collection[str] = (),
    requested: Collection[str] = (),
    dangling: Collection[str] = (),
) -> list[Problem]:
    """What the rules say about an example's text, or about files."""
    given = example_files(files) if isinstance(files, str) else files
    documents = Documents(tree(given, config=None, dangling=dangling))
    found = check_rules(documents, hal_directories=hal_directories, requested=requested)
    return sorted(found, key=problem_order)


def codes(files: Mapping[str, str | bytes] | str, **more: Collection[str]) -> list[str]:
    """Their codes, sorted by place."""
    return [problem.code for problem in find(files, **more)]
