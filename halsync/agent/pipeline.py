"""source → snapshot → tree → rendered → validated: what every command has in common.

Nothing here writes to the target. The stages are imported after the network work has begun,
because importing them takes about as long as a fetch does.
"""

from __future__ import annotations

import os
import time
from importlib import import_module

from halsync.errors import (
    DENIED,
    INVALID,
    UNREACHABLE,
    UNRENDERED,
    RenderError,
    ValidationFailed,
)
from halsync.model import Problem, SourceState, Tree, problem_order, short_revision
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from halsync.agent.fetching import Fetched, Fetching
    from halsync.agent.manifests import Held
    from halsync.agent.report import Report
    from halsync.agent.secret_stage import SecretsDone
    from halsync.manifests.base import Manifest
    from halsync.model import File
    from halsync.render import Placeholder, Rendered
    from halsync.render.references import Found, Reference
    from halsync.settings.model import Settings
    from halsync.validate.documents import Documents


class Candidate(NamedTuple):
    """A configuration that is good enough to be published."""

    tree: Tree
    sources: tuple[SourceState, ...]
    problems: tuple[Problem, ...]
    """What was found but does not stand in the way; sorted."""
    replaced: Mapping[str, int]
    """Placeholder → how many occurrences were filled in."""
    says: Callable[[str, File], bytes | None]
    """What a file of the tree says apart from how it is written; None: its bytes do."""
    references: Sequence[Reference] = ()
    """The secret references that were in it, whether or not they were filled in."""
    manifests: Sequence[Manifest] = ()
    """What stands beside the tree, to be applied to the cluster."""
    manifest_references: Sequence[Reference] = ()
    """The secret references of the manifests, which the tree does not hold."""
    manifest_secrets: str = ""
    """Digest of the versions of those secrets; empty for none."""


class Made(NamedTuple):
    """What the sources make, before anything has been checked."""

    fetched: list[Fetched]
    composed: Tree
    """Before rendering."""
    notes: Sequence[Problem]
    placeholders: Sequence[Placeholder]
    rendered: Rendered
    secrets: SecretsDone | None = None
    """None if there are no references."""
    held: Held | None = None
    """The manifests, which are no files of the rendered tree; None where none are configured."""


_MALFORMED = frozenset({"HAL0260", "HAL0261"})
_UNREAD = {"HAL0264": DENIED, "HAL0265": UNREACHABLE}
"""Problems with secrets that are not the configuration's fault → exit code."""

_NEEDED = (
    "halsync.compose",
    "halsync.formats.canonical",
    "halsync.formats.path_text",
    "halsync.formats.scalars",
    "halsync.formats.yaml",
    "halsync.observe.sentences",
    "halsync.render",
    "halsync.render.code_text",  # nearly every deployment has a settings-local.js
    "halsync.render.plain_text",
    "halsync.render.reference_marks",
    "halsync.render.run",
    "halsync.render.yaml_text",
    "halsync.validate.gate",
    "halsync.validate.schema.daemon",
    "halsync.validate.schema.findings",
    "halsync.validate.schema.java_net",
    "halsync.validate.schema.visit",
    "halsync.validate.schema.walk",
    "halsync.validate.shapes",
    "halsync.validate.unresolved",
)
"""What nearly every run loads sooner or later."""

_PERHAPS = (
    "halsync.agent.secret_stage",
    "halsync.agent.secrets",
    "halsync.render.origins",
    "halsync.render.references",
    "halsync.render.secret_codes",
    "halsync.render.stages",
    "halsync.validate.rules.dynamic",
)
"""What is loaded where the configuration holds secret references, or where there are findings."""


def warm_up(meanwhile: Callable[[], object]) -> None:
    """Import the stages now, because the network is being waited for anyway.

    ``meanwhile`` is called between imports.
    """
    from halsync.validate.rules import always

    for module in (*_NEEDED, *always()):
        import_module(module)
        meanwhile()


def warm_up_further(waiting: Callable[[], bool]) -> None:
    """Import what may be needed as well, for as long as ``waiting`` says that there is time."""
    for module in _PERHAPS:
        if not waiting():
            return
        import_module(module)


