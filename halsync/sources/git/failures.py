"""From what git and ssh print to errors that say what is wrong and what to do.

The one place that knows their words (LC_ALL=C). The order matters: causes come before the
complaints that follow from them.
"""

from __future__ import annotations

import re

from halsync.errors import (
    AccessDenied,
    ConfigError,
    HalsyncError,
    SourceNotFound,
    SourceUnreachable,
)
from halsync.records import NamedTuple
from halsync.redact import redact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.sources.git.names import Remote

_QUOTE = 300
NOT_GIT = "something answers there, but not git"
NOT_GIT_HINT = (
    "check the URL: it must be the one for `git clone`; a login page or a proxy may answer in the"
    " server's place"
)
_NO_CREDENTIALS = r"could not read (?:Username|Password) for"


class _Rule(NamedTuple):
    pattern: str
    error: type[HalsyncError]
    message: str
    hint: str


_RULES = (
    _Rule(
        r"No space left on device|Disk quota exceeded|File too large",
        ConfigError,
        "the work directory is full",
        "give it more room (sizeLimit of its emptyDir), or name another one in workDir",
    ),
    _Rule(
        r"Could not resolve host|Could not resolve hostname|Name or service not known"
        r"|Temporary failure in name resolution",
        SourceUnreachable,
        "the name of the server cannot be resolved",
        "check the host name in the URL, and the DNS of this machine or pod",
    ),
    _Rule(
        r"Could not resolve proxy|Received HTTP code 407|Proxy CONNECT aborted|error: 407",
        SourceUnreachable,
        "the proxy cannot be reached or refuses to connect",
        "check proxy, or HTTPS_PROXY and NO_PROXY, and the proxy's own credentials",
    ),
    _Rule(
        r"Unsupported proxy|bad/illegal format",
        ConfigError,
        "the URL of the repository or of the proxy cannot be used",
        "check git.url, and proxy or HTTPS_PROXY: http://host:port",
    ),
    _Rule(
        r"REMOTE HOST IDENTIFICATION HAS CHANGED",
        AccessDenied,
        "the server's host key is not the known one: it changed, or somebody is in between",
        "compare the key with what the host publishes, then update auth.knownHostsFile",
    ),
    _Rule(
        r"Host key verification failed|No \S+ host key is known|Host key fingerprint is",
        AccessDenied,
        "the server's host key is not among the known hosts",
        "add the output of `ssh-keyscan HOST`, compared with what the host publishes, to"
        " auth.knownHostsFile",
    ),
    _Rule(
        r"error in libcrypto|invalid format|incorrect passphrase|bad permissions",
        AccessDenied,
        "the SSH key cannot be used: it is damaged, or protected by a passphrase",
        "give a private key in OpenSSH or PEM format without a passphrase (auth.sshKeyFile)",
    ),
    _Rule(
        r"Permission denied \(|Too many authentication failures",
        AccessDenied,
        "the server accepts neither this SSH key nor anonymous access",
        "check auth.sshKeyFile, and that its public half is a deploy key of the repository;"
        " the user in the URL is usually git",
    ),
    _Rule(
        r"No user exists for uid",
        ConfigError,
        "OpenSSH does not run under a user id without an entry in /etc/passwd",
        "install libnss-wrapper, or run under a user id that has an entry",
    ),
    _Rule(
        r"Authentication failed for|HTTP Basic: Access denied|error: 401",
        AccessDenied,
        "the server refuses the user name or token",
        "check that the token is not expired or revoked and may read this repository"
        " (auth.usernameFile, auth.tokenFile), and that the repository has not moved: they are"
        " sent to no host that the server redirects to",
    ),
    _Rule(
        _NO_CREDENTIALS,
        AccessDenied,
        "the server asks for credentials, and none are configured for it",
        "set auth.tokenFile (--git-token-file, HALSYNC_GIT_TOKEN); hosts that hide private"
        " repositories also answer so when the URL is misspelt",
    ),
    _Rule(
        r"error: 403",
        AccessDenied,
        "the server forbids access (403)",
        "check what the token may read, single sign-on, and address filters of the host",
    ),
    _Rule(
        r"error: (?:404|410)|repository '.*' not found|[Rr]epository not found"
        r"|does not appear to be a git repository|not a git repository"
        r"|No such file or directory|does not exist|repository not exported"
        r"|The project you were looking for could not be found",
        SourceNotFound,
        "the server has no such repository, or hides it from these credentials",
        "check the path in the URL, and that the credentials may read the repository",
    ),
    _Rule(
        r"not valid: is this a git repository|unable to update url base from redirection"
        r"|invalid server response|protocol error: bad line length character|HTTP/0\.9",
        SourceNotFound,
        NOT_GIT,
        NOT_GIT_HINT,
    ),
    _Rule(
        r"unexpected TLS packet|wrong version number|packet length too long",
        SourceNotFound,
        "something answers there, but not with TLS",
        "check the port in the URL, and whether it is http:// there",
    ),
    _Rule(
        r"returned error: 4(?!08|29)\d\d",
        SourceNotFound,
        "the server does not take this request",
        "check scheme, host and path of the URL, and proxies in between",
    ),
    _Rule(
        r"error: 429",
        SourceUnreachable,
        "the server limits how often it may be asked (429)",
        "try again later, or log in: anonymous limits are lower",
    ),
    _Rule(
        r"returned error: 5\d\d",
        SourceUnreachable,
        "the server has a problem of its own",
        "try again later, or look at the server's status",
    ),
    _Rule(
        r"Connection refused",
        SourceUnreachable,
        "the server refuses connections",
        "check host and port in the URL, and that the server runs",
    ),
    _Rule(
        r"timed out|Timeout|No route to host|Network is unreachable|Failed to connect"
        r"|Couldn't connect|Operation too slow",
        SourceUnreachable,
        "the server cannot be reached",
        "check the URL, network policies, proxies and firewalls",
    ),
    _Rule(
        r"transport '.*' not allowed|disabled in libcurl|disabled or unsupported"
        r"|disabled \(in redirect\)",
        ConfigError,
        "the server sends git to another protocol than the configured one",
        "configure the URL it redirects to",
    ),
    _Rule(
        r"not our ref|unadvertised object|upload-pack: not our ref",
        SourceNotFound,
        "the repository has no such commit",
        "check the commit id; it may have been on a branch that was rewritten",
    ),
    _Rule(
        r"dubious ownership|Permission denied",
        AccessDenied,
        "the repository may not be read by this user",
        "check the owner and mode of its files",
    ),
    _Rule(
        r"early EOF|unexpected disconnect|hung up|RPC failed|Connection reset|Empty reply"
        r"|transfer closed|Connection closed|Broken pipe|bad pack|index-pack|gnutls_handshake"
        r"|SSL_ERROR|SSL_connect|kex_exchange|expected flush|expected packet|truncated",
        SourceUnreachable,
        "the connection broke off",
        "it is tried again; if it stays so, look at proxies in between and the server's log",
    ),
)

