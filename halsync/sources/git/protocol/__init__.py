"""Git's protocol 2 over HTTP(S) without git, for the plain case; anything else is git's.

A fetch of one commit and a question for one ref are two short requests. Starting git for them
costs more than they do, and on every poll again. What is not plain is not handled here but
given up, as :class:`~halsync.sources.git.protocol.waiting.Unusual`: redirects, any status but
200, older protocols, proxies, large packs, whatever looks odd. Then git is asked the same, and
its word counts, also about what is wrong.

Layers, each of them a generator that yields what it waits for (see ``waiting``)::

    plain ─► requests ─► packets ─► http ─► connection
         └─► delivery ─► pack

gitprotocol-v2(5), gitprotocol-http(5), gitprotocol-pack(5), gitformat-pack(5).
"""
