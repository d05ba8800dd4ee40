"""What a model answered to each test record, short enough to be published: two versions are compared by it."""

from __future__ import annotations

from hubpress.schemas.document import Part

NONE = "-"
"""A record without any label."""


class Outcomes(Part):
    """Labels by their numbers, in the order of ``per_class``: a comma between two, a space between records.

    Of a regression model they are the numbers themselves, in the order of ``targets``.

    Nothing of the records themselves is in it, and they are in the order of the split.
    """

    expected: str
    """What is true of each record; of a text with entities their types."""
    answered: str
    """What the model answers."""
    correct: str | None = None
    """Of a token model: the types of those entities that are right. Elsewhere it is what is both true and answered."""
    places: str | None = None
    """Of one class a record, where metrics look at several of the best: the place of the true one, 0 if not among
    them."""
    scores: str | None = None
    """Of a model with a positive label: that label's score, a space between records."""
