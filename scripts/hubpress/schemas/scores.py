"""How sure figures are, and what scores are worth: as probabilities, as a reason not to answer, against thresholds."""

from __future__ import annotations

from typing import Literal

from hubpress.schemas.document import Part


class Interval(Part):
    """A bootstrap interval over the records."""

    low: float
    high: float
    standard_error: float
    rule: Literal["alike", "unknown"] | None = None
    """Where every resample gives the same figure: ``alike``, it is the exact bound for a share of records that are all
    alike (Clopper and Pearson 1934); ``unknown``, nothing bounds such a figure, and both ends are the figure itself."""


class ReliabilityBin(Part):
    """The answers of one bin of confidence. All but its edge are sums over them, as shares of all answers.

    Their mean confidence is ``confidence / share``, and the share of right ones among them ``correct / share``.
    """

    low: float
    """Its lower edge, which itself belongs to the bin below."""
    share: float
    confidence: float
    correct: float


class CalibrationError(Part):
    """The expected calibration error, with its interval."""

    error: float
    interval: Interval


class Calibration(CalibrationError):
    """How far scores can be taken for probabilities, by bins of one width (Guo et al. 2017).

    ``of`` says what has a score: the best label of each record and whether it is right (``top_label``), the positive
    label's score and whether it is true (``positive``), or every label's of each record (``every_label``).
    """

    of: Literal["top_label", "positive", "every_label"]
    answers: int
    """How many scores there are."""
    bins: tuple[ReliabilityBin, ...]
    uncalibrated: CalibrationError | None = None
    """The same without the model's temperature, which is multiplied back."""


class Abstention(Part):
    """What a model that may leave a record unanswered is worth on the test split."""

    below: float
    """The score of the best label that it answers from."""
    coverage: float
    """The share of records that it answers."""
    selective_accuracy: float
    """The share of right answers among them; 0 where there are none."""
    intervals: dict[str, Interval]
    """Of both."""


class LabelThresholdGain(Part):
    """A figure of thresholds that are each label's own, beside that of the common one, on the test split."""

    own: float
    common: float
    difference: Interval
    """The paired bootstrap interval of what is gained."""
