"""PyYAML's C parser, its events and its errors, without the rest of PyYAML.

``import yaml`` takes 13 to 17 ms, more than any other import of ``init``: it compiles the
patterns of resolvers, constructors and a Python scanner, none of which we use. The C parser
itself needs four small modules (2 ms), and from the others only the classes of the errors that
it raises.

So the package is put into ``sys.modules`` as the import system makes it, but its ``__init__``
runs when somebody first asks for something that is not there yet. Until then it is incomplete,
but never wrong: the modules loaded here are the real ones, and stay the only ones. Where
anything is not as expected, or ``yaml`` is loaded already, the ordinary import serves.
"""

from __future__ import annotations

import sys
from importlib import import_module

from halsync.errors import HalsyncError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

_ERRORS = {
    "reader": "ReaderError",
    "scanner": "ScannerError",
    "parser": "ParserError",
    "composer": "ComposerError",
    "constructor": "ConstructorError",
    "emitter": "EmitterError",
    "serializer": "SerializerError",
    "representer": "RepresenterError",
}
"""What the C parser takes from modules that it otherwise does not need."""


class _ErrorsOf:
    """Stands for a module while the C parser takes the class of an error from it.

    The C parser only ever calls the class, so a function may stand for it.
    """

    def __init__(self, module: str, error: str) -> None:
        def raised(*arguments: object) -> object:
            return getattr(import_module(module), error)(*arguments)

        setattr(self, error, raised)


def _load() -> ModuleType | None:
    """``yaml._yaml``; None where PyYAML was built without libyaml."""
    if "yaml" not in sys.modules:
        try:
            return _load_alone()
        except HalsyncError:
            raise  # SIGTERM, which came just now
        except Exception:  # whatever it was: the ordinary way will tell
            for name in [name for name in sys.modules if name.partition(".")[0] == "yaml"]:
                del sys.modules[name]
    import_module("yaml")
    try:
        return import_module("yaml._yaml")
    except ImportError:
        return None


def _load_alone() -> ModuleType:
    from importlib.util import find_spec, module_from_spec

    spec = find_spec("yaml")
    if spec is None or spec.loader is None:
        raise ImportError("no module yaml")
    package, execute = module_from_spec(spec), spec.loader.exec_module
    sys.modules["yaml"] = package
    for name in ("error", "tokens", "events", "nodes"):
        import_module(f"yaml.{name}")
    for name, error in _ERRORS.items():
        setattr(package, name, _ErrorsOf(f"yaml.{name}", error))
    try:
        return import_module("yaml._yaml")
    finally:
        for name in _ERRORS:
            delattr(package, name)
        _complete_on_demand(package, execute)


def _complete_on_demand(package: ModuleType, execute: Callable[[ModuleType], None]) -> None:
    def missing(name: str) -> Any:
        package.__dict__.pop("__getattr__", None)
        execute(package)
        return getattr(package, name)

    # PEP 562: a module's own __getattr__ is asked for what the module lacks.
    package.__dict__["__getattr__"] = missing


_module = _load()

# Not earlier: importing a part of the package first would import all of it.
from yaml.error import MarkedYAMLError, YAMLError  # noqa: E402
from yaml.events import (  # noqa: E402
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

CParser: Any = getattr(_module, "CParser", None)
"""The C parser's class; None where PyYAML was built without libyaml."""

__all__ = [
    "AliasEvent",
    "CParser",
    "DocumentEndEvent",
    "DocumentStartEvent",
    "MappingEndEvent",
    "MappingStartEvent",
    "MarkedYAMLError",
    "ScalarEvent",
    "SequenceEndEvent",
    "SequenceStartEvent",
    "YAMLError",
]
