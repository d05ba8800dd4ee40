"""The stages of a release in their order. Each maps files to files; what it needs and makes is written here, once."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from hubpress.card.notebook import notebook_of
from hubpress.card.render import card_text
from hubpress.check.folder import refuse_problems
from hubpress.content import content_dir, pipeline_files
from hubpress.data.label_table import table_file
from hubpress.data.sources import source_files
from hubpress.files import write_text
from hubpress.layout import CARD, EVALUATION, MANIFEST, NOTEBOOK, SPLITS_FACTS, TRAINING
from hubpress.manifest import FileEntry, Manifest
from hubpress.release.job import Job, Stage, StageOutput
from hubpress.release.receipts import Receipt
from hubpress.schemas.space import UNPUBLISHED
from hubpress.schemas.training import TrainingFacts
from hubpress.space.build import build_space, space_sources, tested_versions
from hubpress.text import megabytes


def _files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _data_inputs(job: Job) -> list[Path]:
    files = source_files(job.recipe)
    table = table_file(job.recipe)
    records = [Path(name) for names in files.values() for name in names if "://" not in name]
    return [*records, *([table] if table and table.is_file() else [])]


def _data(job: Job) -> StageOutput:
    from hubpress.data.prepare import prepare
    from hubpress.data.splitting import SPLITS

    facts = prepare(job.recipe, source_files(job.recipe), job.data, cache_dir=job.folder / "cache")
    counts = ", ".join(f"{facts.counts[name]} {name}" for name in SPLITS)
    return StageOutput(_files_below(job.data), f"{counts}; {len(facts.labels)} labels")


def _train(job: Job) -> StageOutput:
    from hubpress.train.trainer import CHECKPOINTS, MODEL, train

    facts = train(job.recipe, job.data, job.train, quiet=job.quiet, threads=job.threads)
    for leftover in (CHECKPOINTS, "encoded"):
        shutil.rmtree(job.train / leftover, ignore_errors=True)
    value = facts.released.metrics[facts.main_metric]
    summary = f"epoch {facts.best_epoch:g} of {len(facts.epochs)}: validation {facts.main_metric} {value:.3f}"
    return StageOutput([*_files_below(job.train / MODEL), job.train / TRAINING], summary)


def _assemble(job: Job) -> StageOutput:
    from hubpress.assemble.folder import assemble
    from hubpress.train.trainer import MODEL

    names = assemble(job.recipe, job.train / MODEL, job.data, job.repo, threads=job.threads)
    TrainingFacts.load(job.train / TRAINING).save(job.repo / TRAINING)
    outputs = [job.repo / name for name in (*names, TRAINING)]
    return StageOutput(outputs, f"{len(outputs)} files, {megabytes(sum(path.stat().st_size for path in outputs))}")


def _evaluate(job: Job) -> StageOutput:
    from hubpress.evaluate.measure import evaluate

    evaluation = evaluate(job.recipe, job.data, job.repo, threads=job.threads)
    evaluation.save(job.repo / EVALUATION)
    name = evaluation.main_metric
    interval = evaluation.intervals[name]
    between = f"{interval.low:.3f} to {interval.high:.3f}"
    summary = f"test {name} {evaluation.metrics[name]:.3f} ({between}), n = {evaluation.data.count}"
    return StageOutput([job.repo / EVALUATION], summary)


def _card(job: Job) -> StageOutput:
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
    return StageOutput([*outputs, job.manifest], f"{len(text.splitlines())} lines, {len(drawn)} figures")


def _space(job: Job) -> StageOutput:
    if not job.recipe.has_space:
        shutil.rmtree(job.space, ignore_errors=True)
        return StageOutput([], "none, by the recipe (onnx.export, space.publish)")
    names = build_space(job.recipe, job.repo, job.space, repo_id=job.repo_id, revision=UNPUBLISHED)
    return StageOutput([job.space / name for name in names], f"{len(names)} files")


def _space_settings(job: Job) -> dict[str, Any]:
    said = {"title", "space", "onnx", "license", "tags", "is_sample", "task"}
    recipe = job.recipe.model_dump(mode="json", include=said)
    summary = job.recipe.card.summary
    return {"recipe": recipe, "summary": summary, "repo_id": job.repo_id, "versions": tested_versions(job.recipe)}


def _check(job: Job) -> StageOutput:
    refuse_problems(job.repo, manifest=Manifest.load(job.manifest))
    if job.recipe.has_space:
        refuse_problems(job.space, revision=UNPUBLISHED)
    return StageOutput([], "no problems")


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
    Stage("train", _training_settings, lambda job: [job.data / SPLITS_FACTS], _train),
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
            *(job.train / TRAINING, job.data / SPLITS_FACTS),
            *pipeline_files(job.recipe.custom_files),
        ],
        _assemble,
    ),
    Stage(
        "evaluate",
        lambda job: job.recipe.model_dump(
            mode="json", include={"evaluation", "onnx", "widget", "repo_name", "is_sample", "uses_sample_records"}
        ),
        lambda job: [*(job.repo / name for name in _assembled(job)), job.data / SPLITS_FACTS],
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

STAGE_NAMES = tuple(stage.name for stage in STAGES)
