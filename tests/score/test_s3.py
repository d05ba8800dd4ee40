"""Records on S3, by a server of it on this machine; run where s3fs and moto[server] are installed."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helpers.pipeline import texts
from helpers.processes import run_module, unmeasured
from score.conftest import FIELDS, answers_in

HAS_S3 = all(importlib.util.find_spec(name) for name in ("s3fs", "moto", "flask"))
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not HAS_S3, reason="needs s3fs and moto[server]")]
SERVER = "from moto.server import main; main(['-H', '127.0.0.1', '-p', '0'])"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A bucket of such a server, as its file system."""
    import s3fs

    process = subprocess.Popen([sys.executable, "-c", SERVER], stderr=subprocess.PIPE, text=True, env=unmeasured())
    assert process.stderr
    line = next(line for line in process.stderr if "Running on" in line)
    url = line.split("Running on ")[1].split()[0]
    for name, value in {"ENDPOINT_URL": url, "ACCESS_KEY_ID": "x", "SECRET_ACCESS_KEY": "y"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    found = s3fs.S3FileSystem(endpoint_url=url, key="x", secret="y")
    found.mkdir("works")
    yield found
    process.kill()
    process.communicate()


def test_records_on_s3_are_answered_and_a_changed_object_is_noticed(
    bucket: Any, subjects: Path, tmp_path: Path
) -> None:
    """By its ETag, also where it has as many bytes as before."""

    def put(name: str, title: str, start: int) -> None:
        records = [{"id": start + n, **dict.fromkeys(FIELDS, f"{title} {text}")} for n, text in enumerate(texts(40))]
        bucket.pipe(f"works/in/{name}", "".join(json.dumps(one) + "\n" for one in records).encode())

    def scored() -> dict[str, Any]:
        words = ["--input", "s3://works/in/*.jsonl", "--output", str(tmp_path / "out"), "--workers", "1", "--json"]
        ran = run_module(["score", subjects, *words, "--quiet"], env={**unmeasured()})
        assert ran.returncode == 0, ran.stderr
        said: dict[str, Any] = json.loads(ran.stdout)
        return said

    put("a.jsonl", "Web", 0)
    put("b.jsonl", "Web", 100)
    assert (scored()["answered"], scored()["kept"]) == (80, 2)
    put("b.jsonl", "Bew", 100)
    said = scored()
    assert (said["answered"], said["kept"], said["stale"]) == (80, 1, 1)
    assert len({row["id"] for row in answers_in(tmp_path / "out")}) == 80
