"""``halsync push``."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Any

from halsync.agent.push import (
    carry_out,
    choose,
    deadline_of,
    open_destination,
    plan,
    refuse_foreign,
    tree_name,
)
from halsync.errors import ConfigError, Interrupted
from halsync.settings.load import load
from halsync.settings.mistakes import SettingsError
from halsync.settings.spec import SOURCE
from halsync.sources.destination import Writing

if TYPE_CHECKING:
    from types import SimpleNamespace

    from halsync.agent.push import Plan
    from halsync.observe.console import Console
    from halsync.settings.model import Settings, SourceSettings


def run(settings: Settings, arguments: SimpleNamespace, console: Console) -> int:
    """Compare, show, ask, write."""
    settings, source = _destination(arguments)
    deadline = deadline_of(settings.timeout)
    chosen = choose(arguments.directory, settings.limits, everything=arguments.all)
    writing = Writing(
        tree_name(arguments.directory),
        settings.limits,
        deadline,
        source.path,
        arguments.sse or ("aws:kms" if arguments.sse_kms_key else ""),
        arguments.sse_kms_key or "",
    )
    destination = open_destination(source.options, writing)
    written = False
    try:
        found = plan(chosen, destination, delete=arguments.delete)
        if arguments.output == "text":
            _show(found, destination.location, console)
        if not arguments.force and not arguments.dry_run:
            refuse_foreign(found, destination.location)
        wanted = bool(found.write or found.remove)
        written = wanted and not arguments.dry_run and _agreed(arguments, found, console)
        if written:
            carry_out(found, destination, deadline_of(settings.timeout))
    except (KeyboardInterrupt, Interrupted) as stop:
        error = stop if isinstance(stop, Interrupted) else Interrupted(signal.SIGINT)
        error.message = "interrupted; nothing was written"
        if written:
            error.message = f"interrupted; {destination.location} may hold some files by now"
            error.hint = "run the same push again: it writes what is missing"
        raise error from None
    finally:
        destination.close()
    if arguments.output == "json":
        import json

        console.print(json.dumps(_as_json(found, destination.location, bool(written)), indent=2))
    elif wanted:
        done = f"wrote {len(found.write)} and removed {len(found.remove)}"
        console.print(f"{destination.location}: {done if written else 'nothing was written'}")
    return 0


def _destination(arguments: SimpleNamespace) -> tuple[Settings, SourceSettings]:
    """Where to, as the one of three arguments says."""
    given = [name for name in ("to_s3", "to_vault", "to") if getattr(arguments, name)]
    if len(given) != 1:
        raise ConfigError(
            "name one destination" if given else "no destination is given",
            where="halsync push",
            hint="give --to-s3 s3://BUCKET/PREFIX, --to-vault MOUNT/PATH or --to NAME",
        )
    [name] = given
    value = getattr(arguments, name)
    flags: dict[str, object] = {}
    if name == "to_s3":
        flags = {SOURCE + "s3.bucket": value}
    elif name == "to_vault":
        flags = _in_vault(value)
    try:
        loaded = load(flags, os.environ, config=arguments.config or "").settings
    except SettingsError as error:
        # A person gave --to-s3 or --to-vault, and not the flags that it stands for.
        own = f"--{name.replace('_', '-')}"
        raise SettingsError(
            [
                each._replace(where=own) if each.where.startswith("--") else each
                for each in error.mistakes
            ]
        ) from None
    found = [each for each in loaded.sources if name != "to" or each.name == value]
    if not found:
        known = ", ".join(each.name for each in loaded.sources)
        raise ConfigError(
            f"no source is called {value}",
            where="halsync push --to",
            hint=f"there is: {known}" if known else "declare it in halsync.yaml",
        )
    return loaded, found[0]


def _in_vault(value: str) -> dict[str, object]:
    """``MOUNT/PATH`` on the server that the environment names; a mount with slashes in its name
    is one that ``HALSYNC_VAULT_MOUNT`` names."""
    address = os.environ.get("HALSYNC_VAULT_ADDRESS", "")
    if not address:
        raise ConfigError(
            "nothing says which Vault server is meant",
            where="halsync push --to-vault",
            hint="set HALSYNC_VAULT_ADDRESS, and a login such as HALSYNC_VAULT_TOKEN_FILE",
        )
    value = value.strip("/")
    mount = os.environ.get("HALSYNC_VAULT_MOUNT", "").strip("/")
    if not mount or not f"{value}/".startswith(f"{mount}/"):
        mount = value.partition("/")[0]
    path = value[len(mount) :].strip("/")
    vault = SOURCE + "vault."
    return {vault + "address": address, vault + "mount": mount, vault + "path": path}


def _show(found: Plan, location: str, console: Console) -> None:
    from halsync.compare import text

    console.print(text(found.changes, colour=console.colour()).rstrip("\n"))
    if found.kept:
        count = len(found.kept)
        console.print(f"not in the tree, and left at {location}: {count} (--delete removes them)")
    if found.chosen.left_out:
        count = len(found.chosen.left_out)
        shown = ", ".join(found.chosen.left_out[:3]) + (", …" if count > 3 else "")
        console.print(f"not read by Halyard, and left out: {count} ({shown}; --all takes them)")


def _agreed(arguments: SimpleNamespace, found: Plan, console: Console) -> bool:
    """Whether the user wants it.

    Raises:
        ConfigError: nobody can be asked.
    """
    if arguments.yes:
        return True
    if arguments.output == "json" or not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ConfigError(
            "nobody can be asked whether to write this",
            where="halsync push",
            hint="add --yes, or --dry-run to look only",
        )
    console.print(f"write {len(found.write)} and remove {len(found.remove)} files? [y/N]")
    console.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _as_json(found: Plan, location: str, written: bool) -> dict[str, Any]:
    from halsync.compare import as_json, summary

    return {
        "destination": location,
        "written": written,
        "changes": as_json(found.changes),
        "summary": summary(found.changes),
        "foreign": list(found.foreign),
        "kept": list(found.kept),
        "leftOut": list(found.chosen.left_out),
    }
