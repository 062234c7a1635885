"""Making Halyard take notice of a new configuration, and making sure that it did."""
