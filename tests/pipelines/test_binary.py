"""The binary code that ships beside the weights, used through ``transformers.pipeline``, as a stranger does."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from transformers import pipeline

from helpers.pipeline import (
    by_label,
    texts,
)


def test_a_binary_answer_says_whose_score_it_is(judge: Any, interest: Path) -> None:
    """The label is the positive one if and only if its softmax score reaches the threshold."""
    stock = pipeline("text-classification", model=str(interest), device="cpu", top_k=None)
    given = texts(30)
    answers = judge(given)
    for text, answer in zip(given, answers, strict=True):
        score = by_label(stock([text], truncation=True)[0])["interesting"]
        assert answer == {
            "label": "interesting" if score >= 0.188 else "other",
            "score": pytest.approx(score, abs=1e-5),  # one text against a batch: the bound that is promised
            "positive": "interesting",
            "threshold": 0.188,
        }
        assert judge(text, batch_size=1)["score"] == pytest.approx(answer["score"], abs=1e-5)
    middle = sorted(answer["score"] for answer in answers)[15]
    moved = judge(given, threshold=middle + 1e-4)
    assert {answer["label"] for answer in moved} == {"interesting", "other"}
    assert judge({"text": given[0]}) == judge(given[0])
    assert {answer["label"] for answer in judge(given, threshold=0.0)} == {"interesting"}
    json.dumps(answers)


def test_binary_bad_input(judge: Any, interest: Path, subjects: Path) -> None:
    for threshold in (-0.1, 1.1, math.nan, [0.2, 0.3]):
        with pytest.raises(ValueError, match=r"threshold"):
            judge("query", threshold=threshold)
    with pytest.raises(TypeError, match="no option 'top_k'"):
        judge("query", top_k=2)
    with pytest.raises(ValueError, match="This model reads text"):
        judge({"title": "query"})
    with pytest.raises(ValueError, match="it is None, neither a text nor a record with text"):
        judge(["query", None])
    with pytest.raises(ValueError, match=r"decision.positive"):
        type(judge)(model=pipeline("text-classification", model=str(subjects)).model)
