"""From a tree to the entries that are wanted: walked level by level, links followed."""

from __future__ import annotations

from halsync.errors import SourceNotFound
from halsync.paths import join, nearest
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from halsync.settings.model import Limits
    from halsync.sources.entries import Entries
    from halsync.sources.git.objects import Objects

_TYPE = 0o170000
_TREE, _LINK, _GITLINK = 0o040000, 0o120000, 0o160000

_LINK_HOPS = 40
_LINK_BYTES = 4096
"""PATH_MAX: no kernel makes longer links."""
_EMPTY_DIRECTORIES = 1000
"""How many directories a source may have beyond the number of files it may have."""


class Node(NamedTuple):
    """A tree entry: where its object lives, mode and object id."""

    repository: int
    """Index into the walker's readers: 0 is the source, the others are submodules."""
    mode: int
    id: str

    @property
    def kind(self) -> int:
        """The file type bits."""
        return self.mode & _TYPE

    @property
    def executable(self) -> bool:
        """Whether the owner may execute it."""
        return bool(self.mode & 0o100)


def parse_tree(content: bytes, id_bytes: int) -> list[tuple[int, str, str]]:
    """The entries of a tree object: mode, name (surrogates for what is not UTF-8), id.

    Raises:
        ValueError: this is not a tree.
    """
    entries = []
    start = 0
    while start < len(content):
        zero = content.index(b"\0", start)
        mode, _, name = content[start:zero].partition(b" ")
        end = zero + 1 + id_bytes
        entries.append(
            (int(mode, 8), name.decode("utf-8", "surrogateescape"), content[zero + 1 : end].hex())
        )
        start = end
    return entries


