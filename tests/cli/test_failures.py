"""How failures end: exit code, one clear message, last words, and never a traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from halsync import redact
from halsync.cli import main as entry
from halsync.cli.failures import one_line, tell
from halsync.cli.main import main
from halsync.errors import (
    AccessDenied,
    ConfigError,
    HalsyncError,
    PublishError,
    RenderError,
    SourceNotFound,
    SourceUnreachable,
    ValidationFailed,
)
from halsync.model import Origin, Problem
from halsync.settings.mistakes import Mistake, SettingsError
from tests.harness import ROOT, environment, halsync
from tests.observe.streams import console, written

CANARY = "c4nary word"

PROBLEM = Problem(
    "HAL0001",
    "parse",
    "error",
    f"bad {CANARY}",
    "fix it",
    "config",
    3,
    5,
    excerpt="a: b",
    origin=Origin("one", "abc", "hal/config"),
)


@pytest.fixture(autouse=True)
def _own_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redact, "_values", set())
    redact.register(CANARY)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """A module that stands in for ``halsync version``; set its ``run``."""
    module = ModuleType("halsync.cli.commands.version")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setenv("HALSYNC_LOG_FORMAT", "text")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.delenv("HALSYNC_DEBUG", raising=False)
    return module


def raising(error: BaseException) -> object:
    """A ``run`` that fails."""

    def run(*_: object) -> int:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("x"), 2),
        (SourceUnreachable("x"), 3),
        (SourceNotFound("x"), 3),
        (AccessDenied("x"), 4),
        (ValidationFailed("x"), 5),
        (RenderError("x"), 6),
        (PublishError("x"), 7),
        (KeyboardInterrupt(), 130),
        (BrokenPipeError(), 141),
        (ZeroDivisionError("x"), 1),
    ],
)
def test_exit_codes(
    error: BaseException, code: int, command: ModuleType, capfd: pytest.CaptureFixture[str]
) -> None:
    command.run = raising(error)  # type: ignore[attr-defined]
    assert main(["version"]) == code
    assert capfd.readouterr().out == ""
    assert main(["version", "-o", "json"]) == code
    out, err = capfd.readouterr()
    assert "Traceback" not in err
    if not isinstance(error, BrokenPipeError):
        assert json.loads(out)["exitCode"] == code


def test_what_a_script_gets_holds_no_secret(
    command: ModuleType, capfd: pytest.CaptureFixture[str]
) -> None:
    error = ValidationFailed(f"bad {CANARY}", [PROBLEM], where=CANARY, hint=f"not {CANARY}")
    command.run = raising(error)  # type: ignore[attr-defined]
    main(["version", "-o", "json"])
    out = capfd.readouterr().out
    assert CANARY not in out
    assert json.loads(out)["problems"][0]["message"] == "bad •••"


def test_text() -> None:
    talk, stderr = console()
    talk.configure("info", "text")
    error = AccessDenied(f"refused {CANARY}\x1b[2J", where="https://h/r", hint=f"not {CANARY}")
    assert tell(error, talk) == "https://h/r: refused •••\\x1b[2J (fix: not •••)"
    assert written(stderr) == "error: https://h/r: refused •••\\x1b[2J\n  fix: not •••\n"


def test_json_is_one_object_in_one_line() -> None:
    talk, stderr = console()
    tell(AccessDenied(f"refused {CANARY}", where="https://h/r", hint="look"), talk)
    (line,) = written(stderr).splitlines()
    record = json.loads(line)
    del record["timestamp"]
    assert record == {
        "level": "error",
        "event": "failed",
        "error": "refused •••",
        "where": "https://h/r",
        "hint": "look",
        "exit_code": 4,
    }


def test_problems_come_first() -> None:
    talk, stderr = console()
    talk.configure("info", "text")
    error = ValidationFailed("the configuration has 1 error", [PROBLEM])
    assert one_line(error) == (
        "the configuration has 1 error; first: config:3: HAL0001 bad ••• (fix: fix it)"
    )
    tell(error, talk)
    text = written(stderr)
    assert text.index("HAL0001") < text.index("error: the configuration has 1 error")
    assert "config:3:5" in text
    assert CANARY not in text


def test_last_words_name_the_worst_problem_and_its_remedy() -> None:
    """Where only the termination message is shown, no list of problems stands above it."""
    mild = PROBLEM._replace(code="HAL1913", severity="warning", file="a", hint="rename it")
    fatal = PROBLEM._replace(code="HAL1023", severity="fatal", file="z", line=0, message="twice")
    error = ValidationFailed("bad", [mild, PROBLEM, fatal], where="git at 3e25d", hint="see above")
    assert one_line(error) == (
        "git at 3e25d: bad; first of 2 problems: z: HAL1023 twice (fix: fix it)"
    )
    error = ValidationFailed("bad", [mild, mild._replace(file="b", hint="")], hint="see above")
    assert "first of 2 problems: a:3: HAL1913 bad ••• (fix: rename it)" in one_line(error)
    without = ValidationFailed("bad", [PROBLEM._replace(hint="")], hint="correct it")
    assert one_line(without).endswith("HAL0001 bad ••• (fix: correct it)")


def test_last_words_of_several_mistakes_are_one_line() -> None:
    error = SettingsError(
        [Mistake("hs.yaml:1:1", "unknown key targt", "did you mean target?"), Mistake("--x", "no")]
    )
    assert one_line(error) == (
        "2 mistakes in the settings: hs.yaml:1:1: unknown key targt (fix: did you mean target?);"
        " --x: no"
    )


def test_problems_as_json_are_lines_of_their_own() -> None:
    talk, stderr = console()
    tell(ValidationFailed("x", [PROBLEM, PROBLEM._replace(severity="warning")]), talk)
    first, second, last = map(json.loads, written(stderr).splitlines())
    assert (first["event"], first["level"], first["file"]) == ("problem", "error", "config")
    assert (first["line"], first["source"], first["code"]) == (3, "one", "HAL0001")
    assert second["level"] == "warning"
    assert last["event"] == "failed"
    assert CANARY not in written(stderr)


def test_a_bug_keeps_its_traceback_in_a_private_file(
    command: ModuleType, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    command.run = raising(RuntimeError(f"broken {CANARY}"))  # type: ignore[attr-defined]
    assert main(["version"]) == 1
    err = capfd.readouterr().err
    (kept,) = tmp_path.glob("halsync-bug-*.txt")
    assert "this is a bug in halsync: RuntimeError" in err
    assert str(kept) in err
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "Traceback" in kept.read_text()
    assert CANARY not in kept.read_text() + err


def test_a_bug_shows_its_traceback_on_request(
    command: ModuleType,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("HALSYNC_DEBUG", "1")
    command.run = raising(RuntimeError(f"broken {CANARY}"))  # type: ignore[attr-defined]
    assert main(["version"]) == 1
    err = capfd.readouterr().err
    assert "Traceback" in err
    assert CANARY not in err
    assert not list(tmp_path.glob("halsync-bug-*"))


def test_sigterm_stops_once_and_cleans_up(
    command: ModuleType, capfd: pytest.CaptureFixture[str]
) -> None:
    cleaned = []

    def run(*_: object) -> int:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            signal.sigtimedwait([], 5)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            cleaned.append(True)
        return 0

    command.run = run  # type: ignore[attr-defined]
    before = signal.getsignal(signal.SIGTERM)
    assert main(["version"]) == 143
    assert cleaned == [True]
    assert "interrupted" in capfd.readouterr().err
    assert signal.getsignal(signal.SIGTERM) is before


def test_last_words(tmp_path: Path) -> None:
    last = tmp_path / "last"
    words = ("--termination-log", last)
    for wrong in (("--dir", tmp_path), ("--targt", "x"), ("--keep", "x")):
        last.write_text("before")
        result = halsync("init", *wrong, *words, cwd=tmp_path)
        assert result.code == 2
        assert "(fix: " in last.read_text()
    last.write_text("before")
    assert halsync("init", env={"HALSYNC_TERMINATION_LOG": str(last)}, cwd=tmp_path).code == 2
    assert "no source is given" in last.read_text()


def test_the_reader_going_away_is_no_error() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "halsync", "schema"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=environment(),
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_no_room_for_the_result() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "halsync", "schema"],
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment({"HALSYNC_LOG_FORMAT": "text"}),
            cwd=ROOT,
            text=True,
            check=False,
        )
    assert done.returncode == 7
    assert done.stderr.startswith("error: standard output: the result cannot be written: no space")
    assert len(done.stderr.splitlines()) == 2


@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"])
def test_closed_streams(closed: str, tmp_path: Path) -> None:
    line = f"{sys.executable} -m halsync version {closed}"
    done = subprocess.run(
        ["sh", "-c", line], capture_output=True, env=environment(), cwd=ROOT, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_directory_that_is_gone(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    line = f"cd {gone}; rmdir {gone}; exec {sys.executable} -m halsync status --target /nowhere"
    done = subprocess.run(
        ["sh", "-c", line],
        capture_output=True,
        text=True,
        env=environment({"PYTHONPATH": str(ROOT)}),
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "the current directory is not there any more" in done.stderr
    assert "Traceback" not in done.stderr
    assert "bug in halsync" not in done.stderr


def test_every_error_is_told() -> None:
    """No leaf is forgotten: whatever HalsyncError there is has a code of its own choosing."""
    pending, leaves = [HalsyncError], []
    while pending:
        kind = pending.pop()
        pending += kind.__subclasses__()
        if not kind.__subclasses__():
            leaves.append(kind)
    assert all(leaf.exit_code > 1 or leaf.__name__ == "Interrupted" for leaf in leaves)
    assert entry.__doc__
