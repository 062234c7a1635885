"""A stand-in for the Halyard daemon: its REST API, without Java and without a cluster.

    python examples/standin_daemon.py --hal ~/.hal --port 8064 --supervise

It starts tasks, answers by what really stands in the ``.hal``, keeps finished tasks for as long
as Halyard does, and ends at ``POST /shutdown``; with ``--supervise`` it is started again then, as
the kubelet does it. ``--switches FILE`` names a JSON object that is read again for every request
and makes it misbehave: ``start`` (seconds until healthy), ``never_healthy``, ``crash`` (ends at
once), ``deploy_fails`` (a message), ``unexpected`` (an exception with this message),
``task_seconds``, ``hang`` and ``garbage`` (paths), ``refuse_shutdown``, ``lose`` (forget tasks).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import yaml
from standin_halyard import Hal, Refused, own_settings, problem

VERSION = "1.70.0-standin"
_KEPT = 120.0
_RANK = ("NONE", "INFO", "WARNING", "ERROR", "FATAL")
_ACTION = {"scriptPath": None, "scriptDescription": None, "autoRun": False}
_DEPLOYMENT = re.compile(r"/v1/config/deployments/(?P<name>[^/]+)(?P<rest>/\w+/)?")

Switches = dict[str, Any]
Work = Callable[["Running"], Any]


class Running:
    """A task (``DaemonTask.java:27``)."""

    def __init__(self, name: str, timeout: float) -> None:
        self.uuid = str(uuid.uuid4())
        self.name = name
        self.state = "NOT_STARTED"
        self.timeout = timeout
        self.events: list[dict[str, Any]] = []
        self.problems: list[dict[str, Any]] = []
        self.response: Any = None
        self.fatal: Any = None
        self.submitted = time.monotonic()
        self.interrupted = False

    def tell(self, stage: str, message: str) -> None:
        """Add a line to the task's log."""
        now = int(time.time() * 1000)
        self.events.append({"stage": stage, "message": message, "timestamp": now})

    def stopped(self) -> bool:
        """Whether its thread is to end."""
        return self.interrupted or time.monotonic() > self.submitted + self.timeout

    def run(self, work: Work) -> None:
        """What the task's thread does."""
        self.state = "RUNNING"
        try:
            body = work(self)
        except Refused as refused:
            self._end("FAILED", None, refused.problems)
        except InterruptedError:
            self._end("INTERRUPTED" if self.interrupted else "TIMED_OUT", None, [])
        except Exception as error:
            self.fatal = {
                "message": str(error),
                "cause": None,
                "stackTrace": [{"className": "StandIn", "lineNumber": 1}],
            }
            self._end("FAILED", None, [problem("FATAL", f"Unexpected exception: {error}")])
        else:
            self._end("SUCCEEDED", body, [])

    def _end(self, state: str, body: Any, problems: list[dict[str, Any]]) -> None:
        found = {"problems": [*self.problems, *problems]}
        self.response = {"responseBody": body, "problemSet": found}
        self.state = state

    def shown(self) -> dict[str, Any]:
        """As the API writes it."""
        return {
            "uuid": self.uuid,
            "name": self.name,
            "state": self.state,
            "timeout": int(self.timeout * 1000),
            "timedOut": self.state == "TIMED_OUT",
            "version": VERSION,
            "events": list(self.events),
            "children": [],
            "response": self.response,
            "fatalError": self.fatal,
            "runningJobs": [],
        }


