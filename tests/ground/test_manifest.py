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
    "nested": b"[" * 60_000,
    "kinds": b'{"files": [{"path": "a", "size": "1", "sha256": null}]}',
    "texts": b'{"files": "abc"}',
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


def test_something_in_its_place_makes_way(tmp_path: Path) -> None:
    """A folder, and a link that leads nowhere."""
    (tmp_path / "manifest.json" / "inner").mkdir(parents=True)
    (tmp_path / "link.json").symlink_to(tmp_path / "nowhere")
    for name in ("manifest.json", "link.json"):
        Manifest(()).save(tmp_path / name)
        assert Manifest.load(tmp_path / name) == Manifest(())
