"""What stands behind a model, for its card: who made it, how to cite it, what it was trained with, whom it may fail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hubpress.card.doubts import doubts
from hubpress.card.facts import CardFacts
from hubpress.recipe.bibtex import made_bibtex
from hubpress.recipe.card_texts import Author
from hubpress.recipe.published import public_source
from hubpress.recipe.recipe import Recipe
from hubpress.recipe.values import is_url
from hubpress.schemas.answers import EntitySpan
from hubpress.schemas.evaluation import ClassScore
from hubpress.schemas.training import EnergyFacts, TrainedFacts, TrainingFacts
from hubpress.schemas.training_texts import TrainingTexts

FEWEST = 5
"""A class of fewer test records says nothing of how well it is answered."""
_FEW = 50  # records of which a share is known to within 14 points at best: 1.96 * sqrt(0.25 / 50)


@dataclass(frozen=True)
class OldestTransformers:
    """The oldest version of transformers to load a model with, and why."""

    version: str
    why: str

    @classmethod
    def of(cls, recipe: Recipe, *, needs_transformers_5: bool) -> OldestTransformers:
        """Return the version for a recipe's model. Where the facts are from: ``audit/code_keys.py``."""
        if recipe.custom_pipeline:
            return cls(
                "5.5.0",
                "older ones can be made to run a repository's code without `trust_remote_code` (CVE-2026-4372, in 4.56 "
                "to 5.2; CVE-2026-5241, before 5.5.0)",
            )
        if needs_transformers_5:
            return cls("5.0.0", "transformers 4 does not know this kind of model, or reads its positions otherwise")
        return cls("4.57.3", "what is published is written so that it reads it as 5 does; older ones were not tried")


@dataclass(frozen=True)
class Spread:
    """The class that is answered worst and the one that is answered best, of those with enough test records."""

    worst: ClassScore
    best: ClassScore

    @property
    def has_few(self) -> bool:
        """Whether one of the two has so few test records that much of the difference may be chance."""
        return min(self.worst.support, self.best.support) < _FEW

    @classmethod
    def of(cls, per_class: Sequence[ClassScore]) -> Spread | None:
        """Return the spread; None where there are not two such classes, or all are answered alike."""
        tested = sorted((one for one in per_class if one.support >= FEWEST), key=lambda one: one.f1)
        return cls(tested[0], tested[-1]) if tested and tested[0].f1 < tested[-1].f1 else None


@dataclass(frozen=True)
class About:
    """Those facts and choices of a card that are not figures of the test split."""

    authors: Sequence[Author]
    contact: str | None
    """An e-mail address or a URL; None where the recipe has none."""
    bibtex: str | None
    """The recipe's own entry, or one made of its authors; None where it has neither."""
    records_url: str | None
    """Where on the Web the records are, beside a data set on the Hub."""
    transformers: OldestTransformers
    spread: Spread | None
    texts: TrainingTexts | None
    energy: EnergyFacts | None
    entity: EntitySpan | None
    """An entity in the first example of a token model."""
    scores: str
    """What its scores, or its numbers, are made by, and that they are no probabilities: a limitation."""
    doubts: Sequence[str]
    """What makes one doubt that it is the model that it should be."""

    @classmethod
    def of(cls, facts: CardFacts) -> About:
        """Return what of a model's facts is told beside its figures."""
        recipe, evaluation, training = facts.recipe, facts.evaluation, facts.training
        first = next((one for one in evaluation.widget[0].output if isinstance(one, EntitySpan)), None)
        return cls(
            authors=recipe.card.authors,
            contact=recipe.card.contact,
            bibtex=_bibtex(recipe, facts.repo_id),
            records_url=_records_url(recipe),
            transformers=OldestTransformers.of(recipe, needs_transformers_5=facts.needs_transformers_5),
            spread=Spread.of(evaluation.per_class),
            texts=evaluation.training_texts,
            energy=training.energy if isinstance(training, TrainingFacts) else None,
            entity=first,
            scores=_scores(facts),
            doubts=doubts(evaluation, training),
        )


def _scores(facts: CardFacts) -> str:
    network, temperature = _network(facts.training), facts.evaluation.decision.temperature
    if facts.evaluation.targets is not None:
        return f"Its numbers are outputs of {network}, which nothing holds to a range."
    function = "sigmoid" if facts.recipe.kind.problem_type == "multi_label_classification" else "softmax"
    worth = "not calibrated probabilities"
    if temperature is not None:
        worth = "brought nearer to probabilities by a temperature that was chosen on validation"
    return f"Scores are {function} outputs of {network}, {worth}."


def _network(training: TrainingFacts | TrainedFacts) -> str:
    """Return in words what a model is by how it was trained."""
    if isinstance(training, TrainedFacts):
        return "a network that was trained elsewhere"
    weighted = " with weighted classes" if training.stated.get("class_weight") else ""
    if training.is_linear_probe:
        encoder = "a network that was warmed up by pairs of records" if training.warm_up else "a network as it was"
        return f"a linear model{', fitted' if weighted else ''}{weighted}{',' if weighted else ''} on {encoder}"
    if training.lora:
        return f"a network fine-tuned by an adapter{weighted}"
    return f"a network fine-tuned{weighted}" if weighted else "a fine-tuned network"


def _bibtex(recipe: Recipe, repo_id: str) -> str | None:
    card = recipe.card
    if card.citation or not card.authors:
        return card.citation
    return made_bibtex(
        key=recipe.repo_name,
        title=recipe.title,
        authors=[author.name for author in card.authors],
        url=f"https://huggingface.co/{repo_id}",
        year=card.year,
    )


def _records_url(recipe: Recipe) -> str | None:
    source = public_source(recipe.data.source) if recipe.data.source else ""
    return source if is_url(source) and not recipe.uses_sample_records else None
