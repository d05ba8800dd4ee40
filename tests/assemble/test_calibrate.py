"""Heads that can be divided by a temperature, and those that cannot: refused in one sentence, and left as they were."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy import sparse
from transformers import TextClassificationPipeline

from helpers.checkpoints import classifier
from hubpress.assemble.calibrate import calibrate, head_of
from hubpress.errors import HubpressError
from hubpress.inference.logits import LogitsPipeline

TEXTS = ["streaming joins", "a chopper amplifier", "wireless mesh", "what users click"]
LABELS = ("a", "b", "c")


@pytest.fixture
def pipe(tiny_base: Path) -> Any:
    model, tokenizer = classifier(tiny_base, LABELS)
    return TextClassificationPipeline(model=model.eval(), tokenizer=tokenizer, device="cpu")


def test_the_head_is_found_and_left_as_it_was(pipe: Any) -> None:
    """The last layer that is linear, by its name among the weights."""
    before = pipe.model.classifier.weight.clone()
    assert head_of(pipe, TEXTS) == "classifier"
    assert torch.equal(pipe.model.classifier.weight, before)


def _bent(model: Any) -> None:
    model.classifier = torch.nn.Sequential(model.classifier, torch.nn.Tanh())


def _shared(model: Any) -> None:
    model.another = torch.nn.Linear(64, 3)
    model.another.weight = model.classifier.weight


def _none(model: Any) -> None:
    class Similar(torch.nn.Module):
        """Scores by the distance to a point of each label."""

        def __init__(self) -> None:
            super().__init__()
            self.points = torch.nn.Parameter(torch.randn(3, 64))

        def forward(self, states: torch.Tensor) -> torch.Tensor:
            return -torch.cdist(states, self.points)

    model.classifier = Similar()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_bent, "does more with its last layer's output than give it as logits"),
        (_shared, "shares the weights of its last layer with another"),
        (_none, "has no linear layer that gives its logits"),
    ],
)
def test_another_head_is_refused(spoil: Callable[[Any], None], says: str, pipe: Any) -> None:
    """What is no linear layer alone cannot be divided exactly."""
    spoil(pipe.model)
    with pytest.raises(HubpressError, match=says) as refused:
        head_of(pipe, TEXTS)
    assert str(refused.value).startswith("decision.calibration: BertForSequenceClassification ")


def test_validation_that_is_all_right_has_no_temperature(pipe: Any, tmp_path: Path) -> None:
    """The sharper the scores, the better: it is refused, and the weights stay."""
    repo = tmp_path / "repo"
    pipe.model.save_pretrained(repo)
    before = (repo / "model.safetensors").read_bytes()
    answers = np.argmax(LogitsPipeline.beside(pipe)(TEXTS), axis=1)
    truth = sparse.csr_matrix(np.eye(3, dtype=bool)[answers])
    with pytest.raises(HubpressError, match="no temperature is the best on validation"):
        calibrate(pipe, repo, lambda: iter([TEXTS]), truth, exclusive=True, batch_size=2)
    assert (repo / "model.safetensors").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["repo"]
