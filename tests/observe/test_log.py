"""Log lines: byte for byte those of structlog, free of secrets, never the end of a run."""

from __future__ import annotations

import datetime
import json
import logging
import re
import warnings
from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from halsync import redact
from halsync.observe.lines import cleaned, encode, json_line, timestamp
from halsync.observe.log import Level, Log, open_log

UNTIMED = settings(deadline=None, database=None)
"""No clock, and no files beside the tests, which may be read-only."""

CANARY = "c4nary/&|%$'\"# word"

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from([b"bytes", object, {1, 2}.__class__]),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(), below, max_size=3),
    max_leaves=6,
)
names = st.from_regex(r"[a-z_]{1,12}", fullmatch=True).filter(
    lambda name: name not in ("event", "level", "timestamp", "self", "exc_info", "stack_info")
)


@pytest.fixture(autouse=True)
def _own_secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    root = logging.getLogger()
    level = root.level
    monkeypatch.setattr(redact, "_values", set())
    yield
    logging.captureWarnings(capture=False)
    root.handlers = [handler for handler in root.handlers if handler.get_name() != "halsync"]
    root.level = level


def plain(text: str, _style: str) -> str:
    """A paint without colour."""
    return text


def opened(level: Level = "info", *, as_json: bool = True, long_lived: bool = False) -> Any:
    """A log and the list of its lines."""
    lines: list[str] = []
    log = open_log(lines.append, level=level, as_json=as_json, paint=plain, long_lived=long_lived)
    return log, lines


def oracle(level: str, event: str, fields: dict[str, Any]) -> str:
    """What structlog's own processors make of it."""
    lines: list[str] = []

    def order(_logger: Any, _name: str, record: MutableMapping[str, Any]) -> dict[str, Any]:
        head = {key: record[key] for key in ("timestamp", "level", "event")}
        return head | {key: value for key, value in record.items() if key not in head}

    def redacted(_logger: Any, _name: str, record: MutableMapping[str, Any]) -> dict[str, Any]:
        return cleaned(record)

    class Sink:
        def msg(self, line: str) -> None:
            lines.append(line)

        debug = info = warning = error = msg

    logger = structlog.wrap_logger(
        Sink(),
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            order,
            redacted,
            structlog.processors.JSONRenderer(),
        ],
    )
    getattr(logger, level)(event, **fields)
    return lines[0]


_STAMP = re.compile(r'^\{"timestamp": "(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?Z)"')


def without_stamp(line: str) -> str:
    """The line with its timestamp, which must be one, replaced."""
    found = _STAMP.match(line)
    assert found, line
    return line.replace(found[1], "NOW", 1)


@UNTIMED
@given(
    level=st.sampled_from(["debug", "info", "warning", "error"]),
    event=st.text(),
    fields=st.dictionaries(names, values, max_size=4),
)
def test_light_writer_equals_structlog(level: str, event: str, fields: dict[str, Any]) -> None:
    light = json_line(0, level, event, fields)
    assert light.replace("1970-01-01T00:00:00Z", "NOW", 1) == without_stamp(
        oracle(level, event, fields)
    )


@UNTIMED
@given(event=st.text(), fields=st.dictionaries(names, values, max_size=4))
def test_both_logs_write_the_same(event: str, fields: dict[str, Any]) -> None:
    light, light_lines = opened()
    long, long_lines = opened(long_lived=True)
    for log in (light, long):
        log.bind(run=1).warning(event, **fields)
    assert [without_stamp(line) for line in light_lines] == [
        without_stamp(line) for line in long_lines
    ]
    assert type(light) is Log
    assert type(long) is not Log


@UNTIMED
@given(values)
def test_encoding_is_json(value: Any) -> None:
    assert encode(value) == json.dumps(value, default=repr)


@UNTIMED
@given(st.datetimes(datetime.datetime(1970, 1, 1), datetime.datetime(2200, 1, 1)))
def test_timestamps(moment: datetime.datetime) -> None:
    moment = moment.replace(tzinfo=datetime.UTC)
    since = moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    micro = since // datetime.timedelta(microseconds=1)
    assert timestamp(micro * 1000 + 999) == moment.isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize("long_lived", [False, True])
@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_levels(level: Level, as_json: bool, long_lived: bool) -> None:
    log, lines = opened(level, as_json=as_json, long_lived=long_lived)
    for name in ("debug", "info", "warning", "error"):
        getattr(log, name)(f"event-{name}")
    order = ["debug", "info", "warning", "error"]
    expected = [f"event-{name}" for name in order[order.index(level) :]]
    assert [re.findall(r"event-\w+", line)[0] for line in lines] == expected


@pytest.mark.parametrize("long_lived", [False, True])
@pytest.mark.parametrize("as_json", [False, True])
def test_no_secret_by_value_or_by_name(as_json: bool, long_lived: bool) -> None:
    redact.register(CANARY)
    log, lines = opened(as_json=as_json, long_lived=long_lived)
    log.bind(bound=CANARY).error(
        f"failed with {CANARY}",
        field=CANARY,
        inside={"a": [CANARY], "password": "not registered", "of": ValueError(CANARY)},
        token="not registered either",
        url="https://bot:some-pass@host/x",
    )
    (line,) = lines
    for secret in (CANARY, json.dumps(CANARY)[1:-1], "not registered", "some-pass"):
        assert secret not in line
    assert redact.MASK in line or "\\u2022" in line


def test_text_lines_are_for_people() -> None:
    log, lines = opened(as_json=False)
    log.info("done", count=0, name="two words", empty="", none=None, evil="\x1b[31m")
    log.info("kept", paths=["a/b", "with blank", ""], left_out=[], failed=False)
    assert re.match(r"\d\d:\d\d:\d\d info    done count=0 name=\"two words\" evil=", lines[0])
    assert "\x1b" not in lines[0]
    assert lines[1].endswith(' kept paths=a/b,"with blank","" failed=false')


def test_an_event_cannot_drive_the_terminal() -> None:
    log, lines = opened(as_json=False)
    log.info("bad\x1b[2J\nname")
    assert "\\x1b[2J\\x0aname" in lines[0]


@pytest.mark.parametrize("as_json", [False, True])
def test_what_libraries_log_joins_in(as_json: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    # pytest's own handlers raise where a handler has to swallow.
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    redact.register(CANARY)
    _, lines = opened("debug", as_json=as_json)
    logger = logging.getLogger("some.library")
    logger.debug("headers: too much")
    logger.warning("slow: %s", CANARY)
    try:
        raise ValueError(CANARY)
    except ValueError:
        logger.exception("broken")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old", UserWarning, stacklevel=1)
    logger.warning("%d", "not a number")
    assert len(lines) == 4
    assert CANARY not in "".join(lines)
    assert "some.library" in lines[0]
    assert "ValueError" in lines[1]
    assert "old" in lines[2]
    if as_json:
        assert json.loads(lines[0])["level"] == "warning"
        assert list(json.loads(lines[0]))[:3] == ["timestamp", "level", "event"]


def test_opening_again_does_not_double_what_libraries_log() -> None:
    opened("debug")
    _, lines = opened("debug")
    logging.getLogger("some.library").warning("once")
    assert len(lines) == 1
