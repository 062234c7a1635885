"""Placeholders of some files only, and those whose values the pod knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from halsync.errors import RenderError
from halsync.render import Placeholder, lookup, pod, render
from halsync.settings.model import PlaceholderSettings
from tests.render.oracle import tree_of


def filled(files: dict[str, str], *given: Placeholder) -> dict[str, str]:
    done = render(tree_of(files), given)
    return {path: file.content.decode() for path, file in done.tree.files.items()}


def test_only_in_the_files_that_are_named() -> None:
    files = {"config": "a: X Y\n", "default/profiles/a.yml": "a: X Y\n", "docs/a.md": "X Y\n"}
    one = Placeholder("X", "1", False, "", ("config", "default/**"))
    other = Placeholder("Y", "2", False, "", ("docs/*",))
    assert filled(files, one, other) == {
        "config": "a: 1 Y\n",
        "default/profiles/a.yml": "a: 1 Y\n",
        "docs/a.md": "X 2\n",
    }


def test_a_scope_without_the_name_is_reported() -> None:
    given = Placeholder("X", "1", False, "halsync.yaml:3", ("config",))
    (problem,) = render(tree_of({"config": "a: 1\n", "b.txt": "X"}), [given]).problems
    assert problem.code == "HAL0201" and "X" in problem.message


def value(field: str, directory: Path) -> str:
    (found,) = lookup([PlaceholderSettings("X", field=field)], str(directory))
    assert isinstance(found.value, str)
    return found.value


def test_fields_of_the_pod(tmp_path: Path) -> None:
    (tmp_path / "metadata.name").write_text("halyard-0")
    (tmp_path / "namespace").write_text("opsmx")
    (tmp_path / "labels").write_text('app="isd"\nnote="a \\"b\\"\\nc \\u00e9"\n')
    (tmp_path / "annotations").write_text("")
    assert value("metadata.name", tmp_path) == "halyard-0"
    assert value("metadata.namespace", tmp_path) == "opsmx"
    assert value("metadata.labels['app']", tmp_path) == "isd"
    assert value("metadata.labels['note']", tmp_path) == 'a "b"\nc é'


def test_the_namespace_of_the_service_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = tmp_path / "account"
    account.mkdir()
    (account / "namespace").write_text("from-account")
    monkeypatch.setattr(pod, "SERVICE_ACCOUNT", str(account))
    assert value("metadata.namespace", tmp_path / "none") == "from-account"


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("metadata.uid", "neither"),
        ("metadata.labels['nope']", "there are: app"),
        ("spec.nodeName", "environment variable"),
        ("metadata.nmae", "metadata.name"),
        ("metadata.annotations['x']", "cannot read"),
    ],
)
def test_fields_that_are_not_known(tmp_path: Path, field: str, told: str) -> None:
    (tmp_path / "labels").write_text('app="isd"\n')
    (tmp_path / "annotations").mkdir()
    with pytest.raises(RenderError) as caught:
        lookup([PlaceholderSettings("X", field=field, declared_at="h:1")], str(tmp_path))
    (problem,) = caught.value.problems
    assert told in problem.message + problem.hint
    assert "h:1" in problem.message
