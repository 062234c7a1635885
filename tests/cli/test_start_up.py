"""What a start may not import: each of these costs more than everything that it needs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness import environment
from tests.servers.fixtures import git_server, repo, repos
from tests.servers.git_http import GitHttpServer
from tests.servers.git_repos import Repo

__all__ = ["git_server", "repo", "repos"]

_HEAVY = (
    "argparse",
    "asyncio",
    "boto3",
    "concurrent.futures",
    "dataclasses",
    "gettext",
    "git",
    "http.client",
    "hvac",
    "inspect",
    "json",
    "jsonschema",
    "jsonschema_rs",
    "kubernetes",
    "locale",
    "logging",
    "pathlib",
    "rich",
    "ruamel",
    "shtab",
    "shutil",
    "structlog",
    "subprocess",
    "tempfile",
    "threading",
    "traceback",
    "typing",  # write TYPE_CHECKING = False: type checkers know the name
    "yaml",
)

_VERSION = "from halsync.cli.main import main; main(['version'])"
_LOAD = """
from halsync.cli.main import find
from halsync.cli.words import parse
from halsync.observe.console import Console
from halsync.settings.load import load
import os
command, rest = find(["init", "--git", "https://h/r", "--ref", "main", "--set", "A=b",
                      "--target", "t", "--keep-for", "3d"])
loaded = load(parse(command, rest).flags, os.environ)
console = Console(os.environ)
console.configure(loaded.settings.log_level, loaded.settings.log_format)
console.report("fetched", source="git", location="https://h/r", ref="main", revision="x", files=1)
"""


def imported(code: str, where: Path) -> set[str]:
    """The modules that are there after running ``code``, of those that Python's own start lacks."""
    tail = "\nimport sys; print(*sys.modules, sep='\\n', file=sys.__stdout__)"
    env = environment({"HALSYNC_GIT_TOKEN": "x", "HALSYNC_TIMEOUT": "5m"})
    runs = [
        subprocess.run(
            [sys.executable, "-c", text + tail],
            env=env,
            cwd=where,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for text in ("", code)
    ]
    return set(runs[1]) - set(runs[0])


@pytest.mark.parametrize("code", [_VERSION, _LOAD], ids=["version", "settings"])
def test_nothing_heavy(code: str, tmp_path: Path) -> None:
    found = imported(code, tmp_path)
    assert "halsync.cli.main" in found
    assert not found & set(_HEAVY)


_INIT = "from halsync.cli.main import main; assert main({words!r}) == 0"


def test_init_from_git_starts_nothing_and_loads_little(
    repo: Repo, git_server: GitHttpServer, tmp_path: Path
) -> None:
    repo.commit({"config": b"deploymentConfigurations: [{name: default}]\n"})
    url, target = f"{git_server.url}/repo.git", str(tmp_path / "target")
    words = ["init", "--git", url, "--ref", "main", "--target", target]
    found = imported(_INIT.format(words=words), tmp_path)
    assert "halsync.sources.git.protocol.pack" in found
    # json and hashlib write the manifest; yaml reads the config; ctypes knows the kernel's calls.
    heavy = set(_HEAVY) - _BROUGHT_BY_YAML - {"yaml"} - imported("import ctypes", tmp_path)
    assert not found & heavy
    assert not found & {"socket", "ssl", "halsync.sources.git.session", "halsync.secrets"}


def test_the_file_is_what_brings_yaml(tmp_path: Path) -> None:
    (tmp_path / "halsync.yaml").write_text(json.dumps({"timeout": "1m"}))
    found = imported(_LOAD, tmp_path)
    assert "yaml" in found
    assert not found & (set(_HEAVY) - {"yaml"}) - _BROUGHT_BY_YAML


_BROUGHT_BY_YAML = {"json", "pathlib"}


def test_only_the_command_at_hand_is_loaded(tmp_path: Path) -> None:
    found = {name for name in imported(_VERSION, tmp_path) if "cli.commands." in name}
    assert found == {"halsync.cli.commands.version"}


def test_validate_loads_what_it_needs(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("deploymentConfigurations: [{name: default}]\n")
    alone = "import os; os.environ.pop('HALSYNC_GIT_TOKEN'); "
    found = imported(alone + "from halsync.cli.main import main; main(['validate'])", tmp_path)
    assert "halsync.validate.gate" in found
    assert not found & (set(_HEAVY) - {"yaml"})
    for unneeded in ("halsync.agent.pipeline", "halsync.render", "halsync.validate.suppress"):
        assert unneeded not in found
