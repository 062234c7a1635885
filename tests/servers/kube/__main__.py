"""See :mod:`tests.servers.kube`."""

import sys
import threading
from pathlib import Path

import yaml

from tests.servers.kube.http import serve_kube

with serve_kube() as server:
    Path(sys.argv[1]).write_text(yaml.safe_dump(server.kubeconfig()))
    print(server.url, flush=True)
    threading.Event().wait()
