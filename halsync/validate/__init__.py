"""Tree → problems: the gate before anything is published."""