class Standin(ThreadingHTTPServer):
    """The daemon."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], hal: Path, options: argparse.Namespace) -> None:
        super().__init__(address, _Handler)
        self.hal = Hal(hal)
        self.options = options
        self.tasks: dict[str, Running] = {}
        self.started = time.monotonic()
        self.journal("started", pid=os.getpid())

    def switches(self) -> Switches:
        """How to misbehave."""
        found: Switches = {"start": self.options.start, "task_seconds": self.options.task_seconds}
        if self.options.switches:
            try:
                found |= json.loads(Path(self.options.switches).read_text())
            except (OSError, ValueError):
                return found
        return found

    def healthy(self) -> bool:
        """Whether it has started and means to be well."""
        switches = self.switches()
        ready = time.monotonic() - self.started >= float(switches["start"])
        return ready and not switches.get("never_healthy")

    def journal(self, what: str, **fields: Any) -> None:
        """Write down what happened, one JSON object a line."""
        if self.options.journal:
            line = json.dumps({"at": time.time(), "what": what, **fields}) + "\n"
            with open(self.options.journal, "a", encoding="utf-8") as stream:
                stream.write(line)

    def submit(self, name: str, timeout: float, work: Work) -> dict[str, Any]:
        """Start a task; what it is at once."""
        now = time.monotonic()
        for each in list(self.tasks.values()):
            if now > each.submitted + each.timeout + _KEPT:
                self.tasks.pop(each.uuid, None)
        task = Running(name, timeout)
        self.tasks[task.uuid] = task
        first = task.shown()
        threading.Thread(target=task.run, args=(work,), daemon=True).start()
        return first

    def service_actions(self) -> None:
        """End with the supervisor, however that ended."""
        if self.options.parent and os.getppid() != self.options.parent:
            os._exit(0)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are no news."""


class _Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Standin
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        """Nothing on standard error."""

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def do_PUT(self) -> None:
        self._serve("PUT")

    def _serve(self, method: str) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        parts = urlsplit(self.path)
        switches = self.server.switches()
        if any(parts.path.startswith(path) for path in switches.get("hang", ())):
            time.sleep(3600)
        if any(parts.path.startswith(path) for path in switches.get("garbage", ())):
            self._send(200, b"<html>not what you expected</html>")
        elif parts.path == "/health":
            up = self.server.healthy()
            self._json(200 if up else 503, {"status": "UP" if up else "DOWN"})
        elif parts.path == "/shutdown" and method == "POST":
            self._shutdown(switches)
        elif time.monotonic() - self.server.started < float(switches["start"]):
            self._json(503, {"status": 503, "message": "starting"})
        else:
            self._api(method, parts.path, parse_qs(parts.query), switches)

    def _shutdown(self, switches: Switches) -> None:
        if switches.get("refuse_shutdown"):
            self._json(404, {"status": 404, "message": "No message available"})
            return
        self.server.journal("shutdown")
        self._json(200, {"message": "Shutting down, bye..."})
        self.wfile.flush()
        os._exit(0)

    def _api(self, method: str, path: str, query: dict[str, list[str]], switches: Switches) -> None:
        if path == "/v1/tasks/":
            self._json(200, {"tasks": [_shallow(each) for each in self._tasks(switches)]})
            return
        task = re.fullmatch(r"/v1/tasks/([^/]+)/(interrupt)?", path)
        if task:
            self._task(task[1], bool(task[2]), switches)
            return
        hal = self.server.hal
        if path == "/v1/config/" and method == "GET":
            self._start("Get halconfig", 60, lambda _: hal.config())
        elif path == "/v1/config/currentDeployment" and method == "GET":
            self._start("Get current deployment", 60, lambda _: hal.current())
        elif found := _DEPLOYMENT.fullmatch(path):
            self._deployment(method, unquote(found["name"]), found["rest"] or "", query, switches)
        else:
            self._json(404, {"status": 404, "message": "No message available"})

    def _deployment(
        self, method: str, name: str, rest: str, query: dict[str, list[str]], switches: Switches
    ) -> None:
        hal = self.server.hal
        checks = query.get("validate") == ["true"]
        limit = query.get("severity", ["WARNING"])[0]
        if limit not in _RANK:
            self._json(400, {"status": 400, "message": f"no severity {limit}"})
            return
        if rest in ("/prep/", "/deploy/"):
            self.server.journal(rest.strip("/"), deployment=name, validate=checks)
        elif rest == "/configDiff/":
            self.server.journal("configDiff")

        def checked(task: Running, body: Any) -> Any:
            if checks:
                found = hal.check(name)
                if any(_RANK.index(each["severity"]) > _RANK.index(limit) for each in found):
                    raise Refused(*found)
                task.problems += found
            return body

        def deploy(task: Running) -> Any:
            if switches.get("unexpected"):
                raise RuntimeError(str(switches["unexpected"]))
            hal.deploy(name, task.tell, float(switches["task_seconds"]), task.stopped)
            if switches.get("deploy_fails"):
                raise Refused(problem("FATAL", str(switches["deploy_fails"]), f"{name}.provider"))
            self.server.journal("deployed", version=hal.deployment(name).get("version"))
            return _ACTION

        work: dict[tuple[str, str], tuple[str, float, Work]] = {
            ("GET", ""): ("Get deployment", 60, lambda t: checked(t, hal.deployment(name))),
            ("GET", "/version/"): (
                "Get version", 60, lambda t: checked(t, hal.deployment(name).get("version"))
            ),
            ("GET", "/configDiff/"): ("Config diff", 60, lambda t: checked(t, None)),
            ("POST", "/prep/"): ("Prep deployment", 300, lambda t: checked(t, _ACTION)),
            ("POST", "/deploy/"): ("Apply deployment", 1800, deploy),
        }  # fmt: skip
        if (method, rest) in work:
            self._start(*work[method, rest])
        else:
            self._json(405, {"status": 405, "message": f"Request method '{method}' not supported"})

    def _start(self, name: str, timeout: float, work: Work) -> None:
        self._json(200, self.server.submit(name, timeout, work))

    def _tasks(self, switches: Switches) -> list[Running]:
        return [] if switches.get("lose") else list(self.server.tasks.values())

    def _task(self, task_id: str, interrupt: bool, switches: Switches) -> None:
        found = {each.uuid: each for each in self._tasks(switches)}.get(task_id)
        if interrupt and found is None:
            self._json(404, {"status": 404, "message": "No such task"})
        elif found is None or interrupt:
            if found:
                found.interrupted = True
            self._send(200, b"")
        else:
            self._json(200, found.shown())

    def _json(self, status: int, body: Any) -> None:
        self._send(status, json.dumps(body, indent=2, default=str).encode())

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _shallow(task: Running) -> dict[str, Any]:
    last = task.events[-1] if task.events else None
    return {
        "uuid": task.uuid,
        "name": task.name,
        "state": task.state,
        "lastEvent": last,
        "fatalException": task.fatal,
        "jobs": [],
        "children": [],
    }


