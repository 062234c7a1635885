"""Making a tree current in ``.hal`` by one atomic rename, and going back."""
