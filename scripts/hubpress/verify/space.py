"""A published Space -> proof: its files, and its app, run where torch and transformers cannot be imported."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hubpress.check.folder import check_folder
from hubpress.children import run_child
from hubpress.errors import HubpressError
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.hub.readme import read_card
from hubpress.inference.onnx import processor
from hubpress.layout import ATTRIBUTES, CARD, EVALUATION, QUANTIZED, REQUIREMENTS, SPACE
from hubpress.manifest import Manifest
from hubpress.schemas.answers import Answer, changed_answers
from hubpress.schemas.evaluation import Evaluation, OnnxFacts
from hubpress.schemas.space import SpaceExample, SpaceSettings
from hubpress.space.process import running_app
from hubpress.verify.figures import answers_within, compare_onnx_answers
from hubpress.verify.proof import WIDGET_TOLERANCE, Claim, Proof, compare
from hubpress.verify.published import PublishedCommit
from hubpress.verify.sandbox import emptied, last_line
from hubpress.verify.space_client import SpaceClient

_WITHOUT = ("torch", "transformers", "tensorflow", "datasets", "evaluate", "hubpress")
_INSTALL_SECONDS = 1200


def verify_space(
    commit: PublishedCommit, *, scratch: Path, manifest: Manifest | None = None, isolated: bool = False
) -> Proof:
    """Download a Space's commit, run its app and call every endpoint; return the proof, whatever it says.

    The app loads its model from the Hub, in a process of its own that cannot import torch, transformers or hubpress:
    with this environment's packages or, *isolated*, in a fresh one with nothing but its requirements. Its answers are
    held against those in the evaluation.json of the very commit that it is pinned to. Raises HubpressError when the
    Space cannot be downloaded or does not start.
    """
    scratch = scratch.resolve()  # the app runs in another folder
    with emptied(scratch):
        files = commit.download(scratch / "files")
        claims = _claims_of_files(files, manifest)
        if all(claim.holds for claim in claims):  # nothing that is not as it was pushed is run
            settings = SpaceSettings.load(files / SPACE)
            model = PinnedModel.of(settings, commit.hub, scratch / "model")
            how = f"to {model.commit}, with the file and the examples of its card"
            claims.append(Claim("pinned", how, _compare_pinned(settings, model)))
            python = _fresh_environment(files, scratch / "environment") if isolated else sys.executable
            claims += _claims_of_app(settings, model, files, scratch, python=python)
    return Proof(commit.repo, commit.sha, tuple(claims))


@dataclass(frozen=True)
class PinnedModel:
    """The model that a Space is pinned to, and what was measured of it and of its ONNX files."""

    commit: PublishedCommit
    evaluation: Evaluation
    onnx: OnnxFacts

    @classmethod
    def of(cls, settings: SpaceSettings, hub: Hub, dest: Path) -> PinnedModel:
        """Download a model's figures into *dest*. Raises HubpressError where its ONNX files were not measured."""
        commit = PublishedCommit(hub, RepoId(settings.model), settings.revision)
        evaluation = Evaluation.load(commit.download(dest, only=[EVALUATION]) / EVALUATION)
        if evaluation.onnx is None:
            hint = "Release the model anew."
            raise HubpressError("evaluation.json has no ONNX figures.", where=str(commit), hint=hint)
        return cls(commit, evaluation, evaluation.onnx)


def _claims_of_files(files: Path, manifest: Manifest | None) -> list[Claim]:
    """Hold a Space's files against what was pushed, where that is known, and against every rule."""
    downloaded = Manifest.of_folder(files, leave_out={ATTRIBUTES})
    differences = manifest.differences(downloaded) if manifest else []
    beside = "against what was pushed" if manifest else "downloaded; what was pushed is not known here"
    return [
        Claim("files", f"{len(downloaded.files)} files {beside}", differences),
        Claim("rules", "every rule of check for Spaces", [str(problem) for problem in check_folder(files)]),
    ]


