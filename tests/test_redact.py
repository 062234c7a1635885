"""What is hidden in a line of a file, and what stays readable."""

from __future__ import annotations

import pytest

from halsync.redact import MASK, mask_line, redact, register


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("password: hunter2\n", f"password: {MASK}\n"),
        ('  "clientSecret" : "a b", # c\r\n', f'  "clientSecret" : {MASK}\r\n'),
        ("export DB_PASSWORD='a b'", f"export DB_PASSWORD={MASK}"),
        ("- {name: a, password: b, x: c}", f"- {{name: a, password: {MASK}"),
        ("2026-01-01T10:00 token=abcd", f"2026-01-01T10:00 token={MASK}"),
        ("url: https://host/?token=abcd", f"url: https://host/?token={MASK}"),
        ("url: https://me:mine@host/x", f"url: https://{MASK}@host/x"),
        ("url: xhttps://me:mi:ne@host", f"url: xhttps://{MASK}@host"),
        ("passwordFile: /secrets/x", "passwordFile: /secrets/x"),
        ("url: https://host:80/x", "url: https://host:80/x"),
        ("password:\n", "password:\n"),
        ("the token is new", "the token is new"),
    ],
)
def test_a_line_is_masked_by_the_names_of_its_keys(line: str, shown: str) -> None:
    assert mask_line(line) == shown


def test_a_registered_value_is_hidden_under_any_key() -> None:
    register("s3cr3t-of-many-words")
    assert mask_line("name: a s3cr3t-of-many-words b\n") == f"name: a {MASK} b\n"


@pytest.mark.parametrize("part", ["a", "a:", "a ", "expir", "'a'", "\t", "://", "a:b@", "://a:"])
def test_a_line_of_any_length_is_read_once(part: str) -> None:
    long = part * 40_000
    assert mask_line(f"{long} password: hunter2") == redact(f"{long} password: ") + MASK
