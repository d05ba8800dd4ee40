"""Two records sent the whole way of a release with the base model, before the first step of training."""

from __future__ import annotations

import inspect
import logging
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import datasets
import torch
import transformers
from transformers.trainer_pt_utils import nested_numpify

from hubpress.assemble.calibrate import head_of
from hubpress.assemble.folder import assemble
from hubpress.assemble.onnx_export import export_onnx
from hubpress.bases.find import Base, find_base
from hubpress.bases.head import output_layer
from hubpress.bases.positions import refuse_too_long
from hubpress.data.splitting import SPLITS
from hubpress.data.stored import load_split
from hubpress.disk import telling_full_disk
from hubpress.environment import versions
from hubpress.errors import HubpressError, first_line
from hubpress.files import digest_of, found_json, read_json, write_json
from hubpress.inference.inputs import inputs_of
from hubpress.inference.onnx import computing_by
from hubpress.inference.pipeline import load_pipeline
from hubpress.layout import CONFIG, ONNX, SPLITS_FACTS
from hubpress.preflight.miniature import miniature
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.model_config import ModelConfig
from hubpress.schemas.splits import SplitFacts
from hubpress.tasks.protocol import Task
from hubpress.tasks.registry import task_of
from hubpress.train.arguments import training_arguments
from hubpress.train.base_model import load_base
from hubpress.train.checkpoints import save_model
from hubpress.train.few_records import fitting_base, is_for_few
from hubpress.train.lora import is_adapted
from hubpress.train.probe import refuse_few, refuse_shares
from hubpress.train.trainer import build_trainer, encode

_LOG = logging.getLogger(__name__)
_LONGEST = 1024  # tokens at which an export is tried: longer texts take minutes, and no exporter minds the length
_LOOKED_AT = 1000  # records, for two of different answers
_PROVISIONAL = 0.5
_EXPORTED: set[str] = set()
"""What has been exported by this process; beside a verdict stands what was exported for it."""
_WITHOUT_ONNX = "Choose another base model, or release it without ONNX files (onnx.export: false) and Space."
_ANOTHER = "Choose another base model, or report this to hubpress with the recipe."


def ask_base(recipe: Recipe, data_folder: Path, folder: Path, *, threads: int | None = None) -> None:
    """Send two records of the train split through everything that a release does with a base model.

    They are encoded, answered, learned from and measured; the model is saved, assembled, loaded by ``pipeline()`` and,
    where the recipe wants it, exported. The base has few layers for it. What has been asked is kept in *folder*, and
    not asked again there. Raises HubpressError with what the base lacks, before anything is spent.
    """
    splits = SplitFacts.load(data_folder / SPLITS_FACTS)
    verdict, key = folder / "verdict.json", _key(recipe, splits)
    found = found_json(verdict)
    known = found if isinstance(found, dict) else {}
    if known.get("asked") == key:
        return
    if known.get("exported"):
        _EXPORTED.add(str(known["exported"]))
    refuse_few(recipe, splits)
    if threads:
        torch.set_num_threads(threads)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    datasets.disable_progress_bars()
    shutil.rmtree(folder, ignore_errors=True)
    try:
        with telling_full_disk(folder):  # before that is taken away, which makes room
            exported = _ask(recipe, splits, data_folder, folder, threads=threads)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    write_json(verdict, {"asked": key, "exported": exported})


def _key(recipe: Recipe, splits: SplitFacts) -> str:
    """Return what the answer depends on; of a base in a folder that are its files, too."""
    base = find_base(recipe.starts_from, recipe_folder=recipe.folder)
    asked = recipe.model_dump(mode="json", include={"base_model", "task", "tokenizer", "training", "onnx", "decision"})
    reads_pairs = recipe.data.text_pair is not None
    return digest_of([asked, reads_pairs, list(splits.labels), _stamps(base), versions()])


def _stamps(base: Base) -> list[list[int]]:
    """Return sizes and times of the files of a base in a folder; nothing of one that a commit of a Hub names."""
    place = Path(base.name_or_path)
    files = [path.stat() for path in sorted(place.iterdir())] if place.is_dir() else []
    return [[status.st_size, status.st_mtime_ns] for status in files]


def _ask(recipe: Recipe, splits: SplitFacts, data_folder: Path, folder: Path, *, threads: int | None) -> str | None:
    """Raise HubpressError for what a base lacks; return what its export depends on, None where there is none."""
    base = find_base(recipe.starts_from, recipe_folder=recipe.folder)
    arguments = training_arguments(recipe, folder / "checkpoints")
    small = _without_choices(miniature(recipe, task_of(recipe, splits), len(splits.labels)))
    task, data, repo = task_of(small, splits), folder / "data", folder / "repo"
    asking = _Steps(5 + is_for_few(small) + recipe.onnx.export)
    asking.next("loading it")
    _two_records(data_folder, data, small)
    with _sentence(base, "it does not read texts"):
        loaded = load_base(small, task, splits.labels)
        refuse_too_long(loaded.model, loaded.tokenizer, recipe.tokenizer.max_length)
        encoded = {name: encode(task, loaded.tokenizer, data, name, folder / "encoded") for name in SPLITS[:2]}
    if is_for_few(small):
        asking.next("trying its head")
        with _sentence(base, "its head cannot be tried"):
            *_, loaded = fitting_base(small, task, loaded, encoded["train"]).values()
            layer = output_layer(loaded.model, loaded.model.config.num_labels)[1]
            refuse_shares(small, splits, has_bias=layer is not None and layer.bias is not None)
    asking.next("learning from two records")
    with _sentence(base, "it cannot be trained"):
        trainer = build_trainer(small, task, loaded, arguments, encoded)
        _step(trainer)
    asking.next("saving it")
    with _sentence(base, "it cannot be saved and loaded again"):
        save_model(trainer, loaded.tokenizer, folder / "model")
        plain = small.model_copy(update={"onnx": small.onnx.model_copy(update={"export": False})})  # that comes last
        asking.next("putting a release together")
        assemble(plain, folder / "model", data, repo, threads=threads)
        pipe = load_pipeline(str(repo), task=small.stock_task, threads=threads)
    asking.next("answering by pipeline()")
    with _sentence(base, "pipeline() does not answer with it"):
        _measure(recipe, task, pipe, data)
    if recipe.decision.calibration:
        head_of(pipe, load_split(data, "validation")["text"])
    if not recipe.onnx.export:
        return None
    asking.next("exporting it as ONNX")
    return _export(base, small, task, repo, data, pipe)


