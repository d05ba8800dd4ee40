"""What a card says, read from a staged or downloaded folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hubpress.card.charts.canvas import Picture
from hubpress.card.charts.pictures import pictures
from hubpress.files import read_json
from hubpress.inference.transformers_4 import needs_transformers_5
from hubpress.layout import CONFIG, EVALUATION, TRAINING
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.evaluation import Evaluation
from hubpress.schemas.model_config import ModelConfig
from hubpress.schemas.splits import Parents
from hubpress.schemas.training import TrainedFacts, TrainingFacts, load_training


@dataclass(frozen=True)
class CardFacts:
    """Everything that a card says, and nothing that it has to look up."""

    recipe: Recipe
    repo_id: str
    labels: Sequence[str]
    """What is answered; of a token model the types of entities, without IOB2's prefixes."""
    training: TrainingFacts | TrainedFacts
    evaluation: Evaluation
    pictures: Mapping[str, Picture]
    """The charts by name."""
    parents: Parents = field(default_factory=dict)
    levels: Sequence[str] = ()
    """The names of the levels of parents, as the recipe orders them."""
    needs_transformers_5: bool = False
    """Whether transformers 4 does not load the model as it is meant."""


def read_facts(recipe: Recipe, repo_id: str, folder: Path) -> CardFacts:
    """Return the facts of a staged or downloaded folder, with the charts drawn.

    Raises DocumentError for a file that is missing or cannot be read, or that lacks a fact.
    """
    training, evaluation = load_training(folder / TRAINING), Evaluation.load(folder / EVALUATION)
    parents, levels = _parents(recipe, ModelConfig.load(folder / CONFIG))
    # Beside figures of sample records, those of others would look as if they could be compared.
    reference = recipe.reference.figures if recipe.reference and not recipe.uses_sample_records else ()
    labels = evaluation.labels
    drawn = pictures(training, evaluation, reference, ordinal=bool(recipe.data.ordinal))
    newer = needs_transformers_5(read_json(folder / CONFIG))
    return CardFacts(recipe, repo_id, labels, training, evaluation, drawn, parents, levels, newer)


def _parents(recipe: Recipe, config: ModelConfig) -> tuple[Parents, tuple[str, ...]]:
    """Return the parents of labels, and their levels in the recipe's order; config.json names no single level."""
    table = recipe.data.label_table
    known = tuple(table.parents) if table else ()
    parents = config.parents_by_level(*known[:1])
    used = dict.fromkeys(level for above in parents.values() for level in above)
    return parents, (*(level for level in known if level in used), *(level for level in used if level not in known))
