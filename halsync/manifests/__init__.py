"""Kubernetes manifests kept in the repository: resolved, checked, applied."""
