"""The rows of the table, in the order of the targets."""

from __future__ import annotations

import ctypes
import gc
import os
import shutil
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from benchmarks import material, measure, polling, s3, server, sidecar, vault

VALUES = ("SPINNAKER_NAMESPACE=spinnaker", "RELEASE_NAME=acme", "GATE_HOST=api", "DECK_HOST=ui")


class Row(NamedTuple):
    """One line of the table; ``run`` returns its four middle cells."""

    name: str
    title: str
    must: str
    goal: str
    run: Callable[[Room], str]


class Room:
    """Where the benchmark works: the material and the server, made when first asked for."""

    def __init__(self, root: Path, pairs: int) -> None:
        self.root = root
        self.pairs = pairs
        self._stack = ExitStack()
        self._url = ""

    def url(self, speed: str) -> str:
        """The reference repository behind the real server."""
        if not self._url:
            repositories = self.root / "repositories"
            repositories.mkdir()
            material.reference_tree(self.root / "tree")
            material.bare_repository(self.root / "tree", repositories / "reference.git")
            place = self.root / "server"
            place.mkdir()
            self._url = self._stack.enter_context(server.git_server(place, repositories))
        return f"{self._url}/{speed}/reference.git"

    def close(self) -> None:
        self._stack.close()


def _program() -> list[str]:
    """halsync as an image starts it: by its script, where it is installed."""
    script = Path(sys.executable).with_name("halsync")
    return [str(script)] if script.exists() else [sys.executable, "-m", "halsync"]


def _init(room: Room, speed: str) -> Callable[[], measure.Run]:
    target = room.root / "target"
    values = [word for value in VALUES for word in ("--set", value)]
    source = ["--git", room.url(speed), "--ref", "main"]
    command = [*_program(), "init", *source, *values, "--target", str(target)]
    return measure.process(command, before=lambda: measure.put_away(target))


def _clone(room: Room, speed: str) -> Callable[[], measure.Run]:
    clone = room.root / "clone"
    url = room.url(speed)
    command = ["git", "clone", "-q", "--depth", "1", "--single-branch", url, str(clone)]
    return measure.process(command, before=lambda: measure.put_away(clone))


def _git_sync(room: Room) -> Callable[[], measure.Run]:
    root = room.root / "git-sync"
    command = ["git-sync", "--repo", room.url("now"), "--ref", "main", "--root", str(root)]
    return measure.process(
        [*command, "--one-time", "--depth", "1"], before=lambda: measure.put_away(root)
    )


def init_against_clone(room: Room) -> str:
    if reason := server.available():
        return _skipped(reason)
    return _cells(measure.compare(_init(room, "now"), _clone(room, "now"), room.pairs))


def init_against_clone_far_away(room: Room) -> str:
    if reason := server.available():
        return _skipped(reason)
    return _cells(measure.compare(_init(room, "slow"), _clone(room, "slow"), room.pairs))


def init_against_git_sync(room: Room) -> str:
    if reason := server.available() or (
        "" if shutil.which("git-sync") else "git-sync not installed"
    ):
        return _skipped(reason)
    return _cells(measure.compare(_init(room, "now"), _git_sync(room), room.pairs))


def _watched(room: Room) -> list[str]:
    values = [word for value in VALUES for word in ("--set", value)]
    return ["--git", room.url("now"), "--ref", "main", *values]


def _commits(room: Room) -> sidecar.Commits:
    room.url("now")
    return sidecar.Commits(room.root / "repositories/reference.git")


def idle(room: Room) -> str:
    if reason := server.available():
        return _skipped(reason)
    return sidecar.idle(room.root / "idle", _watched(room))


def webhook(room: Room) -> str:
    if reason := server.available():
        return _skipped(reason)
    return _cells(
        sidecar.webhook(
            room.root / "webhook", _watched(room), _commits(room), _clone(room, "now"), room.pairs
        )
    )


def polled(room: Room) -> str:
    if reason := server.available():
        return _skipped(reason)
    return sidecar.polled(room.root / "polled", _watched(room), _commits(room), room.pairs)


def poll(room: Room) -> str:
    """CPU time decides: the rest is the server's."""
    if reason := server.available():
        return _skipped(reason)
    theirs = measure.process(["git", "ls-remote", "-q", room.url("now"), "refs/heads/main"])
    ours = polling.unchanged(room.url("now"), room.root / "polling")
    result = measure.compare(ours, theirs, room.pairs)
    mine, other = (f"{run.cpu * 1e3:.2f} ms CPU" for run in (result.ours, result.theirs))
    return f"| {mine} | {other} | {result.wall_ratio:.2f} × | {result.cpu_ratio:.3f} × |"


