"""GitHub's endpoint for installation tokens, which checks the claim's signature and times."""

from __future__ import annotations

import base64
import contextlib
import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from tests.servers.serving import serving


class GitHubServer(ThreadingHTTPServer):
    """Hands ``token`` to whoever proves to be ``app_id`` with the private half of ``key``."""

    daemon_threads = True

    def __init__(self, key: rsa.RSAPublicKey, app_id: str, installation: str, token: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.key = key
        self.app_id = app_id
        self.installation = installation
        self.token = token
        self.asked = 0

    @property
    def url(self) -> str:
        """For ``apiUrl``."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def verdict(self, path: str, authorization: str) -> int:
        """The status for a request."""
        if path != f"/app/installations/{self.installation}/access_tokens":
            return 404
        scheme, _, jwt = authorization.partition(" ")
        signed, _, signature = jwt.rpartition(".")
        header, _, claims = signed.partition(".")
        try:
            self.key.verify(_decode(signature), signed.encode(), padding.PKCS1v15(), SHA256())
        except InvalidSignature:
            return 401
        said = json.loads(_decode(claims))
        now = time.time()
        good = (
            scheme == "Bearer"
            and json.loads(_decode(header))["alg"] == "RS256"
            and said["iss"] == self.app_id
            and said["iat"] <= now < said["exp"] <= now + 600
        )
        return 201 if good else 401


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class _Handler(BaseHTTPRequestHandler):
    server: GitHubServer

    def log_message(self, *args: object) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        self.server.asked += 1
        status = self.server.verdict(self.path, self.headers.get("Authorization", ""))
        answer = {"token": self.server.token} if status == 201 else {"message": "no"}
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextlib.contextmanager
def serve_github(
    key: rsa.RSAPublicKey, *, app_id: str = "4711", installation: str = "99", token: str = "t0ken"
) -> Iterator[GitHubServer]:
    """Serve on a free loopback port."""
    server = GitHubServer(key, app_id, installation, token)
    with serving(server):
        yield server
