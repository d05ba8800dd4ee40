"""The stages of a release in their order. Each maps files to files; what it needs and makes is written here, once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubpress.card_words import megabytes
from hubpress.content import content_dir, pipeline_files
from hubpress.errors import CheckFailed
from hubpress.files import (
    CARD,
    EVALUATION,
    MANIFEST,
    NOTEBOOK,
    TRAINING,
    FileEntry,
    Manifest,
    read_json,
    write_json,
    write_text,
)
from hubpress.label_table import table_file
from hubpress.receipts import Receipt
from hubpress.recipe import Recipe
from hubpress.records import source_files
from hubpress.space import UNPUBLISHED, build_space, space_sources, tested_versions


@dataclass(frozen=True)
class Job:
    """One model on its way: its recipe, its build folder, and how the person asked for it."""

    recipe: Recipe
    folder: Path
    owner: str
    quiet: bool = False
    threads: int | None = None

    @property
    def data(self) -> Path:
        """The folder of the splits."""
        return self.folder / "data"

    @property
    def train(self) -> Path:
        """The folder of checkpoints and trained weights."""
        return self.folder / "train"

    @property
    def repo(self) -> Path:
        """The staged folder: the very bytes that are checked and pushed."""
        return self.folder / "repo"

    @property
    def manifest(self) -> Path:
        """The list of the staged folder's files, kept beside it."""
        return self.folder / MANIFEST

    def receipt(self, stage: str) -> Path:
        """Where a stage leaves its receipt."""
        return self.folder / "receipts" / f"{stage}.json"

    @property
    def pushed(self) -> Path:
        """The folder that keeps the manifest of every commit pushed to this repository, by its id."""
        return self.folder / "pushed" / self.repo_id

    @property
    def repo_id(self) -> str:
        """The repository on the Hub, and the Space, which has the same name."""
        return f"{self.owner}/{self.recipe.repo_name}"

    @property
    def space(self) -> Path:
        """The folder of the Space, whose model is not published yet."""
        return self.folder / "space"

    @property
    def pinned_space(self) -> Path:
        """The folder of the Space as it is pushed, pinned to a commit of its model."""
        return self.folder / "space-pinned"

    @property
    def pushed_spaces(self) -> Path:
        """The folder that keeps the manifest of every commit pushed to the Space, by its id."""
        return self.folder / "pushed" / "spaces" / self.repo_id


@dataclass(frozen=True)
class Made:
    """What a stage made: its files, and one line for the table."""

    outputs: list[Path]
    summary: str


@dataclass(frozen=True)
class Stage:
    """One stage: the settings and files that decide its result, and the work."""

    name: str
    settings: Callable[[Job], Any]
    inputs: Callable[[Job], list[Path]]
    run: Callable[[Job], Made]


def _files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _data_inputs(job: Job) -> list[Path]:
    files = source_files(job.recipe)
    table = table_file(job.recipe)
    records = [Path(name) for names in files.values() for name in names if "://" not in name]
    return [*records, *([table] if table and table.is_file() else [])]


def _data(job: Job) -> Made:
    from hubpress.data import SPLITS, prepare

    facts = prepare(job.recipe, source_files(job.recipe), job.data, cache_dir=job.folder / "cache")
    counts = ", ".join(f"{facts.counts[name]} {name}" for name in SPLITS)
    return Made(_files_below(job.data), f"{counts}; {len(facts.labels)} labels")


def _train(job: Job) -> Made:
    from hubpress.train import CHECKPOINTS, MODEL, train

    facts = train(job.recipe, job.data, job.train, quiet=job.quiet, threads=job.threads)
    for leftover in (CHECKPOINTS, "encoded"):
        shutil.rmtree(job.train / leftover, ignore_errors=True)
    best = next(row for row in facts["epochs"] if row["epoch"] == facts["best_epoch"])
    metric = facts["main_metric"]
    summary = (
        f"epoch {facts['best_epoch']:g} of {len(facts['epochs'])}: validation {metric} {best['metrics'][metric]:.3f}"
    )
    return Made([*_files_below(job.train / MODEL), job.train / TRAINING], summary)


def _assemble(job: Job) -> Made:
    from hubpress.assemble import assemble
    from hubpress.train import MODEL

    names = assemble(job.recipe, job.train / MODEL, job.data, job.repo, threads=job.threads)
    write_json(job.repo / TRAINING, read_json(job.train / TRAINING))
    outputs = [job.repo / name for name in (*names, TRAINING)]
    return Made(outputs, f"{len(outputs)} files, {megabytes(sum(path.stat().st_size for path in outputs))}")


def _evaluate(job: Job) -> Made:
    from hubpress.evaluate import evaluate

    facts = evaluate(job.recipe, job.data, job.repo, threads=job.threads)
    write_json(job.repo / EVALUATION, facts)
    name, count = facts["main_metric"], facts["data"]["count"]
    interval = facts["intervals"][name]
    between = f"{interval['low']:.3f} to {interval['high']:.3f}"
    summary = f"test {name} {facts['metrics'][name]:.3f} ({between}), n = {count}"
    return Made([job.repo / EVALUATION], summary)


def card_text(recipe: Recipe, repo_id: str, repo: Path) -> tuple[str, dict[str, Any]]:
    """Return the card of a staged or downloaded folder, rendered from the facts in it, and its pictures by name."""
    from hubpress.card import read_facts, render_card

    facts = read_facts(recipe, repo_id, repo)
    return render_card(facts, content_dir("cards")), facts.pictures


