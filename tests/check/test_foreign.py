"""The check of folders that other tools made: each is known for what it is, and asked only what is true of it."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from helpers.check import assert_says
from helpers.foreign import damaged, make, zipped
from helpers.paths import SAMPLES
from hubpress.check.folder import check_folder, kind_of_folder
from hubpress.check.kind import Kind
from hubpress.cli.main import main

FOLDERS = sorted((SAMPLES / "check_foreign").glob("*.yaml"))


@pytest.mark.parametrize("path", FOLDERS, ids=lambda path: path.stem)
def test_foreign_folder(tmp_path: Path, path: Path) -> None:
    """Each folder is taken for what it is, and its problems are those that its file expects, and no other."""
    sample = yaml.safe_load(path.read_text(encoding="utf-8"))
    make(tmp_path, sample)
    assert kind_of_folder(tmp_path).kind is Kind[sample["kind"]]
    assert_says(check_folder(tmp_path), sample["says"])


class Called:
    """Something whose pickle names a call."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (dict, ())


def torch_zip(path: Path) -> None:
    zipped(path, ["archive/data.pkl", "archive/data/0"])


@pytest.mark.parametrize(
    ("name", "write", "is_pickled"),
    [
        ("weights.bin", torch_zip, True),
        ("state", lambda path: path.write_bytes(pickle.dumps(Called(), protocol=0)), True),
        ("state.dat", lambda path: path.write_bytes(pickle.dumps({"a": np.zeros(400_000)}, protocol=5)), True),
        ("state.obj", lambda path: path.write_bytes(pickle.dumps([1, "a"], protocol=2)), True),
        ("words.pickle", lambda path: path.write_bytes(b"anything"), True),
        ("a.npz", lambda path: np.savez(path, a=np.zeros(3)), False),
        ("a.npy", lambda path: np.save(path, np.zeros(3)), False),
        ("table.xlsx", lambda path: zipped(path, ["xl/workbook.xml"]), False),
        ("torn.zip", lambda path: path.write_bytes(b"PK\x03\x04\0\0"), False),
        ("map.bin", lambda path: path.write_bytes(b"\x80\x03\xff\xff"), False),
        ("text.bin", lambda path: path.write_bytes(b"."), False),
        ("scores.msgpack", lambda path: path.write_bytes(b"\x81\xa1a\x01"), False),
        ("state.txt", lambda path: path.write_bytes(pickle.dumps(Called(), protocol=0)), False),
    ],
)  # fmt: skip
def test_pickles_are_known_by_what_they_hold(tmp_path: Path, name: str, write: Any, is_pickled: bool) -> None:
    """A pickle runs code whatever its name; a zip with none inside is none, nor is a file that looks like one."""
    (tmp_path / "README.md").write_text("---\nlicense: mit\n---\n\nWords.\n", encoding="utf-8")
    write(tmp_path / name)
    for path in tmp_path.iterdir():
        path.chmod(0o644)
    assert_says(check_folder(tmp_path), [f"{name} | is pickled, and runs code"] if is_pickled else [])


@pytest.mark.parametrize(
    "text", ["---\nsdk: gradio\ntitle: a: b\n---\n", "---\nsdk: gradio\n", "---\nsdk gradio\n---\n"]
)
def test_a_space_whose_front_matter_is_broken_is_a_space(tmp_path: Path, text: str) -> None:
    """What is wrong with the YAML is one problem, and it is not followed by those of a model without a model."""
    for name, content in {"README.md": text, "app.py": "import gradio\n", "requirements.txt": "gradio\n"}.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
        (tmp_path / name).chmod(0o644)
    assert kind_of_folder(tmp_path).kind is Kind.SPACE
    (problem,) = check_folder(tmp_path)
    assert problem.where.startswith("README.md:")


def test_the_command_says_what_it_was_taken_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line names the kind, and by what it was told; as JSON the kind is a word."""
    (tmp_path / "README.md").write_text("---\nlicense: mit\n---\n\nWords.\n", encoding="utf-8")
    (tmp_path / "README.md").chmod(0o644)
    assert main(["check", str(tmp_path)]) == 0
    told = capsys.readouterr().err
    assert f"{tmp_path} is taken for files of no known kind" in told and "No problems" in told
    (tmp_path / "adapter_config.json").write_text('{"peft_type": "LORA"}', encoding="utf-8")
    assert main(["check", str(tmp_path), "--json"]) == 1
    output = capsys.readouterr()
    assert json.loads(output.out)["kind"] == "adapter"
    assert f"{tmp_path} is taken for an adapter of PEFT (by adapter_config.json)." in output.err


@pytest.mark.parametrize("path", FOLDERS, ids=lambda path: path.stem)
def test_odd_values_never_raise(tmp_path: Path, path: Path) -> None:
    """Whatever stands in the files of other tools, the answer is a list of problems."""
    make(tmp_path, yaml.safe_load(path.read_text(encoding="utf-8")))
    for _ in damaged(tmp_path, times=12, seed=path.stem):
        for problem in check_folder(tmp_path):
            str(problem).encode()
