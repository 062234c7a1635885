"""halsync: the GitOps agent for Spinnaker Halyard.

Importing this package costs nothing: every stage, and every network client, is
imported by the code that uses it.
"""

__version__ = "0.1.0"
