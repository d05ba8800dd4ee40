"""Stand-ins for TEI, vLLM and Infinity: small servers with the requests and answers that their APIs document.

They are not these engines, which need more than a test machine has: what they show is that the client speaks the
documented protocol, and that each documented difference from ``pipeline()`` is told.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Logits = Callable[[Any], Sequence[float]]
"""From a text or a pair to the raw score of each label."""


@dataclass
class StandIn:
    """A model as a server has it, and what was asked of it."""

    labels: Sequence[str]
    logits: Logits
    model: str = "acme/tiny"
    sha: str | None = None
    dtype: str = "float32"
    changes: dict[str, Any] = field(default_factory=dict)
    """By path, what is answered instead: a status, or text."""
    delay: float = 0
    requests: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)

    def answer(self, path: str, body: Any) -> Any:
        """Return what the documents of TEI, vLLM and Infinity say to a request."""
        if path == "/info":
            kind = {"classifier": {"id2label": dict(enumerate(self.labels)), "label2id": {}}}
            return {
                **{"model_id": self.model, "model_sha": self.sha, "model_dtype": self.dtype, "model_type": kind},
                **{"max_client_batch_size": 4, "version": "1.9.0"},
            }
        if path in ("/models", "/v1/models"):
            return {"object": "list", "data": [{"id": self.model}]}
        if path == "/predict":
            given = body["inputs"]
            found = [self._predicted(one, body.get("raw_scores", False)) for one in given] if isinstance(
                given, list) else self._predicted([given], body.get("raw_scores", False))  # fmt: skip
            assert isinstance(given, str) or len(given) <= 4, "413: more than max_client_batch_size"
            return found
        given = body["input"] if isinstance(body["input"], list) else [body["input"]]
        if "use_activation" in body:
            assert body["use_activation"] is False and body["truncate_prompt_tokens"] == -1
            probs = [list(self.logits(one)) for one in given]
            data = [{"index": n, "label": None, "probs": one, "num_classes": len(one)} for n, one in enumerate(probs)]
            return {"object": "list", "model": body["model"], "data": data[::-1]}
        scores = [[1 / (1 + math.exp(-raw)) for raw in self.logits(one)] for one in given]
        return {"object": "classify", "data": [self._named(one) for one in scores], "model": self.model}

    def _predicted(self, given: list[str], raw: bool) -> list[dict[str, Any]]:
        """Softmax over every model of more than one label unless raw scores are asked for, best first."""
        scores = list(self.logits(given[0] if len(given) == 1 else given))
        if not raw:
            powers = [math.exp(one - max(scores)) for one in scores]
            scores = [one / sum(powers) for one in powers]
        return sorted(self._named(scores), key=lambda one: -one["score"])

    def _named(self, scores: Sequence[float]) -> list[dict[str, Any]]:
        return [{"label": label, "score": score} for label, score in zip(self.labels, scores, strict=True)]


@contextmanager
def answering(engine: StandIn) -> Iterator[str]:
    """Serve a stand-in on loopback while the block lasts; yield its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply(None)

        def do_POST(self) -> None:
            self.reply(json.loads(self.rfile.read(int(self.headers["content-length"]))))

        def reply(self, body: Any) -> None:
            engine.requests.append((self.path, dict(self.headers), body))
            time.sleep(engine.delay)
            change = engine.changes.get(self.path)
            status = change if isinstance(change, int) else 200
            text = change if isinstance(change, str) else json.dumps(engine.answer(self.path, body))
            content = text.encode()
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            if status == 307:
                self.send_header("location", "http://127.0.0.1:1/")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