def _compare_pinned(settings: SpaceSettings, model: PinnedModel) -> list[str]:
    """Compare the file that the Space runs and its examples with those of its model's card."""
    expected = [
        SpaceExample(text=one.text, example_title=one.example_title, record=one.record, output=answer.output)
        for one, answer in zip(model.evaluation.widget, model.onnx.widget, strict=True)
    ]
    differences = compare(model.onnx.used, settings.onnx, "onnx", 0)
    return differences + compare(expected, settings.examples, "examples", WIDGET_TOLERANCE)


def _claims_of_app(
    settings: SpaceSettings, model: PinnedModel, files: Path, scratch: Path, *, python: str
) -> list[Claim]:
    """Run the app by an interpreter; call its endpoints with the card's examples, and one with nothing."""
    hub, examples = model.commit.hub, model.evaluation.widget
    # As on the Hub, a Space has no token unless its model is private.
    token = hub.token if hub.is_private(model.commit.repo) else None
    run = running_app(files, scratch / "app", endpoint=hub.endpoint, token=token, python=python, without=_WITHOUT)
    with run as app:
        client = SpaceClient(app.url, settings.task, scratch / "client")
        answers = [client.answer(example) for example in examples]
        batch, refusal = client.batch_differences(examples, answers), client.refusal_differences()
        environment = "a process" if python == sys.executable else "a fresh environment with its requirements"
        peak = app.peak_memory()
        memory = f", {peak / 1e6:.0f} MB at most" if peak else ""
        return [
            *_claims_of_answers(client.endpoint, model, [one.answer for one in answers]),
            Claim("/batch", "the same examples as a CSV file, with the same answers", batch),
            Claim("bad input", "an empty text gets a sentence, and no answer", refusal),
            Claim("app", f"in {environment} without torch; its page after {app.seconds:.1f} s{memory}"),
        ]


def _claims_of_answers(endpoint: str, model: PinnedModel, answers: Sequence[Answer]) -> list[Claim]:
    """Hold the answers to the card's examples against the ONNX file's, and against the weights' own."""
    onnx, here = model.onnx, processor()
    changed, largest = changed_answers(model.evaluation.widget, tuple(answers))
    claimed = {"changed": onnx.changed, "largest_difference": onnx.largest_difference}
    measured = {"changed": changed, "largest_difference": largest}
    as_measured = Claim(
        f"/{endpoint}",
        f"{len(answers)} answers of the card's examples {answers_within(onnx, here)}",
        compare_onnx_answers(onnx, answers, processor=here, where="evaluation.onnx.widget"),
    )
    if onnx.used == QUANTIZED and onnx.processor != here:
        return [as_measured]  # the counts below are those of the processor that the card names
    return [
        as_measured,
        # As many other answers, with scores as far off, as the card says.
        Claim(
            "card",
            f"{onnx.changed} unlike the weights' own, scores by {onnx.largest_difference:g} at most",
            compare(claimed, measured, "evaluation.onnx", WIDGET_TOLERANCE),
        ),
    ]


def _fresh_environment(files: Path, folder: Path) -> str:
    """Return the Python of a new virtual environment with what the Space names, and nothing else."""
    card = read_card((files / CARD).read_text(encoding="utf-8")).data
    python = str(folder / "bin" / "python")
    gradio = f"gradio=={card['sdk_version']}"
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", gradio]
    for command in ([sys.executable, "-m", "venv", str(folder)], [*install, "-r", str(files / REQUIREMENTS)]):
        try:
            done = run_child(command, timeout=_INSTALL_SECONDS)
            why = last_line(done.stderr) if done.returncode else None
        except subprocess.TimeoutExpired:
            why = f"that did not end within {_INSTALL_SECONDS} seconds"
        if why:
            raise HubpressError(f"its requirements cannot be installed: {why}", where=REQUIREMENTS)
    return python
