"""A published commit -> proof, or the list of what is not as its card says: fresh processes, an empty cache, by sha."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import JsonValue

from hubpress.card.front_matter import widget_entry
from hubpress.card.notebook import notebook_of, snippets_of
from hubpress.card.render import card_text
from hubpress.errors import HubpressError, VerifyFailed
from hubpress.hub.readme import read_card
from hubpress.layout import ATTRIBUTES, CARD, EVALUATION, MANIFEST, NOTEBOOK, SIGNATURE, SPLITS_FACTS, TRAINING
from hubpress.manifest import Manifest, ManifestError
from hubpress.metrics.names import METRIC_NAMES
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.answers import Example
from hubpress.schemas.document import Document, DocumentError
from hubpress.schemas.evaluation import Evaluation, Remeasured
from hubpress.schemas.remeasure_job import RemeasureJob
from hubpress.schemas.splits import SplitFacts
from hubpress.schemas.training import TrainingFacts
from hubpress.verify.figures import compare_figures, count_of_figures
from hubpress.verify.proof import WIDGET_TOLERANCE, Claim, Proof, compare
from hubpress.verify.published import PublishedCommit
from hubpress.verify.sandbox import (
    Sandbox,
    emptied,
    failed_snippets,
    last_line,
    offline_cache_at,
    run_snippets,
    snippet_files,
)
from hubpress.verify.signature import claims_of_signature

_HALF_PRECISION = 0.01  # of a metric between bfloat16 and float32; 0.0002 was seen on ASJC subjects
_REMEASURE = "hubpress.verify.remeasure"
D = TypeVar("D", bound=Document)


def verify_model(
    commit: PublishedCommit,
    recipe: Recipe,
    splits: Path,
    *,
    scratch: Path,
    manifest: Manifest | None = None,
    threads: int | None = None,
    public_key: bytes | None = None,
) -> Proof:
    """Download a commit and try every claim of its card; return the proof, whatever it says.

    Everything is downloaded below *scratch*, which is emptied first and taken away in the end. *manifest* is the local
    list of what was pushed, with the card, when there is one; *splits* is the folder of the records that the card was
    measured on; *public_key* (PEM) is that of whoever signed it. Raises HubpressError when the commit cannot be
    downloaded or is no release of ours.
    """
    with emptied(scratch):
        release = DownloadedRelease.of(commit, recipe, scratch / "files")
        claims = _claims_of_files(release, splits, manifest)
        claims += claims_of_signature(release.files, is_asked=recipe.provenance.sign, public_key=public_key)
        sandbox = Sandbox.make(scratch, commit.hub)
        snippets = [snippet.code for snippet in snippets_of(release.card)]
        scripts, environment = snippet_files(sandbox, snippets), offline_cache_at(sandbox, commit)
        if any(claim.what == "data" and claim.holds for claim in claims):
            measured, failed = _remeasure(sandbox, _job_of(release, splits, threads), scripts, environment)
            claims += _claims_of_figures(release, measured)
        else:  # on other records nothing can be measured again
            failed = run_snippets(sandbox, scripts, environment)
        claims.append(Claim("snippets", f"{len(snippets)} Python snippet(s) of the card run as they stand", failed))
    return Proof(commit.repo, commit.sha, tuple(claims))


@dataclass(frozen=True)
class DownloadedRelease:
    """A commit on disk: its files, its card, and the facts that the card was rendered from."""

    commit: PublishedCommit
    recipe: Recipe
    files: Path
    card: str
    evaluation: Evaluation
    training: TrainingFacts

    @classmethod
    def of(cls, commit: PublishedCommit, recipe: Recipe, dest: Path) -> DownloadedRelease:
        """Download a commit into *dest*. Raises HubpressError where it holds no card or no facts."""
        files = commit.download(dest)
        card = (files / CARD).read_text(encoding="utf-8") if (files / CARD).is_file() else ""
        return cls(
            commit, recipe, files, card, _published(Evaluation, files / EVALUATION),
            _published(TrainingFacts, files / TRAINING),
        )  # fmt: skip

    @property
    def front_matter(self) -> Mapping[str, Any]:
        """The card's metadata. Raises HubpressError where it has none that can be read."""
        card = read_card(self.card)
        if not card.readable:
            faults = " ".join(fault.text for fault in card.faults)
            raise HubpressError(f"README.md has no front matter. {faults}", where=str(self.commit))
        return card.data


def _published(schema: type[D], path: Path) -> D:
    try:
        return schema.load(path)
    except DocumentError as error:
        raise HubpressError(
            f"{path.name} cannot be read, so there is nothing to measure against: {error.what}",
            where="the published revision",
            hint="Publish with `hubpress release` or `hubpress push`.",
        ) from error


def _claims_of_files(release: DownloadedRelease, splits: Path, manifest: Manifest | None) -> list[Claim]:
    """Try what can be told from the files alone."""
    downloaded = Manifest.of_folder(release.files, leave_out={ATTRIBUTES})
    evaluation = release.evaluation
    return [
        Claim(
            "files",
            f"{len(downloaded.files)} files against the manifest",
            _compare_files(release.files, downloaded, manifest),
        ),
        Claim(
            "card",
            "every table and figure rendered again from evaluation.json and training.json",
            _compare_card(release),
        ),
        Claim(
            "data",
            f"fingerprint of the test split at hand, {evaluation.data.count} records",
            _compare_data(evaluation, SplitFacts.load(splits / SPLITS_FACTS)),
        ),
        Claim("notebook", "made again from the card, with the snippets as its cells", _compare_notebook(release)),
    ]


