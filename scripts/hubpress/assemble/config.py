"""config.json: labels, decision, input template, parents and custom pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hubpress.files import read_json, write_json
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.splits import SplitFacts
from hubpress.tasks.levels import levels_of

# transformers 5 writes these two about the machine that saved, and nothing reads them from a Hub repository.
MACHINE_KEYS = ("is_local", "local_files_only", "_name_or_path", "name_or_path")
_HEAD = "SequenceClassification"
_PROVISIONAL = 0.5  # what a pipeline has to have before its own threshold is chosen


def write_config(recipe: Recipe, model_folder: Path, facts: SplitFacts, repo: Path) -> str:
    config = read_json(model_folder / "config.json")
    for key in MACHINE_KEYS:
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
        set_threshold(config, {"threshold": _PROVISIONAL if isinstance(number, str) else number})
    # Not sorted: as text, "10" comes before "2", and many a program reads the label names in the file's order.
    write_json(repo / "config.json", config, sort_keys=False)
    return "config.json"


def _parents(recipe: Recipe, facts: SplitFacts) -> dict[str, Any]:
    """Return the parent of each label where there is one level, else its parents by level, finest first."""
    levels = levels_of(recipe, facts)
    above = {label: {level.name: facts.parents[label][level.name] for level in levels} for label in facts.labels}
    return above if len(levels) > 1 else {label: next(iter(parents.values())) for label, parents in above.items()}


def set_threshold(config: dict[str, Any], chosen: dict[str, Any]) -> None:
    """Write a threshold where the pipeline reads it, and one number where the ASJC reference's own class does."""
    config["decision"]["threshold"] = chosen.get("per_label", chosen["threshold"])
    config["threshold"] = chosen["threshold"]
