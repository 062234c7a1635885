"""What can be wrong with a secret reference that is well formed."""

from __future__ import annotations

from halsync.render.codes import Code

UNRESOLVED = Code(
    "HAL0262",
    "warning",
    "A secret reference is published as it stands",
    "set secrets.kubernetes (api, or a mounted directory) so that halsync fills it in",
)
MISSING = Code(
    "HAL0263",
    "error",
    "What a secret reference names does not exist",
    "create it, or correct the reference",
)
DENIED = Code(
    "HAL0264",
    "error",
    "A secret may not be read",
    "give halsync the right to read it, or correct the reference",
)
UNREACHABLE = Code(
    "HAL0265",
    "error",
    "The server that holds a secret does not answer",
    "see whether it is up; --secrets=skip looks at the rest without it",
)
UNFIT = Code(
    "HAL0266",
    "error",
    "A secret's value does not fit its reference",
    "correct the secret, or reference it as a file",
)
UNWRITABLE = Code(
    "HAL0267",
    "error",
    "A secret cannot be written at this place",
    "write the value on one line, without escapes within the reference",
)
EMPTY = Code(
    "HAL0268",
    "warning",
    "A secret is empty",
    "give it a value, or say in a comment that it may be empty",
)
CODES: tuple[Code, ...] = (UNRESOLVED, MISSING, DENIED, UNREACHABLE, UNFIT, UNWRITABLE, EMPTY)
