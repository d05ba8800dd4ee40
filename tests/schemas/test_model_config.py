"""config.json: our keys over transformers', in its order, with parents in either form."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import JsonValue

from hubpress.schemas.model_config import DecisionConfig, ModelConfig

LEVELS = {"Rice": {"field": "Food", "area": "Life"}, "Steel": {"field": "Metal", "area": "Physics"}}


def config(levels: tuple[str, ...] = ()) -> ModelConfig:
    labels = tuple(LEVELS)
    return ModelConfig(
        id2label={str(number): label for number, label in enumerate(labels)},
        label2id={label: number for number, label in enumerate(labels)},
        decision=DecisionConfig(rule="threshold", threshold=0.5),
        parents=ModelConfig.parents_of(levels, LEVELS),
        threshold=0.5,
    )


def test_lies_over_transformers_keys(tmp_path: Path) -> None:
    """Keys that are there keep their place, new ones follow; the document is transformers' own, without a version."""
    theirs: dict[str, JsonValue] = {"model_type": "bert", "label2id": {"LABEL_0": 0}, "vocab_size": 7}
    config().lay_over(theirs, tmp_path / "config.json")
    written = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    assert list(written) == ["model_type", "label2id", "vocab_size", "id2label", "decision", "threshold"]
    assert written["label2id"] == {"Rice": 0, "Steel": 1}
    assert ModelConfig.load(tmp_path / "config.json") == config()


def test_parents_of_one_level_and_of_several() -> None:
    """A single level is written without its name, and read under the name that is asked for."""
    assert config().parents is None
    one, several = config(("area",)), config(("field", "area"))
    assert one.parents == {"Rice": "Life", "Steel": "Physics"}
    assert one.parents_by_level("area") == {"Rice": {"area": "Life"}, "Steel": {"area": "Physics"}}
    assert several.parents == several.parents_by_level() == LEVELS


def test_a_chosen_threshold_stands_in_two_places() -> None:
    """One number for readers of ``threshold``; the decision has one for each label where they were chosen so."""
    chosen = config().with_threshold(0.25, (0.2, 0.3))
    assert (chosen.threshold, chosen.decision.threshold) == (0.25, (0.2, 0.3))
    assert chosen.decision.chosen_on == "validation"
    assert config().with_threshold(0.25).decision.threshold == 0.25
