"""File contents: claimed by size first, then read, all requests of one repository at once."""

from __future__ import annotations

from halsync.sources.entries import is_pointer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from halsync.settings.model import Limits
    from halsync.sources.entries import Entries
    from halsync.sources.git.objects import Info
    from halsync.sources.git.session import Fetched, Session
    from halsync.sources.git.trees import Walker


def read_files(
    walker: Walker,
    sessions: Sequence[tuple[Session, Fetched] | None],
    entries: Entries,
    limits: Limits,
    *,
    lfs: bool,
) -> None:
    """Hand all files that ``walker`` found to ``entries``.

    ``sessions`` has one entry for each of the walker's readers; None for one that has all there
    is to have.

    Raises:
        SourceUnreachable, AccessDenied, SourceNotFound: fetching what a filter left out failed.
    """
    for index, session in enumerate(sessions):
        files = {p: node for p, node in sorted(walker.files.items()) if node.repository == index}
        reader = walker.readers[index]
        ids = list(dict.fromkeys(node.id for node in files.values()))
        infos = dict(zip(ids, reader.infos(ids), strict=True))
        missing = [name for name, info in infos.items() if info is None]
        if missing and session and session[1].contents_left_out:
            session[0].fetch_objects(session[1].repository, missing)
            infos.update(zip(missing, reader.infos(missing), strict=True))
        allowed = [path for path in files if _claim(path, infos[files[path].id], entries, limits)]
        by_id: dict[str, list[str]] = {}
        for path in allowed:
            by_id.setdefault(files[path].id, []).append(path)
        wanted = list(by_id)
        pointers: list[tuple[str, bytes]] = []
        for name, found in zip(wanted, reader.contents(wanted), strict=True):
            content = found[1] if found else b""
            for path in by_id[name]:
                if is_pointer(content):
                    pointers.append((path, content))
                else:
                    entries.add_file(path, content, files[path].executable)
        for path, pointer in pointers:
            if not lfs or not session:
                hint = "set lfs: true to fetch the file, or store it in git"
                entries.refuse_pointer(path, hint)
                continue
            from halsync.sources.git.lfs import download

            large = download(*session, entries, path, pointer)
            if large is not None:
                entries.add_file(path, large, files[path].executable)


def _claim(path: str, info: Info | None, entries: Entries, limits: Limits) -> bool:
    if info:
        return entries.claim(path, info.size)
    # The filter of the fetch left it out for its size; one byte more than allowed is what is
    # known about it.
    return entries.claim(path, limits.file_bytes + 1)
