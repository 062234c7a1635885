"""Five broken repositories, repaired by following the messages: what docs/repairs.md shows."""
