"""Targets that cannot be published to: what is said, and that nothing is touched."""

from __future__ import annotations

import errno
import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp

import pytest

from halsync.errors import PublishError
from halsync.model import Tree
from halsync.publish import read_state, standing
from halsync.publish.system import explained

from .support import V1, V2, discard, everything, needs_plain_user, put, visible

ROOT = Path(__file__).resolve().parents[2]


def printed(code: str, *arguments: Path) -> str:
    """What a program of its own says, which may become another user or limit itself."""
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if "ModuleNotFoundError" in done.stderr or "can't open" in done.stderr:
        pytest.skip("this interpreter is not readable by other users")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_target_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("mine")
    with pytest.raises(PublishError, match="is a file, and a directory is needed"):
        put(tmp_path / "t", V1)
    with pytest.raises(PublishError, match="is a file, and a directory is needed"):
        standing(str(tmp_path / "t"), Tree({}, {}))
    assert (tmp_path / "t").read_text() == "mine"


def test_the_target_is_a_link(tmp_path: Path) -> None:
    """One that leads nowhere yet says where the target is to be."""
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(PublishError, match="is a link that leads in a circle"):
        put(tmp_path / "circle", V1)
    (tmp_path / "link").symlink_to("elsewhere/.hal")
    put(tmp_path / "link", V1)
    assert visible(tmp_path / "elsewhere/.hal") == V1


def test_the_target_is_the_root_of_the_file_system() -> None:
    with pytest.raises(PublishError, match="root of the file system") as caught:
        put("/", {"proc": "never written, were it not refused: it is a mount point"})
    assert "--target" in caught.value.hint
    assert not os.path.lexists("/.halsync")


def test_a_parent_of_the_target_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("mine")
    with pytest.raises(PublishError, match="Not a directory") as caught:
        put(tmp_path / "f" / "t", V1)
    assert str(tmp_path / "f") in caught.value.where


def test_a_dot_halsync_of_somebody_else(tmp_path: Path) -> None:
    (tmp_path / ".halsync").mkdir()
    (tmp_path / ".halsync" / "theirs").write_text("x")
    before = everything(tmp_path)
    with pytest.raises(PublishError, match="halsync did not put there"):
        put(tmp_path, V1)
    assert everything(tmp_path) == before


def test_a_current_that_is_no_link_of_ours(tmp_path: Path) -> None:
    put(tmp_path, V1)
    current = tmp_path / ".halsync" / "current"
    for kind in ("directory", "link"):
        if kind == "directory":
            current.unlink()
            current.mkdir()
        else:
            current.rmdir()
            current.symlink_to("/etc")
        with pytest.raises(PublishError, match="not a link to a generation"):
            put(tmp_path, V2)
        with pytest.raises(PublishError, match="not a link to a generation"):
            read_state(str(tmp_path))


def test_a_newer_layout_is_refused(tmp_path: Path) -> None:
    put(tmp_path, V1)
    state = tmp_path / ".halsync/state.json"
    state.write_text(json.dumps({**json.loads(state.read_text()), "layout": 2}))
    with pytest.raises(PublishError, match="newer halsync"):
        put(tmp_path, V2)
    assert visible(tmp_path) == V1


def test_a_damaged_key_is_named(tmp_path: Path) -> None:
    put(tmp_path, V1, secret=["config"])
    os.chmod(tmp_path / ".halsync/key", 0o600)
    (tmp_path / ".halsync/key").write_bytes(b"short")
    with pytest.raises(PublishError, match="holds 5 bytes instead of 32"):
        put(tmp_path, V2, secret=["config"])
    assert visible(tmp_path) == V1


def test_a_name_that_the_file_system_cannot_hold(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="File name too long") as caught:
        put(tmp_path, {**V1, "default/profiles/" + "x" * 300: "a"})
    assert "shorten the path" in caught.value.hint
    assert visible(tmp_path) == {}
    assert os.listdir(tmp_path / ".halsync/generations") == []
    assert os.listdir(tmp_path / ".halsync/manifests") == []


@needs_plain_user
def test_a_target_of_another_user(tmp_path: Path) -> None:
    target = tmp_path / "t"
    target.mkdir()
    target.chmod(0o555)
    with pytest.raises(PublishError, match="Permission denied") as caught:
        put(target, V1)
    assert "this is user" in caught.value.hint
    target.chmod(0o755)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_an_arbitrary_user_without_a_passwd_entry() -> None:
    base = Path(mkdtemp(prefix="halsync-test-"))
    try:
        as_somebody_else(base)
    finally:
        discard(base)


