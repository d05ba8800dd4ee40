"""What the recipe of a release says on its card, held against what was measured."""

from __future__ import annotations

from collections.abc import Iterator

from hubpress.check.problem import Problem
from hubpress.check.staged import Staged
from hubpress.errors import HubpressError
from hubpress.layout import RECIPE
from hubpress.recipe.contradictions import Facts, contradictions
from hubpress.recipe.published import load_published


def sentences(staged: Staged) -> Iterator[Problem]:
    """No sentence of the recipe names other numbers of labels, or another balance, than the records have.

    Of sample records that is no fault: the sentences are of the model that is meant. Languages are only guessed; the
    report on the records and the card stage tell of them.
    """
    evaluation = staged.evaluation
    if evaluation is None or evaluation.sample.records or RECIPE not in staged.files:
        return
    try:
        recipe = load_published(staged.folder, is_sample=evaluation.sample.is_sample, uses_sample_records=False)
    except HubpressError:  # a recipe that cannot be read is told of where it is needed
        return
    for one in contradictions(recipe, Facts.of(evaluation.data.label_counts, {})):
        if one.is_certain:
            yield Problem(RECIPE, f"{one.where} {one.text}")
