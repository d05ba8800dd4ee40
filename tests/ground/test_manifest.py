"""Lists of files that cannot be read end in one line, or are made again."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubpress.manifest import Manifest, ManifestError

TORN = {
    "empty": b"",
    "torn": b'{"files": [{"path": "a"',
    "list": b"[]",
    "numbers": b'{"files": [1]}',
    "bytes": b"\xff\x00",
}


@pytest.mark.parametrize("content", TORN.values(), ids=TORN)
def test_what_is_no_manifest_is_named(content: bytes, tmp_path: Path) -> None:
    """The file, why it is none, and what to do, in one line."""
    path = tmp_path / "manifest.json"
    path.write_bytes(content)
    with pytest.raises(ManifestError) as failed:
        Manifest.load(path)
    said = str(failed.value)
    assert said.startswith(f"{path}: is not a manifest (") and said.endswith("run the same command again.")
    assert "\n" not in said
