"""Models that read two texts: the code that ships beside them, and the stock pipeline, answer the same pairs alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from transformers import TextClassificationPipeline, pipeline

from helpers.pipeline import custom, save_model
from hubpress.recipe.kinds import CUSTOM_PIPELINES

RECORD = {"question": "Streaming search", "answer": "An index of the web"}
PAIR = {"text": "Q: Streaming search", "text_pair": "An index of the web"}


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Any:
    folder = save_model(
        tmp_path_factory.mktemp("relevant"),
        tiny_base,
        ("other", "relevant"),
        CUSTOM_PIPELINES["binary"].files,
        problem_type="single_label_classification",
        input_template="Q: {{ question }}",
        text_pair="{{ answer }}",
        decision={"rule": "threshold", "threshold": 0.4, "positive": "relevant"},
        custom_pipelines=custom("binary-threshold", CUSTOM_PIPELINES["binary"].impl),
    )
    return pipeline(model=str(folder), trust_remote_code=True, device="cpu")


def stock_score(judge: Any, pair: dict[str, str]) -> float:
    stock = TextClassificationPipeline(model=judge.model, tokenizer=judge.tokenizer)
    return {one["label"]: one["score"] for one in stock(pair, top_k=None, truncation=True)}["relevant"]


def test_a_record_and_its_two_texts_are_one_input(judge: Any) -> None:
    """Alone, in a list, and beside others of another length."""
    expected = pytest.approx(stock_score(judge, PAIR), abs=1e-6)
    long = {"question": "data cache " * 40, "answer": "wireless amplifier " * 90}
    answers = judge([RECORD, long, PAIR])
    assert judge(RECORD)["score"] == judge(PAIR)["score"] == expected
    assert [answers[0]["score"], answers[2]["score"]] == [expected, expected]
    texts = {"text": f"Q: {long['question'].strip()}", "text_pair": long["answer"].strip()}
    assert answers[1]["score"] == pytest.approx(stock_score(judge, texts), abs=1e-6)


def test_of_a_pair_that_is_too_long_both_texts_are_read(judge: Any) -> None:
    """However long the first is, another second one gets another answer."""
    question = "streaming query network " * 200
    one, other = (judge({"question": question, "answer": answer})["score"] for answer in ("web", "amplifier circuits"))
    assert abs(one - other) > 1e-4


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("one text", "it is one text, and this model reads two texts: give {.text.: …, .text_pair.: …}, or a record"),
        (None, "it is of type NoneType, and this model reads two texts"),
        ({"question": "cache"}, "the second text of the pair is empty"),
        ({"text": " ", "text_pair": "cache"}, "the first text of the pair is empty"),
        ({"question": "cache", "anwser": "web"}, "unknown field 'anwser'. This model reads question, answer"),
    ],
)
def test_what_is_no_pair_is_refused(judge: Any, given: Any, says: str) -> None:
    with pytest.raises(ValueError, match=f"The input cannot be read: .*{says}"):
        judge(given)
