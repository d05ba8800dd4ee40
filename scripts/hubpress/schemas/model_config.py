"""What hubpress adds to a model's config.json: labels, decision, input template, parents, custom pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import ConfigDict, JsonValue

from hubpress.files import write_json
from hubpress.schemas.document import Document, Part
from hubpress.schemas.splits import Parents

INTERNAL_KERNEL_KEYS = ("_attn_implementation_internal", "_experts_implementation_internal")
"""The keys of a configuration by which some versions of transformers load a kernel of the Hub, asked or not."""
KERNEL_KEYS = ("_attn_implementation", "attn_implementation", "_experts_implementation", "experts_implementation")
"""Those that may name such a kernel; it is loaded where ``kernels`` is installed."""
_EITHER_WAY = ("auto_map", "trust_remote_code")
_ALONE = "parent"  # the name of a single level that nobody named


class DecisionConfig(Part):
    """What turns scores into an answer. ``threshold`` is one number, or one for each label in the order of ids."""

    rule: Literal["argmax", "top_k", "threshold", "value"] = "argmax"
    threshold: float | tuple[float, ...] | None = None
    top_k: int | None = None
    positive: str | None = None
    abstain_below: float | None = None
    """Where the best score is lower, the answer is that the text is not classifiable."""
    temperature: float | None = None
    """What the head's weights and bias are divided by already; nothing is to be done with it."""
    aggregation_strategy: str | None = None
    """Of a token model: what to give to its pipeline."""
    chosen_on: str | None = None


class CustomPipelineConfig(Part):
    """Remote code as transformers finds it: ``file.Class``, and the AutoModel classes that it takes."""

    impl: str
    pt: tuple[str, ...]


class ModelConfig(Document):
    """The keys of config.json that hubpress writes; transformers' own beside them are not read."""

    model_config = ConfigDict(extra="ignore")

    id2label: dict[str, str]
    label2id: dict[str, int]
    decision: DecisionConfig
    problem_type: str | None = None
    input_template: str | None = None
    text_pair: str | None = None
    """The template of the second text, where the model reads pairs."""
    targets: dict[str, tuple[float, float] | None] | None = None
    """The numbers of a regression model, each with its range where the recipe says one."""
    parents: dict[str, str | dict[str, str]] | None = None
    """For each label its parent, or where there are several levels its parent on each."""
    custom_pipelines: dict[str, CustomPipelineConfig] | None = None
    threshold: float | None = None
    """The decision's threshold as one number, where the ASJC reference's own class reads it."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The label names in the order of their ids."""
        return tuple(self.id2label[key] for key in sorted(self.id2label, key=int))

    @classmethod
    def parents_of(cls, levels: Sequence[str], parents: Parents) -> dict[str, str | dict[str, str]] | None:
        """Return the form in which config.json has the parents of labels on *levels*, finest first; None for none."""
        if not levels:
            return None
        if len(levels) == 1:
            return {label: above[levels[0]] for label, above in parents.items()}
        return {label: {level: above[level] for level in levels} for label, above in parents.items()}

    def parents_by_level(self, alone: str = _ALONE) -> Parents:
        """Return for each label its parent on each level; *alone* names a single level."""
        given = self.parents or {}
        return {label: {alone: above} if isinstance(above, str) else dict(above) for label, above in given.items()}

    def lay_over(self, config: dict[str, JsonValue], path: Path) -> None:
        """Write config.json: transformers' keys with these over them.

        The document is transformers' own, so that it gets no ``schema_version``. The keys are not sorted: as text, "10"
        comes before "2", and many a program reads the label names in the file's order.
        """
        own = {key: value for key, value in self.as_json().items() if key != "schema_version"}
        write_json(path, {**config, **own}, sort_keys=False)

    def with_threshold(self, threshold: float, per_label: tuple[float, ...] | None = None) -> Self:
        """Return the same with a threshold that was chosen on validation."""
        decision = self.decision.model_copy(update={"threshold": per_label or threshold, "chosen_on": "validation"})
        return self.model_copy(update={"decision": decision, "threshold": threshold})

    def with_temperature(self, temperature: float) -> Self:
        """Return the same of a model whose head was divided by a temperature."""
        return self.model_copy(update={"decision": self.decision.model_copy(update={"temperature": temperature})})

    def with_aggregation(self, strategy: str) -> Self:
        """Return the same with an aggregation strategy that was chosen on validation."""
        update = {"aggregation_strategy": strategy, "chosen_on": "validation"}
        return self.model_copy(update={"decision": self.decision.model_copy(update=update)})


def code_keys(configuration: Any) -> list[str]:
    """Return the keys of a configuration that have code of others loaded, however deep they stand in it."""
    return sorted({key for key, value in _entries(configuration) if _loads_code(key, value)})


def _loads_code(key: str, value: Any) -> bool:
    return (key in _EITHER_WAY and bool(value)) or (key in (*INTERNAL_KERNEL_KEYS, *KERNEL_KEYS) and "/" in str(value))


def _entries(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield each key below a value with what it holds."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield from one.items()
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
