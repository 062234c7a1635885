"""Configuration from a git repository, through the git binary, without a checkout."""

from __future__ import annotations

from halsync.sources.git.source import open_source

__all__ = ["open_source"]