def as_somebody_else(base: Path) -> None:
    target, foreign = base / "t", base / "foreign"
    target.mkdir()
    foreign.mkdir()
    os.chown(target, 54321, 54321)
    os.chmod(base, 0o755)
    code = (
        "import os, sys\n"
        "from halsync.errors import PublishError\n"
        "from halsync.publish import rollback\n"
        "from tests.publish.support import V1, V2, put, visible\n"
        "from halsync.settings.model import PublishSettings\n"
        "import halsync.publish.run, halsync.publish.adopt, hashlib, json, fcntl, ctypes\n"
        "os.setgroups([]); os.setgid(54321); os.setuid(54321)\n"
        "once = PublishSettings(keep=1, keep_for=0)\n"
        "put(sys.argv[1], V1); put(sys.argv[1], V2); rollback(sys.argv[1])\n"
        "assert visible(sys.argv[1]) == V1\n"
        "put(sys.argv[1], V2, 'r2', options=once); assert visible(sys.argv[1]) == V2\n"
        "assert len(os.listdir(sys.argv[1] + '/.halsync/generations')) == 1\n"
        "try: put(sys.argv[2], V1)\n"
        "except PublishError as error: print(error)\n"
        "try: put(sys.argv[1], {**V1, 'x': 'y'}, options=PublishSettings(group='1'))\n"
        "except PublishError as error: print(error)\n"
        "assert visible(sys.argv[1]) == V2\n"
    )
    said = printed(code, target, foreign)
    assert "belongs to user 0" in said
    assert "this is user 54321" in said
    assert "Operation not permitted" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_old_generations_of_another_user_do_not_make_a_publication_fail() -> None:
    """The pod runs as another user since then: what is live is right, what lingers is told."""
    base = Path(mkdtemp(prefix="halsync-test-"))
    target = base / "t"
    try:
        target.mkdir()
        os.chmod(base, 0o755)
        old = put(target, V1).generation
        for path in everything(target):
            owner = 0 if f"/generations/{old}" in path else 54321
            os.chown(path, owner, 54321, follow_symlinks=False)
        code = (
            "import os, sys\n"
            "from halsync.settings.model import PublishSettings\n"
            "from tests.publish.support import V2, put\n"
            "import halsync.publish.run, hashlib, json, fcntl, ctypes\n"
            "os.setgroups([]); os.setgid(54321); os.setuid(54321)\n"
            "for number in range(2):\n"
            "    done = put(sys.argv[1], {**V2, 'n': str(number)}, str(number),"
            " options=PublishSettings(keep=1, keep_for=0))\n"
            "    print(done.outcome, *done.warnings)\n"
        )
        told = f"published .halsync/generations/{old}: is old and cannot be removed"
        said = printed(code, target).splitlines()
        assert [line.startswith(told) for line in said] == [True, True]
        assert (target / "n").read_text() == "1"
        assert (target / ".halsync/generations" / old / "config").is_file()
    finally:
        discard(base)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_what_another_user_left_behind_stops_nobody() -> None:
    """A run of root was killed, and a directory in an old generation is root's: both stay."""
    base = Path(mkdtemp(prefix="halsync-test-"))
    target = base / "t"
    try:
        target.mkdir()
        os.chmod(base, 0o755)
        old = put(target, V1).generation
        for path in everything(target):
            owner = 0 if path.endswith(f"{old}/default/profiles") else 54321
            os.chown(path, owner, 54321, follow_symlinks=False)
        code = (
            "import os, sys\n"
            "from halsync.settings.model import PublishSettings\n"
            "from tests.publish.support import V2, put\n"
            "import halsync.publish.run, hashlib, json, fcntl, ctypes\n"
            # In a pod, each process has the number of the one before.
            "for place in ('', '/generations', '/manifests'):\n"
            "    litter = f'{sys.argv[1]}/.halsync{place}/.tmp-{os.getpid()}-'\n"
            "    for number in range(1, 30):\n"
            "        os.mkdir(f'{litter}{number}', 0o700)\n"
            "os.setgroups([]); os.setgid(54321); os.setuid(54321)\n"
            "for number in range(2):\n"
            "    done = put(sys.argv[1], {**V2, 'n': str(number)}, str(number),"
            " options=PublishSettings(keep=1, keep_for=0))\n"
            "    print(done.outcome, *done.warnings)\n"
        )
        told = f"published .halsync/generations/{old}: is old and cannot be removed"
        said = printed(code, target).splitlines()
        assert [line.startswith(told) for line in said] == [True, True]
        assert (target / "n").read_text() == "1"
    finally:
        discard(base)


def test_a_limit_on_file_size_stops_before_anything_changes(tmp_path: Path) -> None:
    put(tmp_path, V1)
    code = (
        "import resource, signal, sys\n"
        "from tests.publish.support import V2, put\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))\n"
        "from halsync.errors import PublishError\n"
        "try: put(sys.argv[1], {**V2, 'default/profiles/big.yml': 'x' * 50000})\n"
        "except PublishError as error: print(error)\n"
    )
    assert "default/profiles/big.yml: cannot publish: File too large" in printed(code, tmp_path)
    assert visible(tmp_path) == V1
    assert len(os.listdir(tmp_path / ".halsync/generations")) == 1
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 20000


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EROFS, "read-only"),
        (errno.ENOSPC, "sizeLimit"),
        (errno.EDQUOT, "quota"),
        (errno.EACCES, "run as that user"),
        (errno.ENAMETOOLONG, "shorten"),
        (errno.EIO, "hardware or network"),
        (errno.ESTALE, "mount options"),
    ],
)
def test_every_refusal_of_the_system_has_a_remedy(tmp_path: Path, number: int, words: str) -> None:
    with pytest.raises(PublishError) as caught, explained("/nowhere"):
        raise OSError(number, os.strerror(number), str(tmp_path / "x"))
    assert words in caught.value.hint
    assert caught.value.where == str(tmp_path / "x")
    assert caught.value.exit_code == 7
