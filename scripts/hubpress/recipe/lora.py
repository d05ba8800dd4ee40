"""``training.lora``: an adapter in the place of all weights, by the names of ``peft.LoraConfig``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from hubpress.recipe.values import Block, Number, Text, Whole, YesOrNo, refuse_twice

ALL_LINEAR = "all-linear"


class Lora(Block):
    """Low-rank adaptation by peft: the base keeps its weights, and small matrices beside some of its linear modules are
    trained, with the head. The names are those of ``peft.LoraConfig``.
    """

    r: Annotated[Whole, Field(ge=1)] = 8
    """The rank of the matrices."""
    lora_alpha: Annotated[Number, Field(gt=0)] = 8.0
    """What the product of the matrices is scaled by, divided by ``r``."""
    lora_dropout: Annotated[Number, Field(ge=0, lt=1)] = 0.0
    """The share of a matrix's inputs that is left out in training."""
    target_modules: Literal["all-linear"] | Annotated[tuple[Text, ...], Field(min_length=1)] | None = None
    """The linear modules of the base that get matrices, by the ends of their names, such as ``[query, value]``, or
    ``all-linear``; without it those that peft has for the architecture, else all."""
    bias: Literal["none", "all", "lora_only"] = "none"
    """Which biases of the base are trained, too."""
    use_rslora: YesOrNo = False
    """Whether ``lora_alpha`` is divided by the square root of ``r``."""
    use_dora: YesOrNo = False
    """Whether the weights' sizes are trained apart from their directions (DoRA)."""

    @field_validator("target_modules", mode="before")
    @classmethod
    def _no_pattern(cls, value: object) -> object:
        if isinstance(value, str) and value != ALL_LINEAR:
            raise ValueError(f"must be a list of names, such as [query, value], or {ALL_LINEAR}, not {value!r}")
        return tuple(value) if isinstance(value, list) else value

    @model_validator(mode="after")
    def _each_once(self) -> Lora:
        if isinstance(self.target_modules, tuple):
            refuse_twice(self.target_modules, "a module")
        return self
