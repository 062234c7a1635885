"""Every failure halsync can end with, sorted by what the caller does about it.

An error says what is wrong (``message``), where (``where``) and what to do (``hint``).
Two branches decide about retries, and nothing else does: :class:`TransientError` is worth
another try, :class:`PermanentError` is not until a person or the source changes something.

Exit codes: 0 done, 1 bug, 2 usage or agent configuration, 3 source unreachable, 4 access
denied, 5 validation failed, 6 rendering failed, 7 publishing failed, 8 restart failed.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from halsync.model import Problem

BUG, USAGE, UNREACHABLE, DENIED, INVALID, UNRENDERED, UNPUBLISHED, UNCONFIRMED = range(1, 9)


class HalsyncError(Exception):
    """The root. Raise one of the leaves, never this."""

    exit_code: int = BUG

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text}\n  fix: {self.hint}" if self.hint else text


class TransientError(HalsyncError):
    """The same call may succeed later: retried with back-off up to the deadline."""


class PermanentError(HalsyncError):
    """The same call cannot succeed: fails at once."""


class ConfigError(PermanentError):
    """Wrong use of the command line, the environment or ``halsync.yaml``."""

    exit_code = USAGE


class SourceUnreachable(TransientError):
    """The network, the name service or the server did not answer, or not in time."""

    exit_code = UNREACHABLE


class SourceNotFound(PermanentError):
    """The server answered: no such repository, ref, commit, bucket, directory or sub-path."""

    exit_code = UNREACHABLE


class AccessDenied(PermanentError):
    """Refused credentials, an unknown host key, an untrusted certificate or signature."""

    exit_code = DENIED


class ProblemsError(PermanentError):
    """A failure with findings attached: all of them, sorted, never just the first.

    ``problems`` are :class:`halsync.model.Problem` values; the reporter prints them, so
    ``message`` is only the summary.
    """

    def __init__(
        self,
        message: str,
        problems: Sequence[Problem] = (),
        *,
        where: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(message, where=where, hint=hint)
        self.problems = tuple(problems)


class ContentRefused(ProblemsError):
    """A source brings something that may not be published: a link out of the tree, a device,
    too many or too large files, two names that differ only in case."""

    exit_code = INVALID


class ValidationFailed(ProblemsError):
    """The rendered configuration has problems at or above ``validate.failOn``."""

    exit_code = INVALID


class RenderError(ProblemsError):
    """A placeholder or a secret reference could not be filled in."""

    exit_code = UNRENDERED


class PublishError(PermanentError):
    """The target cannot be written, locked or flipped. What was live stays live."""

    exit_code = UNPUBLISHED


class RestartFailed(PermanentError):
    """Halyard could not be made to take notice, or was not seen healthy afterwards."""

    exit_code = UNCONFIRMED


class Interrupted(PermanentError):
    """SIGTERM or Ctrl-C arrived. It may have come after the flip: the message must not say more
    than is true at every moment."""

    def __init__(self, signal_number: int) -> None:
        super().__init__("interrupted; what is live is complete, as it was before or all new")
        self.exit_code = 128 + signal_number
