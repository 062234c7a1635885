"""The one interface behind which requests are made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"

TIMEOUT = 10.0
"""Seconds for one request, where the caller does not say."""


class Api(Protocol):
    """A Kubernetes API, seen from one namespace. May be used by several threads."""

    @property
    def namespace(self) -> str:
        """The namespace; every request stays inside it.

        Raises:
            ConfigError: as :func:`halsync.clients.kubernetes.connect`.
        """

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        content_type: str = JSON,
        timeout: float = TIMEOUT,
    ) -> Any:
        """The parsed answer; None if it is empty.

        Args:
            method: ``GET``, ``POST``, ``PUT``, ``PATCH`` or ``DELETE``.
            path: made by :func:`halsync.clients.kubernetes.paths.path_of`.
            query: parameters of the URL, not encoded.
            body: anything that JSON can hold.
            content_type: of the body; see the constants above.
            timeout: seconds until it must be over.

        Raises:
            ObjectNotFound: no such object, or no such kind (404).
            Conflict: the object changed meanwhile, exists already, or is another's (409).
            Rejected: the API finds the object wrong (400, 422 and the like).
            AccessDenied: not let in, not allowed, or the server's certificate is not trusted.
            SourceUnreachable: no answer in time, too many requests, or a failure of the server;
                :class:`~halsync.clients.kubernetes.failures.Busy` if it says when to come back.
            ConfigError: as :func:`halsync.clients.kubernetes.connect`; or a path that leaves
                the namespace.
        """

    def close(self) -> None:
        """Drop connections and end the child, if any. Safe to call twice."""
