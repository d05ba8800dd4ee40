"""A published Space -> proof: its files, and its app, run where torch and transformers cannot be imported."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from hubpress.check.folder import check_folder
from hubpress.errors import HubpressError, VerifyFailed
from hubpress.files import read_json
from hubpress.hub.ids import RepoId
from hubpress.hub.readme import read_card
from hubpress.layout import ATTRIBUTES, CARD, EVALUATION, REQUIREMENTS, SPACE
from hubpress.manifest import Manifest
from hubpress.schemas.evaluation import Answer, changed_answers
from hubpress.space.process import RunningApp, running_app
from hubpress.verify.proof import WIDGET_TOLERANCE, Proof, compare
from hubpress.verify.published import PublishedCommit
from hubpress.verify.sandbox import emptied, last_line

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
    hub, proof = commit.hub, Proof(commit.repo, commit.sha)
    scratch = scratch.resolve()  # the app runs in another folder
    with emptied(scratch):
        files = commit.download(scratch / "files")
        downloaded = Manifest.of_folder(files, leave_out={ATTRIBUTES})
        differences = manifest.differences(downloaded) if manifest else []
        proof.add("files", f"{len(downloaded.files)} files against what was pushed", differences)
        problems = [str(problem) for problem in check_folder(files, revision=None)]
        proof.add("rules", "every rule of check for Spaces", problems)
        if not (proof.holds("files") and proof.holds("rules")):
            return proof  # nothing that is not as it was pushed is run
        settings = read_json(files / SPACE)
        model = PublishedCommit(hub, RepoId(settings["model"]), settings["revision"])
        evaluation = _evaluation(model, scratch / "model")
        proof.add(
            "pinned",
            f"to {settings['model']} at {settings['revision'][:7]}, with the file and the examples of its card",
            _compare_pinned(settings, evaluation),
        )
        python = _fresh_environment(files, scratch / "environment") if isolated else sys.executable
        # As on the Hub, a Space has no token unless its model is private.
        token = hub.token if hub.is_private(model.repo) else None
        run = running_app(files, scratch / "app", endpoint=hub.endpoint, token=token, python=python, without=_WITHOUT)
        with run as app:
            _add_answers(proof, settings, evaluation, _Asked(app, scratch / "client"))
            where_it_ran = "a fresh environment with its requirements" if isolated else "a process"
            peak = app.peak_memory()
            memory = f", {peak / 1e6:.0f} MB at most" if peak else ""
            proof.add("app", f"in {where_it_ran} without torch; its page after {app.seconds:.1f} s{memory}", [])
    return proof


def _add_answers(proof: Proof, settings: dict[str, Any], evaluation: dict[str, Any], asked: _Asked) -> None:
    """Call every endpoint with the card's examples, and one with nothing, and hold the answers against the card."""
    claimed = evaluation["onnx"]
    one = "tag" if settings["task"] == "token-classification" else "classify"
    answers = [asked.one(one, example) for example in evaluation["widget"]]
    proof.add(
        f"/{one}",
        f"{len(answers)} answers of the card's examples within {WIDGET_TOLERANCE:g}",
        _compare_answers(claimed["widget"], answers),
    )
    proof.add(
        "card",
        f"{claimed['changed']} unlike the weights' own, scores by {claimed['largest_difference']:g} at most",
        _compare_card(evaluation, answers),
    )
    batch = asked.batch(evaluation, answers)
    proof.add("/batch", "the same examples as a CSV file, with the same answers", batch)
    proof.add("bad input", "an empty text gets a sentence, and no answer", asked.refusal(one))


def _evaluation(model: PublishedCommit, dest: Path) -> dict[str, Any]:
    files = model.download(dest, only=[EVALUATION])
    evaluation: dict[str, Any] = read_json(files / EVALUATION)
    if "onnx" not in evaluation:
        raise HubpressError("evaluation.json has no ONNX figures.", where=str(model), hint="Release the model anew.")
    return evaluation


def _compare_pinned(settings: dict[str, Any], evaluation: dict[str, Any]) -> list[str]:
    claimed = evaluation["onnx"]
    differences = compare(claimed["used"], settings["onnx"], "onnx", 0)
    shown = [{"text": one["text"], "example_title": one["example_title"]} for one in evaluation["widget"]]
    expected = [{**one, "output": answer["output"]} for one, answer in zip(shown, claimed["widget"], strict=True)]
    found = [{key: one.get(key) for key in ("text", "example_title", "output")} for one in settings["examples"]]
    return differences + compare(expected, found, "examples", WIDGET_TOLERANCE)


