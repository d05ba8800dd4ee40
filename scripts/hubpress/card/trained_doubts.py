"""What makes one doubt that a model that was trained elsewhere is asked as it was trained: signs, and no proof."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hubpress.card.comparing import verdicts
from hubpress.metrics.names import METRIC_NAMES
from hubpress.schemas.evaluation import Evaluation
from hubpress.schemas.training import KnownFact, TokenizerFacts, TrainedFacts

FELL = 0.15
"""By how much less an accuracy may be than the one that a checkpoint's own files say, of other records."""
WORSE = 0.1
"""By how much less a share may be than that of a simple baseline fitted here, beyond chance."""
_UNKNOWN, _PIECES, _LONG_WORDS = 0.05, 4.0, 12.0  # a share, pieces a word, characters a word
_SOME, _HARDLY = 0.05, 0.001  # of the tokens with letters
_ACCURACY = re.compile(r"(?:^|, )accuracy (\d(?:\.\d+)?)(?:,|$)")


def doubts_of_trained(
    evaluation: Evaluation, training: TrainedFacts, where: str, *, is_worthless: bool
) -> Iterator[str]:
    """Yield what does not fit between a model's tokenizer, its own figures and its answers; *where* says where to look.

    Of answers that *is_worthless* says are next to chance the figures are not told again.
    """
    if training.tokenizer:
        yield from _of_tokenizer(training.tokenizer)
    if not is_worthless:
        yield from _of_figures(evaluation, training.known, where)


def _of_tokenizer(facts: TokenizerFacts) -> Iterator[str]:
    other = "The tokenizer may be another one than in its training."
    if facts.lowers and facts.capitals > _SOME:
        yield (
            f"Its tokenizer reads capital letters as small ones, but {facts.capitals:.0%} of its vocabulary have "
            f"capitals, which no text can give so. {other}"
        )
    elif not facts.lowers and facts.capitals < _HARDLY and facts.unknown:
        yield (
            "Its tokenizer leaves capital letters as they are, but its vocabulary has none, and "
            f"{facts.unknown:.1%} of the pieces of the test texts are unknown to it. {other}"
        )
    elif facts.unknown is not None and facts.unknown > _UNKNOWN:
        yield f"{facts.unknown:.0%} of the pieces of the test texts are unknown to its tokenizer. {other}"
    if facts.pieces > _PIECES and facts.characters < _LONG_WORDS:
        yield f"Its tokenizer makes {facts.pieces:.1f} pieces of a word of the test texts, in the mean. {other}"


def _of_figures(evaluation: Evaluation, known: tuple[KnownFact, ...], where: str) -> Iterator[str]:
    ours, said = _accuracy(evaluation), _said(known)
    if said and ours is not None and ours < said[0] - FELL:
        yield (
            f"Its own files say an accuracy of {said[0]:.3f} on validation ({said[1]}), and on "
            f"{evaluation.data.count:,} test records here it is {ours:.3f}: the records are of another kind, or it is "
            f"not asked as in its training. Look at {where}."
        )
        return
    if not METRIC_NAMES[evaluation.main_metric].is_share:
        return
    beaten = [one for one in verdicts(evaluation) if one.word == "worse" and one.gain < -WORSE]
    if beaten:
        worst = min(beaten, key=lambda one: one.gain)
        yield (
            f"It is worse than a simple model fitted to the records here, {worst.title}, by {-worst.gain:.3f} "
            f"({METRIC_NAMES[evaluation.main_metric].title}, beyond chance): it was trained for other records, or it "
            f"is not asked as in its training. Look at {where}."
        )


def _said(known: tuple[KnownFact, ...]) -> tuple[float, str] | None:
    """Return the best accuracy on validation that a checkpoint's files say, with the file; None where none does.

    What authors say of a data set of another name is none of it.
    """
    values = [
        (float(match[1]), fact.source)
        for fact in known
        if fact.name.startswith("validation at step") and (match := _ACCURACY.search(fact.value))
    ]
    return max(values, default=None)


def _accuracy(evaluation: Evaluation) -> float | None:
    """Return the share of right answers of a model that gives one label each; None of others."""
    outcomes = evaluation.outcomes
    if outcomes is None or outcomes.correct is not None or evaluation.targets is not None:
        return None
    true, answered = outcomes.expected.split(" "), outcomes.answered.split(" ")
    if any("," in one for one in true):
        return None
    return sum(one == other for one, other in zip(true, answered, strict=True)) / len(true)
