"""Network clients, one module for each kind of server; they know settings and errors only."""
