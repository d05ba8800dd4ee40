"""An app that is asked: one that has no time to answer refutes nothing, and one that answers nothing does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hubpress.errors import HubpressError, VerifyFailed
from hubpress.schemas.answers import LabelScore, WidgetAnswer
from hubpress.verify.space_client import SpaceClient

CONFIG = {
    "version": "6.31.0",
    "api_prefix": "",
    "protocol": "sse_v3",
    "space_id": None,
    "components": [],
    "dependencies": [
        {
            **{"id": 0, "api_name": "classify", "backend_fn": True, "api_visibility": "public"},
            **{"inputs": [], "outputs": [], "types": {"generator": False, "cancel": False}},
        }
    ],
}
EXAMPLE = WidgetAnswer(text="A text", example_title="A title", output=(LabelScore(label="a", score=1.0),))


@pytest.fixture
def app() -> Iterator[ThreadingHTTPServer]:
    """An app that tells what it is, and answers every question with a status."""

    class Busy(BaseHTTPRequestHandler):
        status = 503

        def do_GET(self) -> None:
            texts = {"/config": CONFIG, "/info?serialize=False": {"named_endpoints": {}, "unnamed_endpoints": {}}}
            body = json.dumps(texts.get(self.path.partition("?all")[0], {})).encode()
            self.answer(200, body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.answer(type(self).status, b"{}")

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Busy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize(("status", "passes"), [(503, True), (504, True), (500, False)])
def test_a_busy_app_refutes_nothing(app: ThreadingHTTPServer, tmp_path: Path, status: int, passes: bool) -> None:
    app.RequestHandlerClass.status = status  # type: ignore[attr-defined]
    client = SpaceClient(f"http://127.0.0.1:{app.server_port}", "text-classification", tmp_path / "client")
    with pytest.raises(HubpressError, match="/classify does not answer 'A title'") as failed:
        client.answer(EXAMPLE)
    assert (failed.value.passes, isinstance(failed.value, VerifyFailed)) == (passes, not passes)