class _Asked:
    """A running app, asked as its users ask: by gradio_client."""

    def __init__(self, app: RunningApp, downloads: Path) -> None:
        from gradio_client import Client

        downloads.mkdir()
        self._folder = downloads
        self._client = Client(app.url, download_files=str(downloads), verbose=False)

    def one(self, endpoint: str, example: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to an example of the widget, in the form that evaluation.json has it."""
        given = example["text"] if endpoint == "tag" else example.get("record") or example["text"]
        try:
            found = self._client.predict(given, api_name=f"/{endpoint}")
        except Exception as error:
            raise VerifyFailed(f"/{endpoint} does not answer {example['example_title']!r}: {error}") from error
        if endpoint == "tag":
            return {"output": found["entities"], "decided": found["entities"]}
        decided = [{"label": entry["label"], "score": entry["score"]} for entry in found["answer"]]
        return {"output": found["scores"], "answer": [entry["label"] for entry in decided], "decided": decided}

    def batch(self, evaluation: dict[str, Any], answers: list[dict[str, Any]]) -> list[str]:
        """Return what of a batch of all examples is not as their single answers are."""
        from gradio_client import handle_file

        given = self._folder / "examples.csv"
        with given.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["text"])
            writer.writerows([one["text"]] for one in evaluation["widget"])
        try:
            summary, path = self._client.predict(handle_file(given), None, api_name="/batch")
        except Exception as error:  # noqa: BLE001 - whatever a client raises, the Space does not do as it should
            return [f"it does not answer: {error}"]
        with Path(path).open(encoding="utf-8", newline="") as stream:
            lines = list(csv.DictReader(stream))
        differences = compare(len(answers), summary["rows"], "rows", 0)
        for number, answer in enumerate(answers, start=1):
            found = [line for line in lines if line["row"] == str(number)]
            read = _spans(found) if "entity" in summary["columns"] else _labels(found, answer)
            differences += compare(answer["decided"], read, f"row {number}", WIDGET_TOLERANCE)
        return differences

    def refusal(self, endpoint: str) -> list[str]:
        """Return what is wrong with how an empty text is refused."""
        try:
            found = self._client.predict(" ", api_name=f"/{endpoint}")
        except Exception as error:  # noqa: BLE001 - whatever a client raises, the Space does not do as it should
            return [] if "cannot be read" in str(error) else [f"it is refused with {str(error)[:200]!r}"]
        return [f"it is answered: {str(found)[:200]}"]


def _spans(lines: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Return the entities of a text from their lines in a batch's results."""
    return [
        {
            "entity_group": line["type"],
            "score": float(line["score"]),
            "word": line["entity"],
            "start": int(line["start"]),
            "end": int(line["end"]),
        }
        for line in lines
        if line["entity"]
    ]


def _labels(lines: list[dict[str, str]], answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the labels and scores of a text from its line in a batch's results.

    Several stand in one cell, and labels may hold any character: the single answer's labels are taken off one by one.
    """
    found = []
    for line in lines:
        rest, scores = line.get("labels", line.get("label", "")), line.get("scores", line.get("score", ""))
        for entry, score in zip(answer["decided"], re.findall(r"[0-9.]+", scores), strict=False):
            if not rest.startswith(entry["label"]):
                return [{"label": rest, "score": float(score)}]
            rest = re.sub(r"^(; | \| | ¦ |\n)", "", rest.removeprefix(entry["label"]))
            found.append({"label": entry["label"], "score": float(score)})
        if rest:
            found.append({"label": rest, "score": 0.0})
    return found


def _compare_answers(claimed: list[dict[str, Any]], found: list[dict[str, Any]]) -> list[str]:
    answers = [{key: one[key] for key in ("output", "answer") if key in one} for one in found]
    return compare(claimed, answers, "evaluation.onnx.widget", WIDGET_TOLERANCE)


def _compare_card(evaluation: dict[str, Any], found: list[dict[str, Any]]) -> list[str]:
    """Hold the Space's answers against the weights' own: as many others, and as far from them, as the card says."""
    claimed = {key: evaluation["onnx"][key] for key in ("changed", "largest_difference")}
    answers = (
        tuple(Answer(output=one["output"], answer=one.get("answer")) for one in several)
        for several in (evaluation["widget"], found)
    )
    changed, largest = changed_answers(*answers)
    measured = {"changed": changed, "largest_difference": largest}
    return compare(claimed, measured, "evaluation.onnx", WIDGET_TOLERANCE)


def _fresh_environment(files: Path, folder: Path) -> str:
    """Return the Python of a new virtual environment with what the Space names, and nothing else."""
    card = read_card((files / CARD).read_text(encoding="utf-8")).data
    python = str(folder / "bin" / "python")
    gradio = f"gradio=={card['sdk_version']}"
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", gradio]
    for command in ([sys.executable, "-m", "venv", str(folder)], [*install, "-r", str(files / REQUIREMENTS)]):
        done = subprocess.run(command, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False)
        if done.returncode:
            raise HubpressError(f"its requirements cannot be installed: {last_line(done.stderr)}", where=REQUIREMENTS)
    return python
