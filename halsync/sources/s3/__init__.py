"""Configuration from a bucket of S3, or of a server that speaks its protocol."""

from __future__ import annotations

from halsync.sources.s3.source import open_source

__all__ = ["open_source"]