class _Steps:
    """Says which step of how many is taken."""

    def __init__(self, total: int) -> None:
        self._taken, self._total = 0, total

    def next(self, what: str) -> None:
        """Say that the next step is begun."""
        self._taken += 1
        _LOG.info("asking the base model, step %d of %d: %s", self._taken, self._total, what)


def _without_choices(recipe: Recipe) -> Recipe:
    """Return the recipe without a threshold or a temperature to choose, for which two records are too few, and with
    shorter texts."""
    decision, tokenizer = recipe.decision.model_copy(update={"calibration": None}), recipe.tokenizer
    if isinstance(decision.threshold, str):
        decision = decision.model_copy(update={"threshold": _PROVISIONAL})
    shorter = tokenizer.model_copy(update={"max_length": min(tokenizer.max_length, _LONGEST)})
    return recipe.model_copy(update={"decision": decision, "tokenizer": shorter})


def _two_records(data_folder: Path, folder: Path, recipe: Recipe) -> None:
    """Write all splits with the same two records of the train split, of different answers where there are such."""
    train = load_split(data_folder, "train")
    answers = train[:_LOOKED_AT][recipe.kind.answer_column]
    other = next((row for row, answer in enumerate(answers) if answer != answers[0]), len(answers) - 1)
    for name in SPLITS:
        train.select(sorted({0, other})).save_to_disk(str(folder / name))
    shutil.copyfile(data_folder / SPLITS_FACTS, folder / SPLITS_FACTS)


def _step(trainer: Any) -> None:
    """Take one step of training and measure, as Trainer would; raise HubpressError for a loss that is no number."""
    model, arguments = trainer.model, trainer.args
    plain = model.get_base_model() if is_adapted(model) else model
    reads = {*inspect.signature(plain.forward).parameters, "labels"}
    rows = [{name: value for name, value in row.items() if name in reads} for row in trainer.train_dataset]
    batch = {name: value.to(arguments.device) for name, value in trainer.data_collator(rows).items()}
    if arguments.activation_checkpointing:
        model.activation_checkpointing_enable()
    model.train()
    with trainer.compute_loss_context_manager():
        loss = trainer.compute_loss(model, dict(batch))
    if not torch.isfinite(loss):
        raise HubpressError(
            "the loss of its first two records is not a number.",
            where="base model",
            hint="Train in float32 (no fp16 or bf16), or choose another base model.",
        )
    loss.backward()
    trainer.create_optimizer().step()
    _, outputs, labels = trainer.prediction_step(model, dict(batch), prediction_loss_only=False)
    reduced = trainer.preprocess_logits_for_metrics(outputs, labels)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two records have few labels
        trainer.compute_metrics(transformers.EvalPrediction(nested_numpify(reduced), nested_numpify(labels)))


def _measure(recipe: Recipe, task: Task, pipe: Any, data: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        task.predictions(pipe, load_split(data, "test")).metrics(recipe.metrics)


def _export(base: Base, recipe: Recipe, task: Task, repo: Path, data: Path, pipe: Any) -> str:
    """Export the assembled model and answer by the file. Models that differ in their labels alone are tried once.

    Returns what the answer depends on. Another rate or number of epochs changes none of it.
    """
    config = {name: value for name, value in read_json(repo / CONFIG).items() if name not in ModelConfig.model_fields}
    pairs = recipe.data.text_pair is not None
    key = digest_of(
        [base.name_or_path, base.revision, config, recipe.tokenizer.max_length, pairs, _stamps(base), versions()]
    )
    if key in _EXPORTED:
        return key
    texts = inputs_of(load_split(data, "validation")[:])
    with _sentence(base, "it cannot be exported as ONNX", _WITHOUT_ONNX):
        problem_type, files = recipe.kind.problem_type, recipe.onnx_files
        model_class = task.model_class()
        export_onnx(repo, texts, model_class=model_class, problem_type=problem_type, files=files, trial=True)
        with computing_by(pipe, repo / ONNX):
            _measure(recipe, task, pipe, data)
    _EXPORTED.add(key)
    return key


@contextmanager
def _sentence(base: Base, what: str, hint: str = _ANOTHER) -> Iterator[None]:
    """Turn whatever a library raises inside into one HubpressError."""
    try:
        yield
    except HubpressError as error:
        if error.where != ONNX:
            raise
        raise HubpressError(f"{what}.", where=base.place, hint=hint) from error
    except Exception as error:
        raise HubpressError(f"{what}: {first_line(error).rstrip('.')}.", where=base.place, hint=hint) from error