def make(settings: Settings, running: Fetching, report: Report) -> Made:
    """Carry the sources' content up to the rendered tree, whatever is wrong with it.

    Raises:
        HalsyncError: whatever fetching raises.
        ContentRefused: the sources are in conflict.
        RenderError: a placeholder has no value.
    """
    from halsync.compose import Mounted, compose
    from halsync.render import lookup, render

    placeholders: Sequence[Placeholder] = lookup(settings.placeholders, settings.pod_info)
    fetched = running.results()
    settings = settings._replace(timeout=_left(settings.timeout, running.started))
    tree, notes = compose(
        [Mounted(entry.name, snapshot, entry.path, entry.mount) for entry, snapshot in fetched]
    )
    if settings.plan is None and settings.preset is None:
        rendered = render(tree, placeholders)
    else:
        from halsync.agent.steps import carry_out

        rendered, placeholders = carry_out(settings, tree, placeholders)
    held = None
    if settings.manifests is not None:
        from halsync.agent.manifests import take_out

        held = take_out(settings, settings.manifests, rendered.tree)
        rendered = rendered._replace(tree=held.tree, problems=[*rendered.problems, *held.problems])
    secrets = None
    found = references_in(rendered.tree)
    if found is not None and (found.references or found.problems):
        from halsync.agent.secret_stage import resolve

        rendered, secrets = resolve(settings, tree, rendered, placeholders, found)
    report(
        "rendered",
        files=len(rendered.tree.files),
        placeholders=sum(rendered.replaced.values()),
    )
    return Made(fetched, tree, notes, placeholders, rendered, secrets, held)


def _left(seconds: float, started: float) -> float:
    """What fetching has left of the time for all network work; clocks may jump."""
    return min(seconds, max(1.0, seconds - (time.time() - started)))


def _at_their_origin(problems: Sequence[Problem], made: Made) -> Sequence[Problem]:
    """The problems where a person wrote what is wrong, which rendering may have moved."""
    if not problems or not (made.rendered.edits or made.rendered.trail):
        return problems
    from halsync.render.stages import followed

    return followed(problems, made.composed, made.rendered)


class Judged(NamedTuple):
    """What the sources make, checked."""

    made: Made
    problems: list[Problem]
    """All that are to be told, sorted."""
    documents: Documents


def judge(settings: Settings, running: Fetching, report: Report) -> Judged:
    """Carry the sources' content up to the gate.

    Raises:
        HalsyncError: whatever fetching raises.
        ContentRefused: the sources are in conflict.
        RenderError: a placeholder has no value.
    """
    from halsync.validate.documents import Documents
    from halsync.validate.gate import check, requested

    made = make(settings, running, report)
    rendered = made.rendered
    documents = Documents(rendered.tree)
    gate = check(
        rendered.tree,
        placeholders=_telling(made.placeholders),
        halyard_version=settings.halyard_version,
        hal_directories=_seen_at(settings),
        on_request=requested(settings.select),
        documents=documents,
    )
    found = _at_their_origin(gate, made)
    # A rule says the same of a reference that halsync itself would have to fill in.
    told = {(each.file, each.line) for each in rendered.problems if each.code in _MALFORMED}
    found = [each for each in found if each.code != "HAL2001" or (each.file, each.line) not in told]
    found = _once(_uncommented(rendered.problems, made.composed), found)
    problems = _reported([*made.notes, *found], settings.ignore)
    report(
        "validated",
        files=len(rendered.tree.files),
        errors=sum(_fails(problem, settings.fail_on) for problem in problems),
        warnings=sum(problem.severity == "warning" for problem in problems),
    )
    return Judged(made, problems, documents)


def _seen_at(settings: Settings) -> list[str]:
    """Where halyard's container has the tree, as far as the settings tell."""
    found = [os.path.abspath(settings.target)] if settings.target else []
    seen_as = settings.secrets.seen_as if settings.secrets else ""
    above, _, last = seen_as.rstrip("/").rpartition("/")
    return [*found, above] if last == ".secrets" else found


