"""Decisions that no model can have: what turns scores into answers is refused in one sentence, where it stands."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from helpers.faults import GOOD, overlaid
from hubpress.errors import RecipeError
from hubpress.recipe.load import load_recipe

Fault = tuple[Mapping[str, Any], str]

SEVERAL = {"task": "multi-label", "data": {"columns": {"label": None, "labels": "kind"}}}
NUMBERS = {"task": "regression", "data": {"columns": {"label": None, "target": "kind"}, "labels": None}}
TOKENS = {
    "task": "token",
    "data": {"columns": {"label": None, "tokens": "a", "tags": "b"}, "input_template": None, "labels": None},
}


def _with(decision: Any, over: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {**(over or {}), "decision": decision}


def _abstain(value: Any, **more: Any) -> dict[str, Any]:
    return {"decision": {"abstain_below": value}, **more}


CALIBRATION: dict[str, Fault] = {
    "yes": (_with({"calibration": True}), "decision.calibration: must be 'temperature', not True."),
    "a number": (_with({"calibration": 1.5}), "must be 'temperature', not 1.5."),
    "a list": (_with({"calibration": ["temperature"]}), "not ['temperature']."),
    "a mapping": (_with({"calibration": {"temperature": 1.5}}), "not {'temperature': 1.5}."),
    "a capital": (_with({"calibration": "Temperature"}), "not 'Temperature'."),
    "misspelt": (_with({"calibration": "temprature"}), "not 'temprature'."),
    "another way": (_with({"calibration": "isotonic"}), "not 'isotonic'."),
    "a misspelt key": (_with({"calibrations": "temperature"}), "Did you mean 'calibration'?"),
    "the number itself": (_with({"temperature": 1.5}), "decision.temperature: unknown key."),
    "at the top": ({"calibration": "temperature"}, "calibration: unknown key."),
    "in training": ({"training": {"calibration": "temperature"}}, "training.calibration: unknown key"),
    "of numbers": (_with({"calibration": "temperature"}, NUMBERS), "decision: is not for a regression model"),
    "not answering, of numbers": (_with({"abstain_below": 0.6}, NUMBERS), "decision: is not for a regression model"),
    "as a share": (_abstain("60%"), "must be a number, not '60%'."),
    "as a text": (_abstain("0.6"), "must be a number, not '0.6'."),
    "below nothing": (_abstain(-0.1), "must be more than 0.0, not -0.1."),
    "above all": (_abstain(1.2), "must be less than 1.0, not 1.2."),
    "no number": (_abstain(float("nan")), "must be a finite number, not nan."),
    "infinite": (_abstain(float("inf")), "must be a finite number, not inf."),
    "true": (_abstain(True), "must be a number, not True."),
    "one each": (_abstain([0.6, 0.7]), "must be a number, not [0.6, 0.7]."),
    "by label": (_abstain({"dog": 0.6}), "must be a number, not {'dog': 0.6}."),
    "a misspelt key of it": (_with({"abstain_bellow": 0.6}), "Did you mean 'abstain_below'?"),
    "below chance of four": (
        _abstain(0.25, data={"labels": ["dog", "cat", "cow", "hen"]}),
        "0.25 is never undercut: the best of 4 labels",
    ),
    "beside a tuned threshold": (
        _with({"rule": "threshold", "threshold": "tune", "positive": "dog", "abstain_below": 0.6}),
        "is for the rules argmax and top_k",
    ),
    "its own label by another word": (
        _abstain(0.6, data={"labels": None, "label_names": {"dog": "dog", "cat": "not classifiable"}}),
        "answers 'not classifiable', which is one of the labels",
    ),
    "as an adapter": (
        _abstain(0.6, release="adapter", training={"lora": {}}, base_model={"path": None, "id": "acme/base"}),
        "needs code of hubpress beside whole weights",
    ),
}


def _several(**decision: Any) -> dict[str, Any]:
    return _with({"rule": "threshold", **decision}, SEVERAL)


def _measured(thresholds: Any) -> dict[str, Any]:
    return {**_several(threshold="tune-per-label"), "evaluation": {"thresholds": thresholds}}


PER_LABEL: dict[str, Fault] = {
    "a list": (_several(threshold=[0.3, 0.4]), "must be 'tune' or 'tune-per-label' or a number, not [0.3, 0.4]."),
    "a mapping": (
        _several(threshold={"dog": 0.3, "cat": 0.4}),
        "must be 'tune' or 'tune-per-label' or a number, not {'cat': 0.4, 'dog': 0.3}.",
    ),
    "underscores": (
        _several(threshold="tune_per_label"),
        "must be 'tune' or 'tune-per-label' or a number, not 'tune_per_label'.",
    ),
    "one letter more": (
        _several(threshold="tune-per-labels"),
        "must be 'tune' or 'tune-per-label' or a number, not 'tune-per-labels'.",
    ),
    "half of it": (_several(threshold="per-label"), "must be 'tune' or 'tune-per-label' or a number, not 'per-label'."),
    "a capital": (
        _several(threshold="Tune-per-label"),
        "must be 'tune' or 'tune-per-label' or a number, not 'Tune-per-label'.",
    ),
    "nothing": (_several(threshold=""), "must be 'tune' or 'tune-per-label' or a number, not ''."),
    "as a text": (_several(threshold="0.5"), "must be 'tune' or 'tune-per-label' or a number, not '0.5'."),
    "below nothing": (_several(threshold=-0.2), "or more than 0.0, not -0.2."),
    "above all": (_several(threshold=1.5), "or less than 1.0, not 1.5."),
    "no number": (_several(threshold=float("nan")), "or a finite number, not nan."),
    "no threshold": (_several(), "the rule threshold needs a threshold"),
    "by the best label": (
        _with({"rule": "argmax", "threshold": "tune-per-label"}, SEVERAL),
        "needs a threshold (a number, tune or tune-per-label), no other has one",
    ),
    "of a number of labels": (
        _with({"rule": "top_k", "top_k": 1, "threshold": "tune-per-label"}, SEVERAL),
        "no other has one.",
    ),
    "of one label": (
        _with({"rule": "threshold", "threshold": "tune-per-label"}),
        "tune-per-label is for a multi-label model",
    ),
    "of tokens": (
        _with({"rule": "threshold", "threshold": "tune-per-label"}, TOKENS),
        "threshold is not for a token model, which has argmax.",
    ),
    "of numbers": (
        _with({"rule": "threshold", "threshold": "tune-per-label"}, NUMBERS),
        "decision: is not for a regression model",
    ),
    "at most none": (_several(threshold="tune-per-label", top_k=0), "decision.top_k: must be at least 1"),
    "at most more than there are": (_several(threshold="tune-per-label", top_k=3), "decision.top_k: must be at most 2"),
    "at most half a label": (_several(threshold="tune-per-label", top_k=1.5), "decision.top_k: must be a whole number"),
    "for one of them": (
        _several(threshold="tune-per-label", positive="dog"),
        "decision.positive: needs a single-label model",
    ),
    "not answering beside it": (
        _several(threshold="tune-per-label", abstain_below=0.5),
        "is for a single-label model, not for a multi-label one",
    ),
    "a key of many": (_several(thresholds="tune-per-label"), "Did you mean 'threshold'?"),
    "another rule": (
        _with({"rule": "thresholds", "threshold": "tune-per-label"}, SEVERAL),
        "must be 'argmax', 'top_k' or 'threshold'",
    ),
    "measured: one number": (_measured(0.3), "evaluation.thresholds: must be a list, not 0.3."),
    "measured: tuned": (_measured(["tune"]), "evaluation.thresholds.0: must be a number, not 'tune'."),
    "measured: above all": (_measured([0.5, 1.2]), "evaluation.thresholds.1: must be less than 1.0"),
    "measured: none": (_measured([0]), "evaluation.thresholds.0: must be more than 0.0"),
    "measured: true": (_measured([True]), "evaluation.thresholds.0: must be a number, not True."),
    "measured: by label": (_measured({"dog": 0.3}), "evaluation.thresholds: must be a list"),
    "as an adapter": (
        {
            **_several(threshold="tune-per-label"),
            "release": "adapter",
            "training": {"lora": {}},
            "base_model": {"path": None, "id": "acme/base"},
        },
        "needs code of hubpress beside whole weights",
    ),
}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    shutil.copytree(GOOD, folder / "pets")
    return folder


@pytest.mark.parametrize("fault", CALIBRATION)
def test_a_calibration_that_cannot_be_is_refused(fault: str, models: Path) -> None:
    _refused(models, CALIBRATION[fault])


@pytest.mark.parametrize("fault", PER_LABEL)
def test_thresholds_of_single_labels_that_cannot_be_are_refused(fault: str, models: Path) -> None:
    _refused(models, PER_LABEL[fault])


def _refused(models: Path, fault: Fault) -> None:
    changes, says = fault
    recipe = overlaid(yaml.safe_load((GOOD / "recipe.yaml").read_text(encoding="utf-8")), dict(changes))
    (models / "pets" / "recipe.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    with pytest.raises(RecipeError) as refused:
        load_recipe("pets", models_dir=models)
    problems: Sequence[str] = refused.value.problems
    assert len(problems) == 1, problems
    assert "\n" not in problems[0] and says in problems[0]