def _claims_of_figures(release: DownloadedRelease, measured: Remeasured) -> list[Claim]:
    """Hold every figure and answer of a commit against what was measured of it again."""
    evaluation, training, front = release.evaluation, release.training, release.front_matter
    tolerance, epoch_tolerance = evaluation.tolerance, _epoch_tolerance(training, evaluation.tolerance)
    widget: list[JsonValue] = [widget_entry(release.recipe, example) for example in measured.widget]
    return [
        Claim(
            "figures",
            f"{count_of_figures(evaluation)} figures measured again through pipeline(), within {tolerance:g}",
            compare_figures(evaluation, measured, tolerance),
        ),
        Claim(
            "model-index",
            f"{len(evaluation.metrics)} values of the front matter against the same measurement",
            _compare_index(front, measured, tolerance),
        ),
        Claim(
            "released epoch",
            f"validation metrics of the training table, within {epoch_tolerance:g}",
            _compare_epoch(training, measured, epoch_tolerance),
        ),
        Claim(
            "widget",
            f"{len(measured.widget)} answers reproduced within {WIDGET_TOLERANCE:g}",
            [
                *compare(front.get("widget"), widget, "widget", WIDGET_TOLERANCE),
                *compare(evaluation.widget, measured.widget, "evaluation.widget", WIDGET_TOLERANCE),
            ],
        ),
    ]


def _compare_files(files: Path, downloaded: Manifest, manifest: Manifest | None) -> list[str]:
    """Compare with the published manifest, which leaves out the card, and with the local one, which has it."""
    try:
        published = Manifest.load(files / MANIFEST)
    except (OSError, ManifestError):
        return [f"{MANIFEST} is missing or unreadable"]
    return (
        manifest.differences(downloaded)
        if manifest
        else published.differences(downloaded, beside=(CARD, MANIFEST, SIGNATURE))
    )


def _compare_card(release: DownloadedRelease) -> list[str]:
    """Render the card again from the published facts: every row of every table and every picture must be there."""
    text, charts = card_text(release.recipe, release.commit.repo.id, release.files)
    published = [line for line in release.card.splitlines() if line.startswith("|")]
    rendered = [line for line in text.splitlines() if line.startswith("|")]
    differences = [f"the card says {line!r}, which its facts do not give" for line in published if line not in rendered]
    differences += [f"the card lacks {line!r}, which its facts give" for line in rendered if line not in published]
    return differences + [
        f"the figure {chart.path} is missing"
        for chart in charts.values()
        if f"({chart.path})" not in release.card or not (release.files / chart.path).is_file()
    ]


def _compare_notebook(release: DownloadedRelease) -> list[str]:
    path = release.files / NOTEBOOK
    published = path.read_text(encoding="utf-8") if path.is_file() else ""
    expected = notebook_of(release.card, release.recipe, release.commit.repo.id)
    return [] if published == expected else [f"{NOTEBOOK} is not the one that the card makes"]


def _compare_data(evaluation: Evaluation, splits: SplitFacts) -> list[str]:
    if splits.fingerprints["test"] == evaluation.data.fingerprint:
        return []
    return [
        "the test split at hand is not the one that the card was measured on; give the same records (--sample, --data)"
    ]


def _job_of(release: DownloadedRelease, splits: Path, threads: int | None) -> RemeasureJob:
    """Return what the fresh process has to know."""
    return RemeasureJob(
        recipe=release.recipe.model_dump(mode="json", exclude_defaults=True),  # as it was written
        repo_id=release.commit.repo.id,
        sha=release.commit.sha,
        threads=threads,
        data_folder=str(splits.resolve()),
        widget=tuple(
            Example(text=one.text, example_title=one.example_title, record=one.record, expected=one.expected)
            for one in release.evaluation.widget
        ),
    )


def _remeasure(
    sandbox: Sandbox, job: RemeasureJob, scripts: list[str], environment: Mapping[str, str]
) -> tuple[Remeasured, list[str]]:
    """Return what was measured again, and which snippets failed. One process does both, since most of its time goes
    into importing torch and transformers."""
    question, answer = sandbox.folder / "job.json", sandbox.folder / "measured.json"
    job.save(question, sort_keys=False)  # the order of a recipe's labels and levels has a meaning
    command = ["-m", _REMEASURE, str(question), str(answer), *scripts]
    done = sandbox.run(command, timeout=None, environment=environment)
    if not answer.is_file():
        raise VerifyFailed(f"{job.repo_id} at {job.sha[:7]} cannot be measured: {last_line(done.stderr)}")
    return Remeasured.load(answer), failed_snippets(done)


def _compare_index(front: Mapping[str, Any], measured: Remeasured, tolerance: float) -> list[str]:
    claimed = {
        metric.get("name"): metric.get("value")
        for model in front.get("model-index", [])
        for result in model.get("results", [])
        for metric in result.get("metrics", [])
    }
    found = {METRIC_NAMES[name].title: value for name, value in measured.metrics.items()}
    return compare(claimed, found, "model-index", tolerance)


def _epoch_tolerance(training: TrainingFacts, tolerance: float) -> float:
    """Training in half precision also evaluates its epochs so, and scores near a threshold fall on its other side."""
    half = any(training.hyperparameters.get(name) for name in ("bf16", "fp16"))
    return max(tolerance, _HALF_PRECISION) if half else tolerance


def _compare_epoch(training: TrainingFacts, measured: Remeasured, tolerance: float) -> list[str]:
    return compare(training.released.metrics, measured.validation, "epoch", tolerance)
