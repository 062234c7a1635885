"""The steps of rendering, as ``halsync.yaml`` says them: records, no I/O.

They stand below ``render:`` and are read by :mod:`halsync.settings.rendering`; whatever one of
these records can say, the file can say, and the other way round. Only imported where one of
them is declared.

Files are named by path or by pattern, counted from the root of the composed tree: ``*`` and
``?`` stay within one part of a path, ``**`` spans parts. ``default/profiles/*.yml``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from halsync.records import NamedTuple
from halsync.settings.model import SecretRef

if TYPE_CHECKING:
    from halsync.settings.model import PlaceholderSettings

Action = Literal["move", "copy", "remove", "write", "append"]
PatchKind = Literal["merge", "mergePatch", "jsonPatch", "replace"]


class Variant(NamedTuple):
    """Files named ``<path>.<name>`` take the place of ``<path>``."""

    name: str
    """Without the dot: ``s3``."""
    files: tuple[str, ...] = ()
    """Patterns of the files whose place is taken (``default/profiles/*.yml``); empty: any."""
    optional: bool = False
    """No such file, or one whose base is missing (it then simply gets the name), is no error."""
    declared_at: str = ""
    """``halsync.yaml:12``, or ``preset opsmx (…)``. So in every record below."""


class Overlay(NamedTuple):
    """A directory of the tree that is laid over the tree, and is itself not published."""

    path: str
    """Normalised: ``environments/prod``."""
    optional: bool = False
    """The directory may be missing."""
    declared_at: str = ""


class FileStep(NamedTuple):
    """One thing done to whole files."""

    action: Action
    path: str
    """``move``, ``copy``: a file or a directory. ``remove``: a file, a directory or a pattern.
    ``write``: the file. ``append``: a file or a pattern."""
    to: str = ""
    """For ``move`` and ``copy``: the new path (of the file, of the directory)."""
    content: str = ""
    """For ``write`` and ``append``: text. ``append`` begins on a line of its own."""
    optional: bool = False
    """Nothing to be found is no error. For ``write``: only if there is no such file yet."""
    override: bool = False
    """For ``move``, ``copy`` and ``write``: a file that is there already is replaced."""
    declared_at: str = ""


class Patch(NamedTuple):
    """A change of the values in the files that match; the text around them stays."""

    file: str
    """A path or a pattern."""
    kind: PatchKind
    value: Any
    """``merge``: mappings by key, lists of named mappings by ``name``. An item
    ``{name: "*", …}`` is merged into every item that the list has; ``{$remove: true}`` as a value
    removes the key, inside a named item the item; ``$replace: true`` inside a mapping, or as the
    item ``{$replace: true}`` at the head of a list, replaces instead of merging.
    ``mergePatch``: RFC 7386. ``jsonPatch``: the operations of RFC 6902.
    ``replace``: ``{text: …, with: …}`` for files that hold no values (``.js``, text): whole
    words, in JavaScript outside of comments and strings; ``count`` may say how many there are."""
    optional: bool = False
    """Neither a missing file nor, for ``merge``, an empty list behind ``*``, nor, for
    ``replace``, a missing text is an error."""
    override: bool = False
    """It may change what an overlay or a patch before it has set."""
    declared_at: str = ""


class Surroundings(NamedTuple):
    """What a preset takes from the cluster that the installation stands in."""

    release: str = ""
    """Name of the Helm release."""
    namespace: str = ""
    """Empty: the pod's own."""
    node_ip: str = ""
    services_file: str = ""
    """What ``kubectl get services -o json`` printed."""
    secrets_dir: str = ""
    """Directory of mounted Secrets, one directory each."""
    ssh_key: SecretRef = SecretRef()
    """Private key for the repository of the dynamic accounts."""


class Preset(NamedTuple):
    """A set of steps by name."""

    name: str
    chart: str = ""
    """Generation of the chart whose conventions are meant: ``3.12``, ``4.0``."""
    values: Any = None
    """The Helm values, if they stand in ``halsync.yaml``."""
    values_file: str = ""
    """Absolute path of the file that holds them."""
    declared_at: str = ""
    surroundings: Surroundings = Surroundings()


class RenderPlan(NamedTuple):
    """Everything rendering does, in the order of the fields.

    1. ``variants`` take the place of the files that they are variants of;
    2. ``overlays`` are laid over the tree, one after another, and are taken out of it;
    3. ``files``: the file steps, one after another;
    4. ``patches``, one after another;
    5. ``placeholders`` are filled in, all at once;
    6. secret references (the issue on sources).
    """

    variants: tuple[Variant, ...] = ()
    overlays: tuple[Overlay, ...] = ()
    files: tuple[FileStep, ...] = ()
    patches: tuple[Patch, ...] = ()
    placeholders: tuple[PlaceholderSettings, ...] = ()

    def followed_by(self, own: RenderPlan) -> RenderPlan:
        """This plan with another after it in each stage; of two placeholders of one name, and of
        two variants of one name, the other's counts."""
        names = {item.name for item in own.variants}
        words = {item.name for item in own.placeholders}
        return RenderPlan(
            (*(item for item in self.variants if item.name not in names), *own.variants),
            (*self.overlays, *own.overlays),
            (*self.files, *own.files),
            (*self.patches, *own.patches),
            (*(item for item in self.placeholders if item.name not in words), *own.placeholders),
        )
