"""Figures that anyone can rerun: ``python -m benchmarks`` (see ``--help``)."""
