"""See the sidecar work, without a cluster: `python examples/sidecar.py`, some 15 seconds.

A git server, a stand-in for the Halyard daemon (standin_daemon.py) and `halsync watch` run on
this machine. Four commits are pushed: a good one, a cosmetic one, a broken one, and one that
keeps the daemon from starting. What the sidecar says and does about each is shown as it happens.
Everything lies in a new directory that is named at the end, for you to look around in.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from halsync.observe.sentences import sentence

HERE = Path(__file__).resolve().parent
WORK = Path(tempfile.mkdtemp(prefix="halsync-sidecar-"))
CHECKOUT, REPOSITORY = WORK / "checkout", WORK / "acme-spinnaker.git"
TARGET, DAEMON_CONFIG = WORK / "home" / ".hal", WORK / "daemon"
LOG, JOURNAL = WORK / "sidecar.log", WORK / "daemon.journal"
COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ
PATIENCE = 30.0
SHOWN = (
    *("published", "unchanged", "refused", "acted", "confirmed", "unconfirmed"),
    *("quarantined", "rolled-back"),
)


def git(*arguments: str, cwd: Path = CHECKOUT) -> None:
    """Run git, free of the user's own settings."""
    identity = ["-c", "user.name=ACME", "-c", "user.email=platform@acme.example"]
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", "-C", str(cwd), *identity, *arguments]
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)


def push(message: str) -> None:
    git("add", "--all")
    git("commit", "--quiet", "--message", message)
    git("push", "--quiet", str(REPOSITORY), "main")


def edit(path: str, old: str, new: str) -> None:
    file = CHECKOUT / path
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{path} holds no {old!r}"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def say(text: str) -> None:
    print(f"\n\x1b[1m# {text}\x1b[0m" if COLOUR else f"\n# {text}", flush=True)


class GitServer(BaseHTTPRequestHandler):
    """`git http-backend`, which comes with git, over HTTP."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def log_message(self, *arguments: object) -> None:
        """The sidecar has the word."""

    def _answer(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(WORK),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
        }
        done = subprocess.run(
            ["git", "http-backend"], input=body, env=environment, capture_output=True, check=False
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(*command: str, log: Path) -> Iterator[None]:
    """A program that is ended with the demonstration."""
    with log.open("wb") as stream:
        running = subprocess.Popen([sys.executable, *command], stdout=stream, stderr=stream)
    try:
        yield
    finally:
        running.terminate()
        running.wait(PATIENCE)


class Told:
    """What the sidecar says, shown as sentences as it is said."""

    def __init__(self) -> None:
        self._offset = 0

    def until(self, *last: str) -> None:
        """Show what is said until the first of these events."""
        self.look(lambda event: event["event"] in last)

    def look(self, enough: Callable[[dict[str, Any]], bool]) -> None:
        limit = time.monotonic() + PATIENCE
        while time.monotonic() < limit:
            text = LOG.read_bytes() if LOG.exists() else b""
            line, end, _ = text[self._offset :].partition(b"\n")
            if not end:
                time.sleep(0.02)
                continue
            self._offset += len(line) + 1
            event = json.loads(line)
            if event["event"] in SHOWN:
                self._show(event)
            if enough(event):
                return
        sys.exit(f"the sidecar did not come so far; look into {WORK}")

    @staticmethod
    def _show(event: dict[str, Any]) -> None:
        name = str(event["event"])
        fields = {key: value for key, value in event.items() if key != "event"}
        bad = event["level"] in ("warning", "error")
        mark = "!" if bad else "✓"
        painted = f"\x1b[{'33' if bad else '32'}m{mark}\x1b[0m" if COLOUR else mark
        print(f"  {painted} {sentence(name, fields)}", flush=True)


def starts() -> int:
    """How often the daemon was started."""
    text = JOURNAL.read_text(encoding="utf-8") if JOURNAL.exists() else ""
    return text.count('"started"')


def settings(server: str, daemon: int) -> Path:
    """The sidecar's own halsync.yaml, with short times."""
    file = WORK / "halsync.yaml"
    file.write_text(
        f"""\
target: {TARGET}
daemonConfig: {DAEMON_CONFIG}
sources:
  - name: acme-spinnaker
    git: {{url: {server}/{REPOSITORY.name}, ref: main}}
render:
  placeholders:
    SPINNAKER_NAMESPACE: spinnaker
    RELEASE_NAME: acme
    GATE_HOST: api.spinnaker.acme.example
    DECK_HOST: spinnaker.acme.example
restart:
  strategy: daemon
  daemonUrl: http://127.0.0.1:{daemon}
  confirm: {{timeout: 4s, settle: 500ms}}
  governor: {{debounce: 0s, spacing: 0s}}
watch: {{interval: 500ms, listen: "127.0.0.1:{free_port()}"}}
"""
    )
    return file


