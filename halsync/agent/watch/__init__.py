"""``watch``: the sidecar's loop. :mod:`halsync.agent.watch.run` wires it.

One thread does everything: ask the sources, prepare what changed, and carry it through the
phases that are on disk (:class:`halsync.restart.base.Marks`), so that a process that starts
after any kill goes on where the last one stopped. ``docs/watch.md`` tells the states.
"""
