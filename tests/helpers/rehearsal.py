"""Commits on a rehearsal Hub, by huggingface_hub and by hand; a Hub as a process."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from huggingface_hub import CommitOperationAdd, HfApi

from helpers.processes import until
from hubpress.files import read_json
from hubpress.rehearsal.server import find_running

WEIGHTS = bytes(range(256)) * 40
SERVE = """
import sys
from pathlib import Path
from hubpress.rehearsal.server import serve
serve(Path(sys.argv[1]), port=0)
"""


def commit(api: HfApi, repo: str, files: dict[str, bytes], *, parent: str | None = None) -> str:
    additions = [CommitOperationAdd(path, content) for path, content in files.items()]
    return api.create_commit(repo, additions, commit_message="files", parent_commit=parent).oid


def post_commit(plain: Any, repo: str, *lines: dict[str, Any]) -> Any:
    header = {"key": "header", "value": {"summary": "by hand", "description": ""}}
    body = b"".join(json.dumps(line).encode() + b"\n" for line in (header, *lines))
    return plain.post(f"/api/models/{repo}/commit/main", content=body, headers={"content-type": "application/x-ndjson"})


def file_line(path: str, content: bytes) -> dict[str, Any]:
    value = {"path": path, "content": base64.b64encode(content).decode(), "encoding": "base64"}
    return {"key": "file", "value": value}


def git_blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def start(store: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Start a server process; return it and its URL."""
    process = subprocess.Popen([sys.executable, "-c", SERVE, str(store)])

    def found() -> str | None:
        assert process.poll() is None, "the server ended"
        url = find_running(store)
        return url if url and read_json(store / "server.json")["pid"] == process.pid else None

    return process, until(found)
