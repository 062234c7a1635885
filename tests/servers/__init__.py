"""Real servers on loopback for tests and benchmarks; each is a context manager.

``git_repos`` makes repositories, ``git_http`` serves them over smart or dumb HTTP(S),
``git_ssh`` over sshd, ``tls`` makes certificate authorities, ``github`` answers like the one
GitHub endpoint that matters here, ``forward`` puts a server at another address.
``fixtures`` wraps them for pytest.
"""
