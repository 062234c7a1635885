"""The row of Vault: 60 secrets, each answer 20 ms late, against reading them one by one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from benchmarks import measure
from tests.servers.forward import delaying
from tests.servers.openbao import ROOT, as_secret, free_port, serve_bao, why_not

SECRETS = 60
DELAY = 0.02


def available() -> str:
    """Why the server cannot run here, or an empty string."""
    return why_not()


def against_sequential(
    directory: Path, tree: Path, words: list[str], pairs: int
) -> measure.Comparison:
    """A cold ``init`` from ``tree``, cut to 60 files, validation and publishing included.

    Args:
        words: the command of halsync with the values of the placeholders.
    """
    files = sorted(path for path in tree.rglob("*") if path.is_file())[:SECRETS]
    token, target = directory / "token", directory / "target"
    directory.mkdir(parents=True)
    token.write_text(ROOT)
    port = free_port()
    with serve_bao(directory / "bao") as bao, delaying(port, bao.port, DELAY):
        names = [str(path.relative_to(tree)) for path in files]
        for name, path in zip(names, files, strict=True):
            bao.put("secret", f"hal/{name}", as_secret(path.read_bytes()))
        address = f"http://127.0.0.1:{port}"
        source = ["--vault", address, "--vault-path", "hal", "--vault-token-file", str(token)]
        ours = [*words, *source, "--target", str(target)]
        here = Path(__file__).resolve().parent
        peer = [sys.executable, str(here / "peer_vault.py"), address, str(token), "secret"]
        theirs = [*peer, *(f"hal/{name}" for name in names)]
        environment = {"PATH": os.environ["PATH"], "HOME": str(directory)}
        return measure.compare(
            measure.process(ours, environment, before=lambda: measure.put_away(target)),
            measure.process(theirs, environment),
            pairs,
        )
