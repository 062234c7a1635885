"""Fetching without git: the same as with it, and given up whenever something is odd.

Whether git took part shows in what the server saw: git starts with a GET, we never do.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
import tempfile
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from halsync.errors import ConfigError, ContentRefused, SourceNotFound, SourceUnreachable
from halsync.settings.model import GitAuth, Limits, SecretRef
from halsync.sources.git.commits import read_commit
from halsync.sources.git.names import parse_url
from halsync.sources.git.protocol.pack import Pack
from halsync.sources.git.protocol.requests import Server
from halsync.sources.git.protocol.waiting import TooLarge, Unusual, finish
from tests.servers.fixtures import THROUGH_GIT, OpenGit
from tests.servers.git_http import GitHttpServer
from tests.servers.git_repos import Repo
from tests.servers.tls import Identity
from tests.sources.git.test_oracle import PATH, possible

FILES = {"config": b"a: 1\n", "default/profiles/gate-local.yml": b"b: 2\r\n", "bin/x": b"\0\xff"}
FAR = time.monotonic() + 600
"""A deadline."""


def without_git(server: GitHttpServer) -> bool:
    """Whether everything so far was asked without git; forgets it."""
    methods = {seen.method for seen in server.seen}
    server.seen.clear()
    return methods == {"POST"}


TEXT = st.lists(st.sampled_from([b"a: 1\n", b"b: two\n", b"\xff\0", b"x" * 70]), max_size=60).map(
    b"".join
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.dictionaries(PATH, TEXT, max_size=6),
    files=st.dictionaries(PATH, TEXT, min_size=1, max_size=12),
    ref=st.sampled_from(["main", "HEAD", "tag", "tag of a tag", "id"]),
    packed=st.booleans(),
)
def test_the_same_snapshot_as_git_reads(
    before: dict[str, bytes],
    files: dict[str, bytes],
    ref: str,
    packed: bool,
    open_git: OpenGit,
    git_server: GitHttpServer,
    repos: Path,
) -> None:
    if not possible(set(files)) or not possible(set(before)):
        return
    repo = Repo(Path(tempfile.mkdtemp(dir=repos)) / "r.git")
    if before:
        repo.commit(before)
    names = sorted(files)
    commit = repo.commit(
        files,
        links={"zz/link": "../" + names[0], "zz/away": "nowhere"},
        gitlinks={"zz/module": "1" * 40},
        executable=tuple(names[:1]),
    )
    repo.git("tag", "-a", "-m", "one", "one", commit)
    repo.git("tag", "-a", "-m", "two", "two", "one")
    if packed:
        repo.git("repack", "-adfq", "--depth=50", "--window=50")
    name = {"tag": "one", "tag of a tag": "two", "id": commit}.get(ref, ref)
    url = f"{git_server.url}/{repo.path.relative_to(repos)}"
    git_server.seen.clear()
    source = open_git(url, name)
    found, revision = source.fetch(), source.revision()
    assert without_git(git_server)
    assert found == open_git(url, name, **THROUGH_GIT).fetch()
    assert not without_git(git_server)
    assert found.revision == revision == commit
    assert found.details["submodules"] == "1 not fetched"


def test_deltas(open_git: OpenGit, repo: Repo, git_server: GitHttpServer) -> None:
    base = [os.urandom(30).hex().encode() + b"\n" for _ in range(900)]
    files = {
        f"f{number}": b"".join((*base[:number], b"changed\n", *base[number:] * 2))
        for number in range(0, 40, 3)
    }
    repo.commit(files)
    repo.git("repack", "-adfq", "--depth=50", "--window=50")
    (pack,) = (repo.path / "objects" / "pack").glob("*.idx")
    assert "chain length" in repo.git("verify-pack", "-v", str(pack))
    snapshot = open_git(f"{git_server.url}/repo.git").fetch()
    assert without_git(git_server)
    assert {path: file.content for path, file in snapshot.files.items()} == files


def test_a_sub_path(open_git: OpenGit, repo: Repo, git_server: GitHttpServer) -> None:
    repo.commit({"prod/config": b"p", "stage/config": b"s"}, links={"prod/s": "../stage"})
    url = f"{git_server.url}/repo.git"
    assert set(open_git(url, paths=("prod",)).fetch().files) == {
        "prod/config",
        "prod/s/config",
        "stage/config",
    }
    with pytest.raises(SourceNotFound, match="prod2") as caught:
        open_git(url, paths=("prod2",)).fetch()
    assert without_git(git_server)
    assert caught.value.where == f"{url} at main"


def test_over_tls(
    open_git: OpenGit, repo: Repo, tls_server: GitHttpServer, tls_identity: Identity
) -> None:
    commit = repo.commit({**FILES, "large": os.urandom(300_000)})
    source = open_git(f"{tls_server.url}/repo.git", ca_file=str(tls_identity.ca))
    source.begin()
    assert source.fetch().revision == source.revision() == commit
    assert tls_server.connections == 1
    assert without_git(tls_server)


@pytest.mark.parametrize(
    "knob", [{"old_protocol": True}, {"dumb": True}, {"hang_up": True}, {"latency": 0.01}]
)
def test_servers_of_all_kinds(
    open_git: OpenGit, repo: Repo, git_server: GitHttpServer, knob: dict[str, bool]
) -> None:
    commit = repo.commit(FILES)
    repo.git("update-server-info")
    vars(git_server).update(knob)
    source = open_git(f"{git_server.url}/repo.git")
    snapshot = source.fetch()
    assert {path: file.content for path, file in snapshot.files.items()} == FILES
    assert source.revision() == commit
    assert without_git(git_server) == ("hang_up" in knob or "latency" in knob)


@pytest.mark.parametrize("variable", ["http_proxy", "all_proxy", "no_proxy"])
def test_proxies_are_gits(
    open_git: OpenGit,
    repo: Repo,
    git_server: GitHttpServer,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
) -> None:
    commit = repo.commit(FILES)
    monkeypatch.setenv(variable, "127.0.0.1" if variable == "no_proxy" else git_server.url)
    assert open_git(f"{git_server.url}/repo.git").fetch().revision == commit
    assert not without_git(git_server)


def test_what_is_too_large_is_gits(
    open_git: OpenGit, repo: Repo, git_server: GitHttpServer
) -> None:
    commit = repo.commit({**FILES, "large": os.urandom(5_000_000)})
    source = open_git(f"{git_server.url}/repo.git")
    assert source.fetch().revision == commit
    assert not without_git(git_server)
    # Asking stays cheap, and nothing is downloaded in vain again.
    assert source.revision() == commit
    assert without_git(git_server)
    sent = git_server.sent
    source.fetch()
    assert git_server.sent - sent < 5_100_000


@pytest.mark.parametrize("size", [20_000, 60_000_000])
def test_a_bomb_is_not_unpacked(
    open_git: OpenGit, repo: Repo, git_server: GitHttpServer, size: int
) -> None:
    repo.commit({**FILES, "bomb": bytes(size)})
    with pytest.raises(ContentRefused) as caught:
        open_git(f"{git_server.url}/repo.git", limits=Limits(file_bytes=10_000)).fetch()
    assert [(p.file, p.code) for p in caught.value.problems] == [("bomb", "HAL0103")]


# --- a source that is kept -----------------------------------------------------------------


def test_polls_share_one_connection(
    open_git: OpenGit, repo: Repo, git_server: GitHttpServer, tmp_path: Path
) -> None:
    commits = [repo.commit({"config": b"%d" % number}) for number in range(2)]
    source = open_git(f"{git_server.url}/repo.git")
    assert source.revision() == commits[-1]
    before = len(os.listdir("/proc/self/fd"))
    for number in range(20):
        source.renew(FAR)
        if number % 5 == 0:
            commits.append(repo.commit({"config": b"new %d" % number}))
        assert source.revision() == commits[-1]
        if number % 5 == 0:
            assert source.fetch().revision == commits[-1]
    assert git_server.connections == 1
    assert len(os.listdir("/proc/self/fd")) == before
    assert not list((tmp_path / "work").iterdir())
    assert without_git(git_server)


def test_asking_amid_a_fetch(open_git: OpenGit, repo: Repo, git_server: GitHttpServer) -> None:
    first = repo.commit({"config": b"1"})
    source = open_git(f"{git_server.url}/repo.git")
    advance = source.begin()
    assert advance
    advance()
    assert source.revision() == first
    second = repo.commit({"config": b"2"})
    source.begin()
    assert source.fetch().revision == source.revision() == second
    assert without_git(git_server)


def test_polls_through_git_leave_nothing_behind(
    open_git: OpenGit, repo: Repo, git_server: GitHttpServer, tmp_path: Path
) -> None:
    commit = repo.commit(FILES)
    git_server.old_protocol = True
    source = open_git(f"{git_server.url}/repo.git")
    assert source.revision() == commit
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        assert source.revision() == source.fetch().revision == commit
    assert len(os.listdir("/proc/self/fd")) == before
    assert not list((tmp_path / "work").iterdir())


def test_a_connection_that_was_closed_is_opened_again(
    open_git: OpenGit, repo: Repo, git_server: GitHttpServer
) -> None:
    source = open_git(f"{git_server.url}/repo.git")
    git_server.hang_up = True
    for number in range(3):
        commit = repo.commit({"config": b"%d" % number})
        assert source.revision() == commit
    assert git_server.connections >= 2
    assert without_git(git_server)


def test_a_deadline_holds_for_one_round(
    open_git: OpenGit, repo: Repo, git_server: GitHttpServer
) -> None:
    commit = repo.commit(FILES)
    source = open_git(f"{git_server.url}/repo.git", seconds=0.0)
    with pytest.raises(SourceUnreachable, match="no answer in time"):
        source.revision()
    source.renew(FAR)
    assert source.revision() == source.fetch().revision == commit


def test_a_token_is_read_for_every_request(
    open_git: OpenGit, repo: Repo, git_server: GitHttpServer, tmp_path: Path
) -> None:
    commit = repo.commit(FILES)
    token = tmp_path / "token"
    source = open_git(f"{git_server.url}/repo.git", auth=GitAuth(token=SecretRef(file=str(token))))
    for value in ("first-token", "sec\u00f6nd :token"):
        token.write_text(value)
        git_server.credentials = f"git:{value}"
        assert source.revision() == source.fetch().revision == commit
    assert git_server.connections == 1
    assert without_git(git_server)
    token.unlink()
    with pytest.raises(ConfigError, match="secret file"):
        source.revision()


# --- what servers may answer ---------------------------------------------------------------


@pytest.fixture
def answering() -> Iterator[tuple[str, list[bytes]]]:
    """A server that sends the given bytes to whoever asks, then hangs up."""
    answers: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(1 << 16)
                    connection.sendall(answers[0])

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/r.git", answers
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-result\r\n"
LINE = b"%s refs/heads/main\n" % (b"a" * 40)
REFS = b"%04x%s0000" % (len(LINE) + 4, LINE)


def plain(body: bytes) -> bytes:
    return f"{HEAD}Content-Length: {len(body)}\r\n\r\n".encode() + body


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    parts = b"".join(b"%x;x=y\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return f"{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode() + parts + end


def ask(url: str) -> dict[str, str]:
    server = Server(parse_url(url), "", str)
    try:
        return finish(server.refs(["refs/heads/main"]), FAR)
    finally:
        server.close()


def test_answers_that_are_taken(answering: tuple[str, list[bytes]]) -> None:
    url, answers = answering
    more = b"Vary: a\r\nVary: b\r\n\r\n"
    for answer in (
        plain(REFS),
        plain(REFS).replace(b"\r\n\r\n", b"\r\n" + more, 1),
        chunked(REFS),
        chunked(*(REFS[at : at + 1] for at in range(len(REFS)))),
    ):
        answers[:] = [answer]
        assert ask(url) == {"refs/heads/main": "a" * 40}


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"x" * 100_000,
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 1000,
        plain(REFS).replace(b"200 OK", b"302 Found"),
        plain(REFS).replace(b"1.1", b"1.0"),
        plain(REFS).replace(b"result", b"advertisement"),
        plain(REFS).replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n", 1),
        plain(REFS).replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n", 1),
        plain(REFS).replace(b"\r\n\r\n", b"\r\nContent-Length: 5\r\n\r\n", 1),
        plain(REFS).replace(b"Length: ", b"Length: +"),
        plain(REFS)[:-1],
        plain(REFS + b"0"),
        plain(REFS[:-4]),
        plain(b"0008ERR "),
        plain(b"0010ERR not here0000"),
        plain(b"zzzz"),
        plain(b"0000"[:2]),
        plain(REFS.replace(b"a" * 40, b"a" * 64).replace(b"003d", b"0055")),
        plain(REFS.replace(b"a" * 40, b"a" * 30 + b"\x1b[31mred\n ")),
        plain(b"0068" + b"a" * 40 + b" refs/heads/main peeled:" + b"\x1b" * 36 + b"0000"),
        chunked(REFS, end=b""),
        chunked(REFS, end=b"0\r\nTrailer: x\r\n\r\n"),
        chunked(REFS, end=b"-1\r\n\r\n"),
        chunked(REFS).replace(b"\r\n0\r\n", b"xx0\r\n"),
    ],
)
def test_answers_that_are_given_up(answering: tuple[str, list[bytes]], answer: bytes) -> None:
    url, answers = answering
    answers[:] = [answer]
    with pytest.raises(Unusual):
        ask(url)


@pytest.mark.parametrize("seconds", [600.0, 0.2])
def test_an_answer_without_an_end_is_given_up(seconds: float) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                connection.recv(1 << 16)
                connection.sendall(f"{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode())
                while True:  # marks, which are nothing in a pack
                    connection.sendall(b"4000\r\n%s\r\n" % (b"0000" * 4096))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        server = Server(parse_url(f"http://127.0.0.1:{listener.getsockname()[1]}/r"), "", str)
        with pytest.raises(Unusual, match=r"does not end|in time"):
            finish(server.fetch("a" * 40, 1 << 20), time.monotonic() + seconds)
        server.close()
        thread.join(10)
        assert not thread.is_alive()


# --- packs ---------------------------------------------------------------------------------


def header(kind: int, size: int) -> bytes:
    out, size_left = [(kind << 4) | (size & 15)], size >> 4
    while size_left:
        out[-1] |= 0x80
        out.append(size_left & 0x7F)
        size_left >>= 7
    return bytes(out)


def entry(kind: int, content: bytes, *, says: int | None = None, before: bytes = b"") -> bytes:
    size = len(content) if says is None else says
    return header(kind, size) + before + zlib.compress(content)


def sealed(*entries: bytes, count: int | None = None) -> bytes:
    count = len(entries) if count is None else count
    body = b"PACK\0\0\0\2" + count.to_bytes(4, "big") + b"".join(entries)
    return body + hashlib.sha1(body).digest()


def name_of(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0%s" % (len(content), content)).hexdigest()


BLOB = entry(3, b"0123456789")
COPY_ALL = b"\x0a\x14" + b"\x90\x0a" * 2
"""A delta: the ten bytes twice."""


def delta(content: bytes, distance: int = len(BLOB)) -> bytes:
    return entry(6, content, before=bytes([distance]))


def test_a_pack_is_read() -> None:
    pack = Pack(sealed(BLOB, delta(COPY_ALL), entry(3, b"")), 100, 100)
    names = [name_of(b"0123456789"), name_of(b"0123456789" * 2), name_of(b"")]
    assert [found and found[1] for found in pack.contents(names)] == [
        b"0123456789",
        b"0123456789" * 2,
        b"",
    ]
    assert [info and info.size for info in pack.infos(names)] == [10, 20, 0]
    with pytest.raises(Unusual, match="has no"):
        pack.infos(["0" * 40])


@pytest.mark.parametrize(
    "pack",
    [
        b"",
        b"PACK",
        sealed(BLOB)[:-1],
        sealed(BLOB)[:20] + b"!" + sealed(BLOB)[21:],
        sealed(BLOB, count=2),
        sealed(BLOB, count=1 << 31),
        sealed(BLOB, BLOB, count=1),
        sealed(BLOB, count=0),
        sealed(BLOB + b"x", count=1),
        sealed(entry(3, b"abc", says=2)),
        sealed(entry(3, b"abc", says=4)),
        sealed(entry(5, b"abc")),
        sealed(entry(0, b"abc")),
        sealed(BLOB, entry(7, COPY_ALL, before=b"x" * 20)),
        sealed(BLOB, delta(COPY_ALL, 5)),
        sealed(BLOB, delta(COPY_ALL, 0)),
        sealed(BLOB, delta(b"\x09\x14" + b"\x90\x0a" * 2)),
        sealed(BLOB, delta(b"\x0a\x13" + b"\x90\x0a" * 2)),
        sealed(BLOB, delta(b"\x0a\x15" + b"\x90\x0a" * 2)),
        sealed(BLOB, delta(b"\x0a\x0a" + b"\x91\x05\x0a")),
        sealed(BLOB, delta(b"\x0a\x05" + b"\x05abcd")),
        sealed(BLOB, delta(b"\x0a\x05" + b"\x00")),
        sealed(BLOB, delta(b"\x0a\x05" + b"\xff")),
        sealed(BLOB, delta(b"\x8a" * 30)),
        sealed(b"\xb0" + b"\x80" * 500, count=1),
        sealed(BLOB, b"\x62" + b"\xff" * 50),
        sealed(header(3, 10) + b"\x78\x9c" + b"!" * 20),
    ],
)
def test_a_pack_that_is_refused(pack: bytes) -> None:
    with pytest.raises(Unusual):
        Pack(pack, 1000, 1000)


def test_no_more_is_unpacked_than_is_allowed() -> None:
    with pytest.raises(TooLarge):
        Pack(sealed(entry(3, bytes(101))), 100, 1000)
    with pytest.raises(TooLarge):
        Pack(sealed(*(entry(3, bytes(100)) for _ in range(11))), 100, 1000)
    twice = b"\x0a\x8a\x01" + b"\x90\x0a" * 13 + b"\x90\x08"
    with pytest.raises(TooLarge):
        Pack(sealed(BLOB, delta(twice)), 100, 1000)
    liar = entry(3, bytes(50_000_000), says=10)
    with pytest.raises(Unusual):
        Pack(sealed(liar), 100, 1000)


@settings(max_examples=150)
@given(at=st.integers(0, 10_000), value=st.integers(1, 255), reseal=st.booleans())
def test_damage_never_passes_for_content(at: int, value: int, reseal: bool) -> None:
    contents = [b"0123456789" * 9, b"abc", b""]
    good = sealed(*(entry(3, content) for content in contents))
    place = at % (len(good) - 20)
    bad = bytearray(good)
    bad[place] ^= value
    if reseal:
        bad[-20:] = hashlib.sha1(bad[:-20]).digest()
    try:
        pack = Pack(bytes(bad), 1000, 1000)
        found = [entry and entry[1] for entry in pack.contents(list(map(name_of, contents)))]
    except Unusual:
        return
    # Deflate has bits that mean nothing; then nothing has changed.
    assert reseal and found == contents


@pytest.mark.parametrize("text", [b"", b"author x\n\nm\n", b"\n\ntree abc\n"])
def test_a_commit_that_git_would_not_make(text: bytes) -> None:
    pack = Pack(sealed(entry(1, text)), 100, 100)
    name = hashlib.sha1(b"commit %d\0%s" % (len(text), text)).hexdigest()
    with pytest.raises(ValueError, match=f"commit {name} has no tree"):
        read_commit(pack, name, name)
