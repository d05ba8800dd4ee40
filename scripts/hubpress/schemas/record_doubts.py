"""What of the records decides what a model's figures are worth: both the report on them and the evaluation say it."""

from __future__ import annotations

from typing import Literal

from hubpress.schemas.document import Part

FEWEST_TESTED = 20
"""Of fewer test records the figures say little: each of them is five points of accuracy, or more."""


class Leak(Part):
    """Records of a split whose text stands in an earlier one too, or almost does."""

    split: Literal["validation", "test"]
    exact: int
    """With the very same text, of all records of the split."""
    normalised: int
    """With the same text but for case, white space and Unicode form, of all records of the split."""
    near: int
    """With nearly the same text, of the ``compared`` records."""
    compared: int
    records: int
    """How many records the split has."""
    share: float
    """All three together, as a share of the split."""
    limit: float
    """The recipe's ``data.report.max_leak``."""


class CutTexts(Part):
    """Texts that are longer than the model reads."""

    split: Literal["train", "validation", "test"]
    """The split with the largest share of them."""
    share: float
    max_length: int
    """The most tokens that the model reads of a text."""
    limit: float
    """The recipe's ``data.report.max_cut``."""
