"""Where the values of placeholders come from."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from halsync import redact
from halsync.errors import UNRENDERED, RenderError
from halsync.render import lookup
from halsync.settings.model import PlaceholderSettings as Declared


def test_literals_keep_their_type() -> None:
    found = lookup(
        [
            Declared("A", literal="text", declared_at="--set"),
            Declared("B", literal=True),
            Declared("C", literal=8080),
            Declared("D", literal=""),
        ]
    )
    assert [item.value for item in found] == ["text", True, 8080, ""]
    assert found[1].value is True
    assert found[0].declared_at == "--set"
    assert not any(item.secret for item in found)


def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POD_NAMESPACE", "spin")
    monkeypatch.setenv("EMPTY", "")
    found = lookup([Declared("A", env="POD_NAMESPACE"), Declared("B", env="EMPTY")])
    assert [item.value for item in found] == ["spin", ""]


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"s3cret-of-file", "s3cret-of-file"),
        (b"s3cret-of-file\n", "s3cret-of-file"),
        (b"s3cret-of-file\r\n", "s3cret-of-file"),
        (b"s3cret-of-file\n\n", "s3cret-of-file\n"),
        (b" s3cret-of-file ", " s3cret-of-file "),
        (b"", ""),
    ],
)
def test_one_trailing_line_break_of_a_file_is_dropped(
    tmp_path: Path, content: bytes, value: str
) -> None:
    (tmp_path / "token").write_bytes(content)
    (found,) = lookup([Declared("A", file=str(tmp_path / "token"))])
    assert found.value == value
    assert found.secret


def test_secrets_are_registered_for_redaction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "f").write_text("value-from-file-81\n")
    monkeypatch.setenv("SOME_VARIABLE", "value-from-env-82")
    found = lookup(
        [
            Declared("A", file=str(tmp_path / "f")),
            Declared("GIT_TOKEN", env="SOME_VARIABLE"),
            Declared("B", literal="declared-secret-83", secret=True),
            Declared("C", literal="plain-value-84"),
        ]
    )
    assert [item.secret for item in found] == [True, True, True, False]
    text = redact.redact("value-from-file-81 value-from-env-82 declared-secret-83 plain-value-84")
    assert text == f"{redact.MASK} {redact.MASK} {redact.MASK} plain-value-84"


def test_every_missing_value_is_named_with_place_and_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("POD_NAMESPAC", raising=False)
    monkeypatch.setenv("POD_NAMESPACE", "spin")
    (tmp_path / "binary").write_bytes(b"ab\xff\xfeSECRET-BYTES")
    (tmp_path / "nul").write_bytes(b"SECRET-BYTES\0")
    declared = [
        Declared("A", env="POD_NAMESPAC", declared_at="halsync.yaml:12"),
        Declared("B", file=str(tmp_path / "absent"), declared_at="halsync.yaml:13"),
        Declared("C", file=str(tmp_path / "binary"), declared_at="HALSYNC_SET"),
        Declared("D", file=str(tmp_path / "nul")),
        Declared("E", file=str(tmp_path)),
        Declared("F", literal="a\0b", declared_at="--set"),
        Declared("G"),
        Declared("H", literal="fine"),
    ]
    with pytest.raises(RenderError) as caught:
        lookup(declared)
    error = caught.value
    assert error.exit_code == UNRENDERED
    assert "placeholder A, declared at halsync.yaml:12" in str(error)
    assert [problem.code for problem in error.problems] == ["HAL0205"] * 7
    texts = [problem.message for problem in error.problems]
    assert "POD_NAMESPAC is not set" in texts[0]
    assert "POD_NAMESPACE is set" in error.problems[0].hint
    assert "halsync.yaml:13" in texts[1]
    assert "No such file" in texts[1]
    assert "not UTF-8" in texts[2]
    assert "NUL" in texts[3]
    assert "Is a directory" in texts[4]
    assert "NUL" in texts[5]
    assert "no value" in texts[6]
    assert all(problem.hint for problem in error.problems)
    assert "SECRET-BYTES" not in "".join(texts) + str(error)


def test_a_variable_that_is_not_utf8_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environb, b"BAD_BYTES", b"caf\xe9")
    with pytest.raises(RenderError) as caught:
        lookup([Declared("A", env="BAD_BYTES", declared_at="--set")])
    assert "not UTF-8" in caught.value.problems[0].message


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    (tmp_path / "token").write_text("x")
    (tmp_path / "token").chmod(0)
    with pytest.raises(RenderError) as caught:
        lookup([Declared("A", file=str(tmp_path / "token"))])
    assert "Permission denied" in caught.value.problems[0].message
