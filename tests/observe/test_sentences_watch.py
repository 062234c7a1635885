"""The sidecar's events, in words and at the right level."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from halsync.model import SourceState
from halsync.observe.facts import EVENTS, fact
from halsync.observe.sentences import level, sentence
from halsync.observe.sentences_watch import SENTENCES, span
from tests.harness import ROOT
from tests.observe.streams import Terminal, console, pipe, written

STATE = SourceState("hal", "git", "https://h/r", "main", "3e25d19" + "0" * 33)
ONE = "ab" * 32

TOLD: dict[str, tuple[dict[str, Any], str, str]] = {
    "watching": (
        {"sources": ["hal", "boms"], "interval": 30.0, "strategy": "daemon"},
        "info",
        "watching hal, boms every 30 s; strategy daemon",
    ),
    "checked": (
        {"source": "hal", "revision": STATE.revision, "changed": True, "seconds": 0.02},
        "info",
        "hal has changed: 3e25d19",
    ),
    "check-failed": (
        {"source": "hal", "error": "no route to host", "attempt": 3, "wait": 8.0},
        "warning",
        "hal does not answer (try 3): no route to host; next try in 8.0 s",
    ),
    "recovered": (
        {"source": "hal", "seconds": 7_200.0}, "info", "hal answers again, after 2 h",
    ),
    "refused": (
        {"identity": ONE, "stage": "validate", "error": "not valid", "first": "config:3: bad",
         "problems": 2, "hint": "see above"},
        "error",
        "release abababababab is refused, what is live stays: it is not valid (2 problems):"
        " not valid; first config:3: bad",
    ),
    "accepted": (
        {"identity": ONE, "generation": "g", "reaction": "daemon", "sources": (STATE,)},
        "info",
        "release abababababab is accepted (hal 3e25d19): it changes the daemon's own settings",
    ),
    "step-failed": (
        {"identity": ONE, "stage": "react", "error": "no answer", "hint": "", "wait": 2.0},
        "warning",
        "release abababababab: making Halyard take notice failed: no answer; trying again in 2.0 s",
    ),
    "waiting": (
        {"identity": ONE, "reason": "no window is open", "until": 1_800_000_000.0},
        "info",
        "release abababababab waits until 2027-01-15 08:00:00 UTC: no window is open",
    ),
    "acted": (
        {"identity": ONE, "strategy": "rollout", "reaction": "configuration"},
        "info",
        "release abababababab: the StatefulSet's pods are replaced",
    ),
    "confirmed": (
        {"identity": ONE, "seconds": 31.2, "detail": "a new process is healthy"},
        "info",
        "release abababababab is confirmed after 31 s: a new process is healthy",
    ),
    "unconfirmed": (
        {"identity": ONE, "seconds": 600.0, "detail": "the daemon does not answer"},
        "error",
        "release abababababab was not seen to work within 10 min: the daemon does not answer",
    ),
    "quarantined": (
        {"identity": ONE, "sources": (STATE,)},
        "error",
        "release abababababab (hal 3e25d19) is in quarantine: nothing that means"
        " the same is tried again, except by halsync sync --retry",
    ),
    "rolled-back": (
        {"identity": ONE, "generation": "c" * 40},
        "warning",
        "the last known good release abababababab is live again (generation cccccccccccc)",
    ),
    "drift": (
        {"paths": [f"p{at}" for at in range(8)], "action": "revert"},
        "warning",
        "changed by somebody else, put back: p0, p1, p2, p3, p4 and 3 more",
    ),
    "drift-gone": ({}, "info", "everything published is again as it was published"),
    "held": ({"reason": "audit"}, "warning", "on hold (audit): halsync resume lets it go on"),
    "resumed": ({"reason": ""}, "info", "no longer on hold"),
    "woken": (
        {"source": "", "why": "SIGHUP"}, "info", "every source is checked ahead of time: SIGHUP",
    ),
    "hook-refused": (
        {"source": "hal", "why": "signature", "from": "10.0.0.9", "more": 4},
        "warning",
        "a webhook for hal from 10.0.0.9 is refused: its signature is wrong;"
        " 4 more like it since the last time",
    ),
    "no-socket": (
        {"error": "x: read-only file system"},
        "warning",
        "halsync sync will not work, its socket cannot be made: x: read-only file system",
    ),
    "not-told": (
        {"receiver": "team", "error": "h answers 404"},
        "warning",
        "team is not told: h answers 404",
    ),
    "deploying": (
        {"task": "Apply deployment", "message": "Deploying: Success"},
        "info",
        "Halyard, Apply deployment: Deploying: Success",
    ),
    "halyard-problem": (
        {"severity": "fatal", "message": "Halyard: no such account", "location": "default.provider",
         "hint": "add it"},
        "error",
        "fatal: Halyard: no such account (at default.provider); fix: add it",
    ),
    "passed-over": (
        {"why": "they took Halyard down", "sources": [f"hal@{STATE.revision}"]},
        "warning",
        "the newest revisions are passed over (they took Halyard down); taken instead: hal@3e25d19",
    ),
    "marks-unknown": (
        {"error": "the API answers 503", "hint": "x"},
        "warning",
        "what took Halyard down before is not known: the API answers 503",
    ),
    "marks-damaged": (
        {"path": "/t/.halsync/agent.json.damaged-1", "error": "is not JSON"},
        "warning",
        "what was remembered cannot be read (is not JSON) and is kept in"
        " /t/.halsync/agent.json.damaged-1",
    ),
    "stopping": ({"signal": "SIGTERM"}, "info", "SIGTERM came: ending at the next boundary"),
    "stopped": ({}, "info", "ended; what is live is complete"),
}  # fmt: skip


def test_every_event_has_a_case() -> None:
    assert set(TOLD) == set(SENTENCES)


@pytest.mark.parametrize("event", TOLD)
def test_sentences(event: str) -> None:
    fields, importance, text = TOLD[event]
    assert sentence(event, fields) == text
    assert level(event, fields) == importance


@pytest.mark.parametrize("event", TOLD)
def test_missing_or_strange_fields_do_no_harm(event: str) -> None:
    strange = dict.fromkeys(TOLD[event][0], "\x1b[31m\n")
    for fields in ({}, strange, dict.fromkeys(strange), {key: [1] for key in strange}):
        text = sentence(event, fields)
        assert text
        assert text.isprintable()
        fact(event, fields)


@pytest.mark.parametrize("event", EVENTS)
def test_facts_have_reasons_that_kubernetes_takes(event: str) -> None:
    fields = TOLD.get(event, ({"generation": "g", "target": "t"}, "", ""))[0]
    told = fact(event, fields)
    assert told is not None
    assert re.fullmatch(r"[A-Z][A-Za-z]{1,127}", told.reason)
    assert told.text == sentence(event, fields)
    assert not told.warning or told.hint


def test_an_unchanged_check_is_told_at_debug_only() -> None:
    for threshold, lines in (("info", 0), ("debug", 1)):
        talk, stderr = console()
        talk.configure(threshold, "json")  # type: ignore[arg-type]
        talk.report("checked", source="hal", revision="x", changed=False)
        assert len(written(stderr).splitlines()) == lines
        assert talk.last_line == ""


def test_one_log_line_a_state_change_with_its_fields() -> None:
    talk, stderr = console()
    talk.configure("info", "json", long_lived=True)
    for event, (fields, _, _) in TOLD.items():
        talk.report(event, **fields)
    lines = [json.loads(line) for line in written(stderr).splitlines()]
    assert [line["event"] for line in lines] == list(TOLD)
    for line in lines:
        fields, importance, _ = TOLD[line["event"]]
        assert line["level"] == importance
        assert set(fields) <= set(line)


def test_refused_settings_are_no_release() -> None:
    fields = {
        "identity": "",
        "stage": "settings",
        "error": "h.yaml:6:9: unknown key watch.intervall",
        "hint": "did you mean interval?",
        "problems": 0,
    }
    told = fact("refused", fields)
    assert told
    assert told.text == (
        "the new settings cannot be used, those before stay:"
        " h.yaml:6:9: unknown key watch.intervall; did you mean interval?"
    )
    assert told.hint == "correct the file: it is read again by itself"


def test_a_person_at_a_terminal_reads_sentences() -> None:
    from halsync.observe.console import Console

    terminal = Terminal()
    talk = Console({"TERM": "dumb"}, stdout=pipe(), stderr=terminal.stream)
    talk.configure("info", "text", long_lived=True)
    talk.report("refused", **TOLD["refused"][0])
    talk.report("confirmed", **TOLD["confirmed"][0])
    talk.report("woken", **TOLD["woken"][0])
    talk.close()
    first, second, third = terminal.text().splitlines()
    assert first == f"! {TOLD['refused'][2]}"
    assert second == f"✓ {TOLD['confirmed'][2]} (31.2 s)"
    assert third == f"✓ {TOLD['woken'][2]}"  # it took no time of its own


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (8, "8.0 s"),
        (61, "61 s"),
        (180, "3 min"),
        (9_000, "2 h"),
        ("", "some time"),
    ],
)
def test_spans(seconds: object, text: str) -> None:
    assert span(seconds) == text


def test_the_levels_are_as_documented() -> None:
    page = (ROOT / "docs" / "observe.md").read_text()
    table = page.partition("## Log")[2]
    rows = dict(re.findall(r"^\| (error|warning|info) \| (.*) \|$", table, re.MULTILINE))
    for event, (_, importance, _) in TOLD.items():
        assert f"`{event}`" in rows[importance], event


def test_init_never_loads_them() -> None:
    source = (ROOT / "halsync" / "observe" / "sentences.py").read_text()
    assert not re.search(r"^(import|from) .*sentences_watch", source, re.MULTILINE)


def test_what_a_command_says_on_several_lines_is_one_sentence() -> None:
    told = sentence("unconfirmed", {"identity": ONE, "seconds": 3.0, "detail": "one\ntwo\x1b[1m"})
    assert told.endswith(": one two?[1m")
