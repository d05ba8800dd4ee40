"""The data set that a release publishes its test split as, as `check` finds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.published import staged_with_records
from hubpress.check.folder import check_folder, kind_of_folder
from hubpress.check.kind import Kind
from hubpress.files import read_json, write_json


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return staged_with_records(tmp_path / "build", "acme").test_data


def said(folder: Path) -> list[str]:
    return [str(problem) for problem in check_folder(folder)]


def test_it_is_known_by_its_manifest_and_has_no_problems(folder: Path) -> None:
    assert kind_of_folder(folder).kind is Kind.OWN_DATA_SET
    assert said(folder) == []


def test_other_bytes_and_other_files_are_named(folder: Path) -> None:
    records = folder / "data" / "test.parquet"
    records.write_bytes(records.read_bytes()[:-1] + b"?")
    (folder / "data" / "notes.txt").write_text("A note.\n", encoding="utf-8")
    found = said(folder)
    assert [one.split(":")[0] for one in found] == ["data/notes.txt", "data/test.parquet"]
    assert "not listed in manifest.json" in found[0] and "sha256" in found[1]


def test_notes_of_its_download_are_no_part_of_it(folder: Path) -> None:
    """As ``hf download --local-dir`` leaves them; anything else that a tool keeps there is named."""
    notes = folder / ".cache" / "huggingface" / "download"
    notes.mkdir(parents=True)
    (notes / "README.md.metadata").write_text("0\n", encoding="utf-8")
    assert said(folder) == []
    (notes.parent / "token").write_text("secret", encoding="utf-8")
    assert [one.split(":")[0] for one in said(folder)] == [".cache"]


def test_a_licence_is_asked(folder: Path) -> None:
    card = folder / "README.md"
    lines = card.read_text(encoding="utf-8").splitlines(keepends=True)
    card.write_text("".join(line for line in lines if not line.startswith("license")), encoding="utf-8")
    manifest = read_json(folder / "manifest.json")
    manifest["files"] = [entry for entry in manifest["files"] if entry["path"] != "README.md"]
    write_json(folder / "manifest.json", manifest)
    assert ["`license` is missing" in one for one in said(folder)] == [True]
