"""Trained weights -> ``repo/``: what ships beside the card, clean enough for a stranger to load."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from hubpress.base import unbake
from hubpress.content import pipeline_files
from hubpress.data import DataFacts, load_split
from hubpress.errors import HubpressError
from hubpress.files import PARTIAL, WEIGHTS, read_json, write_json, write_text
from hubpress.levels import levels_of
from hubpress.onnx_export import export_onnx
from hubpress.recipe import Recipe

# transformers 5 writes these two about the machine that saved, and nothing reads them from a Hub repository.
_MACHINE_KEYS = ("is_local", "local_files_only", "_name_or_path", "name_or_path")
_HEAD = "SequenceClassification"
_PROVISIONAL = 0.5  # what a pipeline has to have before its own threshold is chosen
_READ = 200  # records that the exported model is compared on


def assemble(
    recipe: Recipe, model_folder: Path, data_folder: Path, repo: Path, *, threads: int | None = None
) -> list[str]:
    """Write weights, ONNX files, config, tokenizer and remote code into *repo*; return the names of the files.

    The config carries the labels, the problem type and the decision, whose threshold is chosen here on the validation
    split where the recipe says so; the tokenizer pads and truncates only when asked, and states the length that the
    model was trained and measured with. Files are readable by all.
    """
    facts = DataFacts.load(data_folder)
    repo.mkdir(parents=True, exist_ok=True)
    written = [_weights(model_folder, repo), *_tokenizer(recipe, model_folder, repo), *_code(recipe, repo)]
    written.append(_config(recipe, model_folder, facts, repo))
    if isinstance(recipe.decision.threshold, str):
        _tune(recipe, facts, data_folder, repo, threads=threads)
    if recipe.onnx.export:
        written += _onnx(recipe, data_folder, repo)
    else:
        shutil.rmtree(repo / "onnx", ignore_errors=True)  # of an earlier recipe
    for name in written:
        (repo / name).chmod(0o644)
    return written


def _weights(model_folder: Path, repo: Path) -> str:
    temporary = repo / f".{WEIGHTS}{PARTIAL}"
    shutil.copyfile(model_folder / WEIGHTS, temporary)
    temporary.replace(repo / WEIGHTS)
    return WEIGHTS


def _onnx(recipe: Recipe, data_folder: Path, repo: Path) -> list[str]:
    from hubpress.tasks import get_task

    texts = load_split(data_folder, "validation")[:_READ]["text"]
    model_class, multi_label = get_task(recipe).model_class(), recipe.task == "multi-label"
    return export_onnx(repo, texts, model_class=model_class, multi_label=multi_label)


def _code(recipe: Recipe, repo: Path) -> list[str]:
    """Copy the files of the model's custom pipeline to the root, where transformers finds them."""
    files = pipeline_files(recipe.custom_files)
    for file in files:
        write_text(repo / file.name, file.read_text(encoding="utf-8"))
    return [file.name for file in files]


def _config(recipe: Recipe, model_folder: Path, facts: DataFacts, repo: Path) -> str:
    config = read_json(model_folder / "config.json")
    for key in _MACHINE_KEYS:
        config.pop(key, None)
    config |= {
        "id2label": {str(number): label for number, label in enumerate(facts.labels)},
        "label2id": {label: number for number, label in enumerate(facts.labels)},
        "decision": recipe.decision.model_dump(mode="json"),
    }
    if recipe.kind.problem_type:
        config["problem_type"] = recipe.kind.problem_type
    if recipe.data.input_template:
        config["input_template"] = recipe.data.input_template
    if facts.parents:
        config["parents"] = _parents(recipe, facts)
    if custom := recipe.custom_pipeline:
        config["custom_pipelines"] = {custom.task: {"impl": custom.impl, "pt": [f"AutoModelFor{_HEAD}"]}}
    if recipe.decision.threshold is not None:
        number = recipe.decision.threshold
        _set_threshold(config, {"threshold": _PROVISIONAL if isinstance(number, str) else number})
    # Not sorted: as text, "10" comes before "2", and many a program reads the label names in the file's order.
    write_json(repo / "config.json", config, sort_keys=False)
    return "config.json"


def _parents(recipe: Recipe, facts: DataFacts) -> dict[str, Any]:
    """Return the parent of each label where there is one level, else its parents by level, finest first."""
    levels = levels_of(recipe, facts)
    above = {label: {level.name: facts.parents[label][level.name] for level in levels} for label in facts.labels}
    return above if len(levels) > 1 else {label: next(iter(parents.values())) for label, parents in above.items()}


def _set_threshold(config: dict[str, Any], chosen: dict[str, Any]) -> None:
    """Write a threshold where the pipeline reads it, and one number where the ASJC reference's own class does."""
    config["decision"]["threshold"] = chosen.get("per_label", chosen["threshold"])
    config["threshold"] = chosen["threshold"]


def _tune(recipe: Recipe, facts: DataFacts, data_folder: Path, repo: Path, *, threads: int | None) -> None:
    """Choose the threshold on validation, by the scores that the staged pipeline itself gives."""
    from hubpress.evaluate import load_pipeline
    from hubpress.tasks import get_task

    pipe = load_pipeline(recipe, str(repo), threads=threads)
    chosen = get_task(recipe).choose(recipe, facts, pipe, load_split(data_folder, "validation"))
    config = read_json(repo / "config.json")
    _set_threshold(config, chosen)
    config["decision"]["chosen_on"] = "validation"
    write_json(repo / "config.json", config, sort_keys=False)


def _tokenizer(recipe: Recipe, model_folder: Path, repo: Path) -> list[str]:
    """Save the tokenizer without the padding and truncation that its last use, or its publisher, baked in."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(model_folder))
    if not tokenizer.is_fast:
        raise HubpressError(
            "the base model has no fast tokenizer (tokenizer.json), which Spaces and Transformers.js need.",
            where="base_model",
            hint="Choose a base model with one.",
        )
    unbake(tokenizer)
    tokenizer.model_max_length = recipe.tokenizer.max_length
    saved = [Path(name).name for name in tokenizer.save_pretrained(str(repo)) if Path(name).is_file()]
    settings: dict[str, Any] = read_json(repo / "tokenizer_config.json")
    for key in (*_MACHINE_KEYS, "max_length", "pad_to_multiple_of", "padding_side_override", "stride"):
        settings.pop(key, None)
    write_json(repo / "tokenizer_config.json", settings | {"model_max_length": recipe.tokenizer.max_length})
    return saved