_TLS_REFUSED = r"(?i)certificate|SSL_CERT|CAfile|alternative (?:certificate )?subject name"


def classify(
    stderr: str,
    remote: Remote,
    ca_file: str = "",
    proxied: bool = False,
    idle_key: bool = False,
) -> HalsyncError:
    """The error behind a failed call of git against ``remote``; not raised.

    ``idle_key``: there is an SSH key, for which ``remote`` has no use.
    """
    where = redact(remote.url)
    if remote.scheme == "https" and re.search(_TLS_REFUSED, stderr):
        from halsync.sources.git.tls import why_untrusted

        cause, hint = why_untrusted(remote.host, ca_file, proxied)
        return AccessDenied(cause, where=where, hint=hint)
    asked = re.search(r"could not read \w+ for '[a-z]+://(?:[^@'/]*@)?([^'/]+)", stderr)
    if asked and asked[1].lower() != remote.host:
        return AccessDenied(
            f"the server redirects to {asked[1][:100]}, which asks for credentials; they are"
            " only sent to the configured host",
            where=where,
            hint="configure the URL that the repository has now",
        )
    if idle_key and re.search(_NO_CREDENTIALS, stderr):
        return AccessDenied(
            f"the server asks for credentials, and an SSH key is none over {remote.scheme}",
            where=where,
            hint="set auth.tokenFile (--git-token-file, HALSYNC_GIT_TOKEN), or write the URL for"
            " ssh: git@host:path.git",
        )
    for rule in _RULES:
        if re.search(rule.pattern, stderr):
            return rule.error(
                f"{rule.message}{_quote(stderr, rule.pattern)}", where=where, hint=rule.hint
            )
    return SourceUnreachable(
        f"git failed{_quote(stderr)}",
        where=where,
        hint="try the same with `git ls-remote` on this machine; raise timeout if it is slow",
    )


def expired(remote: Remote, doing: str) -> SourceUnreachable:
    """The deadline passed while ``doing``."""
    return SourceUnreachable(
        f"no answer in time while {doing}",
        where=redact(remote.url),
        hint="check that the server is up and reachable, or raise timeout",
    )


def _quote(stderr: str, pattern: str = r"^(?:fatal|[Ee]rror|remote|ERROR)\b") -> str:
    """The last line with ``pattern`` in it, fit for a message: bounded, printable, redacted."""
    lines = [line.strip() for line in redact(stderr).splitlines() if line.strip()]
    if not lines:
        return ""
    telling = [line for line in lines if re.search(pattern, line)]
    line = (telling or lines)[-1]
    line = "".join(char if char.isprintable() else "?" for char in line)
    return f" (git: {line[:_QUOTE]})"