class Walker:
    """Collects what lies below the wanted paths, and what links there lead to.

    ``files`` maps each path to its node; links go to ``entries`` at once; ``gitlinks`` holds
    the submodules that were not entered.
    """

    def __init__(
        self,
        reader: Objects,
        root: str,
        entries: Entries,
        limits: Limits,
        enter: Callable[[Walker, str, Node], Node | None] | None = None,
    ) -> None:
        """``root`` is the id of the tree. ``enter`` fetches a submodule: its tree, or None."""
        self.readers = [reader]
        self.files: dict[str, Node] = {}
        self.gitlinks: dict[str, str] = {}
        self.nodes: dict[str, Node] = {"": Node(0, _TREE, root)}
        self._children: dict[str, dict[str, Node]] = {}
        self._links: dict[str, str] = {}
        self._entries = entries
        self._limits = limits
        self._enter = enter
        self._expanded: set[str] = set()
        self._full = False

    def want(self, path: str) -> None:
        """Collect all that lies below ``path``.

        Raises:
            SourceNotFound: there is no such directory.
        """
        place = self._locate(path)
        node = self.nodes.get(place) if place is not None else None
        if node is None or place is None:
            raise SourceNotFound(f"there is no directory {path}", hint=self._suggest(path))
        if node.kind == _GITLINK:
            raise SourceNotFound(
                f"{path} is a submodule", hint="set submodules to shallow or recursive"
            )
        if node.kind != _TREE:
            raise SourceNotFound(
                f"{path} is a file, not a directory",
                hint="name the directory that holds it",
            )
        self._expand(place)

    def children(self, path: str) -> dict[str, Node]:
        """The entries of the directory ``path``, by name; empty if it is none."""
        self._load([path])
        return self._children.get(path, {})

    def _suggest(self, path: str) -> str:
        above = path
        while above:
            above, _, missing = above.rpartition("/")
            place = self._locate(above)
            if place is None or self.nodes[place].kind != _TREE:
                continue
            names = [n for n, node in self.children(place).items() if node.kind == _TREE]
            near = nearest(missing or above, tuple(names))
            if near:
                return f"did you mean {join(above, near)}?"
            shown = ", ".join(sorted(name for name in names if name.isprintable())[:8])
            return f"the directories of {above or 'its root'} are: {shown or '(none)'}"
        return "check the path"

    def _locate(self, path: str) -> str | None:
        """Where ``path`` leads once every link on the way is followed; None if nowhere."""
        done: list[str] = []
        todo = path.split("/")[::-1]
        hops = 0
        while todo:
            part = todo.pop()
            if part in ("", "."):
                continue
            if part == "..":
                if not done:
                    return None
                done.pop()
                continue
            above = "/".join(done)
            done.append(part)
            here = "/".join(done)
            node = self.children(above).get(part)
            if node is None:
                return None
            if node.kind == _GITLINK:
                node = self._visit_gitlink(here, node)
            if node.kind == _LINK:
                hops += 1
                self._read_links([here])
                target = self._links.get(here, "/")
                if hops > _LINK_HOPS or target.startswith("/"):
                    return None
                done.pop()
                todo += target.split("/")[::-1]
        return "/".join(done)

    def _expand(self, start: str) -> None:
        level = [start]
        while level and not self._full:
            level = [path for path in level if path not in self._expanded]
            self._expanded.update(level)
            self._load(level)
            below: list[str] = []
            links: list[str] = []
            for above in level:
                for name in self._children.get(above, {}):
                    path = join(above, name)
                    self._sort_in(path, self.nodes[path], below, links)
                    if self._full:
                        return
            level = below
            self._read_links(links)
            for link in links:
                level += self._behind(link)

    def _sort_in(self, path: str, node: Node, below: list[str], links: list[str]) -> None:
        if node.kind == _GITLINK:
            node = self._visit_gitlink(path, node)
        if node.kind == _LINK:
            links.append(path)
        elif node.kind == _TREE:
            if self._entries.may_hold(path):
                below.append(path)
        elif node.kind != _GITLINK:
            self.files[path] = node
        # A few kilobytes can describe more entries than there are atoms: stop in time.
        # One file more than allowed is kept, so that the limit itself is reported.
        if len(self.files) > self._limits.files:
            self._full = True
        elif len(self._expanded) + len(below) > self._limits.files + _EMPTY_DIRECTORIES:
            self._full = True
            self._entries.refuse(
                path,
                f"more than {self._limits.files + _EMPTY_DIRECTORIES} directories",
                "point the source at a sub-path, or raise limits.files",
                code="HAL0104",
            )

    def _behind(self, link: str) -> list[str]:
        """Directories to be walked because of ``link``; a file is taken at once."""
        place = self._locate(link)
        node = self.nodes.get(place) if place else None
        if not place or node is None or node.kind == _GITLINK:
            return []
        if node.kind == _TREE:
            return [place]
        self.files[place] = node
        return []

    def _visit_gitlink(self, path: str, node: Node) -> Node:
        if path in self.gitlinks:
            return node
        entered = self._enter(self, path, node) if self._enter else None
        if entered is None:
            self.gitlinks[path] = node.id
            return node
        self._place(path, entered)
        return entered

    def _place(self, path: str, node: Node) -> None:
        self.nodes[path] = node
        above, _, name = path.rpartition("/")
        self._children[above][name] = node

    def _load(self, paths: Sequence[str]) -> None:
        """Read the directories among ``paths``, all requests of one repository at once."""
        by_reader: dict[int, list[str]] = {}
        for path in paths:
            node = self.nodes.get(path)
            if node and node.kind == _TREE and path not in self._children:
                by_reader.setdefault(node.repository, []).append(path)
        for index, wanted in by_reader.items():
            ids = list(dict.fromkeys(self.nodes[path].id for path in wanted))
            trees = self._read_trees(index, ids)
            for path in wanted:
                self._adopt(path, index, trees[self.nodes[path].id])

    def _read_trees(self, index: int, ids: list[str]) -> dict[str, list[tuple[int, str, str]]]:
        trees = {}
        for name, found in zip(ids, self.readers[index].contents(ids), strict=True):
            if not found or found[0].type != "tree":
                raise ValueError(f"tree {name} is missing")
            trees[name] = parse_tree(found[1], len(name) // 2)
        return trees

    def _adopt(self, path: str, index: int, entries: Iterable[tuple[int, str, str]]) -> None:
        children: dict[str, Node] = {}
        for mode, name, object_id in entries:
            full = f"{path}/{name}" if path else name
            if name in ("", ".", "..") or "/" in name or name in children:
                # git never writes such a tree; somebody made it by hand.
                wrong = "stands twice in its directory" if name in children else "is not legal"
                self._entries.refuse(full, f"the name {wrong}", "repair the repository")
                continue
            children[name] = self.nodes[full] = Node(index, mode, object_id)
        self._children[path] = children

    def _read_links(self, paths: Sequence[str]) -> None:
        """Hand links to the entries and remember their targets."""
        todo: dict[int, list[str]] = {}
        for path in paths:
            if path not in self._links:
                todo.setdefault(self.nodes[path].repository, []).append(path)
        for index, links in todo.items():
            reader = self.readers[index]
            sizes = reader.infos([self.nodes[path].id for path in links])
            short = []
            for path, info in zip(links, sizes, strict=True):
                if info and info.size <= _LINK_BYTES:
                    short.append(path)
                else:
                    self._links[path] = "/"
                    self._entries.refuse(
                        path,
                        f"the link is longer than {_LINK_BYTES} bytes",
                        "remove it from the source",
                        code="HAL0102",
                    )
            targets = reader.contents([self.nodes[path].id for path in short])
            for path, found in zip(short, targets, strict=True):
                if found:
                    target = found[1].decode("utf-8", "surrogateescape")
                    self._links[path] = target
                    self._entries.add_link(path, target)
