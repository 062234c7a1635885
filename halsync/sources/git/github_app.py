"""Installation tokens of a GitHub App: a signed claim is exchanged for a token of one hour.

As in GitHub's documentation, "Authenticating as a GitHub App installation": RS256, issued a
minute ago (clocks differ), valid for less than ten minutes.
"""

from __future__ import annotations

import base64
import json
import time

from halsync.errors import AccessDenied, ConfigError, SourceNotFound, SourceUnreachable
from halsync.redact import redact, register

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.settings.model import GitHubApp

_TIMEOUT = 20
_LARGEST = 1 << 16


def installation_token(
    app: GitHubApp, ca_file: str = "", proxy: str = "", timeout: float = _TIMEOUT
) -> str:
    """A fresh token, registered for redaction.

    Raises:
        ConfigError: cryptography is not installed, the key or the API's URL is not usable.
        AccessDenied: GitHub does not accept the key or the app.
        SourceNotFound: there is no such installation.
        SourceUnreachable: no answer, or a failure of GitHub's own.
    """
    import urllib.error
    import urllib.request
    from http.client import HTTPException

    from halsync.clients.certificates import refusal, why_untrusted

    url = f"{app.api_url.rstrip('/')}/app/installations/{app.installation_id}/access_tokens"
    if not url.startswith(("https://", "http://")) or not app.installation_id.isdigit():
        raise ConfigError(
            "the GitHub App's API URL or installation id is not legal",
            hint="apiUrl is https://api.github.com or https://HOST/api/v3; the id is a number",
        )
    headers = {
        "Authorization": f"Bearer {_claim(app)}",
        "Accept": "application/vnd.github+json",
        "User-Agent": "halsync",
    }
    request = urllib.request.Request(url, b"", headers, method="POST")  # noqa: S310  # checked above
    seconds = max(min(timeout, _TIMEOUT), 0.001)
    try:
        with _opener(ca_file, proxy, seconds).open(request, timeout=seconds) as answer:
            token = json.loads(answer.read(_LARGEST))["token"]
    except urllib.error.HTTPError as error:
        with error:
            raise _refused(error.code, url) from None
    except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
        refused = refusal(error)
        if refused:
            message, hint = why_untrusted(refused, ca_file)
            raise AccessDenied(message, where=url, hint=hint) from None
        reason = getattr(error, "reason", error)
        raise SourceUnreachable(
            f"no installation token from GitHub: {redact(str(reason))[:200]}",
            where=url,
            hint="check auth.githubApp.apiUrl, proxies and firewalls",
        ) from None
    if not isinstance(token, str) or not token:
        raise SourceUnreachable(
            "GitHub's answer holds no token", where=url, hint="check auth.githubApp.apiUrl"
        )
    register(token)
    return token


def _opener(ca_file: str, proxy: str, seconds: float):  # type: ignore[no-untyped-def]  # urllib is imported late
    import ssl
    import urllib.request

    from halsync.clients.certificates import checking
    from halsync.clients.timed import handlers

    class NoRedirect(urllib.request.HTTPRedirectHandler):
        """The signed claim goes to the configured host and nowhere else."""

        def redirect_request(self, *_: object) -> None:
            return None

    try:
        context = checking(ca_file)
    except (OSError, ssl.SSLError):
        raise ConfigError(
            f"cannot read the CA bundle {ca_file}", hint="it must hold PEM certificates"
        ) from None
    proxies = {"http": proxy, "https": proxy} if proxy else None
    return urllib.request.build_opener(
        NoRedirect,
        urllib.request.ProxyHandler(proxies),
        *handlers(time.monotonic() + seconds, context),
    )


def _claim(app: GitHubApp) -> str:
    try:
        from cryptography.hazmat.primitives.asymmetric import padding, rsa
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError:
        raise ConfigError(
            "a GitHub App's key needs the cryptography package",
            hint="pip install 'halsync[github-app]'",
        ) from None
    try:
        key = load_pem_private_key(app.private_key.read().encode(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ConfigError(
            "the GitHub App's key is not an RSA private key in PEM format",
            hint="use the .pem file that GitHub offers when a private key is generated",
        )
    now = int(time.time())
    claims = {"iat": now - 60, "exp": now + 540, "iss": app.app_id}
    text = f"{_encode({'alg': 'RS256', 'typ': 'JWT'})}.{_encode(claims)}"
    signed = f"{text}.{_base64(key.sign(text.encode(), padding.PKCS1v15(), SHA256()))}"
    register(signed)
    return signed


def _encode(value: dict[str, object]) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _refused(status: int, where: str) -> AccessDenied | SourceNotFound | SourceUnreachable:
    if status in (401, 403):
        return AccessDenied(
            f"GitHub refuses the app's key or its access ({status})",
            where=where,
            hint="check auth.githubApp.appId, the private key, and this machine's clock",
        )
    if status in (404, 422) or 300 <= status < 400:
        return SourceNotFound(
            f"GitHub knows no such installation ({status})",
            where=where,
            hint="check auth.githubApp.installationId and apiUrl",
        )
    return SourceUnreachable(
        f"GitHub answers with status {status}", where=where, hint="try again later"
    )
