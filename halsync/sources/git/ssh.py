"""What git needs to know for SSH: a private configuration, key and list of known hosts."""

from __future__ import annotations

import glob
import os
import pwd

from halsync.errors import ConfigError
from halsync.sources.git.private import quoted, write_private

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.settings.model import GitAuth

PUBLIC = ("ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-")
"""How public keys begin, in files and in lists of them."""
_CHECKS = {"strict": "yes", "accept-new": "accept-new", "off": "no"}
_WRAPPER_PLACES = ("/usr/lib/*/libnss_wrapper.so", "/usr/lib*/libnss_wrapper.so")


def ssh_config(home: str, auth: GitAuth) -> tuple[str, dict[str, str]]:
    """A section for git's configuration file, and what must be added to the environment.

    Raises:
        ConfigError: a file cannot be read, no host keys are given though they are to be
            checked, or OpenSSH cannot run under this user id.
    """
    extra = passwd_entry(home)
    known = _known_hosts(home, auth)
    lines = [
        "Host *",
        "BatchMode yes",
        "IdentityAgent none",
        "IdentitiesOnly yes",
        "PreferredAuthentications publickey",
        f"StrictHostKeyChecking {_CHECKS[auth.host_key_check]}",
        f"UserKnownHostsFile {_path(known)}",
        "GlobalKnownHostsFile /dev/null",
        "UpdateHostKeys no",
        "ControlMaster no",
        "ControlPath none",
        "ClearAllForwardings yes",
        "PermitLocalCommand no",
        "ConnectTimeout 20",
        "ServerAliveInterval 15",
        "ServerAliveCountMax 3",
        "LogLevel ERROR",
    ]
    if auth.ssh_key:
        # A copy, because OpenSSH refuses a key that the group can read, and that is how
        # Kubernetes mounts a Secret under fsGroup.
        key = auth.ssh_key.read().replace("\r\n", "\n").rstrip("\n") + "\n"
        if key.startswith(PUBLIC):
            raise ConfigError(
                "this is the public half of an SSH key",
                where=auth.ssh_key.file or auth.ssh_key.env,
                hint="name the private half (auth.sshKeyFile): without .pub",
            )
        lines.append(f"IdentityFile {_path(write_private(f'{home}/ssh_key', key))}")
    else:
        lines.append("IdentityFile none")
    config = write_private(f"{home}/ssh_config", "\n".join(lines) + "\n")
    shell = "'" + config.replace("'", "'\\''") + "'"
    return f"[core]\n\tsshCommand = {quoted(f'ssh -F {shell}')}\n", extra


def _known_hosts(home: str, auth: GitAuth) -> str:
    content = ""
    if auth.known_hosts_file:
        try:
            with open(auth.known_hosts_file, encoding="utf-8", errors="surrogateescape") as stream:
                content = stream.read()
        except OSError as error:
            raise ConfigError(
                f"cannot read the known hosts {auth.known_hosts_file}: {error.strerror}",
                hint="mount the file there, readable by this user (auth.knownHostsFile)",
            ) from error
    elif auth.host_key_check == "strict":
        raise ConfigError(
            "the server's host key is to be checked, but no known hosts are given",
            hint="put the output of `ssh-keyscan HOST` (compared with what the host publishes)"
            " into a file and name it in auth.knownHostsFile, or set auth.hostKeyCheck:"
            " accept-new",
        )
    return write_private(f"{home}/known_hosts", content)


def _path(path: str) -> str:
    """For ssh_config(5): quoted, with ``%`` kept from being a token."""
    return '"' + path.replace("%", "%%") + '"'


def passwd_entry(home: str) -> dict[str, str]:
    """Variables that give this process's children a passwd entry, if the user id has none.

    OpenSSH ends with "No user exists for uid" where getpwuid(3) finds nothing (its ssh.c and
    ssh-keygen.c), and no option changes that. A user namespace would help, but the default
    seccomp profile of container runtimes forbids it, and /etc is read-only. What remains
    without privileges is nss_wrapper, a library made for this.

    Raises:
        ConfigError: the library would be needed and is not installed.
    """
    uid = os.getuid()
    try:
        pwd.getpwuid(uid)
    except KeyError:
        pass
    else:
        return {}
    places = [place for pattern in _WRAPPER_PLACES for place in sorted(glob.glob(pattern))]
    preset = os.environ.get("LD_PRELOAD", "")
    library = preset if "nss_wrapper" in preset else next(iter(places), "")
    if not library:
        raise ConfigError(
            f"OpenSSH refuses to run: user id {uid} has no entry in /etc/passwd",
            hint="install libnss-wrapper in the image (halsync's own image has it), run under a"
            " user id that has an entry, or use https with a token",
        )
    gid = os.getgid()
    passwd = write_private(f"{home}/passwd", f"halsync:x:{uid}:{gid}::{home}:/bin/false\n")
    group = write_private(f"{home}/group", f"halsync:x:{gid}:\n")
    return {"LD_PRELOAD": library, "NSS_WRAPPER_PASSWD": passwd, "NSS_WRAPPER_GROUP": group}
