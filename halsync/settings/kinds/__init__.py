"""The kinds of source that the settings know. Adding one: an entry here, a module beside it with
its record and ``build``, its options in a file of their own, and a line in
:mod:`halsync.sources`."""

from __future__ import annotations

from importlib import import_module

from halsync.records import NamedTuple
from halsync.settings.options import OPTIONS
from halsync.settings.spec import PREFIX, SOURCE, of_source, placeholder_of, suffix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.settings.model import KindSettings
    from halsync.settings.resolve import Values


class Kind(NamedTuple):
    """How a source of one kind is described."""

    name: str
    """The key below ``sources[]``: ``git``."""
    key: str
    """The one setting that every source of the kind has, and that makes it one where flags and
    variables describe a single source: ``sources[].git.url``."""
    module: str
    """Has ``build(values: Values) -> Built``; loaded only where there is such a source."""


class Built(NamedTuple):
    """What ``build`` makes of the settings of one source."""

    options: KindSettings
    path: str = ""
    """Only what lies below this directory of the source; see ``SourceSettings.path``."""


KINDS: tuple[Kind, ...] = (
    Kind("git", SOURCE + "git.url", "halsync.settings.kinds.git"),
    Kind("dir", SOURCE + "dir.path", "halsync.settings.kinds.directory"),
    Kind("s3", SOURCE + "s3.bucket", "halsync.settings.kinds.s3"),
    Kind("vault", SOURCE + "vault.address", "halsync.settings.kinds.vault"),
)

OF_SOURCE = {option.key.removeprefix(SOURCE): option for option in OPTIONS if of_source(option)}
"""The settings of one source: ``git.url`` → its option."""


def build(kind: str, values: Values) -> Built:
    """The settings of one source of that kind; mistakes are recorded in ``values``."""
    [module] = [each.module for each in KINDS if each.name == kind]
    built: Built = import_module(module).build(values)
    return built


def naming(*, variables: bool = False) -> str:
    """How flags (and variables) name a single source: ``--git URL or --dir DIR``."""
    forms = []
    for kind in KINDS:
        option = OF_SOURCE[kind.key.removeprefix(SOURCE)]
        variable = f" ({PREFIX}{suffix(option.key)})" if variables else ""
        forms.append(f"{option.flag} {placeholder_of(option)}{variable}")
    return " or ".join([", ".join(forms[:-1]), forms[-1]])
