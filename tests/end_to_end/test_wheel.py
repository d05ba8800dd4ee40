"""What ships is tested as what ships: the built wheel, installed outside the checkout, makes the same release."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

from helpers.paths import ROOT
from helpers.processes import RELEASE_SECONDS, unmeasured


def test_wheel_releases_the_sample_outside_the_checkout(tiny: list[str], tmp_path: Path) -> None:
    """The wheel carries models, cards and code; installed alone, it releases and verifies the sample."""
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path / "dist"), str(ROOT)],
        check=True,
        capture_output=True,
        timeout=RELEASE_SECONDS,
    )
    (wheel,) = (tmp_path / "dist").glob("hubpress-*.whl")
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    python = tmp_path / "venv" / "bin" / "python"
    site = next((tmp_path / "venv" / "lib").glob("python*/site-packages"))
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--no-index",
            "--target",
            str(site),
            str(wheel),
        ],
        check=True,
        timeout=RELEASE_SECONDS,
    )
    # The dependencies are the tests' own; this checkout's editable install is not among them.
    dependencies = [path for path in sys.path if Path(path).name == "site-packages"]
    (site / "dependencies.pth").write_text("\n".join(dependencies) + "\n", encoding="utf-8")
    run = {
        "cwd": tmp_path,
        "env": {**unmeasured(), "PYTHONPATH": os.pathsep},
        "capture_output": True,
        "text": True,
        "timeout": RELEASE_SECONDS,
    }
    where = subprocess.run([python, "-c", "import hubpress; print(hubpress.__file__)"], check=True, **run)  # type: ignore[call-overload]
    assert where.stdout.startswith(str(site))
    done = subprocess.run(  # type: ignore[call-overload]
        [python, "-m", "hubpress", "release", "conference-titles", "--json", *tiny], check=False, **run
    )
    assert done.returncode == 0, done.stderr
    stages = json.loads(done.stdout)["conference-titles"]["stages"]
    assert [stage["stage"] for stage in stages[-2:]] == ["verify space", "promote"]
    assert "proofs hold" in stages[-2]["result"]