def prepare(settings: Settings, running: Fetching, report: Report) -> Candidate:
    """Carry the sources' content through the gate.

    Raises:
        HalsyncError: whatever fetching raises.
        ContentRefused: the sources are in conflict.
        RenderError, ValidationFailed: with every problem found, those of later stages too.
    """
    made, problems, documents = judge(settings, running, report)
    fetched, rendered = made.fetched, made.rendered
    failing = [problem for problem in problems if _fails(problem, settings.fail_on)]
    if failing:
        unrendered = exit_code(failing) != INVALID
        kind = RenderError if unrendered else ValidationFailed
        error = kind(
            "the configuration cannot be rendered" if unrendered else "the configuration is bad",
            problems,
            where=_describe(fetched),
            hint="correct what is listed above; until then what is live stays live",
        )
        error.exit_code = exit_code(failing)
        raise error
    return Candidate(
        rendered.tree,
        (*states(fetched), *(made.secrets.states if made.secrets else ())),
        tuple(problems),
        rendered.replaced,
        documents.says,
        tuple(made.secrets.references) if made.secrets else (),
        *((made.held.manifests, made.held.references, made.held.revision) if made.held else ()),
    )


def exit_code(failing: Sequence[Problem]) -> int:
    """What a run ends with: the code of secrets that cannot be read, if nothing else is wrong."""
    causes = {_UNREAD.get(problem.code, 0) for problem in failing}
    if 0 not in causes:
        return min(causes)
    return UNRENDERED if any(problem.group == "render" for problem in failing) else INVALID


def references_in(tree: Tree) -> Found | None:
    """Secret references and what is wrong with some; None for most configurations."""
    from halsync.render.reference_marks import holds_marks

    if not any(holds_marks(file.content) for file in tree.files.values()):
        return None
    from halsync.render.references import find

    return find(tree)


def _uncommented(problems: Sequence[Problem], tree: Tree) -> Sequence[Problem]:
    """Without what a comment in the sources leaves out; what is said of comments is the gate's."""
    from halsync.validate.gate import COMMENT

    if not problems or not any(COMMENT in file.content for file in tree.files.values()):
        return problems
    from halsync.validate.suppress import suppress

    before = set(problems)
    return [problem for problem in suppress(problems, tree) if problem in before]


def _once(rendering: Sequence[Problem], gate: Sequence[Problem]) -> list[Problem]:
    """What both stages found, each cause by the one that knows more about it.

    A file that cannot be parsed is the gate's to tell, which knows whether anybody reads it; a
    place that could not be filled in is rendering's.
    """
    from halsync.render.codes import UNPARSED, UNREADABLE

    unparsed = {problem.file for problem in gate if problem.group == "parse"}
    told = {(UNREADABLE.code, file) for file in unparsed} | {
        # A change that could not be made is an error even where the gate only warns.
        (UNPARSED.code, problem.file)
        for problem in gate
        if problem.group == "parse" and problem.severity in ("fatal", "error")
    }
    unfilled = {
        (problem.file, problem.line) for problem in rendering if problem.severity == "error"
    }
    return [
        *(each for each in rendering if (each.code, each.file) not in told),
        *(
            each
            for each in gate
            if each.group != "render" or (each.file, each.line) not in unfilled
        ),
    ]


def _telling(placeholders: Sequence[Placeholder]) -> list[str]:
    """The names whose occurrence proves that they were not filled in.

    ``isd`` filled in as ``isd-prod`` still stands there, rightly; so does a name outside of the
    files that it is declared for.
    """
    texts = [str(placeholder.value) for placeholder in placeholders]
    return [
        placeholder.name
        for placeholder in placeholders
        if not placeholder.files and not any(placeholder.name in text for text in texts)
    ]


def _reported(problems: Iterable[Problem], ignore: Sequence[str]) -> list[Problem]:
    return sorted(
        {
            problem
            for problem in problems
            if problem.code not in ignore and problem.group not in ignore
        },
        key=problem_order,
    )


def _fails(problem: Problem, fail_on: str) -> bool:
    return problem.severity in ("fatal", "error") or problem.severity == fail_on


def states(fetched: list[Fetched]) -> tuple[SourceState, ...]:
    """What a generation remembers of its sources."""
    return tuple(
        SourceState(
            entry.name,
            snapshot.kind,
            snapshot.location,
            snapshot.ref,
            snapshot.revision,
            entry.path,
            entry.mount,
        )
        for entry, snapshot in fetched
    )


def _describe(fetched: list[Fetched]) -> str:
    """``hal-config at 3e25d19``: which revisions are to blame."""
    return ", ".join(
        f"{entry.name} at {short_revision(snapshot.revision)}" for entry, snapshot in fetched
    )
