"""The stages of a release in their order. Each maps files to files.

A stage is three functions: ``NAME_inputs`` returns the files that it reads, ``NAME_settings`` whatever else decides its
result, and ``run_NAME`` does the work.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from pydantic import JsonValue

from hubpress.card.doubts import doubts
from hubpress.card.records import card_of_records
from hubpress.card.write import write_card
from hubpress.check.folder import refuse_problems
from hubpress.content import content_dir, pipeline_files
from hubpress.data.label_table import table_file
from hubpress.data.sources import source_files
from hubpress.files import write_text
from hubpress.layout import (
    ADAPTER_FOLDER,
    BILL_OF_MATERIALS,
    CARD,
    EVALUATION,
    MANIFEST,
    SPLITS_FACTS,
    TEST_RECORDS,
    TRAINING,
)
from hubpress.manifest import Manifest
from hubpress.recipe.contradictions import Facts, contradictions, held_against_records
from hubpress.release.hand_edits import read_noted, write_noted
from hubpress.release.job import Job, Stage, StageOutput
from hubpress.release.receipts import read_receipt
from hubpress.schemas.data_report import DataReport
from hubpress.schemas.document import DocumentError
from hubpress.schemas.evaluation import Evaluation
from hubpress.schemas.space import UNPUBLISHED
from hubpress.schemas.splits import SplitFacts
from hubpress.schemas.training import WeightsFacts, load_training
from hubpress.signature import SignatureError, signing_key_hint
from hubpress.space.build import build_space, sdk_of, space_sources, tested_versions
from hubpress.space.runtime import pinned_runtime
from hubpress.text import counted, megabytes
from hubpress.train.bill_of_materials import write_bill_of_materials
from hubpress.train.checkpoints import weight_settings


def data_inputs(job: Job) -> list[Path]:
    files = source_files(job.recipe)
    table = table_file(job.recipe)
    records = [Path(name) for names in files.values() for name in names if "://" not in name]
    return [*records, *([table] if table and table.is_file() else [])]


def data_settings(job: Job) -> JsonValue:
    tasks = [task.task_id for task in job.recipe.evaluation.eval_results]  # which the benchmark is asked about
    return {**job.recipe.data_settings, **({"eval_results": [*tasks]} if tasks else {})}


def run_data(job: Job) -> StageOutput:
    from hubpress.data.prepare import prepare
    from hubpress.data.summary import summary_of

    facts = prepare(job.recipe, source_files(job.recipe), job.data, cache_dir=job.folder / "cache")
    return StageOutput(_files_below(job.data), summary_of(facts))


def report_inputs(job: Job) -> list[Path]:
    return [job.data / SPLITS_FACTS]


def report_settings(job: Job) -> JsonValue:
    return {**job.recipe.report_settings, "held": held_against_records(job.recipe)}


def run_report(job: Job) -> StageOutput:
    from hubpress.report.build import data_report
    from hubpress.report.findings import in_a_line
    from hubpress.report.page import render_page

    report = data_report(job.recipe, job.data)
    report.save(job.data_report)
    write_text(job.data_page, render_page(job.recipe.title, report))
    whole = report.lengths.unit == "tokens"
    return StageOutput([job.data_report, job.data_page], in_a_line(report), lasts=whole)


def train_inputs(job: Job) -> list[Path]:
    if job.recipe.trained:
        from hubpress.trained.take_over import taken_files

        return [job.data / SPLITS_FACTS, *taken_files(job.recipe)]
    return [job.data / SPLITS_FACTS]


def train_settings(job: Job) -> JsonValue:
    return weight_settings(job.recipe)


def run_train(job: Job) -> StageOutput:
    return _take_over(job) if job.recipe.trained else _train(job)


def _take_over(job: Job) -> StageOutput:
    from hubpress.trained.take_over import take_over

    facts = take_over(job.recipe, job.data, job.train, model_folder="model")
    whence = facts.trained.id or "a folder"
    summary = f"taken from {whence}: {facts.parameters:,} parameters, {facts.dtype}"
    return StageOutput([*_files_below(job.train / "model"), job.train / TRAINING, _bill(job, facts)], summary)


def _bill(job: Job, facts: WeightsFacts) -> Path:
    splits, bill = SplitFacts.load(job.data / SPLITS_FACTS), job.train / BILL_OF_MATERIALS
    write_bill_of_materials(job.recipe, bill, base=facts.loaded, dataset=splits.dataset)
    return bill


def _train(job: Job) -> StageOutput:
    from hubpress.preflight.base import ask_base
    from hubpress.train.few_records import WARMED
    from hubpress.train.trainer import CHECKPOINTS, ENCODED, MODEL, train

    ask_base(job.recipe, job.data, job.preflight, threads=job.threads)
    facts = train(job.recipe, job.data, job.train, quiet=job.quiet, threads=job.threads)
    for leftover in (CHECKPOINTS, ENCODED, WARMED):
        shutil.rmtree(job.train / leftover, ignore_errors=True)
    value = facts.released.metrics[facts.main_metric]
    if (probe := facts.probe) and facts.is_linear_probe:
        how = f"linear probe, {probe.parameter} {probe.value:g}"
    elif facts.best_epoch == 0:
        how = "the fitted head, which no epoch behind it was better than"
    else:
        how = f"epoch {facts.best_epoch:g} of {sum(row.epoch > 0 for row in facts.epochs)}"
    summary = f"{how}: validation {facts.main_metric} {value:.3f}"
    trained = [*_files_below(job.train / MODEL), *_files_below(job.train / ADAPTER_FOLDER)]
    return StageOutput([*trained, job.train / TRAINING, _bill(job, facts)], summary)


def assemble_inputs(job: Job) -> list[Path]:
    facts = (job.train / TRAINING, job.train / BILL_OF_MATERIALS, job.data / SPLITS_FACTS)
    weights = [*_files_below(job.train / "model"), *_files_below(job.train / ADAPTER_FOLDER)]
    return [*weights, *facts, *pipeline_files(job.recipe.custom_files)]


def assemble_settings(job: Job) -> JsonValue:
    recipe = job.recipe
    return {
        "decision": recipe.decision.model_dump(mode="json"),
        "beside": list(recipe.evaluation.thresholds[:1]),
        "aggregation_strategy": recipe.evaluation.aggregation_strategy,
        "templates": list(recipe.data.templates),
        "targets": {name: list(limits) if limits else None for name, limits in recipe.targets.items()},
        "onnx": list(recipe.onnx_files),
        "release": recipe.release,
        "bill_of_materials": recipe.provenance.bill_of_materials,
    }


def run_assemble(job: Job) -> StageOutput:
    from hubpress.assemble.folder import assemble
    from hubpress.train.trainer import MODEL

    names = assemble(job.recipe, job.train / MODEL, job.data, job.repo, threads=job.threads)
    load_training(job.train / TRAINING).save(job.repo / TRAINING)
    outputs = [job.repo / name for name in (*names, TRAINING)]
    if job.recipe.provenance.bill_of_materials:
        outputs.append(Path(shutil.copyfile(job.train / BILL_OF_MATERIALS, job.repo / BILL_OF_MATERIALS)))
    return StageOutput(
        outputs, f"{counted(len(outputs), 'file')}, {megabytes(sum(path.stat().st_size for path in outputs))}"
    )


def evaluate_inputs(job: Job) -> list[Path]:
    static = job.recipe.evaluation.static_model
    below = job.recipe.folder / static.path.expanduser() if static and static.path else None
    return [*_assembled_files(job), job.data / SPLITS_FACTS, *(_files_below(below) if below else [])]


def evaluate_settings(job: Job) -> JsonValue:
    decisive = {"evaluation", "onnx", "widget", "repo_name", "is_sample", "uses_sample_records"}
    recipe = job.recipe
    return {
        **recipe.model_dump(mode="json", include=decisive),
        "metrics": list(recipe.metrics),
        "print_test_texts": recipe.card.print_test_texts,
        "print_training_texts": recipe.card.print_training_texts,
        "doubts": _repeated(job),
    }


def _repeated(job: Job) -> JsonValue:
    """Return what evaluation.json repeats of what the records say; the rest of that does not decide it."""
    with suppress(DocumentError):  # of a report that is not there yet
        return DataReport.load(job.data_report).model_dump(mode="json", include={"leak", "cut", "languages"})
    return None


def run_evaluate(job: Job) -> StageOutput:
    from hubpress.evaluate.measure import evaluate

    evaluation = evaluate(job.recipe, job.data, job.repo, threads=job.threads, report=job.data_report)
    evaluation.save(job.repo / EVALUATION)
    name = evaluation.main_metric
    interval = evaluation.intervals[name]
    known = interval.rule != "unknown"
    between = (
        f"{interval.low:.3f} to {interval.high:.3f}" if known else "no interval: every resample gives the same figure"
    )
    summary = f"test {name} {evaluation.metrics[name]:.3f} ({between}), n = {evaluation.data.count}"
    warnings = doubts(evaluation, load_training(job.repo / TRAINING))
    return StageOutput([job.repo / EVALUATION], summary, warnings=warnings)


def card_inputs(job: Job) -> list[Path]:
    own = [*job.recipe.own_files.values(), *([job.changelog] if job.changelog.is_file() else [])]
    facts = [job.repo / EVALUATION, job.data / SPLITS_FACTS]
    edits = [path for path in (job.hand_edits("model"), job.hand_edits("dataset")) if path.is_file()]
    return [*_assembled_files(job), *facts, *_files_below(content_dir("cards")), *own, *edits]


def card_settings(job: Job) -> JsonValue:
    recipe = job.recipe.model_dump(mode="json", exclude={"folder"})
    return {"recipe": recipe, "repo_id": job.repo_id, "signer": _signer(job)}


def run_card(job: Job) -> StageOutput:
    assembled = [path.relative_to(job.repo).as_posix() for path in _assembled_files(job)]
    changelog = job.changelog if job.changelog.is_file() else None
    edits, ours_first = read_noted(job.hand_edits("model"))
    written = write_card(
        job.recipe, job.repo_id, job.repo, assembled, job.manifest,
        changelog=changelog, edits=edits, ours_first=ours_first,
    )  # fmt: skip
    outputs = [*(job.repo / name for name in written.names), job.manifest, *_publish_records(job)]
    wrong = _contradictions(job)
    told = f"; {len(wrong)} warning{'s' * (len(wrong) > 1)}: {' '.join(wrong)}" if wrong else ""
    return StageOutput(outputs, f"{written.lines} lines, {counted(written.charts, 'figure')}{told}")


def _contradictions(job: Job) -> list[str]:
    """Return what the recipe says on the card and the records, or the examples drawn from them, say otherwise."""
    evaluation, splits = Evaluation.load(job.repo / EVALUATION), SplitFacts.load(job.data / SPLITS_FACTS)
    texts = {example.example_title: example.text for example in evaluation.widget}
    facts = Facts.of(evaluation.data.label_counts, texts, splits.parents)
    return [f"{one.where} {one.text}" for one in contradictions(job.recipe, facts)]


def _publish_records(job: Job) -> list[Path]:
    """Write the data set of the test split, where it is to be published; return its files."""
    shutil.rmtree(job.test_data, ignore_errors=True)
    if job.data_id is None:
        return []
    from hubpress.data.published import write_records
    from hubpress.data.stored import load_split

    labels = SplitFacts.load(job.data / SPLITS_FACTS).labels
    write_records(job.recipe, labels, load_split(job.data, "test"), job.test_data / TEST_RECORDS)
    card = card_of_records(job.recipe, job.data_id, job.repo_id, Evaluation.load(job.repo / EVALUATION))
    write_text(job.test_data / CARD, card)
    Manifest.of_folder(job.test_data).save(job.test_data / MANIFEST)
    write_noted(job.test_data, job.hand_edits("dataset"))
    return _files_below(job.test_data)


def space_inputs(job: Job) -> list[Path]:
    return [job.repo / EVALUATION, *space_sources(job.recipe, sdk_of(job.recipe))]


def space_settings(job: Job) -> JsonValue:
    computes: dict[str, JsonValue]
    computes = pinned_runtime().as_json() if sdk_of(job.recipe) == "static" else {**tested_versions(job.recipe)}
    decisive = {"title", "space", "onnx", "license", "license_name", "license_link", "tags", "is_sample", "task"}
    return {
        "recipe": job.recipe.model_dump(mode="json", include=decisive),
        "summary": job.recipe.card.summary,
        "repo_id": job.repo_id,
        "versions": computes,
    }


def run_space(job: Job) -> StageOutput:
    if not job.recipe.has_space:
        shutil.rmtree(job.space, ignore_errors=True)
        return StageOutput([], "none, by the recipe (onnx.export, space.publish)")
    names = build_space(job.recipe, job.repo, job.space, repo_id=job.repo_id, revision=UNPUBLISHED)
    return StageOutput([job.space / name for name in names], f"{len(names)} files")


def check_inputs(job: Job) -> list[Path]:
    return [*_files_below(job.repo), job.manifest, *_files_below(job.space), *_files_below(job.test_data)]


def check_settings(job: Job) -> JsonValue:
    return {"space": job.recipe.has_space}


def run_check(job: Job) -> StageOutput:
    refuse_problems(job.repo, manifest=Manifest.load(job.manifest))
    if job.recipe.has_space:
        refuse_problems(job.space, revision=UNPUBLISHED)
    if job.data_id:
        refuse_problems(job.test_data)
    return StageOutput([], "no problems")


STAGES: tuple[Stage, ...] = (
    Stage("data", data_inputs, data_settings, run_data),
    Stage("report", report_inputs, report_settings, run_report),
    Stage("train", train_inputs, train_settings, run_train),
    Stage("assemble", assemble_inputs, assemble_settings, run_assemble),
    Stage("evaluate", evaluate_inputs, evaluate_settings, run_evaluate),
    Stage("card", card_inputs, card_settings, run_card),
    Stage("space", space_inputs, space_settings, run_space),
    Stage("check", check_inputs, check_settings, run_check),
)

STAGE_NAMES = tuple(stage.name for stage in STAGES)

TRAIN = STAGES[STAGE_NAMES.index("train")]


def _signer(job: Job) -> str | None:
    with suppress(SignatureError):  # whoever only looks needs no key
        return signing_key_hint() if job.recipe.provenance.sign else None
    return None


def _files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _assembled_files(job: Job) -> list[Path]:
    """Return the files that the assemble stage put into the staged folder; base models differ in them."""
    receipt = read_receipt(job, "assemble")
    return [job.folder / stamp.path for stamp in receipt.outputs] if receipt else []
