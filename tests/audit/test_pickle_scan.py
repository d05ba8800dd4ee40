"""The scan of pickles: what they import is told, and that something could not be followed."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from transformers.trainer_utils import IntervalStrategy

from hubpress.audit.repository import audit_repository

CALL = b"cposix\nsystem\n(S'id'\ntR."
HARMLESS = pickle.dumps({"weights": [1, 2, 3]}, protocol=4)
LEGACY = b"".join(pickle.dumps(part, protocol=2) for part in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}))


def scanned(folder: Path, name: str, content: bytes, **options: Any) -> list[tuple[str, str]]:
    """Return what the scan says of a file that lies in an otherwise plain folder."""
    (folder / "README.md").write_text("---\nlicense: mit\n---\n\nWords.\n", encoding="utf-8")
    (folder / name).write_bytes(content)
    found = audit_repository(folder, **options).findings
    return [(each.severity, each.text) for each in found if each.rule == "pickle-scan/pickles"]


def zipped(**members: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, each in members.items():
            archive.writestr(f"archive/{name}", each)
    return content.getvalue()


def saved(value: Any, **options: Any) -> bytes:
    content = io.BytesIO()
    torch.save(value, content, **options)
    return content.getvalue()


def _words(value: str | bytes) -> str:
    """Return what a test is called by: bytes would make a name that no line holds."""
    return value if isinstance(value, str) else ""


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("call.pkl", CALL),
        ("behind-others.pkl", HARMLESS * 7 + CALL),
        ("before-what-breaks.pkl", b"cposix\nsystem\n\x95"),
        ("torch.bin", zipped(**{"data.pkl": CALL})),
        ("other-member.pt", zipped(**{"data.pkl": HARMLESS, "hidden": b"\x80\x02" + CALL})),
        ("legacy.pth", LEGACY + b"\x80\x02" + CALL),
        ("one.joblib", zlib.compress(CALL)),
        ("two.joblib", gzip.compress(CALL, mtime=0)),
        ("three.joblib", bz2.compress(CALL)),
        ("four.joblib", lzma.compress(CALL)),
        ("of-builtins.pkl", b"c__builtin__\neval\n(S'1'\ntR."),
    ],
    ids=_words,
)
def test_a_call_is_found_wherever_it_stands(tmp_path: Path, name: str, content: bytes) -> None:
    """Plain, packed, in archives and behind other pickles."""
    severity, text = scanned(tmp_path, name, content)[0]
    assert severity == "error" and ("posix.system" in text or "__builtin__.eval" in text), text


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plain.pkl", HARMLESS),
        ("array.pickle", pickle.dumps({"a": np.zeros(9), "set": {1}})),
        ("torch.bin", saved({"a": torch.zeros(3)})),
        ("training_args.bin", saved({"device": torch.device("cpu"), "strategy": IntervalStrategy.STEPS})),
        ("estimator.pkl", pickle.dumps(LogisticRegression().fit([[0.0], [1.0]], [0, 1]))),
        ("legacy.bin", saved({"a": torch.zeros(300)}, _use_new_zipfile_serialization=False)),
        ("numbers.pt", zipped(**{"data.pkl": HARMLESS, "data": b"\x80\x02" + bytes(range(256))})),
    ],
    ids=_words,
)
def test_what_libraries_save_is_passed_over(tmp_path: Path, name: str, content: bytes) -> None:
    """Tensors, arrays and plain values import nothing that is worth a word beyond that they are pickled."""
    assert scanned(tmp_path, name, content) == []


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("torn.pkl", HARMLESS[:-3], "break off at byte"),
        ("torn.pt", b"PK\x03\x04torn", "the archive cannot be read"),
        ("torn.joblib", gzip.compress(HARMLESS, mtime=0)[:-9], "cannot be unpacked"),
        ("seven.pt", b"7z\xbc\xaf\x27\x1c\0\0", "packed by 7z"),
        ("bomb.joblib", zlib.compress(bytes(3_000_000)), "unpacked it is larger than 1 MB"),
        ("bomb.pt", zipped(**{"data.pkl": bytes(3_000_000)[:900_000] + HARMLESS}), "break off"),
        ("many.pkl", pickle.dumps(1, protocol=2) * 2_000, "too many pickles"),
        ("legacy.ckpt", LEGACY + b"I0x10\n." * 3, "break off"),
    ],
    ids=_words,
)
def test_what_cannot_be_followed_is_said(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    """A scan that did not come to the end is a finding of its own."""
    assert any(words in text for _, text in scanned(tmp_path, name, content, max_size=1))


def test_functions_of_libraries_are_not_passed_over(tmp_path: Path) -> None:
    """A class of a library is no news; its functions may do anything."""
    ((severity, text),) = scanned(tmp_path, "next.pkl", b"cjoblib\nload\n(S'other.pkl'\ntR.")
    assert severity == "warning" and "joblib.load" in text


def test_large_pickles_are_left_out_and_named(tmp_path: Path) -> None:
    """Over the size that was asked for nothing is scanned, and that is said."""
    ((severity, text),) = scanned(tmp_path, "large.pkl", CALL + bytes(1_000_001), max_size=1)
    assert severity == "warning" and "larger than 1 MB" in text and "--max-size" in text