def supervise(arguments: list[str], pause: float) -> int:
    """The kubelet's part: start the daemon, and again whenever it has ended."""

    def end(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    wait = pause
    while True:
        parent = ["--parent", str(os.getpid())]
        begun = time.monotonic()
        with subprocess.Popen([sys.executable, __file__, *arguments, *parent]) as child:
            try:
                child.wait()
            finally:
                child.kill()
        # One that ends at once again and again is started less and less often.
        wait = pause if time.monotonic() - begun > 2 else min(2 * wait, 1.0)
        time.sleep(wait)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="A stand-in for the Halyard daemon.")
    parser.add_argument("--hal", required=True, type=Path, help="halconfig directory")
    parser.add_argument("--config", type=Path, help="directory of the daemon's own files")
    parser.add_argument("--port", type=int, default=8064)
    parser.add_argument("--start", type=float, default=0.0, help="seconds until it is healthy")
    parser.add_argument("--task-seconds", type=float, default=0.0, help="how long a deploy takes")
    parser.add_argument("--switches", help="JSON file, see above")
    parser.add_argument("--journal", help="file to write down what happens in")
    parser.add_argument("--supervise", action="store_true", help="start again after the end")
    parser.add_argument("--pause", type=float, default=0.02, help="before a new start, seconds")
    parser.add_argument("--parent", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.supervise:
        return supervise([each for each in sys.argv[1:] if each != "--supervise"], options.pause)
    try:
        if options.config:
            own_settings(options.config)
    except (ValueError, OSError, yaml.YAMLError) as error:
        print(f"APPLICATION FAILED TO START: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    server = Standin(("127.0.0.1", options.port), options.hal, options)
    if server.switches().get("crash"):
        server.journal("crashed")
        return 1
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
