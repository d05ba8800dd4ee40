"""A published commit -> proof, or the list of what is not as its card says: fresh processes, an empty cache, by sha."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from hubpress.card.front_matter import widget_entry
from hubpress.card.notebook import notebook_of, snippets_of
from hubpress.card.render import card_text
from hubpress.errors import HubpressError, VerifyFailed
from hubpress.files import read_json
from hubpress.hub import client as hub
from hubpress.layout import CARD, EVALUATION, MANIFEST, NOTEBOOK, SPLITS_FACTS, TRAINING
from hubpress.manifest import Manifest
from hubpress.metrics.names import METRIC_NAMES
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.evaluation import Example
from hubpress.schemas.remeasure_job import RemeasureJob
from hubpress.schemas.splits import SplitFacts
from hubpress.verify.proof import WIDGET_TOLERANCE, Proof, compare, leaves
from hubpress.verify.sandbox import (
    Sandbox,
    emptied,
    failed_snippets,
    last_line,
    offline_cache_at,
    run_snippets,
    snippet_files,
)

_HALF_PRECISION = 0.01  # of a metric between bfloat16 and float32; 0.0002 was seen on ASJC subjects
# What evaluation.json says of the model and its baselines; each kind of task has some of them.
_FIGURES = (
    *("metrics", "intervals", "per_class", "confusion", "slices", "curve", "errors", "aggregated"),
    *("decision", "baselines", "onnx"),
)
_ANSWERS = ("output", "answer")  # of a widget example; the rest is what it asks


def verify(
    repo_id: str,
    *,
    sha: str,
    endpoint: str | None,
    token: str | None,
    recipe: Recipe,
    data_folder: Path,
    scratch: Path,
    manifest: Manifest | None = None,
    threads: int | None = None,
) -> Proof:
    """Download a commit and try every claim of its card; return the proof, whatever it says.

    Everything is downloaded below *scratch*, which is emptied first and taken away in the end. *manifest* is the local
    list of what was pushed, with the card, when there is one; *data_folder* holds the splits that the card was measured
    on. Raises HubpressError when the commit cannot be downloaded or is no release of ours.
    """
    proof = Proof(repo_id, sha)
    with emptied(scratch):
        files = hub.download(repo_id, sha, scratch / "files", endpoint=endpoint, token=token)
        downloaded = Manifest.of_folder(files, leave_out={".gitattributes"})  # the Hub's own
        evaluation = _read(files, EVALUATION)
        proof.add(
            "files", f"{len(downloaded.files)} files against the manifest", _compare_files(files, downloaded, manifest)
        )
        proof.add(
            "card",
            "every table and figure rendered again from evaluation.json and training.json",
            _compare_card(recipe, repo_id, files),
        )
        proof.add(
            "data",
            f"fingerprints of the splits, {evaluation['data']['count']} test records",
            _compare_data(evaluation, data_folder),
        )
        card = (files / CARD).read_text(encoding="utf-8")
        snippets = [snippet.code for snippet in snippets_of(card)]
        proof.add(
            "notebook",
            "made again from the card, with the snippets as its cells",
            _compare_notebook(recipe, repo_id, card, files),
        )
        room = Sandbox.make(scratch, endpoint=endpoint, token=token)
        scripts, environment = snippet_files(room, snippets), offline_cache_at(room, repo_id, sha)
        if proof.holds("data"):
            job = _job_of(recipe, repo_id, sha, evaluation, data_folder, threads=threads)
            measured, failed = _remeasured(room, job, scripts, environment)
            _add_measured(proof, recipe, files, evaluation, measured)
        else:
            failed = run_snippets(room, scripts, environment)
        proof.add("snippets", f"{len(snippets)} Python snippet(s) of the card run as they stand", failed)
    return proof


def _add_measured(
    proof: Proof, recipe: Recipe, files: Path, evaluation: dict[str, Any], measured: dict[str, Any]
) -> None:
    """Hold every figure and answer of a commit against what was measured of it again."""
    training, front = _read(files, TRAINING), _front_matter(files)
    tolerance = float(evaluation["tolerance"])
    shown = [widget_entry(recipe, example) for example in measured["widget"]]
    claimed, found = ({key: facts[key] for key in _FIGURES if key in facts} for facts in (evaluation, measured))
    proof.add(
        "figures",
        f"{sum(1 for _ in leaves(claimed, ''))} figures measured again through pipeline(), within {tolerance:g}",
        compare(claimed, found, "", tolerance),
    )
    proof.add(
        "model-index",
        f"{len(evaluation['metrics'])} values of the front matter against the same measurement",
        _compare_index(front, measured, tolerance),
    )
    proof.add(
        "released epoch",
        f"validation metrics of the training table, within {_epoch_tolerance(training, tolerance):g}",
        _compare_epoch(training, measured, _epoch_tolerance(training, tolerance)),
    )
    proof.add(
        "widget",
        f"{len(measured['widget'])} answers reproduced within {WIDGET_TOLERANCE:g}",
        [
            *compare(front.get("widget"), shown, "widget", WIDGET_TOLERANCE),
            *compare(evaluation["widget"], measured["widget"], "evaluation.widget", WIDGET_TOLERANCE),
        ],
    )


def _read(files: Path, name: str) -> Any:
    try:
        return read_json(files / name)
    except (OSError, ValueError) as error:
        raise HubpressError(
            f"{name} cannot be read, so there is nothing to measure against.",
            where="the published revision",
            hint="Publish with `hubpress release` or `hubpress push`.",
        ) from error


def _front_matter(files: Path) -> dict[str, Any]:
    text = (files / CARD).read_text(encoding="utf-8") if (files / CARD).is_file() else ""
    found = re.match(r"---\n(.*?)\n---\n", text, flags=re.DOTALL)
    document = yaml.safe_load(found.group(1)) if found else None
    if not isinstance(document, dict):
        raise HubpressError("README.md has no front matter.", where="the published revision", hint="Publish it again.")
    return document


def _compare_files(files: Path, downloaded: Manifest, manifest: Manifest | None) -> list[str]:
    """Compare with the published manifest, which leaves out the card, and with the local one, which has it."""
    try:
        published = Manifest.load(files / MANIFEST)
    except (OSError, ValueError):
        return [f"{MANIFEST} is missing or unreadable"]
    return manifest.differences(downloaded) if manifest else published.differences(downloaded, beside=(CARD, MANIFEST))


def _compare_card(recipe: Recipe, repo_id: str, files: Path) -> list[str]:
    """Render the card again from the published facts: every row of every table and every picture must be there."""
    text, drawn = card_text(recipe, repo_id, files)
    published, rendered = ((files / CARD).read_text(encoding="utf-8").splitlines(), text.splitlines())
    rows = [line for line in published if line.startswith("|")]
    expected = [line for line in rendered if line.startswith("|")]
    differences = [f"the card says {line!r}, which its facts do not give" for line in rows if line not in expected]
    differences += [f"the card lacks {line!r}, which its facts give" for line in expected if line not in rows]
    for picture in drawn.values():
        if f"({picture.path})" not in "\n".join(published) or not (files / picture.path).is_file():
            differences.append(f"the figure {picture.path} is missing")
    return differences


def _compare_notebook(recipe: Recipe, repo_id: str, card: str, files: Path) -> list[str]:
    there = (files / NOTEBOOK).read_text(encoding="utf-8") if (files / NOTEBOOK).is_file() else ""
    return [] if there == notebook_of(card, recipe, repo_id) else [f"{NOTEBOOK} is not the one that the card makes"]


def _compare_data(evaluation: dict[str, Any], data_folder: Path) -> list[str]:
    facts = SplitFacts.load(data_folder / SPLITS_FACTS)
    if facts.fingerprints["test"] == evaluation["data"]["fingerprint"]:
        return []
    return [
        "the test split at hand is not the one that the card was measured on; give the same records (--sample, --data)"
    ]


def _job_of(
    recipe: Recipe,
    repo_id: str,
    sha: str,
    evaluation: dict[str, Any],
    data_folder: Path,
    *,
    threads: int | None,
) -> RemeasureJob:
    """Return what :mod:`hubpress.verify.remeasure` has to know."""
    examples = [{key: value for key, value in one.items() if key not in _ANSWERS} for one in evaluation["widget"]]
    return RemeasureJob(
        recipe=recipe.model_dump(mode="json", exclude_defaults=True),  # as it was written
        repo_id=repo_id,
        sha=sha,
        threads=threads,
        data_folder=str(data_folder.resolve()),
        widget=tuple(Example.model_validate(example) for example in examples),
    )


def _remeasured(
    room: Sandbox, job: RemeasureJob, scripts: list[str], environment: dict[str, str]
) -> tuple[dict[str, Any], list[str]]:
    """Return what was measured again, and which snippets failed. One process does both, since most of its time goes
    into importing torch and transformers."""
    told, out = room.folder / "job.json", room.folder / "measured.json"
    job.save(told, sort_keys=False)  # the order of a recipe's labels and levels has a meaning
    done = room.run(
        ["-m", "hubpress.verify.remeasure", str(told), str(out), *scripts], timeout=None, environment=environment
    )
    if not out.is_file():
        raise VerifyFailed(f"{job.repo_id} at {job.sha[:7]} cannot be measured: {last_line(done.stderr)}")
    return read_json(out), failed_snippets(done)


def _compare_index(front: dict[str, Any], measured: dict[str, Any], tolerance: float) -> list[str]:
    claimed = {
        metric.get("name"): metric.get("value")
        for model in front.get("model-index", [])
        for result in model.get("results", [])
        for metric in result.get("metrics", [])
    }
    return compare(
        claimed,
        {METRIC_NAMES[name].title: value for name, value in measured["metrics"].items()},
        "model-index",
        tolerance,
    )


def _epoch_tolerance(training: dict[str, Any], tolerance: float) -> float:
    """Training in half precision also evaluates its epochs so, and scores near a threshold fall on its other side."""
    half = any(training["hyperparameters"].get(name) for name in ("bf16", "fp16"))
    return max(tolerance, _HALF_PRECISION) if half else tolerance


def _compare_epoch(training: dict[str, Any], measured: dict[str, Any], tolerance: float) -> list[str]:
    released = [row["metrics"] for row in training["epochs"] if row["epoch"] == training["best_epoch"]]
    return compare(released, [measured["validation"]], "epoch", tolerance)
