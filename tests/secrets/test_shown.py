"""A reference says where a secret is kept: people see it, also under a key like ``password``."""

from __future__ import annotations

import pytest

from halsync.redact import MASK, mask_line


@pytest.mark.parametrize(
    "value",
    [
        "encrypted:minio:secret-key",
        "encryptedFile:kube.prod:admin.conf",
        '"halsync(vault:secret/redis#password)"',
        "'halsyncFile(file:/run/secrets/x)'",
    ],
)
def test_a_reference_is_shown(value: str) -> None:
    assert mask_line(f"  secretKey: {value}\n") == f"  secretKey: {value}\n"


@pytest.mark.parametrize(
    "value",
    [
        "hunter2",
        "encrypted:minio",
        "encrypted:minio:key hunter2",
        "hunter2 encrypted:minio:key",
        "'encrypted:minio:key",
        "halsync(hunter2)",
        "halsync(env:A)halsync(env:B",
        "{token: encrypted:minio:key, password: hunter2}",
    ],
)
def test_what_is_more_than_a_reference_is_not(value: str) -> None:
    assert mask_line(f"password: {value}") == f"password: {MASK}"
