"""Tree → tree: the configuration as the repository has it becomes what Halyard shall read."""
