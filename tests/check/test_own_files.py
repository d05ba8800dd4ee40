"""A person's own files are asked before the first stage what any file of a release is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.faults import files_in, patch
from helpers.processes import Command

TOKEN = "hf_" + "aB3" * 12


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("NOTES.md", f"Call it with {TOKEN}.\n".encode(), "NOTES.md:1: This looks like a Hugging Face token (hf_a…)."),
        ("NOTES.md", b"Made in /home/ana/work.\n", "NOTES.md:1: '/home/ana' is a path of the machine"),
        ("NOTES.md", "Gefl\u00fcgel\n".encode("latin-1"), "NOTES.md:1: This line is not UTF-8."),
        ("assets/cat.png", b"no picture", "assets/cat.png: It is not a whole PNG"),
        ("assets/cat.json", b"{", "assets/cat.json:1: This is not valid JSON"),
        (".env", b"A=1\n", ".env: It is a file for credentials."),
    ],
    ids=["token", "path", "latin-1", "picture", "json", "credentials"],
)
def test_a_file_that_cannot_be_published_stops_the_first_stage(
    name: str, content: bytes, says: str, pets: Path, hubpress: Command, tmp_path: Path
) -> None:
    (pets / name).parent.mkdir(exist_ok=True)
    (pets / name).write_bytes(content)
    patch(pets, {"files": [name]})
    ran = hubpress("data", "pets", "--models", pets.parent, "--build-dir", tmp_path / "build", "--quiet")
    assert ran.code == 1
    assert says in ran.err and "1 problem in the recipe's `files`." in ran.err and TOKEN not in ran.err
    assert files_in(tmp_path / "build") == {}
