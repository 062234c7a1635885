"""Tests of halsync.cli."""
