"""Terminal or not, colour or not, progress or log lines."""

from __future__ import annotations

import json

import pytest

from halsync import redact
from halsync.observe.console import Console
from tests.observe.streams import Terminal, console, pipe, written

_FETCHED: dict[str, object] = {
    "source": "a",
    "location": "https://h/r.git",
    "ref": "main",
    "revision": "3e25d19" + "0" * 33,
    "files": 85,
    "bytes": 1,
    "seconds": 0.412,
}


def test_elsewhere_events_are_json_lines() -> None:
    talk, stderr = console()
    talk.report("fetched", **_FETCHED)
    talk.report("retrying", source="a", error="no answer", attempt=1, wait=0.5)
    first, second = map(json.loads, written(stderr).splitlines())
    assert first.items() >= {"level": "info", "event": "fetched", **_FETCHED}.items()
    assert (second["level"], second["event"]) == ("warning", "retrying")
    assert "fetched main@3e25d19 from https://h/r.git: 85 files" not in written(stderr)


def test_text_can_be_asked_for() -> None:
    talk, stderr = console()
    talk.configure("info", "text")
    talk.report("fetched", **_FETCHED)
    assert " info    fetched source=a " in written(stderr)
    assert "\x1b" not in written(stderr)


def test_a_terminal_gets_sentences_with_marks_and_times() -> None:
    terminal = Terminal()
    talk = Console({"TERM": "xterm"}, stdout=pipe(), stderr=terminal.stream)
    talk.report("fetching", source="a", location="https://h/r.git", ref="main")
    talk.log.warning("in between")
    talk.report("fetched", **_FETCHED)
    talk.report("adopted", paths=[".halsync/adopted/x/config"], left_out=["notes.txt"])
    talk.close()
    text = terminal.text()
    assert "fetching main from https://h/r.git" in text
    last_screen = [line.rpartition("\x1b[K")[2] for line in text.split("\n")]
    assert "in between" in last_screen[0]
    assert last_screen[1] == (
        "\x1b[32m✓\x1b[0m fetched main@3e25d19 from https://h/r.git: 85 files\x1b[2m (0.4 s)\x1b[0m"
    )
    kept = "what stood in the way is kept: .halsync/adopted/x/config"
    assert last_screen[2].startswith(f"\x1b[33m!\x1b[0m {kept}; in no source, ")
    assert talk.last_line.endswith(": notes.txt")


def test_closing_leaves_no_status_line_behind() -> None:
    terminal = Terminal()
    talk = Console({"TERM": "xterm"}, stdout=pipe(), stderr=terminal.stream)
    talk.report("fetching", source="a", location="x", ref="main")
    talk.close()
    assert terminal.text().endswith("\r\x1b[K")


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"TERM": "xterm", "CI": "true"}])
def test_nothing_moves_where_nobody_watches(environment: dict[str, str]) -> None:
    terminal = Terminal()
    talk = Console(environment, stdout=pipe(), stderr=terminal.stream)
    talk.report("fetching", source="a", location="x", ref="main")
    talk.report("fetched", **_FETCHED)
    talk.close()
    text = terminal.text()
    assert "\r" not in text
    assert "fetching" not in text
    assert "fetched main@3e25d19" in text


@pytest.mark.parametrize(
    ("environment", "on_terminal", "on_pipe"),
    [
        ({"TERM": "xterm"}, True, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False, False),
        ({"TERM": "xterm", "NO_COLOR": ""}, True, False),
        ({"TERM": "dumb"}, False, False),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"FORCE_COLOR": "0"}, False, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
    ],
)
def test_colour(environment: dict[str, str], on_terminal: bool, on_pipe: bool) -> None:
    terminal = Terminal()
    talk = Console(environment, stdout=pipe(), stderr=terminal.stream)
    assert talk.colour("err") is on_terminal
    assert talk.colour("out") is on_pipe
    assert talk.paint("x", "red") == ("\x1b[31mx\x1b[0m" if on_pipe else "x")
    talk.close()
    terminal.text()


def test_ascii_where_the_encoding_has_no_more() -> None:
    terminal = Terminal("ascii")
    stdout = pipe("ascii")
    talk = Console({"TERM": "dumb"}, stdout=stdout, stderr=terminal.stream)
    talk.report("fetched", **{**_FETCHED, "location": "https://h/ü"})
    talk.print(f"a → {redact.MASK} … ü")
    talk.close()
    assert terminal.text().startswith("+ fetched main@3e25d19 from https://h/\\xfc")
    assert written(stdout) == "a -> *** ... \\xfc\n"


def test_half_a_character_does_not_end_a_run() -> None:
    talk, stderr = console()
    talk.configure("info", "text")
    talk.error_line("name \udcff")
    assert written(stderr) == "name \\udcff\n"


def test_a_closed_standard_error_does_not_end_a_run() -> None:
    talk, stderr = console()
    stderr.close()
    talk.log.error("nobody hears")
    talk.report("fetched", **_FETCHED)


def test_secrets_do_not_reach_progress_or_last_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redact, "_values", set())
    redact.register("c4nary word")
    terminal = Terminal()
    talk = Console({"TERM": "xterm"}, stdout=pipe(), stderr=terminal.stream)
    talk.report("fetching", source="a", location="https://h/c4nary word", ref="")
    talk.report("retrying", source="a", error="c4nary word", attempt=1, wait=1)
    talk.close()
    assert "c4nary" not in terminal.text()
    assert "c4nary" not in talk.last_line


@pytest.mark.parametrize(
    ("event", "fields", "sentence"),
    [
        ("fetching", {"location": "/d", "ref": ""}, "fetching from /d"),
        (
            "fetched",
            {"location": "/d", "ref": "", "revision": "sha256:" + "a" * 64, "files": 1},
            "fetched aaaaaaaaaaaa from /d: 1 file",
        ),
        (
            "fetched",
            {"location": "u", "ref": "3e25d19", "revision": "3e25d19" + "a" * 33, "files": 0},
            "fetched 3e25d19 from u: no files",
        ),
        ("rendered", {"files": 2, "placeholders": 1}, "rendered 2 files, 1 placeholder"),
        (
            "validated",
            {"files": 2, "errors": 0, "warnings": 2},
            "checked 2 files: no errors, 2 warnings",
        ),
        (
            "published",
            {"generation": "b" * 64, "target": "/t"},
            "published generation bbbbbbbbbbbb to /t",
        ),
        (
            "unchanged",
            {"generation": "b" * 64, "target": "/t"},
            "nothing to publish: /t holds generation bbbbbbbbbbbb",
        ),
        (
            "pinned",
            {"generation": "b" * 64, "target": "/t"},
            "/t is pinned to generation bbbbbbbbbbbb until the source moves",
        ),
        (
            "adopted",
            {"paths": [".halsync/adopted/x/config"], "left_out": []},
            "what stood in the way is kept: .halsync/adopted/x/config",
        ),
        ("something_new", {"a": 1, "token": "x"}, "something new a=1 token=•••"),
    ],
)
def test_sentences(event: str, fields: dict[str, object], sentence: str) -> None:
    talk, _ = console()
    talk.report(event, **fields)
    assert talk.last_line == sentence


def test_a_check_that_found_errors_is_not_ticked_off() -> None:
    terminal = Terminal()
    talk = Console({"TERM": "xterm", "NO_COLOR": "1"}, stdout=pipe(), stderr=terminal.stream)
    talk.report("validated", files=25, errors=2, warnings=0)
    talk.report("validated", files=25, errors=0, warnings=1)
    talk.close()
    assert [line[:1] for line in terminal.text().splitlines()] == ["✗", "✓"]
