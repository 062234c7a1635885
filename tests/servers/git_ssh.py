"""A real sshd on a loopback port, with host key, authorised key and repositories of its own."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from pwd import getpwuid
from typing import NamedTuple

SSHD = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


class SshServer(NamedTuple):
    """Where it listens, and what a client needs."""

    url: str
    """``ssh://user@127.0.0.1:port``; a repository is ``url + str(its absolute path)``."""
    port: int
    key: Path
    """The private key that may log in."""
    known_hosts: Path
    directory: Path


def make_key(path: Path, comment: str = "halsync test") -> Path:
    """An Ed25519 key without a passphrase; the public half stands beside it as ``.pub``."""
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path)],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return path


def why_not() -> str:
    """Why no sshd can run here; empty if it can."""
    if not SSHD:
        return "sshd is not installed"
    if os.geteuid() == 0 and not Path("/run/sshd").is_dir():
        try:
            Path("/run/sshd").mkdir(mode=0o755)
        except OSError as error:
            return f"sshd needs /run/sshd: {error.strerror}"
    shell = getpwuid(os.geteuid()).pw_shell
    return f"{shell} lets nobody in" if shell.endswith(("nologin", "false")) else ""


@contextlib.contextmanager
def serve_ssh(directory: Path) -> Iterator[SshServer]:
    """Run sshd for the current user until the block ends."""
    assert SSHD
    directory.mkdir(parents=True)
    host_key = make_key(directory / "host_key")
    key = make_key(directory / "client_key")
    authorised = directory / "authorized_keys"
    authorised.write_text(key.with_suffix(".pub").read_text())
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = directory / "sshd_config"
    config.write_text(
        f"""\
Port {port}
ListenAddress 127.0.0.1
HostKey {host_key}
AuthorizedKeysFile {authorised}
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
AcceptEnv GIT_PROTOCOL
PrintMotd no
LogLevel ERROR
"""
    )
    known = directory / "known_hosts"
    public = host_key.with_suffix(".pub").read_text()
    known.write_text(f"[127.0.0.1]:{port} {public}")
    with (directory / "log").open("wb") as log:
        server = subprocess.Popen(
            [SSHD, "-D", "-e", "-f", str(config)], stdin=subprocess.DEVNULL, stderr=log
        )
    try:
        _wait(port, server)
        user = getpass.getuser()
        yield SshServer(f"ssh://{user}@127.0.0.1:{port}", port, key, known, directory)
    finally:
        server.terminate()
        server.wait()


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if server.poll() is not None:
            break
        time.sleep(0.02)
    raise RuntimeError("sshd does not listen")
