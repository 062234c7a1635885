"""Real git repositories, made by the git binary, independent of the machine's configuration."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

IDENTITY = {
    "GIT_AUTHOR_NAME": "Ada Tester",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada Tester",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_AUTHOR_DATE": "2024-05-01T12:00:00+0000",
    "GIT_COMMITTER_DATE": "2024-05-01T12:00:00+0000",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
}


def git(*args: str, cwd: Path, env: Mapping[str, str] | None = None, stdin: bytes = b"") -> str:
    """Run git in ``cwd``; its output without the trailing newline."""
    done = subprocess.run(
        ["git", *args],
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "HOME": str(cwd), **IDENTITY, **(env or {})},
        input=stdin,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"git {' '.join(args)}: {done.stderr.decode(errors='replace')}")
    return done.stdout.decode(errors="surrogateescape").removesuffix("\n")


class Repo:
    """A bare repository whose commits are written without a working tree.

    ``files`` maps a path to its bytes; ``links`` a path to a link's target; ``gitlinks`` a
    path to a commit id.
    """

    def __init__(self, path: Path, branch: str = "main", object_format: str = "sha1") -> None:
        self.path = path
        self.branch = branch
        path.mkdir(parents=True)
        self.git("init", "-q", "--bare", f"--object-format={object_format}", "-b", branch, ".")

    def git(self, *args: str, env: Mapping[str, str] | None = None, stdin: bytes = b"") -> str:
        """Run git inside the repository."""
        return git(*args, cwd=self.path, env=env, stdin=stdin)

    def blob(self, content: bytes) -> str:
        """Store one blob; its id."""
        return self.git("hash-object", "-w", "--stdin", stdin=content)

    def tree(
        self,
        files: Mapping[str, bytes],
        links: Mapping[str, str] | None = None,
        gitlinks: Mapping[str, str] | None = None,
        executable: tuple[str, ...] = (),
    ) -> str:
        """Store a tree; its id."""
        index = {"GIT_INDEX_FILE": str(self.path / "test-index")}
        lines = [
            f"{'100755' if path in executable else '100644'} {self.blob(content)}\t{path}\0"
            for path, content in files.items()
        ]
        lines += [
            f"120000 {self.blob(os.fsencode(t))}\t{path}\0" for path, t in (links or {}).items()
        ]
        lines += [f"160000 {commit}\t{path}\0" for path, commit in (gitlinks or {}).items()]
        self.git("read-tree", "--empty", env=index)
        text = "".join(lines).encode("utf-8", "surrogateescape")
        self.git("update-index", "-z", "--index-info", env=index, stdin=text)
        return self.git("write-tree", env=index)

    def commit(
        self,
        files: Mapping[str, bytes],
        links: Mapping[str, str] | None = None,
        gitlinks: Mapping[str, str] | None = None,
        executable: tuple[str, ...] = (),
        *,
        branch: str | None = None,
        message: str = "change",
    ) -> str:
        """Put exactly these entries on ``branch`` as a new commit; its id."""
        return self.commit_tree(
            self.tree(files, links, gitlinks, executable), branch=branch, message=message
        )

    def commit_tree(
        self,
        tree: str,
        *options: str,
        branch: str | None = None,
        message: str = "change",
        env: Mapping[str, str] | None = None,
    ) -> str:
        """Put a stored tree on ``branch`` as a new commit; its id."""
        ref = f"refs/heads/{branch or self.branch}"
        try:
            parent = ["-p", self.git("rev-parse", "-q", "--verify", ref)]
        except RuntimeError:
            parent = []
        new = self.git("commit-tree", *options, *parent, "-m", message, tree, env=env)
        self.git("update-ref", ref, new)
        return new


def add_submodules(modules: Mapping[str, str]) -> bytes:
    """The text of a ``.gitmodules`` for path → url."""
    return "".join(
        f'[submodule "{path}"]\n\tpath = {path}\n\turl = {url}\n' for path, url in modules.items()
    ).encode()
