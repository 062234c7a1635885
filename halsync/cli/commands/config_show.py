"""``halsync config show``."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from halsync.redact import MASK, mask_values

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import SimpleNamespace

    from halsync.observe.console import Console
    from halsync.settings.load import Loaded
    from halsync.settings.model import Settings
    from halsync.settings.resolve import Effective


def run(settings: Settings, arguments: SimpleNamespace, console: Console) -> int:  # noqa: ARG001
    """Print every setting that has a value, with its origin."""
    loaded: Loaded = arguments.loaded
    if arguments.output == "json":
        console.print(as_json(loaded.effective, loaded.file))
    elif arguments.output == "yaml":
        console.print(as_yaml(loaded.effective))
    else:
        _print_table(loaded.effective, console)
    return 0


def as_json(effective: Sequence[Effective], file: str) -> str:
    """``{"file": …, "settings": {nested}, "origins": {key: origin}}``."""
    return json.dumps(
        {
            "file": file,
            "settings": nested(effective),
            "origins": {entry.key: entry.origin for entry in effective},
        },
        indent=2,
        ensure_ascii=False,
    )


def as_yaml(effective: Sequence[Effective]) -> str:
    """A ``halsync.yaml`` that says the same, each origin as a comment.

    What is masked is a comment too: read again, the mask would be published as the password.
    """
    origins = {entry.key: entry.origin for entry in effective}
    return "\n".join(_yaml_lines(nested(effective), "", 0, origins))


def nested(effective: Sequence[Effective]) -> dict[str, Any]:
    """The settings in the shape of ``halsync.yaml``; secrets masked."""
    root: dict[str, Any] = {}
    for entry in effective:
        node: Any = root
        parts = _parts(entry.key)
        for part, following in pairwise(parts):
            empty: Any = [] if isinstance(following, int) else {}
            if isinstance(part, int):
                if part == len(node):
                    node.append(empty)
                node = node[part]
            else:
                node = node.setdefault(part, empty)
        node[parts[-1]] = _shown(entry)
    return root


def _parts(key: str) -> list[str | int]:
    """``sources[0].git.url`` → ``["sources", 0, "git", "url"]``.

    A placeholder's name may hold points: it is one part.
    """
    prefix = "render.placeholders."
    if key.startswith(prefix):
        return ["render", "placeholders", key.removeprefix(prefix)]
    parts: list[str | int] = []
    for part in key.split("."):
        name, bracket, number = part.partition("[")
        parts.append(name)
        if bracket:
            parts.append(int(number.rstrip("]")))
    return parts


def _shown(entry: Effective) -> Any:
    if entry.secret:
        return MASK
    # A placeholder's own mapping names files and variables; nothing in it is secret.
    named = entry.key.startswith("render.placeholders.")
    return entry.value if named and isinstance(entry.value, dict) else mask_values(entry.value)


def _print_table(effective: Sequence[Effective], console: Console) -> None:
    cells = [(entry.key, _text(_shown(entry)), entry.origin) for entry in effective]
    widths = [max(len(row[column]) for row in cells) for column in (0, 1)]
    widths[1] = min(widths[1], 50)
    for key, value, origin in cells:
        console.print(
            f"{console.paint(f'{key:<{widths[0]}}', 'cyan')}  {value:<{widths[1]}}"
            f"  {console.paint(origin, 'dim')}"
        )


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _yaml_lines(node: Any, path: str, depth: int, origins: dict[str, str]) -> list[str]:
    """Block style; scalars as JSON writes them, which YAML reads the same."""
    lines: list[str] = []
    pad = "  " * depth
    for key, value in node.items():
        here = f"{path}.{key}" if path else key
        if isinstance(value, dict) and here not in origins:
            below = _yaml_lines(value, here, depth + 1, origins)
            mark = "# " if all(line.lstrip().startswith("#") for line in below) else ""
            lines += [f"{pad}{mark}{key}:", *below]
        elif here == "sources":
            lines.append(f"{pad}{key}:")
            for number, item in enumerate(value):
                below = _yaml_lines(item, f"{here}[{number}]", depth + 2, origins)
                below[0] = f"{pad}  - {below[0].lstrip()}"
                lines += below
        else:
            text = json.dumps(value, ensure_ascii=False)
            mark = "# " if value == MASK else ""
            lines.append(f"{pad}{mark}{key}: {text}  # {origins.get(here, '')}")
    return lines
