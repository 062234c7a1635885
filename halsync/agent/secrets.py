"""Secret references of a tree: which of them halsync resolves, their values, what is wrong."""

from __future__ import annotations

from halsync.agent.secret_files import SecretFiles, Taken
from halsync.agent.secret_settings import context_of, secrets_of
from halsync.records import NamedTuple
from halsync.render.secret_codes import DENIED, EMPTY, MISSING, UNFIT, UNREACHABLE, UNRESOLVED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from halsync.model import File, Problem
    from halsync.render.codes import Code
    from halsync.render.edits import Edit
    from halsync.render.references import Reference
    from halsync.secrets import Failure, Resolved, Wanted
    from halsync.settings.model import Settings
    from halsync.settings.secrets import SecretsSettings

_CODES = {"missing": MISSING, "denied": DENIED, "unreachable": UNREACHABLE, "unfit": UNFIT}


class Filled(NamedTuple):
    """Files after their secret references were looked at."""

    files: Mapping[str, File]
    """With secret files added; those without references are the same objects as before."""
    problems: Sequence[Problem]
    """At their places in the files as they were before."""
    edits: Mapping[str, Sequence[Edit]] = {}
    """What was replaced in each file."""
    resolved: Sequence[Reference] = ()
    """The references that were filled in."""
    revision: str = ""
    """Digest of the versions of all secrets that were read; empty if none was."""


def fill_in(
    settings: Settings,
    files: Mapping[str, File],
    references: Sequence[Reference],
    deadline: float = 0.0,
) -> Filled:
    """Do with the references what ``secrets.mode`` says; ``auto`` resolves.

    Args:
        references: those of ``files``; see :mod:`halsync.render.references`.
        deadline: ``time.monotonic()`` value at which all network work must be over; 0: when
            the time that the settings allow has passed from now.

    Raises:
        ConfigError: an engine is not configured, or its library is not installed.
        RenderError: a file does not read back as intended: a bug.
    """
    own = secrets_of(settings)
    look = _Look(files, own)
    look.choose(references)
    if own.mode == "skip" or not look.wanted:
        return Filled(files, look.problems)
    # Most references are Halyard's to resolve, and this is loaded for none of them.
    from halsync.render.secret_filling import fill
    from halsync.secrets.session import Session, revision

    with Session(context_of(settings, deadline)) as session:
        resolved = session.resolve(look.wanted.values())
    values = look.values(resolved)
    told = revision(resolved.versions)
    if own.mode == "check":
        return Filled(files, look.problems, revision=told)
    done = fill(files, look.chosen, values)
    return Filled(
        {**done.files, **look.secret_files.made},
        [*look.problems, *done.problems],
        done.edits,
        tuple(one for one in look.chosen if one.text in values),
        told,
    )


def versions_of(settings: Settings, references: Sequence[Reference], deadline: float = 0.0) -> str:
    """The revision that :func:`fill_in` would give now, without reading values where that can
    be: what a sidecar asks for from time to time. Empty if halsync resolves none of them.

    Raises:
        SourceUnreachable: an engine does not answer, so that nobody knows.
        ConfigError: an engine is not configured, or its library is not installed.
    """
    look = _Look({}, secrets_of(settings))
    look.choose(references)
    if not look.wanted:
        return ""
    from halsync.secrets.session import Session

    with Session(context_of(settings, deadline)) as session:
        return session.versions(look.wanted.values())


class _Look:
    """One look at the references of some files."""

    def __init__(self, files: Mapping[str, File], own: SecretsSettings) -> None:
        self._files = files
        self._own = own
        self.secret_files = SecretFiles(own, files)
        self.problems: list[Problem] = []
        self.chosen: list[Reference] = []
        """Those that halsync resolves, in order."""
        self.wanted: dict[str, Wanted] = {}
        """By the text of the reference."""

    def choose(self, references: Sequence[Reference]) -> None:
        """Which references are halsync's to resolve."""
        for one in references:
            if one.family == "kubernetes" and self._own.kubernetes == "off":
                self._report(UNRESOLVED, one, f"{one.text} is left as it is: nobody resolves it")
            if not _is_ours(one, self._own):
                continue
            from halsync.agent.secret_wanted import wanted_of

            found = wanted_of(one)
            if isinstance(found, str):
                self._report(UNFIT, one, f"{one.text}: {found}", "complete the reference")
            else:
                self.wanted[one.text] = found
                self.chosen.append(one)

    def values(self, resolved: Resolved) -> dict[str, str]:
        """What takes the place of each reference; the secret files are made on the way."""
        values: dict[str, str] = {}
        told: set[Failure] = set()
        seen: set[str] = set()
        for one in self.chosen:
            wanted = self.wanted[one.text]
            failure = resolved.failures.get(wanted)
            if failure is not None:
                # One server that is down is one cause, however many references lead to it.
                if failure not in told or failure.cause != "unreachable":
                    told.add(failure)
                    message = f"{one.text}: {failure.message}"
                    self._report(_CODES[failure.cause], one, message, failure.hint)
                continue
            if one.text in seen:
                continue
            seen.add(one.text)
            version = resolved.versions[wanted.item]
            value = self._value(one, wanted, resolved.values[wanted], version)
            if value is not None:
                values[one.text] = value
        return values

    def _value(self, one: Reference, wanted: Wanted, content: bytes, version: str) -> str | None:
        if not content.strip():
            self._report(EMPTY, one, f"{one.text}: the secret is empty")
        if one.kind == "file":
            try:
                return self.secret_files.add(wanted, content, version)
            except Taken as taken:
                hint = "rename a key, or set secrets.layout to nested"
                self._report(UNFIT, one, f"{one.text} cannot become a file: {taken}", hint)
                return None
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            hint = "reference it as a file, or keep it as base64"
            self._report(UNFIT, one, f"{one.text}: the value is not UTF-8 text", hint)
            return None
        if "\0" in text:
            hint = "reference it as a file, or keep it as base64"
            self._report(UNFIT, one, f"{one.text}: the value holds a NUL character", hint)
            return None
        # Editors and kubectl create secret --from-file leave one.
        return text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text

    def _report(self, code: Code, one: Reference, message: str, hint: str = "") -> None:
        file = self._files.get(one.file)
        if file is not None:
            from halsync.render.secret_filling import Where, problem_at

            where = Where(file, one.file, one.line, one.column, one.path)
            self.problems.append(problem_at(code, message, hint, where))


def _is_ours(one: Reference, own: SecretsSettings) -> bool:
    if one.family == "halsync":
        return True
    if one.family == "kubernetes":
        return own.kubernetes != "off"
    return one.engine in own.engines
