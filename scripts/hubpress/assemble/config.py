"""config.json: what hubpress adds to transformers' own keys."""

from __future__ import annotations

from pathlib import Path

from hubpress.files import JsonObject, read_json
from hubpress.inference.transformers_4 import config_for_both
from hubpress.layout import CONFIG
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.model_config import CustomPipelineConfig, DecisionConfig, ModelConfig
from hubpress.schemas.splits import SplitFacts

# transformers 5 writes these two about the machine that saved, and nothing reads them from a Hub repository.
MACHINE_KEYS = ("is_local", "local_files_only", "_name_or_path", "name_or_path")
_HEAD = "SequenceClassification"
_PROVISIONAL = 0.5  # what a pipeline has to have before its own threshold is chosen


def model_config(recipe: Recipe, splits: SplitFacts) -> ModelConfig:
    """Return labels, decision, input template, parents and custom pipeline of a recipe's model.

    A threshold that is to be tuned is one half, until :meth:`ModelConfig.with_threshold` says otherwise.
    """
    given = recipe.decision
    threshold = _PROVISIONAL if isinstance(given.threshold, str) else given.threshold
    table, custom = recipe.data.label_table, recipe.custom_pipeline
    return ModelConfig(
        id2label={str(number): label for number, label in enumerate(splits.labels)},
        label2id={label: number for number, label in enumerate(splits.labels)},
        decision=DecisionConfig(
            rule=recipe.decision_rule,
            threshold=threshold,
            top_k=given.top_k,
            positive=given.positive,
            aggregation_strategy=recipe.evaluation.aggregation_strategy,
        ),
        problem_type=recipe.kind.problem_type,
        input_template=recipe.data.input_template or None,
        text_pair=recipe.data.text_pair,
        targets=recipe.targets or None,
        parents=ModelConfig.parents_of(
            tuple(table.parents) if table and splits.parents else (),
            {label: splits.parents[label] for label in splits.labels if splits.parents},
        ),
        custom_pipelines=(
            {custom.task: CustomPipelineConfig(impl=custom.impl, pt=(f"AutoModelFor{_HEAD}",))} if custom else None
        ),
        threshold=threshold,
    )


def write_config(config: ModelConfig, model_folder: Path, repo: Path) -> str:
    """Write config.json into *repo*: transformers' keys of the trained model with ours over them; return its name.

    A base that hubpress released has keys of ours, which say nothing of the model that is made of it.
    """
    trained: JsonObject = config_for_both(read_json(model_folder / CONFIG))
    theirs = {key: value for key, value in trained.items() if key not in {*MACHINE_KEYS, *ModelConfig.model_fields}}
    config.lay_over(theirs, repo / CONFIG)
    return CONFIG
