"""What the git source reads, held against GitPython on repositories of many shapes."""

from __future__ import annotations

import string

import git
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from halsync.sources.entries import is_pointer
from tests.servers.fixtures import OpenGit
from tests.servers.git_repos import Repo

NAME = st.text(string.ascii_lowercase + string.digits + " äß-_.", min_size=1, max_size=8).filter(
    lambda name: name.strip(".") != "" and not name.startswith(".git")
)
PATH = st.lists(NAME, min_size=1, max_size=4).map("/".join)


def possible(paths: set[str]) -> bool:
    """No path is both a file and a directory, none differs from another in case only."""
    return not any(path.startswith(other + "/") for path in paths for other in paths)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.dictionaries(PATH, st.binary(max_size=300), min_size=1, max_size=12))
def test_every_byte_and_mode(files: dict[str, bytes], repo: Repo, open_git: OpenGit) -> None:
    if not possible(set(files)) or any(map(is_pointer, files.values())):
        return
    executable = tuple(sorted(files))[:2]
    repo.commit(files, executable=executable)
    source = open_git(f"file://{repo.path}")
    snapshot = source.fetch()
    source.close()
    tree = git.Repo(repo.path).commit("main").tree
    expected = {
        str(blob.path): (blob.data_stream.read(), blob.mode == 0o100755)
        for blob in tree.traverse()
        if isinstance(blob, git.Blob)
    }
    assert snapshot.revision == git.Repo(repo.path).commit("main").hexsha
    assert {
        path: (file.content, file.executable) for path, file in snapshot.files.items()
    } == expected
