"""What the texts are that a model was trained on: how long, and one of each label where that may be printed."""

from __future__ import annotations

from hubpress.schemas.document import Part


class TrainingTexts(Part):
    """The texts of the train split, as the model's own tokenizer reads them."""

    count: int
    shortest: int
    """In tokens, as are the others."""
    median: float
    longest: int
    examples: dict[str, str] | None = None
    """By label how the text of its first record begins, of a token model by type the words of its first entity; None
    where the recipe does not let training texts be printed."""
