"""What differs between this model and the reference, in sentences."""

from __future__ import annotations

from hubpress.card.facts import CardFacts
from hubpress.card.filters import plain
from hubpress.schemas.training import TrainingFacts


def differences(facts: CardFacts) -> list[str]:
    """Return what differs between this model and the reference, in sentences; empty without a reference."""
    recipe = facts.recipe
    if recipe.reference is None:
        return []
    sentences = []
    ours = recipe.base_id or "a local base model"
    if ours.split("/")[-1] != recipe.reference.base_model.split("/")[-1]:
        millions = facts.training.parameters / 1e6
        size = f"{millions:.0f}" if millions >= 10 else f"{millions:.1f}"
        there = recipe.reference.base_model
        sentences.append(f"The base model: here {ours} ({size} million parameters), there {there}.")
    if recipe.uses_sample_records:
        sentences.append(
            "The records: here a small sample written for hubpress, there the reference's own data. "
            "The figures cannot be compared; they stand here to show the form."
        )
    theirs, stated = recipe.reference.settings, facts.training.stated
    used = facts.training.hyperparameters if isinstance(facts.training, TrainingFacts) else {}
    settings = {**stated, **used}
    if (threshold := facts.evaluation.decision.threshold) is not None:
        settings["threshold"] = threshold
    changed = [
        f"{name} {plain(settings[name])} (there {plain(value)})"
        for name, value in theirs.items()
        if name in settings and plain(settings[name]) != plain(value)
    ]
    if changed:
        sentences.append(f"The settings: {', '.join(changed)}.")
    ours_alone = [
        f"{name} {plain(value)}"
        for name, value in stated.items()
        if value and name not in used and name not in theirs and name != "max_length"
    ]
    if ours_alone:
        sentences.append(f"Only here: {'; '.join(ours_alone)}.")
    return [*sentences, *recipe.reference.differences]
