"""Configuration from a git repository, without a checkout, mostly without git."""

from __future__ import annotations

from halsync.sources.git.source import open_source

__all__ = ["open_source"]
