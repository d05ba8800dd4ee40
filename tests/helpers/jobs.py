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
from urllib.parse import parse_qs, urlsplit

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
    endings: dict[int, int] = field(default_factory=dict)
    """The exit codes of the jobs that have ended."""
    message: str | None = None
    """What is said of a job that has failed."""
    runs: bool = True
    """Whether a job does anything; else it is over at once, with an error."""

    running: list[subprocess.Popen[str] | None] = field(default_factory=list)
    """The processes of the jobs, each of a session of its own; None before it has begun."""

    def stage(self, number: int) -> str:
        """Return how far a job is, by its number from 0."""
        code = self.endings.get(number)
        return "RUNNING" if code is None else "ERROR" if code else "COMPLETED"

    def start(self, body: dict[str, Any]) -> int:
        """Run the command of a job, in a folder of its own in the place of /tmp; return its number."""
        number = len(self.asked)
        self.asked.append(body)
        self.running.append(None)
        if self.runs:
            threading.Thread(target=self._run, args=[body, number], daemon=True).start()
        else:
            self.endings[number] = 1
        return number

    def _run(self, body: dict[str, Any], number: int) -> None:
        place = self.folder / f"job-{number}"
        (place / "bin").mkdir(parents=True)
        uv = place / "bin" / "uv"
        uv.write_text(_UV.format(python=sys.executable), encoding="utf-8")
        uv.chmod(0o755)
        mine = {name: value for name, value in environment().items() if not name.startswith("HF_")}
        path = {"PATH": f"{uv.parent}:{os.environ['PATH']}", "HF_HOME": str(place / "home")}
        command = [word.replace("/tmp/", f"{place}/") for word in body["command"]]
        env = {**mine, **path, **body["environment"], **body["secrets"], "HF_HUB_DISABLE_XET": "1"}
        with (place / "log.txt").open("w", encoding="utf-8") as log:
            process = self.running[number] = subprocess.Popen(
                command, env=env, cwd=place, stdout=log, stderr=log, text=True, start_new_session=True
            )
            self.endings[number] = process.wait(SECONDS)

    def answer(self, number: int) -> dict[str, Any]:
        """Return what is said of a job."""
        owner = {"id": "1", "name": "rehearsal", "type": "user"}
        state = {"stage": self.stage(number), "message": self.message if self.endings.get(number) else None}
        return {"id": f"job{number}", "status": state, "owner": owner, "command": []}

    def listed(self, query: str) -> list[dict[str, Any]]:
        """Return the jobs that have all labels of a query."""
        wanted = {(one.partition("=")[0], one.partition("=")[2]) for one in parse_qs(query).get("label", [])}
        return [self.answer(number) for number, body in enumerate(self.asked) if wanted <= set(body["labels"].items())]


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
            status, (path, _, query) = 200, self.path.partition("?")
            job = path.removeprefix("/api/jobs/").partition("/")[2]
            answer: Any
            if self.command == "POST" and hub.refusal:
                status, said = hub.refusal
                answer = {"error": said}
            elif self.command == "POST":
                answer = hub.answer(hub.start(json.loads(body)))
            else:
                answer = hub.answer(int(job.removeprefix("job"))) if job else hub.listed(query)
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
