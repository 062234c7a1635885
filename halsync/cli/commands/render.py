"""``halsync render``."""

from __future__ import annotations

import os

from halsync.agent.look import candidate
from halsync.errors import ConfigError, PublishError
from halsync.redact import mask_line, redact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import SimpleNamespace
    from typing import Any

    from halsync.agent.pipeline import Candidate
    from halsync.model import File
    from halsync.observe.console import Console
    from halsync.settings.model import Settings


def run(settings: Settings, arguments: SimpleNamespace, console: Console) -> int:
    """Write the rendered files to a directory, or show them."""
    if arguments.show_secrets and not arguments.out:
        raise ConfigError(
            "--show-secrets needs --out DIR",
            where="halsync render",
            hint="secrets are written to files of mode 0600, never to a terminal or a log",
        )
    if arguments.out:
        _check_empty(arguments.out)
    if not arguments.show_secrets:
        from halsync.settings.secrets import without_access

        settings = without_access(settings)
    done = candidate(settings, console.report)
    console.close()
    files = done.tree.files
    if arguments.out:
        _write(files, arguments.out, masked=not arguments.show_secrets)
    if arguments.output == "json":
        import json

        console.print(json.dumps(as_json(done, content=not arguments.out), indent=2))
    elif not arguments.out:
        for path, file in sorted(files.items()):
            console.print(console.paint(f"# {path}", "bold"))
            console.print(_shown(file).rstrip("\n"))
    if done.problems:
        from halsync.cli.failures import tell_problems

        tell_problems(done.problems, console)
    return 0


def as_json(done: Candidate, *, content: bool) -> dict[str, Any]:
    """Every file with its origin, secrets masked; the problems beside them."""
    from halsync.validate.reporters.as_json import records

    return {
        "files": [
            {
                "path": path,
                "executable": file.executable,
                "secret": file.secret,
                "origin": file.origin._asdict(),
                **({"content": _shown(file)} if content else {}),
            }
            for path, file in sorted(done.tree.files.items())
        ],
        "sources": [source._asdict() for source in done.sources],
        "placeholders": dict(done.replaced),
        "references": [reference._asdict() for reference in done.references],
        "problems": records(done.problems),
    }


def _shown(file: File) -> str:
    """The text of a file, secrets masked; binary content is only counted."""
    try:
        text = file.content.decode("utf-8")
    except UnicodeDecodeError:
        return f"({len(file.content)} bytes that are not text)"
    return "".join(mask_line(line) for line in text.splitlines(keepends=True))


def _check_empty(directory: str) -> None:
    """Refuse early, before anything is fetched, what cannot be written or would be mixed up."""
    try:
        if os.path.lexists(directory) and os.listdir(directory):
            raise ConfigError(
                "the directory is not empty",
                where=directory,
                hint="name a new one: what is rendered would mix with what is there",
            )
    except NotADirectoryError as error:
        raise ConfigError(
            "is a file", where=directory, hint="name a new directory with --out"
        ) from error


def _write(files: Mapping[str, File], directory: str, *, masked: bool) -> None:
    """Write the tree. Masked, the values that halsync filled in as secrets read ``•••``."""
    try:
        os.makedirs(directory, exist_ok=True)
        for path, file in files.items():
            place = os.path.join(directory, path)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            content = file.content
            if masked and file.secret:
                content = redact(content.decode("utf-8", "surrogateescape")).encode(
                    "utf-8", "surrogateescape"
                )
            mode = 0o600 if file.secret else 0o755 if file.executable else 0o644
            descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
    except OSError as error:
        raise PublishError(
            f"cannot write: {error.strerror}",
            where=os.fsdecode(error.filename or directory),
            hint="name a directory with --out that this user may write",
        ) from error
