"""Reading configuration formats with positions. No I/O, no knowledge of Halyard."""
