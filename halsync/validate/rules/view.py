"""The configuration as rules see it: Halyard's reading of scalars, and where everything stands."""

from __future__ import annotations

from functools import cached_property

from halsync.halyard import CONFIG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from halsync.formats.document import Document
    from halsync.model import File
    from halsync.validate.documents import Documents
    from halsync.validate.rules.base import Path
    from halsync.validate.schema.visit import Scalar

_TRUE = frozenset({"true", "True", "TRUE"})

PROVIDERS = (
    "appengine",
    "aws",
    "azure",
    "cloudfoundry",
    "cloudrun",
    "dcos",
    "dockerRegistry",
    "ecs",
    "google",
    "huaweicloud",
    "kubernetes",
    "oracle",
    "oraclebmcs",
    "tencentcloud",
)
"""The keys of ``providers`` that hold accounts."""


class Node:
    """A mapping of a file and its path. What is missing or of the wrong type is empty: types are
    the schema check's matter."""

    __slots__ = ("path", "value")

    def __init__(self, value: Any, path: Path) -> None:
        self.value: dict[str, Any] = value if isinstance(value, dict) else {}
        self.path = path

    def __bool__(self) -> bool:
        return bool(self.value)

    def at(self, *below: str | int) -> Path:
        """The path of a part."""
        return (*self.path, *below)

    def is_set(self, key: str) -> bool:
        """Whether there is a value, be it empty; a null is none."""
        return self.value.get(key) is not None

    def text(self, key: str) -> str:
        """The string that Halyard makes of a scalar; empty if there is none."""
        return text_of(self.value.get(key))

    def flag(self, key: str, default: bool = False) -> bool:
        """The boolean that Halyard makes of a scalar."""
        value = self.value.get(key)
        if value is None:
            return default
        return value in _TRUE if isinstance(value, str) else bool(value)

    def number(self, key: str) -> int | None:
        """The whole number that Halyard makes of a scalar; None if there is none."""
        value = self.value.get(key)
        if isinstance(value, bool) or value is None:
            return None
        if isinstance(value, int):
            return value
        try:
            return int(value.strip()) if isinstance(value, str) else int(value)
        except (ValueError, TypeError, OverflowError):
            return None

    def node(self, key: str) -> Node:
        """The mapping below ``key``, empty if there is none."""
        return Node(self.value.get(key), (*self.path, key))

    def items(self, key: str) -> list[Any]:
        """The list below ``key``, empty if there is none."""
        value = self.value.get(key)
        return value if isinstance(value, list) else []

    def nodes(self, key: str) -> list[Node]:
        """The mappings of the list below ``key``."""
        value = self.value.get(key)
        if not isinstance(value, list):
            return []
        base = (*self.path, key)
        return [
            Node(item, (*base, index)) for index, item in enumerate(value) if isinstance(item, dict)
        ]

    def children(self) -> list[tuple[str, Node]]:
        """The mappings below each key."""
        return [
            (key, Node(value, (*self.path, key)))
            for key, value in self.value.items()
            if isinstance(value, dict)
        ]


class Deployment(Node):
    """One entry of ``deploymentConfigurations``."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """Its name, ``default`` if it has none."""
        return self.text("name") or "default"

    @property
    def is_part(self) -> bool:
        """Whether it lacks what ``hal config`` always writes: a patch, or just begun."""
        return "deploymentEnvironment" not in self.value

    @property
    def version(self) -> str:
        """The version of Spinnaker."""
        return self.text("version")

    @property
    def environment(self) -> Node:
        """``deploymentEnvironment``."""
        return self.node("deploymentEnvironment")

    def provider(self, name: str) -> Node:
        """One cloud provider."""
        return self.node("providers").node(name)

    def accounts(self, provider: str) -> list[Node]:
        """The accounts of one provider."""
        return self.provider(provider).nodes("accounts")

    def all_accounts(self) -> Iterator[tuple[str, Node]]:
        """Every provider account, with the key of its provider."""
        providers = self.node("providers")
        for name in providers.value:
            if name in PROVIDERS:
                for account in providers.node(name).nodes("accounts"):
                    yield name, account

    def has_ha(self, service: str) -> bool:
        """Whether ``clouddriver`` or ``echo`` is split into its highly available parts."""
        return self.environment.node("haServices").node(service).flag("enabled")


UNFLAGGED_SECRETS = frozenset({("WebhookTrust", "trustStorePassword"), ("Ldap", "managerPassword")})
"""Fields that hold secrets though Halyard's code does not mark them: class and field."""


