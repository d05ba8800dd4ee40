"""Single-label classification that may leave a text unanswered: where the best label scores too little."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from hubpress.errors import HubpressError
from hubpress.inference.inputs import ModelInput
from hubpress.metrics.selective import SelectiveAnswers
from hubpress.recipe.recipe import Recipe
from hubpress.recipe.rules import abstaining_problems
from hubpress.schemas.answers import Example, LabelScore
from hubpress.schemas.scores import Abstention
from hubpress.schemas.splits import SplitFacts
from hubpress.tasks.outcomes import ClassAnswers
from hubpress.tasks.parts import abstention
from hubpress.tasks.single_label import SingleLabelTask


class SelectiveTask(SingleLabelTask):
    """See :mod:`hubpress.tasks.protocol` for what each public method promises.

    All figures but those of ``abstention`` are of the best label of every record, whether it is answered or not, so
    that they can be held against those of other models.
    """

    def __init__(self, recipe: Recipe, splits: SplitFacts) -> None:
        super().__init__(recipe, splits)
        for problem in abstaining_problems(recipe.decision.abstain_below or 1, self.labels):
            raise HubpressError(problem, where="decision.abstain_below")

    def asking(self, pipe: Any, texts: list[ModelInput], *, top_k: int) -> Callable[..., Any]:
        return partial(pipe, abstain_below=0, batch_size=self.recipe.evaluation.batch_size)

    def abstention(self, pipe: Any, answers: ClassAnswers) -> Abstention | None:
        below = float(pipe.decision.abstain_below)
        if answers.best is None:
            return None
        return abstention(self.recipe, below, SelectiveAnswers(answers.best >= below, answers.is_right))

    def decided(self, pipe: Any, example: Example, output: Sequence[LabelScore]) -> tuple[str, ...]:
        answer = pipe(example.record or example.given)
        return tuple(entry["label"] for entry in (answer if isinstance(answer, list) else [answer]))
