"""The figures on the card are the figures that were measured (evaluation.json)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from hubpress.check.problem import Problem
from hubpress.check.readme.model_index import Measured, measured
from hubpress.check.staged import Staged
from hubpress.hub.field_types import INDEX as FIELD
from hubpress.hub.loose_values import as_list, as_mapping
from hubpress.layout import EVALUATION
from hubpress.metrics.names import METRIC_NAMES
from hubpress.recipe.kinds import AVERAGES
from hubpress.schemas.document import Metrics
from hubpress.text import quoted

_AVERAGES = (*AVERAGES, "binary")


def evaluation(staged: Staged) -> Iterator[Problem]:
    """A card with results has the evaluation beside it that they come from."""
    given = FIELD in staged.fields and any(as_mapping(model).get("results") for model in as_list(staged.fields[FIELD]))
    if given and EVALUATION not in {entry.name for entry in staged.entries}:
        yield Problem(EVALUATION, "It is missing, though the card gives results. Evaluate the model again.")


def same_figures(staged: Staged) -> Iterator[Problem]:
    """Each value of the model-index equals its metric in evaluation.json, to the places that the card prints."""
    if staged.evaluation is None:
        return
    results = list(measured(staged))
    # one template prints them all, so 0.9 beside 0.8571 is 0.9000: the most exact figure tells how exact all are
    places = max((_places(result.value) for result in results), default=0)
    for result in results:
        name, value = _found(result, staged.evaluation.metrics)
        if value is not None and abs(value - result.value) > 0.5000001 * 10.0**-places:
            text = f"The card says {name} {result.value}, but {EVALUATION} says {value}. Render the card again."
            yield Problem(staged.where(*result.place, "value"), text)


def same_split(staged: Staged) -> Iterator[Problem]:
    """The model-index names the split that was measured on."""
    if staged.evaluation is None:
        return
    split = staged.evaluation.data.split
    for result in measured(staged):
        claimed = result.dataset.get("split")
        if claimed is not None and claimed != split:
            text = f"The card says the split is {quoted(claimed)}, but {EVALUATION} says {quoted(split)}. Correct it."
            yield Problem(staged.where(*result.place[:-2], "dataset", "split"), text)
            return


def _found(result: Measured, known: Metrics) -> tuple[str, float | None]:
    kind, title = str(result.metric.get("type")), str(result.metric.get("name", ""))
    words = re.sub(r"\W+", "_", title.strip().lower()).strip("_").split("_")
    average = as_mapping(result.metric.get("args")).get("average") or next((w for w in words if w in _AVERAGES), None)
    ours = [name for name, names in METRIC_NAMES.items() if names.title == title]
    candidates = [*ours, "_".join(words), "_".join(reversed(words)), f"{average}_{kind}", f"{kind}_{average}"]
    if average is None and not ours:  # else `f1` could be another average than the one that the card names
        candidates.append(kind)
    name = next((candidate for candidate in candidates if candidate in known), kind)
    return name, known.get(name)


def _places(value: float) -> int:
    exponent = Decimal(repr(value)).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
