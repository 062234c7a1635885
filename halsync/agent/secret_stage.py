"""The last stage of rendering: secret references, with everything that is to be told of them."""

from __future__ import annotations

from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from halsync.model import Problem, SourceState, Tree
    from halsync.render import Placeholder, Rendered
    from halsync.render.references import Found, Reference
    from halsync.settings.model import Settings


class SecretsDone(NamedTuple):
    """What became of the references of a tree."""

    references: Sequence[Reference] = ()
    """All of them, resolved or not."""
    revision: str = ""
    """Digest of the versions of the secrets that were read; empty if none was."""

    @property
    def states(self) -> tuple[SourceState, ...]:
        """The secrets as one more source: when one is changed, the configuration is."""
        if not self.revision:
            return ()
        from halsync.model import SourceState

        engines = ", ".join(sorted({one.engine for one in self.references}))
        return (SourceState("secrets", "secrets", engines, "", self.revision),)


def resolve(
    settings: Settings,
    composed: Tree,
    rendered: Rendered,
    placeholders: Sequence[Placeholder],
    found: Found,
) -> tuple[Rendered, SecretsDone]:
    """Fill in the references that were found in ``rendered``.

    Its problems are the same as before and those of the references, each where a person wrote
    what is wrong.

    Raises:
        ConfigError: an engine is not configured, or its library is not installed.
        RenderError: a file does not read back as intended: a bug.
    """
    from halsync.render.stages import followed

    problems: list[Problem] = [*found.problems]
    done = SecretsDone(found.references)
    after = rendered
    if found.references:
        from halsync.agent.secrets import fill_in

        filled = fill_in(settings, rendered.tree.files, found.references)
        problems += filled.problems
        done = done._replace(revision=filled.revision)
        if filled.resolved:
            from halsync.render.trail import trail_of
            from halsync.validate.gate import check_references

            problems += check_references(rendered.tree)
            trail = trail_of(composed, rendered, placeholders).copy()
            trail.resolve(rendered.tree, filled.edits, [_named(one) for one in filled.resolved])
            after = rendered._replace(tree=rendered.tree._replace(files=filled.files), trail=trail)
    told = followed(problems, composed, rendered) if problems else ()
    return after._replace(problems=[*rendered.problems, *told]), done


def _named(one: Reference) -> Placeholder:
    """A reference as the trail remembers it: without its value."""
    from halsync.render import Placeholder

    return Placeholder(one.text, "", one.kind == "string", "")
