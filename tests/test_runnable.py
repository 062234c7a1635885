"""What documents and help texts show to be typed is typed here.

In a document, ``<!-- runnable -->`` before a block of shell has it run: all blocks of one document
in one shell, in a home directory with a hand-made ``.hal`` (``<!-- runnable: published -->``: with
one that halsync has published twice), or beside the document if it stands among the examples.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from halsync.cli.commands import COMMANDS
from tests.harness import ROOT
from tests.sandbox import sandbox, shell

_BLOCK = re.compile(r"<!-- runnable(?:: (\w+))? -->\n```(sh|console)\n(.*?)^```", re.M | re.S)


def blocks(document: Path) -> list[tuple[str, str]]:
    """What is to be typed: (``published`` or nothing, script)."""
    found = []
    for setting, kind, text in _BLOCK.findall(document.read_text(encoding="utf-8")):
        typed = [line.removeprefix("$ ") for line in text.splitlines() if line.startswith("$ ")]
        found.append((setting, "\n".join(typed) if kind == "console" else text))
    return found


RUNNABLE = {
    str(path.relative_to(ROOT)): found
    for pattern in ("*.md", "docs/*.md", "init-container/*.md", "examples/**/*.md")
    for path in sorted(ROOT.glob(pattern))
    if (found := blocks(path))
}


@pytest.mark.e2e
@pytest.mark.parametrize("document", RUNNABLE)
def test_a_document_can_be_pasted(document: str, tmp_path: Path) -> None:
    settings, scripts = zip(*RUNNABLE[document], strict=True)
    work = sandbox(tmp_path, published="published" in settings)
    if document.startswith("examples/"):
        work = shutil.copytree((ROOT / document).parent, work.parent / "example")
    done = shell(work, "less() { cat; }\n" + "\n".join(scripts))
    assert done.code == 0, done.err


def test_what_is_marked_is_found() -> None:
    marked = sum(
        path.read_text(encoding="utf-8").count("<!-- runnable")
        for pattern in ("*.md", "docs/*.md", "init-container/*.md", "examples/**/*.md")
        for path in ROOT.glob(pattern)
    )
    assert marked == sum(map(len, RUNNABLE.values())) >= 10


_ELSEWHERE = (
    "kubectl",  # a cluster
    "manifests ",
    "accounts ",
    "halsync sync",  # a running sidecar
    "--interval",  # does not end
    "--daemon http",  # a Halyard daemon
    "--to",  # a bucket, a Vault
    "fpath",  # zsh
)
"""What only runs where something else runs; tests of its own cover each."""


def as_typed(line: str, generation: str) -> str:
    """The example with the reader's own names in it."""
    for shown, own in (
        ("https://git.example.com/acme/spinnaker.git", "repo"),
        ("/etc/halsync/halsync.yaml", "halsync.yaml"),
        ("3f2a90c1", generation),
        ("accounts[prod]", "accounts[production]"),
    ):
        line = line.replace(shown, own)
    return line.replace("watch --config halsync.yaml", "watch --once --config halsync.yaml")


@pytest.mark.e2e
def test_every_example_of_a_help_text_works(tmp_path: Path) -> None:
    work = sandbox(tmp_path, published=True)
    (work / "halsync.yaml").write_text(
        "target: ../.hal\nsources: [{name: hal-config, dir: {path: hal}}]\n"
    )
    (work / "values.yaml").write_text("{}\n")
    commit = "git init -q -b main {0} && git -C {0} add -A && git -C {0} commit -qm x"
    shutil.copytree(work / "hal", work / "repo")
    prepare = "; ".join(map(commit.format, ("repo", ".")))
    done = shell(
        work, f"mkdir -p ~/.config/fish/completions; {prepare}; readlink ~/.hal/.halsync/current"
    )
    generation = Path(done.out.strip()).name[:8]
    failed = []
    for command in COMMANDS:
        for example in command.examples:
            if not any(word in example.line for word in _ELSEWHERE):
                typed = as_typed(example.line, generation)
                done = shell(work, f"less() {{ cat; }}; {typed}")
                expected = (0, 1) if "--exit-code" in typed else (0,)
                failed += [] if done.code in expected else [(typed, done.code, done.err)]
    assert not failed
