"""A real git server for the benchmarks: nginx and fcgiwrap in front of ``git http-backend``.

Where those two are not installed, the test suite's own bridge serves instead; both sides of a
comparison always talk to the same server.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import AF_INET, SOCK_STREAM, create_connection, socket

_CONFIG = """
daemon off; pid {root}/nginx.pid; error_log {root}/error.log; worker_processes 2; {user}
worker_rlimit_nofile 8192;
events {{ worker_connections 4096; }}
http {{
  access_log off; client_max_body_size 0;
  client_body_temp_path {root}/body; proxy_temp_path {root}/proxy;
  fastcgi_temp_path {root}/fastcgi; uwsgi_temp_path {root}/uwsgi; scgi_temp_path {root}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location ~ ^/(?<delay>now|slow)(?<path>/.*)$ {{
      fastcgi_pass unix:{root}/fcgi.sock;
      fastcgi_param SCRIPT_FILENAME {root}/$delay;
      fastcgi_param PATH_INFO $path;
      fastcgi_param GIT_PROJECT_ROOT {repositories};
      fastcgi_param GIT_HTTP_EXPORT_ALL 1;
      fastcgi_param QUERY_STRING $query_string;
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_param CONTENT_TYPE $content_type;
      fastcgi_param CONTENT_LENGTH $content_length;
      fastcgi_param HTTP_CONTENT_ENCODING $http_content_encoding;
      fastcgi_param GIT_PROTOCOL $http_git_protocol;
      fastcgi_param REMOTE_ADDR $remote_addr;
    }}
  }}
}}
"""


@contextmanager
def git_server(root: Path, repositories: Path) -> Iterator[str]:
    """Serve every bare repository in ``repositories``; yields ``http://127.0.0.1:PORT``.

    ``/now/NAME.git`` answers at once, ``/slow/NAME.git`` 20 ms later.
    """
    backend = f"{_git_exec_path()}/git-http-backend"
    for name, delay in (("now", ""), ("slow", "sleep 0.02\n")):
        script = root / name
        script.write_text(f'#!/bin/sh\n{delay}exec "{backend}"\n')
        script.chmod(0o755)
    port = _free_port()
    user = "user root;" if os.geteuid() == 0 else ""
    config = root / "nginx.conf"
    config.write_text(_CONFIG.format(root=root, port=port, repositories=repositories, user=user))
    environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_COUNT": "1"}
    environment |= {"GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
    # Each in a session of its own: fcgiwrap's workers do not end with it.
    processes = [
        subprocess.Popen(
            ["fcgiwrap", "-c", "4", "-s", f"unix:{root}/fcgi.sock"],
            env=environment,
            start_new_session=True,
        ),
        subprocess.Popen(
            ["nginx", "-c", str(config)], stderr=subprocess.DEVNULL, start_new_session=True
        ),
    ]
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        for process in reversed(processes):
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(10)


def available() -> str:
    """Why the server cannot run here, or an empty string."""
    missing = [name for name in ("nginx", "fcgiwrap") if not shutil.which(name)]
    return (
        f"{' and '.join(missing)} not installed (Debian: nginx-light fcgiwrap)" if missing else ""
    )


def _git_exec_path() -> str:
    return subprocess.check_output(["git", "--exec-path"], text=True).strip()


def _free_port() -> int:
    with socket(AF_INET, SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise SystemExit("the benchmark's git server did not start")