def init_again(room: Room) -> str:
    """Counts as well what later runs touch in the target: it must be nothing."""
    if reason := server.available():
        return _skipped(reason)
    _init(room, "now")()
    target = room.root / "target"
    before = _stamps(target)
    values = [word for value in VALUES for word in ("--set", value)]
    source = ["--git", room.url("now"), "--ref", "main"]
    command = [*_program(), "init", *source, *values, "--target", str(target)]
    found = measure.compare(measure.process(command), _clone(room, "now"), room.pairs)
    touched = len(set(_stamps(target).items()) ^ set(before.items()))
    return _cells(found, told=f", {touched} entries touched")


def _stamps(target: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path): (path.lstat().st_mtime_ns, path.lstat().st_ctime_ns)
        for path in [target, *target.rglob("*")]
    }


def publish_many(room: Room) -> str:
    """2,000 files, durable, against writing them plainly plus one syncfs."""
    from halsync.model import File, Origin, SourceState, Tree
    from halsync.publish import publish
    from halsync.settings.model import PublishSettings

    origin = Origin("bench", "r1", "x")
    files = {"config": File(b"deploymentConfigurations: []\n", False, origin)}
    for number in range(1999):
        path = f"default/profiles/d{number % 40}/f{number}.yml"
        files[path] = File(f"key: {number}\n".encode() * 100, False, origin)
    tree, target, plain = Tree(files, {}), room.root / "many", room.root / "plain"
    source = SourceState("bench", "dir", "bench", "", "r1")
    libc = ctypes.CDLL(None, use_errno=True)

    def ours() -> None:
        publish(tree, [source], PublishSettings(), str(target), started=0)

    def theirs() -> None:
        for directory in {os.path.dirname(path) for path in files}:
            os.makedirs(plain / directory, exist_ok=True)
        for path, file in files.items():
            descriptor = os.open(f"{plain}/{path}", os.O_WRONLY | os.O_CREAT, 0o640)
            os.write(descriptor, file.content)
            os.close(descriptor)
        descriptor = os.open(plain, os.O_RDONLY)
        libc.syncfs(descriptor)
        os.close(descriptor)

    os.sync()
    return _cells(
        measure.compare(
            measure.function(ours, lambda: measure.put_away(target)),
            measure.function(theirs, lambda: measure.put_away(plain)),
            room.pairs,
        )
    )


