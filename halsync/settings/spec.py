"""How one setting is declared, and the names it goes by.

From one :class:`Option` come the key in ``halsync.yaml``, the environment variable, the flag,
``--help``, ``docs/reference.md`` and ``schemas/halsync.schema.json``. The table itself stands
in :mod:`halsync.settings.options`.

The variable is derived from the key: words in capitals, joined by ``_``, after ``HALSYNC_``
(``publish.keepFor`` is ``HALSYNC_PUBLISH_KEEP_FOR``). Keys below ``sources[]`` drop that
prefix and ``auth.``: ``sources[].git.auth.tokenFile`` is ``HALSYNC_GIT_TOKEN_FILE`` for the
single source, ``HALSYNC_SOURCE_<NAME>_GIT_TOKEN_FILE`` for a declared one.
"""

from __future__ import annotations

from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Type = Literal[
        "text",
        "id",
        "path",
        "subpath",
        "url",
        "integer",
        "boolean",
        "duration",
        "size",
        "mode",
        "choice",
        "list",
        "secret",
        "login",
        "placeholders",
        "steps",
        "values",
        "notify",
        "command",
        "windows",
    ]
    """``id``: text that may look like a number. ``path``: on this machine. ``subpath``: inside a
    source or a tree. ``mode``: octal digits. ``secret``: a file or a variable, never a value.
    ``login``: the same, or the value itself (a user name). ``steps``: a list of which the short
    entries, mere texts, can be given by flags and variables, too. ``values``: a mapping, or the
    path of a file that holds it. ``notify``: a list of receivers, in ``halsync.yaml`` only.
    ``command``: a list of words, or one text as a shell would take it apart. ``windows``: a list
    of maintenance windows, or one text with ``;`` between them."""
else:  # the names that others import
    Type = str

PREFIX = "HALSYNC_"
SOURCE = "sources[]."
"""Start of the keys that describe one source."""

LOOKING = (
    "init", "render", "diff", "explain", "validate", "watch",
    "manifests diff", "manifests apply", "accounts sync",
)  # fmt: skip
"""The commands that read the sources."""


class Option(NamedTuple):
    """One setting."""

    key: str
    type: Type
    help: str
    default: str | int | bool | None = None
    """As it is written in ``halsync.yaml``; None if there is none."""
    flag: str = ""
    metavar: str = ""
    choices: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    """The commands that take the flag; empty for every command that reads settings."""
    group: str = "General"
    """Heading in ``--help``."""
    example: str = ""
    """As it is written in ``halsync.yaml``, on one line."""
    minimum: int = 0
    """For integers, and in seconds for durations."""
    flag_help: str = ""
    """What ``--help`` says where the flag takes less than the key does."""
    empty: bool = False
    """Whether empty text is a value although the default is not empty: it turns something off."""


def of_source(option: Option) -> bool:
    """Whether the setting belongs to one source and not to the run."""
    return option.key.startswith(SOURCE)


def takes_empty(option: Option) -> bool:
    """Whether empty text is a value and no mistake."""
    return option.empty or option.default == ""


def suffix(key: str) -> str:
    """``publish.keepFor`` → ``PUBLISH_KEEP_FOR``."""
    short = key.removeprefix(SOURCE).replace(".auth.", ".")
    words = "".join("_" + char if char.isupper() else char for char in short.replace(".", "_"))
    return words.upper()


def variables(option: Option) -> dict[str, str]:
    """Variable without ``HALSYNC_`` → form: ``value``, or ``env``/``file`` for a secret."""
    in_file_only = option.type == "steps" and not option.flag
    if option.type in ("placeholders", "notify") or in_file_only or option.key == SOURCE + "name":
        return {}
    name = suffix(option.key)
    if option.type == "secret":
        return {name: "env", name + "_FILE": "file"}
    if option.type == "login":
        return {name: "value", name + "_FILE": "file"}
    return {name: "value"}


def yaml_keys(option: Option) -> dict[str, str]:
    """Key in ``halsync.yaml`` → form: ``value``, or ``env``/``file`` for a secret."""
    if option.type == "secret":
        return {option.key + "File": "file", option.key + "Env": "env"}
    if option.type == "login":
        return {option.key: "value", option.key + "File": "file", option.key + "Env": "env"}
    return {option.key: "value"}


def flag_form(option: Option) -> str:
    """What the flag's value is: ``file`` for a secret, else ``value``."""
    return "file" if option.type == "secret" else "value"


def takes_flag(option: Option, command: str) -> bool:
    """Whether ``command`` offers the flag. ``config show`` offers every one."""
    if not option.flag:
        return False
    return not option.commands or command in option.commands or command == "config show"


def placeholder_of(option: Option) -> str:
    """The word that stands for the value in help texts."""
    if option.metavar:
        return option.metavar
    if option.choices:
        return "|".join(option.choices)
    words = {"integer": "N", "duration": "TIME", "size": "SIZE", "path": "FILE", "secret": "FILE"}
    return words.get(option.type, "TEXT")
