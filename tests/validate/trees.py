"""Trees for tests, from paths and texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from halsync.model import File, Origin, Tree

CONFIG = "currentDeployment: default\ndeploymentConfigurations:\n- name: default\n"


def tree(
    files: Mapping[str, str | bytes] | None = None,
    *,
    dangling: Iterable[str] = (),
    config: str | bytes | None = CONFIG,
    prefix: str = "",
) -> Tree:
    """A tree with a good ``config`` unless told otherwise; ``prefix`` is the path in the source."""
    contents = {} if config is None else {"config": config}
    contents.update(files or {})
    return Tree(
        {
            path: File(
                content.encode() if isinstance(content, str) else content,
                False,
                Origin("hal-config", "3e25d19b587a0011", prefix + path),
            )
            for path, content in contents.items()
        },
        {path: Origin("hal-config", "3e25d19b587a0011", prefix + path) for path in dangling},
    )
