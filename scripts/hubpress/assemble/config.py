"""config.json: what hubpress adds to transformers' own keys."""

from __future__ import annotations

from pathlib import Path

from hubpress.errors import HubpressError
from hubpress.files import JsonObject, read_json, write_json
from hubpress.inference.transformers_4 import config_for_both
from hubpress.layout import ADAPTER_CONFIG, CONFIG
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.model_config import CustomPipelineConfig, DecisionConfig, ModelConfig
from hubpress.schemas.splits import SplitFacts
from hubpress.schemas.training import BaseModelFacts

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
            abstain_below=given.abstain_below,
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


def write_adapter_config(adapter_folder: Path, base: BaseModelFacts, repo: Path) -> None:
    """Write adapter_config.json into *repo*: peft's settings with the base at the commit that was trained from.

    Raises HubpressError where that commit is not known.
    """
    if base.id is None or base.commit is None:
        raise HubpressError(
            "the commit of its base model is not known, so that it cannot be named with the adapter.",
            where="release: adapter",
            hint="Train it again where the Hub can be reached, or say release: merged.",
        )
    settings: JsonObject = read_json(adapter_folder / ADAPTER_CONFIG)
    write_json(repo / ADAPTER_CONFIG, {**settings, "base_model_name_or_path": base.id, "revision": base.commit})


def write_config(config: ModelConfig, model_folder: Path, repo: Path) -> str:
    """Write config.json into *repo*: transformers' keys of the trained model with ours over them; return its name.

    A base that hubpress released has keys of ours, which say nothing of the model that is made of it.
    """
    trained: JsonObject = config_for_both(read_json(model_folder / CONFIG))
    theirs = {key: value for key, value in trained.items() if key not in {*MACHINE_KEYS, *ModelConfig.model_fields}}
    config.lay_over(theirs, repo / CONFIG)
    return CONFIG