class Configuration:
    """What rules judge: the halconfig, the other parsed files and all names of files."""

    def __init__(self, documents: Documents, *, hal_directories: tuple[str, ...] = ()) -> None:
        self.documents = documents
        self.hal_directories = hal_directories
        """Where the halconfig directory is in halyard's container; absolute."""
        self.kept: dict[str, Any] = {}
        """What several rules need and one has found."""
        self.document = self.parsed(CONFIG)
        """The halconfig, None if there is none that can be read."""
        self.root = Node(self.document.value if self.document else None, ())
        self.deployments = [
            Deployment(node.value, node.path)
            for node in self.root.nodes("deploymentConfigurations")
        ]

    @property
    def files(self) -> Mapping[str, File]:
        """Every file of the tree."""
        return self.documents.tree.files

    def parsed(self, path: str) -> Document | None:
        """The one document of a YAML or JSON file, if it has just one."""
        if path not in self.documents.tree.files:
            return None
        try:
            parsed = self.documents.parsed(path)
        except ValueError:
            return None
        if parsed.failed or len(parsed.documents) != 1:
            return None
        return parsed.documents[0]

    def node(self, path: str) -> Node:
        """The mapping that a file holds, empty if it holds none."""
        document = self.parsed(path)
        return Node(document.value if document else None, ())

    @cached_property
    def below(self) -> dict[str, list[str]]:
        """``<directory>/<directory>`` → the paths of the files below it, sorted."""
        found: dict[str, list[str]] = {}
        for path in sorted(self.documents.tree.files):
            parts = path.split("/", 2)
            if len(parts) == 3:
                found.setdefault(f"{parts[0]}/{parts[1]}", []).append(path)
        return found

    def profiles(self, deployment: str) -> list[str]:
        """The files below ``<deployment>/profiles``."""
        return self.below.get(f"{deployment}/profiles", [])

    def settings(self, deployment: str) -> list[str]:
        """The files below ``<deployment>/service-settings``."""
        return self.below.get(f"{deployment}/service-settings", [])

    @cached_property
    def scalars(self) -> list[Scalar]:
        """Every secret and every path of a file in the halconfig, with the field's type."""
        from halsync.validate.schema.visit import scalars

        if self.document is None:
            return []
        return scalars("halconfig", self.document.value, "SfF", UNFLAGGED_SECRETS)


def text_of(value: Any) -> str:
    """The string that Halyard makes of a scalar; empty for everything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        from halsync.validate.schema.coerce import java_text

        return java_text(value)
    return ""


def cut(text: str, width: int = 60) -> str:
    """A value fit for a message."""
    return text if len(text) <= width else text[: width - 1] + "…"


def listed(names: list[str], width: int = 6) -> str:
    """``'a', 'b' and 3 more``."""
    shown = ", ".join(f"'{cut(name)}'" for name in names[:width])
    return shown if len(names) <= width else f"{shown} and {len(names) - width} more"


def did_you_mean(word: str, choices: list[str] | tuple[str, ...]) -> str:
    """A hint that names the nearest of the choices, or lists them."""
    from halsync.paths import nearest

    if not choices:
        return ""
    meant = nearest(word, choices)
    return f"did you mean '{meant}'?" if meant else f"there is {listed(sorted(choices))}"
