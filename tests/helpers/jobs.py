"""A Hub with jobs: it takes the request for one, runs its command here, and passes all else on to a rehearsal Hub."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from helpers.processes import SECONDS, environment

# In the place of uv: the requirements of the script are installed here.
_UV = '#!/bin/sh\nshift\nexec "{python}" "$@"\n'


@dataclass
class HubWithJobs:
    """What was asked of it, and how it answers."""

    url: str = ""
    folder: Path = Path()
    asked: list[dict[str, Any]] = field(default_factory=list)
    """The bodies of the requests for jobs."""
    refusal: tuple[int, str] | None = None
    """The status and the word that a request for a job is answered with; None where it is taken."""
    endings: list[int] = field(default_factory=list)
    """The exit codes of the jobs that have ended."""
    runs: bool = True
    """Whether a job does anything; else it is over at once, with an error."""

    def stage(self) -> str:
        """Return how far the newest job is."""
        if len(self.endings) < len(self.asked):
            return "RUNNING"
        return "ERROR" if self.endings[-1] else "COMPLETED"

    def start(self, body: dict[str, Any]) -> None:
        """Run the command of a job, in a folder of its own in the place of /tmp."""
        self.asked.append(body)
        if not self.runs:
            self.endings.append(1)
            return
        threading.Thread(target=self._run, args=[body], daemon=True).start()

    def _run(self, body: dict[str, Any]) -> None:
        place = self.folder / f"job-{len(self.asked)}"
        (place / "bin").mkdir(parents=True)
        uv = place / "bin" / "uv"
        uv.write_text(_UV.format(python=sys.executable), encoding="utf-8")
        uv.chmod(0o755)
        mine = {name: value for name, value in environment().items() if not name.startswith("HF_")}
        path = {"PATH": f"{uv.parent}:{os.environ['PATH']}", "HF_HOME": str(place / "home")}
        command = [word.replace("/tmp/", f"{place}/") for word in body["command"]]
        env = {**mine, **path, **body["environment"], **body["secrets"], "HF_HUB_DISABLE_XET": "1"}
        ran = subprocess.run(command, env=env, cwd=place, capture_output=True, text=True, timeout=SECONDS, check=False)
        (place / "log.txt").write_text(ran.stdout + ran.stderr, encoding="utf-8")
        self.endings.append(ran.returncode)


@contextmanager
def hub_with_jobs(hub_url: str, folder: Path) -> Iterator[HubWithJobs]:
    """Yield a Hub with jobs in front of a rehearsal Hub."""
    hub = HubWithJobs(folder=folder)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            if self.path.startswith("/api/jobs/"):
                self._of_jobs(body)
                return
            connection = http.client.HTTPConnection(str(urlsplit(hub_url).netloc), timeout=SECONDS)
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            connection.request(self.command, self.path, body or None, headers)
            response = connection.getresponse()
            content = response.read()
            self.send_response(response.status)
            for name, value in response.getheaders():
                if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            length = response.getheader("content-length") if self.command == "HEAD" else None
            self.send_header("content-length", length or str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)
            connection.close()

        def _of_jobs(self, body: bytes) -> None:
            status: int = 200
            if self.command == "POST" and hub.refusal:
                status, said = hub.refusal
                answer: dict[str, Any] = {"error": said}
            else:
                if self.command == "POST":
                    hub.start(json.loads(body))
                state = {"stage": hub.stage(), "message": None}
                owner = {"id": "1", "name": "rehearsal", "type": "user"}
                answer = {"id": f"job{len(hub.asked)}", "status": state, "owner": owner, "command": []}
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _answer

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hub.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield hub
        server.shutdown()
