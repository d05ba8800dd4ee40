"""What ships is tested as what ships: the built wheel, outside the checkout, and the notebook of docs/ as it stands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import nbformat
import pytest

from helpers.notebook import run_notebook
from helpers.paths import ROOT
from helpers.processes import RELEASE_SECONDS, unmeasured

NOTEBOOK = ROOT / "docs" / "release_from_python.ipynb"


def installed(folder: Path) -> Path:
    """Install the built wheel alone, beside the tests' own dependencies; return the Python that has it."""
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder / "dist"), str(ROOT)],
        check=True,
        capture_output=True,
        timeout=RELEASE_SECONDS,
    )
    (wheel,) = (folder / "dist").glob("hubpress-*.whl")
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    site = next((folder / "venv" / "lib").glob("python*/site-packages"))
    alone = ["--no-deps", "--no-index", "--target", str(site), str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", *alone], check=True, timeout=RELEASE_SECONDS)
    # This checkout's editable install is not among the dependencies.
    dependencies = [path for path in sys.path if Path(path).name == "site-packages"]
    (site / "dependencies.pth").write_text("\n".join(dependencies) + "\n", encoding="utf-8")
    return folder / "venv" / "bin" / "python"


def kernel_of(python: Path, folder: Path) -> None:
    """Write a kernel of this Python below *folder*, for Jupyter to find."""
    words = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (folder / "kernels" / "wheel").mkdir(parents=True)
    spec = {"argv": words, "display_name": "wheel", "language": "python"}
    (folder / "kernels" / "wheel" / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")


def test_the_notebook_and_the_command_of_the_wheel_release_the_sample(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wheel carries models, cards and code: the notebook's ten cells train, measure, publish and prove a model.

    What it prints is what was measured; the command finds all of it done.
    """
    python, work = installed(tmp_path), tmp_path / "work"
    work.mkdir()
    environment = {**unmeasured(), "PYTHONPATH": os.pathsep}
    run = {"cwd": work, "env": environment, "capture_output": True, "text": True, "timeout": RELEASE_SECONDS}
    where = subprocess.run([python, "-c", "import hubpress; print(hubpress.__file__)"], check=True, **run)  # type: ignore[call-overload]
    assert where.stdout.startswith(str(tmp_path / "venv"))

    text = NOTEBOOK.read_text(encoding="utf-8")
    assert len(nbformat.reads(text, as_version=4).cells) == 10
    kernel_of(python, tmp_path / "jupyter")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    printed = run_notebook(text, work, kernel="wheel", PYTHONPATH=os.pathsep)
    assert "n = 42" in printed[1]
    assert "0 problems" in printed[5]
    *_, space_proof, promoted = printed[6].splitlines()
    assert space_proof.startswith("verify space: 11 proofs hold")
    assert promoted.startswith("promote: rehearsal/conference-titles@")
    assert printed[7].count("  holds  ") == 24 and "FAILS" not in printed[7]

    done = subprocess.run(  # type: ignore[call-overload]
        [python, "-m", "hubpress", "release", "conference-titles", "--json", "--sample"], check=False, **run
    )
    assert done.returncode == 0, done.stderr
    stages = json.loads(done.stdout)["conference-titles"]["stages"]
    assert [stage["stage"] for stage in stages[-2:]] == ["verify space", "promote"]
    assert "proofs hold" in stages[-2]["result"]
    assert not [stage["stage"] for stage in stages if stage["ran"]]
