"""The examples of rules, as trees of files.

An example is the body of a deployment named ``default``; ``--- PATH`` on a line of its own begins
another file, and ``--- config`` the whole halconfig.
"""

from __future__ import annotations

from halsync.halyard import CONFIG

_HEAD = "currentDeployment: default\ndeploymentConfigurations:\n- name: default\n"
_MARK = "--- "


def example_files(text: str) -> dict[str, str]:
    """Path → content."""
    body, files = _parts(text.strip("\n") + "\n")
    if CONFIG not in files:
        files[CONFIG] = _HEAD + "".join(
            f"  {line}\n" if line else "\n" for line in body.strip("\n").split("\n") if body.strip()
        )
    return files


def _parts(text: str) -> tuple[str, dict[str, str]]:
    body: list[str] = []
    files: dict[str, list[str]] = {}
    lines = body
    for line in text.splitlines(keepends=True):
        if line.startswith(_MARK):
            lines = files.setdefault(line[len(_MARK) :].strip(), [])
        else:
            lines.append(line)
    return "".join(body), {path: "".join(content) for path, content in files.items()}