def started(stack: ExitStack) -> Told:
    """The git server, the daemon and the sidecar."""
    shutil.copytree(HERE / "acme-spinnaker", CHECKOUT)
    git("init", "--quiet", "--initial-branch=main")
    git("init", "--quiet", "--bare", "--initial-branch=main", str(REPOSITORY))
    push("Spinnaker as it runs today")
    server = ThreadingHTTPServer(("127.0.0.1", 0), GitServer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    stack.callback(server.server_close)
    stack.callback(server.shutdown)
    url, port = f"http://127.0.0.1:{server.server_address[1]}", free_port()
    file = settings(url, port)
    for directory in (TARGET, DAEMON_CONFIG):
        directory.mkdir(parents=True)
    stack.enter_context(
        process(
            str(HERE / "standin_daemon.py"),
            *("--supervise", "--hal", str(TARGET), "--config", str(DAEMON_CONFIG)),
            *("--port", str(port), "--journal", str(JOURNAL)),
            log=WORK / "daemon.log",
        )
    )
    stack.enter_context(
        process("-m", "halsync", "watch", "--config", str(file), "--log-format", "json", log=LOG)
    )
    return Told()


def main() -> None:
    with ExitStack() as stack:
        say("halsync watch starts beside a daemon and publishes what the repository holds.")
        told = started(stack)
        told.until("confirmed")
        before = starts()

        say("A good commit: published, the daemon is restarted, and seen to be healthy.")
        edit("config", "      primaryAccount: staging\n", "      primaryAccount: production\n")
        push("Production is the primary account")
        told.until("confirmed")
        print(f"  restarts of the daemon: {starts() - before}")

        say("A cosmetic one, a comment: published, and nothing is restarted.")
        edit("config", "      primaryAccount: production\n", "      # ours\n      primaryAccount: production\n")  # fmt: skip  # noqa: E501
        push("Say whose it is")
        told.until("published")
        print(f"  restarts of the daemon: {starts() - before}")

        say("A broken one: refused, with file, line and reason. What is live stays live.")
        edit("config", "      primaryAccount: production\n", "     primaryAccount: production\n")
        push("A slip of the keyboard")
        told.until("refused")
        git("revert", "--no-edit", "HEAD")

        say("One that no check can see through: the daemon does not start with it.")
        (CHECKOUT / "halyard.yml").write_text("server:\n  port: 70000\n", encoding="utf-8")
        push("Another port")
        told.until("confirmed")
        print("  The commit is in quarantine; Halyard runs with the last good one:")
        print(f"  halyard.yml is {'there' if (DAEMON_CONFIG / 'halyard.yml').exists() else 'gone'}")

        say("The next good commit goes its way, as if nothing had been.")
        git("rm", "--quiet", "halyard.yml")
        edit("config", "      primaryAccount: production\n", "      primaryAccount: staging\n")
        push("Staging first")
        told.until("confirmed")
        print(f"  halsync status --target {TARGET} tells the rest:")
        status = [sys.executable, "-m", "halsync", "status", "--target", str(TARGET)]
        subprocess.run(status, check=True)
    print(f"\nLook around in {WORK} (remove it when done).")


if __name__ == "__main__":
    main()