def render_many(room: Room) -> str:
    """20,000 placeholders in 5,000 accounts, against parsing the same file once."""
    from halsync.formats.yaml import parse
    from halsync.model import File, Origin, Tree
    from halsync.render import Placeholder, render

    content = material.accounts(5_000, 20_000)
    tree = Tree({"config": File(content, False, Origin("bench", "r1", "config"))}, {})
    values = [Placeholder("RELEASE_NAME", "acme", False, "--set")]

    def ours() -> None:
        assert render(tree, values).replaced["RELEASE_NAME"] == 20_000
        gc.collect()

    def theirs() -> None:
        assert not parse(content).issues
        gc.collect()

    pairs = max(3, room.pairs // 5)
    return _cells(measure.compare(measure.function(ours), measure.function(theirs), pairs))


REAL = Path(__file__).resolve().parents[2] / "shared/corpus/OpsMx__standard-isd-gitops__4.0"
"""The real configuration that the target speaks of, where it is at hand."""


def _validate(path: Path) -> Callable[[], measure.Run]:
    words = ["validate", str(path), "--fail-on", "never"]
    return measure.process([sys.executable, "-m", "halsync", *words])


def _config(room: Room, count: int) -> Path:
    directory = room.root / f"accounts-{count}"
    if not directory.exists():
        directory.mkdir()
        (directory / "config").write_bytes(material.halconfig(count))
    return directory


def validate_real(room: Room) -> str:
    tree = REAL
    if not tree.is_dir():
        tree = room.root / "real"
        if not tree.exists():
            material.reference_tree(tree)
    start = measure.process([sys.executable, "-c", "pass"])
    return _cells(measure.compare(_validate(tree), start, room.pairs))


def validate_accounts(room: Room) -> str:
    tree = _config(room, 1_000)
    here = Path(__file__).resolve().parent
    schema = here.parent / "schemas/halconfig.schema.json"
    peer = [sys.executable, str(here / "peer_validate.py"), str(tree / "config"), str(schema)]
    pairs = max(3, room.pairs // 5)
    result = measure.compare(_validate(tree), measure.process(peer), pairs)
    return _cells(result, places=4)


def validate_growth(room: Room) -> str:
    small, large = _config(room, 1_000), _config(room, 5_000)
    pairs = max(3, room.pairs // 3)
    result = measure.compare(_validate(large), _validate(small), pairs)
    times = result.ours.memory / (large / "config").stat().st_size
    return f"{_cells(result)[:-2]}; memory {times:.1f} × the file |"


def vault_against_sequential(room: Room) -> str:
    if reason := vault.available():
        return _skipped(reason)
    tree = room.root / "vault-tree"
    material.reference_tree(tree)
    words = [*_program(), "init", *(word for value in VALUES for word in ("--set", value))]
    pairs = max(3, room.pairs)
    return _cells(vault.against_sequential(room.root / "vault", tree, words, pairs))


def _s3(room: Room, near: bool) -> str:
    if reason := s3.unavailable():
        return _skipped(reason)
    tree, target = room.root / "s3-tree", room.root / "s3-target"
    if not tree.exists():
        material.reference_tree(tree)
    place = room.root / f"s3-{near}"
    values = [word for value in VALUES for word in ("--set", value)]
    words = [*_program(), "init", "--s3", s3.BUCKET, *values, "--target", str(target)]
    with s3.server(place, tree) as urls:
        url = urls[0 if near else 1]
        ours = measure.process(words, s3.environment(url), before=lambda: measure.put_away(target))
        return _cells(measure.compare(ours, s3.aws(url, room.root / "aws"), room.pairs))


def s3_cold(room: Room) -> str:
    return _s3(room, near=True)


def s3_far_away(room: Room) -> str:
    return _s3(room, near=False)


def s3_poll(room: Room) -> str:
    if reason := s3.unavailable(peer=False):
        return _skipped(reason)
    tree = room.root / "s3-poll-tree"
    material.reference_tree(tree)
    with s3.server(room.root / "s3-poll", tree) as (url, _):
        poll = s3.poll(url)
        poll()
        runs = sorted(poll().cpu for _ in range(50))
    return f"| {runs[25] * 1e3:.1f} ms CPU, {s3.OBJECTS} objects | | | |"


def _cells(result: measure.Comparison, places: int = 2, told: str = "") -> str:
    ours, theirs = result.ours, result.theirs
    memory = f", {ours.memory / 1e6:.0f} MB" if ours.memory else ""
    return (
        f"| {ours.wall * 1e3:.0f} ms{memory}{told} | {theirs.wall * 1e3:.0f} ms"
        f" | {result.wall_ratio:.{places}f} × | {result.cpu_ratio:.{places}f} × |"
    )


def _skipped(reason: str) -> str:
    return f"| skipped: {reason} | | | |"


ROWS = (
    Row(
        "clone",
        "cold `init`, 85 files over smart HTTP, against `git clone --depth 1`",
        "≤ 2.0 ×",
        "≤ 1.6 ×",
        init_against_clone,
    ),
    Row(
        "git-sync",
        "the same against `git-sync --one-time`",
        "≤ 0.8 ×",
        "≤ 0.6 ×",
        init_against_git_sync,
    ),
    Row(
        "far",
        "the same at +20 ms per response against `git clone --depth 1`",
        "≤ 1.5 ×",
        "≤ 1.1 ×",
        init_against_clone_far_away,
    ),
    Row(
        "poll",
        "unchanged git poll over HTTP, against `git ls-remote` (a loop of git-sync takes 4 × that)",
        "≤ 0.4 ×",
        "≤ 1 ms CPU",
        poll,
    ),
    Row(
        "again",
        "`init` again, nothing changed, against `git clone --depth 1`",
        "no write",
        "",
        init_again,
    ),
    Row(
        "publish",
        "publish of 2,000 files, durable, against writing them plus one syncfs",
        "≤ 1.3 ×",
        "≤ 1.1 ×",
        publish_many,
    ),
    Row(
        "render",
        "20,000 placeholders in 5,000 accounts against parsing alone",
        "≤ 1.5 ×",
        "",
        render_many,
    ),
    Row(
        "validate",
        "`validate` of the real configuration, whole process, against `python -c pass`",
        "≤ 6 ×",
        "≤ 4 ×",
        validate_real,
    ),
    Row(
        "accounts",
        "`validate` of 1,000 accounts against ruamel.yaml round trip and jsonschema",
        "≤ 0.05 ×",
        "≤ 0.025 ×",
        validate_accounts,
    ),
    Row(
        "growth",
        "`validate` of 5,000 accounts against 1,000",
        "≤ 5.5 ×",
        "memory ≤ 15 × the file",
        validate_growth,
    ),
    Row(
        "idle",
        "idle sidecar on git, resident memory",
        "≤ 40 MB",
        "≤ 32 MB, flat over 10,000 polls",
        idle,
    ),
    Row(
        "webhook",
        "change announced by webhook → published, warm, against `git clone --depth 1`",
        "≤ 1.6 ×",
        "≤ 1.2 ×",
        webhook,
    ),
    Row("polled", "change → published, found by a poll every second", "", "", polled),
    Row(
        "s3",
        "cold `init`, 60 objects of S3, against `aws s3 cp --recursive`",
        "≤ 0.8 ×",
        "≤ 0.6 ×",
        s3_cold,
    ),
    Row("s3-far", "the same, the server 20 ms away", "≤ 0.8 ×", "≤ 0.6 ×", s3_far_away),
    Row("s3-poll", "S3, unchanged poll of 60 objects", "≤ 10 ms", "≤ 5 ms", s3_poll),
    Row(
        "vault",
        "cold `init`, 60 secrets of Vault at +20 ms per response, against sequential hvac reads",
        "≤ 0.2 ×",
        "≤ 0.12 ×",
        vault_against_sequential,
    ),
)
