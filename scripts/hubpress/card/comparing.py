"""The model's main figure beside those of the baselines and of the reference: is one better by more than chance?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from hubpress.metrics.names import METRIC_NAMES, is_better
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.evaluation import Baseline, Evaluation
from hubpress.schemas.record_doubts import FEWEST_TESTED
from hubpress.schemas.scores import Interval

Word = Literal["better", "worse", "same"]
_WIDE = 0.1
"""An interval of a difference that is wider than 10 points leaves open whether there is one that matters."""


@dataclass(frozen=True)
class Verdict:
    """The model beside a baseline on the same records, by a paired bootstrap.

    Gains are counted so that more is better, also of errors; the plain ones are the metric's own differences.
    """

    title: str
    gain: float
    low: float
    high: float
    plain_gain: float
    plain_low: float
    plain_high: float
    interval: Interval
    """That of the plain gain."""
    has_few: bool = False
    """Whether the records are too few to tell a difference that matters from none."""

    @property
    def word(self) -> Word:
        """Whether the model is better, worse, or neither is shown."""
        if self.interval.rule == "unknown":
            return "same"
        return "better" if self.low > 0 else "worse" if self.high < 0 else "same"


@dataclass(frozen=True)
class HeadlineRow:
    """A row of the table at the top of a card."""

    title: str
    value: float
    interval: Interval | None = None
    url: str | None = None
    is_comparable: bool = True
    """Whether the value was measured on the same records, or on those of a like test."""


@dataclass(frozen=True)
class ReferenceStanding:
    """The reference's best figure of the main metric, and where it lies beside ours."""

    value: float
    inputs: str | None
    """The combination of inputs that it is of; None where it is of records as they are."""
    ours: float | None
    """Our figure of the same combination."""
    interval: Interval | None
    """Of ours; None where it is of a combination."""
    lower_is_better: bool

    @property
    def word(self) -> Word:
        """Whether the model is better than the reference by more than its own interval."""
        assert self.interval is not None  # of a combination nothing can be said
        if self.interval.rule == "unknown" or self.interval.low <= self.value <= self.interval.high:
            return "same"
        return "worse" if (self.value > self.interval.high) != self.lower_is_better else "better"


def verdicts(evaluation: Evaluation) -> list[Verdict]:
    """Return what the model is better or worse than each baseline of which a paired difference was measured."""
    name = evaluation.main_metric
    ours, lower, is_share = evaluation.metrics[name], METRIC_NAMES[name].lower_is_better, METRIC_NAMES[name].is_share
    found = []
    for baseline in evaluation.baselines:
        if (between := baseline.difference) is None:
            continue
        plain = (ours - baseline.metrics[name], between.low, between.high)
        gain, low, high = (-plain[0], -plain[2], -plain[1]) if lower else plain
        has_few = evaluation.data.count < FEWEST_TESTED or (is_share and high - low > _WIDE)
        found.append(Verdict(baseline.title, gain, low, high, *plain, between, has_few))
    return found


def best_baseline(evaluation: Evaluation) -> Baseline | None:
    """Return the baseline with the best main figure; of equals the first."""
    name, best = evaluation.main_metric, None
    for baseline in evaluation.baselines:
        if best is None or is_better(name, baseline.metrics[name], best.metrics[name]):
            best = baseline
    return best


def reference_standing(recipe: Recipe, evaluation: Evaluation) -> ReferenceStanding | None:
    """Return the reference's best figure of the main metric: of records as they are, or else of a combination."""
    name = evaluation.main_metric
    figures = [one for one in (recipe.reference.figures if recipe.reference else ()) if one.metric == name]
    figures = [one for one in figures if one.level is None]
    if not figures:
        return None
    lower = METRIC_NAMES[name].lower_is_better
    first = next((one.inputs for one in figures if one.inputs is None), figures[0].inputs)
    values = [one.value for one in figures if one.inputs == first]
    ours = {part.inputs: part.metrics for part in evaluation.slices if part.level is None and part.threshold is None}
    return ReferenceStanding(
        value=min(values) if lower else max(values),
        inputs=first,
        ours=evaluation.metrics[name] if first is None else ours.get(first, {}).get(name),
        interval=evaluation.intervals[name] if first is None else None,
        lower_is_better=lower,
    )


def headline(recipe: Recipe, evaluation: Evaluation) -> list[HeadlineRow]:
    """Return the model, its best baseline and the reference with their main figures."""
    name = evaluation.main_metric
    rows = [HeadlineRow("This model", evaluation.metrics[name], evaluation.intervals[name])]
    if baseline := best_baseline(evaluation):
        rows.append(HeadlineRow(baseline.title, baseline.metrics[name]))
    standing = reference_standing(recipe, evaluation)
    if standing and recipe.reference:
        like = standing.inputs is None and not recipe.uses_sample_records
        rows.append(HeadlineRow("The reference", standing.value, None, recipe.reference.url, like))
    return rows


def between(interval: Interval, digits: int = 3) -> str:
    """Return an interval as a table has it: marked where a bootstrap had no width, a dash where it is unknown."""
    if interval.rule == "unknown":
        return "\u2013"
    mark = " \u2020" if interval.rule else ""
    return f"{interval.low:.{digits}f} \u2013 {interval.high:.{digits}f}{mark}"


def note_on(intervals: Iterable[Interval]) -> str:
    """Return what the marks and dashes of some intervals say; nothing where they are all the bootstrap's."""
    rules = {interval.rule for interval in intervals}
    said = {
        "alike": "\u2020 Every resample of the records gives the same figure, so that a bootstrap has no width: it is "
        "what the exact bound for none of so many leaves open (Clopper and Pearson 1934; at 95% the rule of three).",
        "unknown": "A dash stands where every resample gives the same figure and nothing bounds it.",
    }
    return " ".join(words for rule, words in said.items() if rule in rules)


def best_of(value: float | None, values: Sequence[float | None], name: str) -> str:
    """Return a figure of a row in Markdown, bold where it is the best of several; a dash for none."""
    if value is None:
        return "\u2013"
    shown = f"{value:.3f}"
    others = [f"{other:.3f}" for other in values if other is not None]
    if len(others) < 2 or len(set(others)) == 1:
        return shown
    best = (min if METRIC_NAMES[name].lower_is_better else max)(others, key=float)
    return f"**{shown}**" if shown == best else shown
