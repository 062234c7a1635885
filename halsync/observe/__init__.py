"""Telling people and machines what halsync does."""
