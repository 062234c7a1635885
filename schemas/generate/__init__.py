"""Schemas and tables from the checked-in facts about Halyard.

``python -m schemas.generate`` writes ``schemas/*.schema.json`` and the tables that the check
reads at run time; ``--condense DIR`` first takes the facts anew from a directory of them.
"""
