"""A loopback Hub that knows trusted publishers: a token for one repository each, which no other request takes."""

from __future__ import annotations

import http.client
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PROOF = "the-proof-of-a-job"
"""What the CI service gives a job, in the place of a signed id token."""
_KINDS = {"models": "", "spaces": "spaces/", "datasets": "datasets/"}
_HOP = {"connection", "content-length", "keep-alive", "transfer-encoding", "date", "server"}


@dataclass
class Trusting:
    """Such a Hub: the repositories that take this job as a publisher, and what was asked of it."""

    hub: str
    token: str
    """That of the rehearsal Hub behind it, which may write everywhere."""
    resources: set[str]
    """The repositories, as ``OWNER/NAME`` or ``spaces/OWNER/NAME``."""
    url: str = ""
    exchanged: list[str] = field(default_factory=list)
    """The repositories that a token was given for, in order."""
    refused: list[str] = field(default_factory=list)
    """The requests with a token of another repository."""
    given: dict[str, str] = field(default_factory=dict)

    def exchange(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Answer ``POST /oauth/token`` as the Hub does."""
        resource = str(asked.get("resource"))
        if asked.get("subject_token") != PROOF or resource not in self.resources:
            return 400, {"error": "invalid_grant", "error_description": "no trusted publisher matches"}
        token = f"hf_jwt_{len(self.exchanged)}.{'x' * 24}"
        self.exchanged.append(resource)
        self.given[token] = resource
        return 200, {"access_token": token, "token_type": "bearer", "expires_in": 3600}

    def translated(self, token: str, path: str) -> str | None:
        """Return the rehearsal Hub's token where this one may ask for a path; None where it may not."""
        resource = self.given.get(token)
        # A front matter is validated by itself, whosever it is.
        allowed = path.startswith("/api/validate-yaml") or resource == _resource_of(path)
        return self.token if resource and allowed else None


def _resource_of(path: str) -> str | None:
    api = re.match(r"/api/(models|spaces|datasets)/([^/?]+)/([^/?]+)", path)
    if api:
        return f"{_KINDS[api[1]]}{api[2]}/{api[3]}"
    plain = re.match(r"/(spaces/|datasets/)?([^/?]+)/([^/?]+?)(?:\.git)?(?:/|$)", path)
    return f"{plain[1] or ''}{plain[2]}/{plain[3]}" if plain else None


@contextmanager
def trusting(hub: str, token: str, *resources: str) -> Iterator[Trusting]:
    """Yield a Hub in front of a rehearsal Hub that takes this job as the trusted publisher of *resources*."""
    found = Trusting(hub, token, set(resources))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            if self.path == "/oauth/token":
                status, answer = found.exchange(json.loads(body))
                return self._answer(status, {"content-type": "application/json"}, json.dumps(answer).encode())
            headers = dict(self.headers)
            if given := headers.pop("Authorization", headers.pop("authorization", "")).removeprefix("Bearer "):
                known = found.translated(given, self.path)
                if known is None:
                    found.refused.append(f"{self.command} {self.path}")
                    return self._answer(403, {"content-type": "application/json"}, b'{"error": "another repository"}')
                headers["Authorization"] = f"Bearer {known}"
            # The Hub's own links are to lead here, too: `Host` goes on as it came.
            wire = http.client.HTTPConnection(found.hub.removeprefix("http://"), timeout=600)
            wire.request(self.command, self.path, body, headers)
            answered = wire.getresponse()
            kept = {name: value for name, value in answered.getheaders() if name.lower() not in _HOP}
            length = answered.getheader("content-length")
            content = answered.read()
            wire.close()
            return self._answer(answered.status, kept, content, length=length)

        def _answer(self, status: int, headers: dict[str, str], body: bytes, *, length: str | None = None) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", (length if self.command == "HEAD" else None) or str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _any

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
