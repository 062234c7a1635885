"""The agent's own settings: one declaration for flags, environment and ``halsync.yaml``."""
