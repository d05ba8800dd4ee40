"""kill -9 in every stage: the same command goes on from there and ends with the same result."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

from helpers.processes import Command, kill_after, run_module


def release(build: Path, tiny: list[str], *words: str) -> list[str | Path]:
    """Return the words of a release into a build folder."""
    return ["release", "conference-titles", "--build-dir", build, *tiny, "--set", "training.num_train_epochs=4", *words]


def figures(build: Path) -> dict[str, Any]:
    """Return what decides a release: the epochs of its training, its measured figures, its card."""
    repo = build / "conference-titles" / "repo"
    training, evaluation = (
        json.loads((repo / name).read_text(encoding="utf-8")) for name in ("training.json", "evaluation.json")
    )
    return {
        "epochs": training["epochs"],
        "metrics": evaluation["metrics"],
        "widget": evaluation["widget"],
        "onnx": evaluation["onnx"],
        # How long a training took is nobody's choice.
        "card": re.sub(r"It took [^\n]*", "", (repo / "README.md").read_text(encoding="utf-8")),
    }


def test_killed_in_every_stage_ends_as_if_never_killed(hubpress: Command, tiny: list[str], tmp_path: Path) -> None:
    """Thirteen kills, one in each stage and one between two epochs, at random moments; the figures are the same."""
    calm, killed = tmp_path / "calm", tmp_path / "killed"
    assert hubpress("card", *release(calm, tiny, "--quiet")[1:]).code == 0  # what is compared is complete with it
    moment = random.Random(20261121)
    lines = ["data: running", "train: running", "epoch 2/4", "assemble: running", "evaluate: running"]
    lines += ["card: running", "space: running", "check: running", "push: running", "verify: running"]
    lines += ["push space: running", "verify space: running", "promote: running"]
    started = [kill_after(release(killed, tiny), line, delay=moment.uniform(0, 0.3)) for line in lines]
    final = run_module(release(killed, tiny, "--json"))
    assert final.returncode == 0, final.stderr
    assert figures(killed) == figures(calm)
    # After the kill in its third epoch, training went on from a checkpoint instead of from the start.
    assert not any(line.strip().startswith("epoch 1/4") for line in started[3])
    stages = json.loads(final.stdout)["conference-titles"]["stages"]
    assert [row["stage"] for row in stages if not row["ran"]][:5] == ["data", "report", "train", "assemble", "evaluate"]


def test_half_written_checkpoint_is_left_aside(hubpress: Command, tiny: list[str], tmp_path: Path) -> None:
    """A checkpoint that a kill tore is not gone on from; training goes on from an older one or from the start."""
    words: list[str | Path] = ["train", *release(tmp_path, tiny, "--set", "training.num_train_epochs=12")[1:]]
    kill_after(words, "epoch 3/12", delay=0.2)
    checkpoints = tmp_path / "conference-titles" / "train" / "checkpoints"
    newest = max(checkpoints.glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]))
    weights = newest / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    again = hubpress(*words)
    assert again.code == 0, again.err
    assert "epoch 12/12" in again.err
