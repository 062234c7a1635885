"""Killing a run at every step. A program of its own, so that it may fork freely.

    python -m tests.publish.faults HOW SCENARIO DIRECTORY STRIDE   stop before each STRIDE-th step
    python -m tests.publish.faults act SCENARIO DIRECTORY          the run itself, for strace

HOW is kill (SIGKILL), raise (the exception that a SIGTERM handler raises) or fail (the step
itself fails with an I/O error). A step is one call that changes something below the target or
the daemon's directory. Whatever happened, the checks of :func:`check` hold afterwards, or the
program ends with a message and status 1.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from halsync.errors import Interrupted, PublishError
from halsync.publish import drift, kernel, rollback
from halsync.settings.model import PublishSettings

from .support import V1, V2, all_bytes, discard, everything, lay, put, visible
from .test_adoption import HALYARDS, HAND

DAEMON = "halyard.yaml"
MANY = {f"default/profiles/many-{number}.yml": f"{number}\n" for number in range(20)}
DEPLOYED = {"config": "b\n", "ops/readme.txt": "2\n", "ops/profiles/gate-local.yml": "2\n"}
STRICT = PublishSettings(keep=1, keep_for=0)
STEPS = [
    *("mkdir", "symlink", "rename", "unlink", "rmdir", "link", "utime"),
    *("chmod", "chown", "fchmod", "fchown", "open", "write", "fsync"),
]


class Scenario(NamedTuple):
    """What stands there, what is done, and what may be seen."""

    prepare: Callable[[Path, Path], object]
    act: Callable[[Path, Path], object]
    old: dict[str, str]
    new: dict[str, str]
    keep: Mapping[str, str] = {}
    """Hand-made files that must never be lost."""


def _twice(target: Path, daemon: Path) -> None:
    put(target, V1, "r1", daemon=daemon)
    put(target, V2, "r2", daemon=daemon)


def _drifted(target: Path, daemon: Path) -> None:
    put(target, V1, daemon=daemon)
    (target / "config").unlink()
    (target / "scripts").unlink()
    lay(target, {"config": "edited\n", "scripts/mine.sh": "mine\n"})


def _edited(target: Path, daemon: Path) -> None:
    put(target, V1, daemon=daemon)
    os.chmod(target / "config", 0o600)
    (target / "config").write_text("edited in place\n")


def _many_generations(target: Path, daemon: Path) -> None:
    for number in range(3):
        put(target, {"config": str(number)}, str(number))
    put(target, V1)


_EDITED = {"config": "edited\n", "scripts/mine.sh": "mine\n"}
_UNTOUCHED = {
    path: text for path, text in V1.items() if path not in {**_EDITED, "scripts/check.sh": ""}
}
SCENARIOS = {
    "first": Scenario(lambda target, daemon: None, lambda target, daemon: put(target, V1), {}, V1),
    "update": Scenario(
        lambda target, daemon: put(target, V1),
        lambda target, daemon: put(target, V2, "r2"),
        V1,
        V2,
    ),
    "many": Scenario(
        lambda target, daemon: put(target, V1),
        lambda target, daemon: put(target, V2 | MANY, "r2"),
        V1,
        V2 | MANY,
    ),
    "daemon": Scenario(
        lambda target, daemon: put(target, V1 | {DAEMON: "1\n"}, daemon=daemon),
        lambda target, daemon: put(target, V2 | {DAEMON: "2\n"}, "r2", daemon=daemon),
        V1 | {DAEMON: "1\n"},
        V2 | {DAEMON: "2\n"},
    ),
    "secret": Scenario(
        lambda target, daemon: put(target, V1),
        lambda target, daemon: put(target, V2, "r2", secret=["config"]),
        V1,
        V2,
    ),
    "adoption": Scenario(
        lambda target, daemon: lay(target, HAND | HALYARDS),
        lambda target, daemon: put(target, V1),
        HAND | HALYARDS,
        V1 | HALYARDS,
        HAND,
    ),
    "drift": Scenario(
        _drifted, lambda target, daemon: put(target, V2), _UNTOUCHED | _EDITED, V2, _EDITED
    ),
    "edited": Scenario(
        _edited,
        lambda target, daemon: put(target, V1, options=STRICT),
        V1 | {"config": "edited in place\n"},
        V1,
        {"config": "edited in place\n"},
    ),
    "raised": Scenario(
        lambda target, daemon: put(target, {"config": "a\n", "ops/readme.txt": "1\n"}),
        lambda target, daemon: put(target, DEPLOYED),
        {"config": "a\n", "ops/readme.txt": "1\n"},
        DEPLOYED,
    ),
    "rollback": Scenario(_twice, lambda target, daemon: _roll(target), V2, V1),
    "gc": Scenario(
        _many_generations,
        lambda target, daemon: put(target, V2, options=STRICT),
        V1,
        V2,
    ),
}


def _roll(target: Path) -> None:
    """Roll back unless a run before this one has done it already."""
    put(target, V2, "r2")  # what an agent does after a restart: nothing while pinned
    if visible(target) != V1:
        rollback(str(target))


def check(scenario: Scenario, target: Path, daemon: Path, where: str) -> None:
    """After a kill: the old or the new, nothing lost; the next run heals and ends in the new.

    Raises:
        AssertionError: names the step.
    """
    seen = visible(target)
    assert seen in (scenario.old, scenario.new), f"{where}: a mixture: {seen}"
    kept = {text.encode() for text in scenario.keep.values()}
    assert kept <= all_bytes(target), f"{where}: lost {kept - all_bytes(target)}"
    scenario.act(target, daemon)
    seen = visible(target)
    assert seen == scenario.new, f"{where}: not healed: {seen}"
    if DAEMON in scenario.new:
        assert (daemon / DAEMON).read_text() == scenario.new[DAEMON], where
    assert drift(str(target)) == [], f"{where}: {drift(str(target))}"
    assert kept <= all_bytes(target / ".halsync/adopted"), f"{where}: not kept aside"
    litter = [path for path in everything(target) if "tmp-" in path.split(str(target))[1]]
    assert not litter, f"{where}: {litter}"
    assert not _links_in(target / ".halsync/adopted"), f"{where}: a stray link is kept"
    before = everything(target)
    scenario.act(target, daemon)
    assert everything(target) == before, f"{where}: the third run wrote"


def _links_in(directory: Path) -> list[str]:
    return [path for path in everything(directory) if os.path.islink(path)]


def _arm(number: int, how: str) -> Callable[[], bool]:
    """Stop this process at its ``number``-th step. Returns whether it got there."""
    count = 0

    def wrap(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any, **named: Any) -> Any:
            nonlocal count
            if name == "open" and not arguments[1] & os.O_CREAT:
                return original(*arguments, **named)
            count += 1
            if count == number:
                if number % 2 and name == "write":
                    original(arguments[0], arguments[1][: len(arguments[1]) // 2])
                if how == "raise":
                    raise Interrupted(signal.SIGTERM)
                if how == "fail":
                    raise OSError(errno.EIO, os.strerror(errno.EIO))
                os.kill(os.getpid(), signal.SIGKILL)
                time.sleep(60)
            return original(*arguments, **named)

        return step

    for name in STEPS:
        setattr(os, name, wrap(name, getattr(os, name)))
    for name in ("exchange", "syncfs"):
        setattr(kernel, name, wrap(name, getattr(kernel, name)))
    return lambda: count >= number


def run(how: str, name: str, base: Path, stride: int) -> int:
    """Stop ``name`` at every ``stride``-th step. Returns how often it was stopped."""
    scenario = SCENARIOS[name]
    number = kills = 0
    while True:
        number += stride
        directory = base / f"{name}-{number}"
        target, daemon = directory / "t", directory / "daemon"
        target.mkdir(parents=True)
        scenario.prepare(target, daemon)
        child = os.fork()
        if not child:
            stopped = _arm(number, how)
            try:
                scenario.act(target, daemon)
            except Interrupted:
                os._exit(3)
            except PublishError as error:
                if not stopped():
                    print(error, file=sys.stderr)
                os._exit(3 if stopped() else 1)
            # A failure may be one that the run can do without: then it has to be done.
            os._exit(3 if stopped() else 0)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) != 3:
            assert os.WEXITSTATUS(status) == 0, f"{name}: failed without being stopped"
            return kills
        kills += 1
        check(scenario, target, daemon, f"{name}, {how} before step {number}")
        discard(directory)


if __name__ == "__main__":
    if sys.argv[1] == "act":
        place = Path(sys.argv[3])
        SCENARIOS[sys.argv[2]].act(place / "t", place / "daemon")
    else:
        try:
            print(run(sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])))
        except AssertionError as error:
            print(error, file=sys.stderr)
            sys.exit(1)
