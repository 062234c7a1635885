"""The private surroundings git runs in: one directory, one configuration file, no inheritance.

Everything git is told stands in ``<private>/.gitconfig`` (HOME points there; the system's file
is switched off), so that neither argv nor the environment carries settings, let alone secrets.
"""

from __future__ import annotations

import os

from halsync.errors import ConfigError, SourceNotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.settings.model import GitSettings
    from halsync.sources.git.names import Remote

# Measured on loopback, 85 files (benchmarks of issue 1): unpackLimit 1 (index-pack instead of one
# file per object) and no fsync of scratch data make a fetch 10 % cheaper; noop saves a walk.
#
# transfer.fsckObjects stays off: hashes are checked all the same, nothing is ever checked out,
# and names and modes are judged by `Entries`, which names every path where git would name an
# object id and refuse old repositories for harmless sins in their trees.
_FIXED = """\
[core]
	hooksPath = /dev/null
	fsync = none
	askPass =
	sshCommand = ssh -F /dev/null
[gc]
	auto = 0
[maintenance]
	auto = false
[protocol]
	version = 2
[fetch]
	unpackLimit = 1
	negotiationAlgorithm = noop
	writeCommitGraph = false
	recurseSubmodules = false
[pack]
	writeReverseIndex = false
[submodule]
	recurse = false
[http]
	followRedirects = initial
	lowSpeedLimit = 1
	lowSpeedTime = 60
[ssh]
	variant = ssh
"""

_PROXY_NAMES = (
    "http_proxy",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
)


def make_directory(parent: str, stem: str) -> str:
    """A new private directory below ``parent``.

    Raises:
        ConfigError: it cannot be made.
    """
    number = 0
    while True:
        path = f"{parent}/{stem}-{number}"
        try:
            os.mkdir(path, 0o700)
        except FileExistsError:
            number += 1
        except OSError as error:
            raise _unwritable(parent, error) from error
        else:
            return path


def make_inside(directory: str, *names: str) -> None:
    """New private directories of these names.

    Raises:
        ConfigError: they cannot be made.
    """
    try:
        for name in names:
            os.mkdir(f"{directory}/{name}", 0o700)
    except OSError as error:
        raise _unwritable(directory, error) from error


def remove_directory(path: str) -> None:
    """Remove a private directory with all that git left in it, as far as that is possible."""
    for where, directories, files in os.walk(path, topdown=False):
        for remove, names in ((os.unlink, files), (os.rmdir, directories)):
            for name in names:
                try:
                    remove(f"{where}/{name}")
                except OSError:
                    continue
    try:
        os.rmdir(path)
    except OSError:
        return


def _unwritable(directory: str, error: OSError) -> ConfigError:
    return ConfigError(
        f"cannot write to the work directory: {error.strerror}",
        where=directory,
        hint="give halsync a writable work directory with room for the repository"
        " (workDir, HALSYNC_WORK_DIR)",
    )


def write_private(path: str, content: str) -> str:
    """Write a file that only this user can read, in one step for whoever reads it; its path."""
    new = f"{path}.new"
    try:
        fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(fd, "w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
            stream.write(content)
        os.rename(new, path)
    except OSError as error:
        raise _unwritable(os.path.dirname(path), error) from error
    return path


def quoted(value: str) -> str:
    """A value for a git configuration file."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def surroundings(home: str, remote: Remote, options: GitSettings, timeout: float) -> dict[str, str]:
    """Write git's configuration into the private directory ``home``; its environment.

    ``timeout``, in seconds, is for a GitHub App's token.

    Raises:
        ConfigError: a file that the settings name cannot be read, or a setting contradicts
            another.
        SourceNotFound: a local repository does not exist.
    """
    env = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": home,
        "TMPDIR": home,
        "LANG": "C",
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": remote.scheme,
    }
    lines = [_FIXED]
    if remote.scheme == "file":
        path = remote.path
        if not os.path.exists(path) and "%" not in path:
            raise SourceNotFound(
                f"there is no repository at {path}",
                where=remote.url,
                hint="check the path; it is the one inside this container",
            )
        # Whoever configures a path trusts it. "*" and not the path, because git 2.39 compares
        # with "." here (git 2.46 release notes).
        lines.append("[safe]\n\tdirectory = *\n")
    elif remote.scheme == "ssh":
        from halsync.sources.git.ssh import ssh_config

        config, extra = ssh_config(home, options.auth)
        lines.append(config)
        env.update(extra)
    else:
        from halsync.sources.git.http import http_config

        env.update({name: os.environ[name] for name in _PROXY_NAMES if os.environ.get(name)})
        lines.append(http_config(home, remote, options, env, timeout))
    write_private(f"{home}/.gitconfig", "".join(lines))
    return env
