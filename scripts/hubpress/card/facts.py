"""What a card says, read from a staged or downloaded folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hubpress.card.charts.canvas import Picture
from hubpress.card.charts.pictures import pictures
from hubpress.errors import HubpressError
from hubpress.files import read_json
from hubpress.layout import EVALUATION, TRAINING
from hubpress.recipe.recipe import Recipe


@dataclass(frozen=True)
class CardFacts:
    """Everything that a card says, and nothing that it has to look up."""

    recipe: Recipe
    repo_id: str
    labels: Sequence[str]
    training: dict[str, Any]
    evaluation: dict[str, Any]
    pictures: dict[str, Picture]
    parents: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """For each label its parent on each level."""
    levels: Sequence[str] = ()


def read_facts(recipe: Recipe, repo_id: str, folder: Path) -> CardFacts:
    """Return the facts of a staged or downloaded folder, with the figures drawn.

    Raises OSError or ValueError for a file that cannot be read, and HubpressError for one that lacks a fact.
    """
    training, evaluation = read_json(folder / TRAINING), read_json(folder / EVALUATION)
    parents, levels = _parents(recipe, read_json(folder / "config.json").get("parents") or {})
    reference = recipe.reference.figures if recipe.reference else ()
    try:
        labels = [row["label"] for row in evaluation["per_class"]]
        drawn = pictures(training, evaluation, reference)
    except KeyError as error:
        raise lacking(error) from error
    return CardFacts(recipe, repo_id, labels, training, evaluation, drawn, parents, levels)


def _parents(recipe: Recipe, given: Mapping[str, Any]) -> tuple[dict[str, dict[str, str]], tuple[str, ...]]:
    """Read config.json's ``parents``, which names the level only where there are several."""
    table = recipe.data.label_table
    alone = next(iter(table.parents), "parent") if table else "parent"
    parents = {label: {alone: above} if isinstance(above, str) else dict(above) for label, above in given.items()}
    used = dict.fromkeys(level for above in parents.values() for level in above)
    known = [level for level in (table.parents if table else ()) if level in used]
    return parents, (*known, *(level for level in used if level not in known))


def lacking(error: KeyError) -> HubpressError:
    hint = "Evaluate the model again, by this version of hubpress."
    return HubpressError(f"it lacks {error}, which the card says.", where=f"{EVALUATION} or {TRAINING}", hint=hint)
