"""Writes ``docs/reference.md`` and ``schemas/halsync.schema.json`` from the declarations.

``python -m halsync.cli.reference`` writes them, ``--check`` only says whether they are current.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from halsync.cli.commands import COMMANDS
from halsync.cli.help import EXIT_CODES, GROUPS
from halsync.settings import schema_document
from halsync.settings.options import OPTIONS
from halsync.settings.spec import PREFIX, variables, yaml_keys

if TYPE_CHECKING:
    from halsync.cli.command import Argument, Command
    from halsync.settings.spec import Option

_TYPES = {
    "text": "text",
    "id": "text or number",
    "path": "path",
    "subpath": "directory in the tree",
    "url": "URL",
    "integer": "whole number",
    "boolean": "true, false",
    "duration": "duration",
    "size": "size",
    "mode": "octal digits",
    "list": "list",
    "secret": "secret",
    "login": "text or secret",
    "placeholders": "mapping",
    "steps": "list",
    "values": "mapping or path",
    "notify": "list",
    "command": "list of words, or text",
    "windows": "list, or text with `;`",
}

_INTRODUCTION = f"""\
# Reference

<!-- Written by python -m halsync.cli.reference; do not edit. -->

## Settings

Each setting is a key in `halsync.yaml`, a `{PREFIX}…` variable, and, if it is common, a flag.
Flags beat variables, variables beat the file, the file beats the default;
`halsync config show` tells what is in effect and where it comes from. Unknown keys and unknown
`{PREFIX}…` variables are errors; an empty variable counts as not set. What the kubelet sets for
a Service called `halsync` (`HALSYNC_SERVICE_HOST`, `HALSYNC_PORT_80_TCP`, …) is let pass.

The file is `--config FILE`, else `{PREFIX}CONFIG`, else `./halsync.yaml` if it exists. Its
relative paths count from its own directory, those of flags and variables from the current one.
`{PREFIX}DEBUG=1` shows the traceback of a bug.

| type | written as |
| --- | --- |
| duration | numbers with units `ms`, `s`, `m`, `h`, `d`: `90s`, `1h30m`, `7d` |
| size | a number with `B`, `KiB`, `MiB` or `GiB`: `16MiB` |
| octal digits | a text: `"027"` |
| list | a YAML list, a flag given several times, a variable with commas |
| secret | `…File` names a file, `…Env` an environment variable; never the value itself. \
Read at every use |

`--git`, `--dir`, `--s3` or `--vault` (or their variables) describe one source and replace
`sources` of the file.
The settings below `sources[]` that are shown with a flag or a `{PREFIX}…` variable are those of
that one source. A source that the file declares takes the same variables under its own name, for
example `{PREFIX}SOURCE_HAL_CONFIG_GIT_REF` for `git.ref` of the source `hal-config`.
"""


def reference() -> str:
    """The text of ``docs/reference.md``."""
    parts = [_INTRODUCTION]
    for group in GROUPS:
        rows = [option for option in OPTIONS if option.group == group]
        parts.append(f"### {group}\n\n{_table(rows)}")
    parts.append("## Commands\n\n" + "\n\n".join(_command(command) for command in COMMANDS))
    codes = "\n".join(f"| {code} | {meaning} |" for code, meaning in EXIT_CODES)
    parts.append(
        f"## Exit codes\n\n| code | means |\n| --- | --- |\n{codes}\n| 130, 143 | interrupted by"
        " Ctrl-C or SIGTERM; the target holds what it held before |"
    )
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def _table(options: list[Option]) -> str:
    lines = [
        "| key | type | default | flag | variable | meaning |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for option in options:
        keys = "<br>".join(f"`{key}`" for key in yaml_keys(option))
        kind = ", ".join(f"`{word}`" for word in option.choices) or _TYPES[option.type]
        default = "" if option.default in (None, "") else f"`{_written(option.default)}`"
        flag = f"`{option.flag}`" if option.flag else ""
        names = "<br>".join(f"`{PREFIX}{name}`" for name in variables(option))
        meaning = option.help
        if option.example:
            meaning += f" Example: `{option.example}`"
        cells = (keys, kind, default, flag, names, meaning)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _command(command: Command) -> str:
    lines = [f"### halsync {command.name}", "", command.description, ""]
    if command.arguments:
        lines += [*(_argument(argument) for argument in command.arguments), ""]
    lines.append("```sh")
    for example in command.examples:
        lines += [f"# {example.tells}", example.line]
    lines.append("```")
    return "\n".join(lines)


def _argument(argument: Argument) -> str:
    value = argument.metavar or "|".join(argument.choices)
    names = ", ".join(argument.names) if argument.names[0][0] == "-" else ""
    text = f"- `{f'{names} {value}'.strip()}`: {argument.help}"
    if argument.choices and argument.metavar:
        text += f" One of {', '.join(argument.choices)}."
    return f"{text} Default: {argument.default}." if argument.default else text


def _observed(page: str) -> str:
    """``docs/observe.md`` with its table of metrics and its list of events as they are now."""
    from halsync.observe.facts import EVENTS
    from halsync.observe.metric_table import METRICS

    rows = [
        f"| `{each.name}` | {each.kind} | {', '.join(each.labels)} | {each.help} |"
        for each in METRICS
    ]
    table = "\n".join(["| metric | type | labels | meaning |", "| --- | --- | --- | --- |", *rows])
    page = re.sub(
        r"(<!-- metrics: .*? -->\n).*?(<!-- /metrics -->)",
        lambda found: f"{found[1]}{table}\n{found[2]}",
        page,
        flags=re.DOTALL,
    )
    names = ", ".join(f"`{name}`" for name in EVENTS)
    return re.sub(r"(<!-- events -->)[^.]*\.", lambda found: f"{found[1]} {names}.", page, count=1)


def files() -> dict[Path, str]:
    """Path → what it should hold."""
    root = Path(__file__).resolve().parents[2]
    observe = root / "docs" / "observe.md"
    return {
        observe: _observed(observe.read_text(encoding="utf-8")),
        root / "docs" / "reference.md": reference(),
        root / "schemas" / "halsync.schema.json": schema_document.text(),
    }


def main() -> int:
    """Write the files, or with ``--check`` compare them; 1 if one is out of date."""
    stale = [
        path
        for path, text in files().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path} is out of date: run python -m halsync.cli.reference", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(exist_ok=True)
        path.write_text(files()[path], encoding="utf-8")
        print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
