"""The one endpoint of a Kubernetes API that a Vault server asks: TokenReview."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.servers.serving import serving


@contextlib.contextmanager
def serve_reviews(tokens: Mapping[str, str]) -> Iterator[str]:
    """Vouch for these tokens (token → user name); yields the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            user = tokens.get(review["spec"]["token"])
            status: dict[str, object] = {"authenticated": user is not None}
            if user is not None:
                status["user"] = {"username": user, "uid": "1", "groups": []}
            body = json.dumps({**review, "status": status}).encode()
            known = self.path == "/apis/authentication.k8s.io/v1/tokenreviews"
            self.send_response(201 if known else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with serving(server):
        yield f"http://127.0.0.1:{server.server_port}"
