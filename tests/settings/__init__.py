"""Tests of halsync.settings."""
