"""Sets of render steps by name: what an installation's surroundings used to do to the files."""
