"""Which problems are told, and which of them make a check fail."""

from __future__ import annotations

import re

from halsync.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from halsync.model import Problem

GROUPS = ("source", "parse", "schema", "render", "rules", "daemon")


def selected(
    problems: Iterable[Problem], select: Sequence[str], ignore: Sequence[str]
) -> list[Problem]:
    """Those of the codes and groups in ``select`` (empty: all) that are not in ``ignore``."""
    return [
        problem
        for problem in problems
        if (not select or problem.code in select or problem.group in select)
        and problem.code not in ignore
        and problem.group not in ignore
    ]


def words(given: Iterable[str], where: str) -> tuple[str, ...]:
    """Codes and groups out of what a person gave, commas allowed; ``where`` it was given.

    Raises:
        ConfigError: something is neither a code nor a group.
    """
    found = [word.strip() for text in given for word in text.split(",") if word.strip()]
    for word in found:
        if word not in GROUPS and not re.fullmatch(r"HAL\d{4}", word.upper()):
            from halsync.paths import nearest

            meant = nearest(word, GROUPS)
            raise ConfigError(
                f"{word!r} is neither a problem code nor a group",
                where=where,
                hint=f"did you mean {meant}?"
                if meant
                else f"write a code like HAL0401, or one of {', '.join(GROUPS)}",
            )
    return tuple(word if word in GROUPS else word.upper() for word in found)


def existing(chosen: Sequence[str], where: str) -> tuple[str, ...]:
    """``chosen`` as it is: with a code that there is not, nothing would ever be told.

    Raises:
        ConfigError: there is no such code.
    """
    codes = [word for word in chosen if word not in GROUPS]
    if codes:
        from halsync.paths import nearest
        from halsync.validate.catalogue import entries

        every = entries()
        for code in codes:
            if code not in every:
                meant = nearest(code, list(every))
                hint = f"did you mean {meant}?" if meant else "docs/rules.md lists the rules"
                raise ConfigError(f"there is no code {code}", where=where, hint=hint)
    return tuple(chosen)


def fails(problem: Problem, fail_on: str) -> bool:
    """Whether the problem is at least as bad as ``fail_on``: ``error``, ``warning``, ``never``."""
    if fail_on == "never":
        return False
    return problem.severity in ("fatal", "error") or problem.severity == fail_on