def notebook_of(card: str, recipe: Recipe, repo_id: str) -> str:
    """Return the notebook that goes with a card."""
    from hubpress.notebook import notebook_text

    return notebook_text(card, title=recipe.title, summary=recipe.card.summary, repo_id=repo_id)


def _card(job: Job) -> Made:
    text, drawn = card_text(job.recipe, job.repo_id, job.repo)
    before = Manifest.load(job.manifest) if job.manifest.is_file() else Manifest(())
    names = [CARD, NOTEBOOK]
    write_text(job.repo / CARD, text)
    write_text(job.repo / NOTEBOOK, notebook_of(text, job.recipe, job.repo_id))
    for picture in drawn.values():
        path = job.repo / picture.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture.png)
        names.append(picture.path)
    names += [*_assembled(job), EVALUATION]
    entries = {name: FileEntry.of(job.repo, name) for name in names}
    # The published list leaves out the card, so that a changed sentence changes the card alone.
    published = Manifest(tuple(entries[name] for name in sorted(names) if name != CARD))
    published.save(job.repo / MANIFEST)
    for stale in before.by_path().keys() - entries.keys() - {MANIFEST}:
        (job.repo / stale).unlink(missing_ok=True)
    everything = {**entries, MANIFEST: FileEntry.of(job.repo, MANIFEST)}
    Manifest(tuple(everything[name] for name in sorted(everything))).save(job.manifest)
    outputs = [job.repo / name for name in (CARD, NOTEBOOK, MANIFEST, *(picture.path for picture in drawn.values()))]
    return Made([*outputs, job.manifest], f"{len(text.splitlines())} lines, {len(drawn)} figures")


def _space(job: Job) -> Made:
    if not job.recipe.has_space:
        shutil.rmtree(job.space, ignore_errors=True)
        return Made([], "none, by the recipe (onnx.export, space.publish)")
    names = build_space(job.recipe, job.repo, job.space, repo_id=job.repo_id, revision=UNPUBLISHED)
    return Made([job.space / name for name in names], f"{len(names)} files")


def _space_settings(job: Job) -> dict[str, Any]:
    said = {"title", "space", "onnx", "license", "tags", "is_sample", "task"}
    recipe = job.recipe.model_dump(mode="json", include=said)
    summary = job.recipe.card.summary
    return {"recipe": recipe, "summary": summary, "repo_id": job.repo_id, "versions": tested_versions(job.recipe)}


def _check(job: Job) -> Made:
    refuse_problems(job.repo, manifest=Manifest.load(job.manifest))
    if job.recipe.has_space:
        refuse_problems(job.space, revision=UNPUBLISHED)
    return Made([], "no problems")


def refuse_problems(folder: Path, **options: Any) -> None:
    """Raise CheckFailed, with every problem of a staged folder, if there is one; *options* are ``check_folder``'s."""
    from hubpress.check import check_folder

    if problems := check_folder(folder, **options):
        listed = "\n".join(str(problem) for problem in problems)
        raise CheckFailed(f"{listed}\n{len(problems)} problem(s) in {folder}.")


def _assembled(job: Job) -> list[str]:
    """Return the names of the files that the assemble stage put into the repository; base models differ in them."""
    receipt = Receipt.read(job.receipt("assemble"))
    return [Path(stamp.path).relative_to("repo").as_posix() for stamp in receipt.outputs] if receipt else []


def _card_settings(job: Job) -> dict[str, Any]:
    return {"recipe": job.recipe.model_dump(mode="json", exclude={"folder"}), "repo_id": job.repo_id}


def _training_settings(job: Job) -> dict[str, Any]:
    recipe = job.recipe
    return {
        "base_model": recipe.base_model.model_dump(mode="json"),
        "training": recipe.training.model_dump(mode="json"),
        "max_length": recipe.tokenizer.max_length,
        "metrics": recipe.metrics,
        "task": recipe.task,
        "decision": recipe.decides_by,
    }


STAGES: tuple[Stage, ...] = (
    Stage("data", lambda job: job.recipe.data_settings, _data_inputs, _data),
    Stage("train", _training_settings, lambda job: [job.data / "data.json"], _train),
    Stage(
        "assemble",
        lambda job: {
            "decision": job.recipe.decision.model_dump(mode="json"),
            "beside": job.recipe.evaluation.thresholds[:1],
            "template": job.recipe.data.input_template,
            "onnx": job.recipe.onnx.export,
        },
        lambda job: [
            *_files_below(job.train / "model"),
            *(job.train / TRAINING, job.data / "data.json"),
            *pipeline_files(job.recipe.custom_files),
        ],
        _assemble,
    ),
    Stage(
        "evaluate",
        lambda job: job.recipe.model_dump(
            mode="json", include={"evaluation", "onnx", "widget", "repo_name", "is_sample", "uses_sample_records"}
        ),
        lambda job: [*(job.repo / name for name in _assembled(job)), job.data / "data.json"],
        _evaluate,
    ),
    Stage(
        "card",
        _card_settings,
        lambda job: [
            *(job.repo / name for name in (*_assembled(job), EVALUATION)),
            *_files_below(content_dir("cards")),
        ],
        _card,
    ),
    Stage(
        "space",
        _space_settings,
        lambda job: [job.repo / EVALUATION, *space_sources(job.recipe)],
        _space,
    ),
    Stage(
        "check",
        lambda job: {"space": job.recipe.has_space},
        lambda job: [*_files_below(job.repo), job.manifest, *_files_below(job.space)],
        _check,
    ),
)
