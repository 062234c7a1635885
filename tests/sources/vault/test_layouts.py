"""Both ways to lay a tree out, and secrets that cannot be files."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from halsync.errors import ContentRefused
from halsync.settings.model import Limits
from tests.servers.openbao import Bao
from tests.sources.vault.conftest import Open, contents


def test_a_secret_is_a_file(bao: Bao, mount: str, open_vault: Open) -> None:
    binary = base64.b64encode(bytes(range(256))).decode()
    bao.put(mount, "hal/config", {"content": "a: ü\r\n"})
    bao.put(mount, "hal/default/profiles/x.yml", {"content": ""})
    bao.put(mount, "hal/bin", {"content": f"{binary[:50]}\n{binary[50:]}", "encoding": "base64"})
    bao.put(mount, "hal/run.sh", {"content": "#!/bin/sh\n", "mode": "0755"})
    bao.put(mount, "other", {"content": "not below it"})
    snapshot = open_vault("hal").fetch()
    assert {path: file.content for path, file in snapshot.files.items()} == {
        "hal/config": "a: ü\r\n".encode(),
        "hal/default/profiles/x.yml": b"",
        "hal/bin": bytes(range(256)),
        "hal/run.sh": b"#!/bin/sh\n",
    }
    assert [path for path, file in snapshot.files.items() if file.executable] == ["hal/run.sh"]
    assert all(file.secret for file in snapshot.files.values())
    assert snapshot.kind == "vault" and snapshot.details == {"layout": "file"}
    assert snapshot.location == f"{bao.url}/{mount}/hal"


def test_a_secret_is_a_directory(bao: Bao, mount: str, open_vault: Open) -> None:
    bao.put(mount, "hal", {"config": "a: 1\n", "halyard.yaml": "b: 2\n"})
    script = {"content": base64.b64encode(b"\0").decode(), "encoding": "base64", "mode": "755"}
    bao.put(mount, "hal/default/profiles", {"gate-local.yml": "c: 3\n", "run": script})
    snapshot = open_vault("hal").fetch()
    assert {path: (file.content, file.executable) for path, file in snapshot.files.items()} == {
        "hal/config": (b"a: 1\n", False),
        "hal/halyard.yaml": (b"b: 2\n", False),
        "hal/default/profiles/gate-local.yml": (b"c: 3\n", False),
        "hal/default/profiles/run": (b"\0", True),
    }
    assert snapshot.details == {"layout": "directory"}


def test_a_file_called_content_needs_the_setting(bao: Bao, mount: str, open_vault: Open) -> None:
    bao.put(mount, "hal", {"content": "x"})
    assert contents(open_vault("hal", layout="directory")) == {"hal/content": b"x"}


def test_secrets_that_do_not_agree_are_all_named(bao: Bao, mount: str, open_vault: Open) -> None:
    for name in ("a", "b"):
        bao.put(mount, name, {"content": "x"})
    for name in ("y", "z"):
        bao.put(mount, name, {"contents": "x"})
    bao.put(mount, "c", {"content": "x"})
    with pytest.raises(ContentRefused) as caught:
        open_vault().fetch()
    named = [problem.file for problem in caught.value.problems]
    assert named[:2] == ["y", "z"]
    assert "vault.layout" in caught.value.problems[0].hint


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"contents": "x"}, "unknown key 'contents'"),
        ({"encoding": "base64"}, "content is missing"),
        ({"content": 8080}, "content is a number, not text"),
        ({"content": None}, "content is missing"),
        ({"content": {"a": "b"}}, "content is a mapping, not text"),
        ({"content": ["a"]}, "content is a list, not text"),
        ({"content": True}, "content is true or false, not text"),
        ({"content": "***", "encoding": "base64"}, "not base64"),
        ({"content": "x", "encoding": "rot13"}, "unknown encoding"),
        ({"content": "x", "mode": "rwx"}, "octal digits"),
    ],
)
def test_what_is_no_file(
    bao: Bao, mount: str, open_vault: Open, data: dict[str, Any], words: str
) -> None:
    bao.put(mount, "hal/config", data)
    with pytest.raises(ContentRefused) as caught:
        open_vault("hal", layout="file").fetch()
    [problem] = caught.value.problems
    assert (problem.file, problem.code) == ("hal/config", "HAL0116")
    assert words in problem.message and "8080" not in str(caught.value)


def test_values_of_a_directory_that_are_no_files(bao: Bao, mount: str, open_vault: Open) -> None:
    bao.put(mount, "hal", {"port": 8080, "on": True, "../up": "x", "a/b": "x", "..": "x", "ok": ""})
    with pytest.raises(ContentRefused) as caught:
        open_vault("hal").fetch()
    told = {problem.file: problem.message for problem in caught.value.problems}
    assert set(told) == {"hal/port", "hal/on", "hal/../up", "hal/a/b", "hal/.."}
    assert told["hal/port"] == "its value is a number, not text"
    assert "slash" in told["hal/../up"] and "'..'" in told["hal/.."]


def test_names_that_collide(bao: Bao, mount: str, open_vault: Open) -> None:
    for path in ("hal/Config", "hal/config", "hal/a", "hal/a/b"):
        bao.put(mount, path, {"content": "x"})
    with pytest.raises(ContentRefused) as caught:
        open_vault("hal").fetch()
    told = {problem.file: problem.code for problem in caught.value.problems}
    assert told == {"hal/a": "HAL0101", "hal/config": "HAL0107"}


def test_odd_names(bao: Bao, mount: str, open_vault: Open) -> None:
    names = ["hal/sp ace", "hal/%41", "hal/ü#&+", "hal/..x", "hal/-"]
    for name in names:
        bao.put(mount, name, {"content": name})
    assert contents(open_vault("hal")) == {name: name.encode() for name in names}


def test_a_huge_value_is_refused_and_not_published(bao: Bao, mount: str, open_vault: Open) -> None:
    bao.put(mount, "hal/config", {"content": "x" * 500_000})
    assert len(contents(open_vault("hal"))["hal/config"]) == 500_000
    with pytest.raises(ContentRefused) as caught:
        open_vault("hal", limits=Limits(file_bytes=1000)).fetch()
    assert caught.value.problems[0].code == "HAL0103"
