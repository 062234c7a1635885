"""``hold``, ``resume`` and ``validate --daemon`` as people call them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.harness import halsync
from tests.servers.halyard import CONFIG, free_port, serve_halyard


def test_hold_is_shown_and_ends(tmp_path: Path) -> None:
    target = tmp_path / "hal"
    done = halsync("hold", "--reason", "freeze until Monday", "--target", target)
    assert done.code == 0, done.err
    assert done.out.startswith("held: freeze until Monday, by ")
    assert f"nothing is published in {target} yet" in done.out
    assert "held        freeze until Monday" in halsync("status", "--target", target).out
    shown = json.loads(halsync("status", "--target", target, "-o", "json").out)
    assert shown["held"].startswith("freeze until Monday")
    again = json.loads(halsync("hold", "--target", target, "-o", "json").out)
    assert again["held"].startswith("no reason given")
    assert "no longer held" in halsync("resume", "--target", target).out
    assert halsync("resume", "--target", target).out == "nothing was held\n"
    assert json.loads(halsync("status", "--target", target, "-o", "json").out)["held"] == ""


def test_hold_does_not_stand_in_the_way_of_the_first_publication(tmp_path: Path) -> None:
    target = tmp_path / "hal"
    (tmp_path / "src").mkdir()
    (tmp_path / "src/config").write_text(CONFIG.format(version="1.30.0", primary="prod"))
    assert halsync("hold", "--target", target).code == 0
    done = halsync("init", "--dir", tmp_path / "src", "--target", target, "--ignore", "rules")
    assert done.code == 0, done.err


def test_a_target_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = halsync("hold", "--target", tmp_path / "file", env={"HALSYNC_LOG_FORMAT": "text"})
    assert done.code == 7
    assert "Traceback" not in done.err
    assert str(tmp_path / "file") in done.err


def test_validate_asks_the_daemon_too(tmp_path: Path) -> None:
    with serve_halyard(tmp_path) as halyard:
        assert halsync("validate", halyard.hal, "--daemon", halyard.url).code == 0
        config = halyard.hal / "config"
        config.write_text(config.read_text().replace("name: prod", "name: prod\n        x: y"))
        config.write_text(config.read_text().replace("x: y", "kubeconfigFile: /no/such"))
        done = halsync("validate", halyard.hal, "--daemon", halyard.url, "-o", "json")
        assert done.code == 5
        found = [each for each in json.loads(done.out)["problems"] if each["code"] == "HAL2301"]
        [problem] = found
        assert problem["file"] == str(config)
        assert problem["line"] == config.read_text().splitlines().index("      - name: prod") + 1
        assert "/no/such" in problem["message"]
        ignored = halsync(
            "validate", halyard.hal, "--daemon", halyard.url, "--select", "daemon", "-o", "json"
        )
        assert {each["group"] for each in json.loads(ignored.out)["problems"]} == {"daemon"}


def test_what_the_daemon_finds_is_placed_only_where_that_is_certain(tmp_path: Path) -> None:
    """With several halconfigs nobody knows which one it reads; what is rendered is no file."""
    (tmp_path / "halyard").mkdir()
    with serve_halyard(tmp_path / "halyard") as halyard:
        config = halyard.hal / "config"
        text = config.read_text().replace("name: prod", "name: prod\n        kubeconfigFile: /no")
        config.write_text(text)
        (tmp_path / "another").mkdir()
        (tmp_path / "another/config").write_text(text)
        (tmp_path / "config").write_text(text)

        def found(*words: str | Path) -> list[tuple[str, int]]:
            more = ("--daemon", halyard.url, "--select", "daemon", "-o", "json")
            done = halsync("validate", *words, *more, cwd=tmp_path)
            assert done.code == 5, done.err
            return [(each["file"], each["line"]) for each in json.loads(done.out)["problems"]]

        line = text.splitlines().index("      - name: prod") + 1
        assert found(halyard.hal) == [(str(config), line)]
        (halyard.hal / "default/profiles").mkdir(parents=True)
        (halyard.hal / "default/profiles/config").write_text("a: 1\n")
        assert found(halyard.hal) == [(str(config), line)]
        assert found("another", halyard.hal) == [("", 0)]
        assert found("--dir", halyard.hal) == [("", 0)]


@pytest.mark.parametrize(
    "address",
    ["localhost:8064", "http://h:99999", "http://[::1", "http://h:abc", "http://:80", "http://h:0",
     "http://me:secret-word@h", "http://h/path", "ftp://h"],
)  # fmt: skip
def test_what_is_no_address_of_a_daemon(address: str, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("currentDeployment: default\n")
    text = {"HALSYNC_LOG_FORMAT": "text"}
    done = halsync("validate", tmp_path, "--daemon", address, env=text)
    assert (done.code, done.out) == (2, "")
    assert "--daemon: is not the address of a daemon" in done.err
    assert "secret-word" not in done.err
    done = halsync(
        "config", "show", cwd=tmp_path, env={**text, "HALSYNC_RESTART_DAEMON_URL": address}
    )
    assert done.code == 2


def test_validate_with_a_daemon_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("currentDeployment: default\n")
    url = f"http://127.0.0.1:{free_port()}"
    done = halsync("validate", tmp_path, "--daemon", url, env={"HALSYNC_LOG_FORMAT": "text"})
    assert done.code == 3
    assert "nothing listens there" in done.err
    done = halsync("validate", tmp_path, "--daemon", "localhost:8064")
    assert done.code == 2
