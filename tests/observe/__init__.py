"""Tests of halsync.observe."""
