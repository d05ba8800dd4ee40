"""What a model says to the examples of its page, and how two such answers differ."""

from __future__ import annotations

from hubpress.schemas.document import Part


class LabelScore(Part):
    """A label with the model's score for it."""

    label: str
    score: float


class EntitySpan(Part):
    """An entity of a text: characters ``start`` to ``end`` (excluded), its type, its score, and what stands there."""

    # In the order of the alphabet, which is that of evaluation.json: space.json, whose keys are not sorted, has it too.
    end: int
    entity_group: str
    score: float
    start: int
    word: str


class Answer(Part):
    """What a model says to an example."""

    output: tuple[LabelScore, ...] | tuple[EntitySpan, ...]
    """The stock pipeline's best labels, best first; of a token model the entities in their order."""
    answer: tuple[str, ...] | None = None
    """The labels that the decision answers with; a token model has none."""


class Example(Part):
    """What the model's page offers to try."""

    text: str
    """As the model reads it."""
    text_pair: str | None = None
    """The second text, where the model reads pairs."""
    example_title: str
    record: dict[str, str] | None = None
    """The fields of the input template that made the text, where the example is a record."""
    expected: tuple[str, ...] | None = None
    """The true labels of a record of the test split."""

    @property
    def given(self) -> str | dict[str, str]:
        """What a stock pipeline is given: the text, or both texts of a pair by their names."""
        return self.text if self.text_pair is None else {"text": self.text, "text_pair": self.text_pair}


class WidgetAnswer(Example, Answer):
    """An example of the model's page with the model's own answer."""


def changed_answers(ours: tuple[Answer, ...], others: tuple[Answer, ...]) -> tuple[int, float]:
    """Return how many of the *others*' answers are not *ours*, and the largest difference of a score among them."""
    changed, largest = 0, 0.0
    for one, other in zip(ours, others, strict=True):
        changed += _decided(one) != _decided(other)
        scores, there = ({_key(entry): entry.score for entry in answer.output} for answer in (one, other))
        largest = max([largest, *(abs(scores[key] - there[key]) for key in scores.keys() & there.keys())])
    return changed, round(largest, 6)


def _decided(answer: Answer) -> list[str]:
    """Return the labels that were decided for, in any order, or the spans with their types."""
    return sorted(answer.answer if answer.answer is not None else map(_key, answer.output))


def _key(entry: LabelScore | EntitySpan) -> str:
    return entry.label if isinstance(entry, LabelScore) else f"{entry.start}-{entry.end} {entry.entity_group}"
