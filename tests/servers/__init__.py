"""Real servers on loopback for tests and benchmarks; each is a context manager.

``git_repos`` makes repositories, ``git_http`` serves them over smart or dumb HTTP(S),
``git_ssh`` over sshd, ``openbao`` runs OpenBao, ``s3`` runs moto and rclone, ``kube`` is a
Kubernetes API, ``halyard`` Halyard's daemon, ``webhook`` receives notifications, ``reviewer`` and
``github`` answer like the one endpoint that matters here, ``tls`` makes certificate authorities,
``forward`` and ``faults`` stand before a server. ``fixtures`` wraps some of them for pytest.
"""

import os
import sys

# Programs that came with pip (bao, kubectl, rclone, moto_server) stand beside this Python, which
# need not be on the path: .venv/bin/pytest works without activating anything.
os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")])
