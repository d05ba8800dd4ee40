"""``training.contrastive``: pairs of records come before the head, by the names of ``setfit.TrainingArguments``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hubpress.recipe.values import Block, Number, Whole


class Contrastive(Block):
    """A warm-up of the encoder: texts of one class are drawn together, and those of others apart, until their cosine
    similarity is 1 or 0. The names are those of ``setfit.TrainingArguments``.
    """

    num_iterations: Annotated[Whole, Field(ge=1, le=1000)] = 10
    """How many pairs of its own class, and as many of others, are drawn for each record."""
    num_epochs: Annotated[Whole, Field(ge=1, le=100)] = 1
    """How often all pairs are gone through."""
    batch_size: Annotated[Whole, Field(ge=1, le=1024)] = 16
    """How many pairs make a step."""
    body_learning_rate: Annotated[Number, Field(gt=0, le=1)] = 2e-5
    """The highest learning rate of the encoder; it falls linearly to 0."""
    warmup_proportion: Annotated[Number, Field(ge=0, lt=1)] = 0.1
    """The share of the steps in which the learning rate rises from 0."""
