"""The multi-label code that ships beside the weights, used through ``transformers.pipeline``, as a stranger does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import pipeline
from transformers.modeling_outputs import SequenceClassifierOutput

from helpers.hub import CARD
from helpers.paths import TESTS
from helpers.pipeline import (
    AREAS,
    RECORD,
    SUBJECTS,
    TEXT,
    THRESHOLD,
    ASJCMultiLabelPipeline,
    by_label,
    near,
    texts,
)
from helpers.processes import SECONDS
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.manifest import Manifest
from hubpress.rehearsal.server import running
from hubpress.rehearsal.store import Store


@pytest.fixture(scope="module")
def stock_scores(subjects: Path) -> Any:
    """All scores of one text by the stock pipeline, which knows nothing of our decision."""
    stock = pipeline("text-classification", model=str(subjects), device="cpu", top_k=None)
    return lambda text: by_label(stock([text], truncation=True)[0])


def test_records_and_strings_one_and_many(classify: Any, stock_scores: Any) -> None:
    """Labels over the threshold, best first, with the stock pipeline's scores."""
    answer = classify(RECORD)
    expected = {label: score for label, score in stock_scores(TEXT).items() if score >= THRESHOLD}
    assert 3 < len(answer) < 150
    assert {entry["label"] for entry in answer} == expected.keys()
    assert all(abs(entry["score"] - expected[entry["label"]]) < 1e-5 for entry in answer)
    assert answer == sorted(answer, key=lambda entry: -entry["score"])
    assert classify(TEXT) == answer
    assert classify((RECORD,)) == classify([TEXT]) == [answer]
    assert len(classify([RECORD] * 100)) == len(classify(texts(100))) == 100
    assert classify([]) == []
    json.dumps(answer)


def test_options_in_a_call_and_at_the_start(classify: Any, subjects: Path) -> None:
    assert len(classify(TEXT, top_k=5)) == 5
    assert all(entry["score"] >= 0.99 for entry in classify(TEXT, threshold=0.99))
    assert len(classify(TEXT, threshold=0.01)) > len(classify(TEXT))
    assert classify(TEXT, threshold=dict.fromkeys(SUBJECTS, THRESHOLD)) == classify(TEXT)
    assert classify(TEXT, threshold=0.0) == classify(TEXT, top_k=307)
    assert classify(TEXT, threshold=0.0, top_k=2) == classify(TEXT, top_k=2)
    both = classify(TEXT, parents=True)
    assert both["labels"] == classify(TEXT)
    assert {entry["label"] for entry in both["parents"]} == {AREAS[entry["label"]] for entry in both["labels"]}
    assert both["parents"][0]["score"] == both["labels"][0]["score"]
    started = pipeline(
        model=str(subjects), trust_remote_code=True, device="cpu", threshold=0.5, parents=True, batch_size=4
    )
    assert started(TEXT) == classify(TEXT, threshold=0.5, parents=True)
    assert started(TEXT, threshold=None, parents=False) == classify(TEXT)
    assert classify(texts(3)[2], max_length=8) == classify(texts(3)[2], max_length=8, truncation=True)


def test_batches_of_any_size_answer_as_one_text_does(classify: Any) -> None:
    """Within 1e-5, in the order of the input, for lists and for what is read as it goes."""
    given = texts(40)
    one_by_one = [by_label(classify(text, top_k=307)) for text in given]
    for size in (1, 2, 7, 32):
        for answers in (classify(given, top_k=307, batch_size=size), classify(iter(given), top_k=307, batch_size=size)):
            for answer, alone in zip(answers, one_by_one, strict=True):
                assert len(answer) == len(alone) == 307
                assert max(abs(alone[entry["label"]] - entry["score"]) for entry in answer) < 1e-5


def test_many_are_batched_by_length(classify: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Little is padded: the longest text does not set the length of all the others."""
    seen: list[tuple[int, int]] = []
    forward = classify.forward

    def watched(batch: Any, **options: Any) -> Any:
        seen.append((batch["input_ids"].numel(), int(batch["attention_mask"].sum())))
        return forward(batch, **options)

    monkeypatch.setattr(classify, "forward", watched)
    classify(texts(64), batch_size=8)
    assert len(seen) == 8
    assert sum(real for _, real in seen) / sum(padded for padded, _ in seen) > 0.8  # unsorted: 0.4


def test_an_iterator_is_read_as_it_goes(classify: Any) -> None:
    """A stream without an end is answered; a bad text in it is named when it is reached."""
    taken = 0

    def endless() -> Iterator[str]:
        nonlocal taken
        while True:
            taken += 1
            yield "query cache"

    answers = classify(endless(), batch_size=2)
    assert by_label(next(answers)) == near(next(answers))
    assert taken < 100
    with pytest.raises(ValueError, match=r"^Input 1 \(from 0\) .*: it is None"):
        list(classify(iter(["query", None])))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("", "^The input cannot be read: the text is empty"),
        (" \n\t", "^The input cannot be read: the text is empty"),
        ({}, "^The input cannot be read: the record is empty. Fill at least one of title, container_title, abstract"),
        ({"title": " ", "abstract": None}, "the record is empty"),
        (None, "^The input cannot be read: it is None, neither a text nor a record with title, container_title"),
        (7, "it is of type int"),
        (b"query", "it is of type bytes"),
        ({"titel": "A"}, "unknown field 'titel'. This model reads title, container_title, abstract"),
        ({"text": "a", "text_pair": "b"}, "unknown field 'text'"),
        ("\ud800", "surrogate"),
        (["query", None, "cache"], r"^Input 1 \(from 0\) cannot be read: it is None"),
        (["query", ""], r"^Input 1 \(from 0\) cannot be read: the text is empty"),
        ([RECORD, {}], r"^Input 1 \(from 0\) cannot be read: the record is empty"),
        ([["query", "cache"]], r"^Input 0 \(from 0\) .* of type list"),
    ],
)
def test_what_cannot_be_read_is_named(classify: Any, monkeypatch: pytest.MonkeyPatch, given: Any, message: str) -> None:
    """Before anything is computed."""
    monkeypatch.setattr(classify, "forward", None)
    with pytest.raises(ValueError, match=message):
        classify(given)


def test_options_without_sense_are_named(classify: Any, subjects: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When they are given, in a call or at the start."""
    with pytest.raises(ValueError, match=r"^threshold: 2 is not a number from 0"):
        pipeline(model=str(subjects), trust_remote_code=True, threshold=2)
    monkeypatch.setattr(classify, "forward", None)
    with pytest.raises(TypeError, match="no option 'treshold' here, only batch_size, threshold, top_k, parents"):
        classify(TEXT, treshold=0.3)
    for options in ({"threshold": -1}, {"top_k": 0}, {"top_k": 2.5}, {"batch_size": 0}, {"threshold": [0.5] * 306}):
        with pytest.raises(ValueError, match=f"^{next(iter(options))}: "):
            classify(TEXT, **options)


def test_long_texts_are_cut_and_strange_ones_answered(classify: Any) -> None:
    """100,000 characters read as their beginning does, in a word or in many, alone or among short ones."""
    long = "query cache " * 8400
    beginning = " ".join(long.split()[:300])
    assert classify(long, top_k=3) == classify(beginning, top_k=3)
    for text in ("x" * 100_000, "\0\u202e<script>", "日本語 🙂", "{{ 7 }}"):
        assert len(classify([text, "query", long], top_k=3, batch_size=3)) == 3


def test_half_precision(subjects: Path) -> None:
    """bfloat16, which numpy does not know, answers as the stock pipeline does at the same precision."""
    options = {"model": str(subjects), "device": "cpu", "dtype": torch.bfloat16}
    half = pipeline(trust_remote_code=True, **options)
    stock = pipeline("text-classification", top_k=None, **options)
    assert half.dtype == torch.bfloat16
    for text in (TEXT, "query"):
        exact = by_label(stock([text])[0])
        assert by_label(half(text, top_k=307)) == pytest.approx(exact, abs=1e-5)


@pytest.mark.filterwarnings("ignore:To copy construct from a tensor")  # so does the reference
def test_postprocessing_outruns_the_references_loop(classify: Any, subjects: Path) -> None:
    """Side by side on the same 32 documents of about five labels each; about 7 times here."""
    reference = pipeline(
        "text-classification", model=str(subjects), pipeline_class=ASJCMultiLabelPipeline, device="cpu"
    )
    logits = torch.randn((32, 307), generator=torch.Generator().manual_seed(0)) * 3 - 3
    batch, rows = (
        SequenceClassifierOutput(logits=logits),
        [SequenceClassifierOutput(logits=row[None]) for row in logits],
    )
    ours, theirs = [], []
    for _ in range(20):
        start = time.process_time()
        answers = classify.postprocess(batch)
        between = time.process_time()
        expected = [reference.postprocess(row) for row in rows]
        ours.append(between - start)
        theirs.append(time.process_time() - between)
    assert all(by_label(answer) == near(other) for answer, other in zip(answers, expected, strict=True))
    assert 2 < sum(map(len, answers)) / 32 < 20
    assert min(theirs) > 2 * min(ours)


AS_A_STRANGER = """
import json, sys
from transformers import AutoModelForSequenceClassification, pipeline
from helpers.pipeline import ASJCMultiLabelPipeline, texts
repo, record, text = json.loads(sys.argv[1])
classify = pipeline(model=repo, trust_remote_code=True, device="cpu")
reference = pipeline(task="text-classification", model=repo, pipeline_class=ASJCMultiLabelPipeline, device="cpu")
stock = pipeline("text-classification", model=repo, device="cpu")
silent = pipeline(model=repo, trust_remote_code=False, device="cpu")
try:
    pipeline(model=repo)
except ValueError as error:
    refused = str(error)
print(json.dumps({
    "task": classify.task, "classes": [type(classify).__name__, type(stock).__name__, type(silent).__name__],
    "one": [classify(record), classify(text)], "reference": reference([text])[0], "stock": stock(text, top_k=307),
    "many": classify(texts(100), top_k=307), "parents": classify(record, parents=True),
    "three": classify(record, top_k=3), "sure": classify(record, threshold=0.99), "refused": refused,
}))
"""


@pytest.mark.slow
def test_published_and_loaded_by_a_stranger(
    subjects: Path, classify: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the Hub in a fresh process with no cache: with its own code, by the reference's class, and the stock way."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)  # the rehearsal Hub has no Xet
    (subjects / "README.md").write_text(CARD)
    store = Store(tmp_path / "hub")
    environment = {
        **os.environ,
        "HF_HOME": str(tmp_path / "home"),
        "HF_HUB_DISABLE_XET": "1",
        "OMP_WAIT_POLICY": "PASSIVE",
        "PYTHONPATH": str(TESTS),
    }
    repo = "rehearsal/subjects"
    with running(store.folder, port=0) as url:
        manifest = Manifest.of_folder(subjects)
        Hub(url, store.write_token).push(subjects, manifest, RepoId(repo), message="Publish")
        ran = subprocess.run(
            [sys.executable, "-c", AS_A_STRANGER, json.dumps([repo, RECORD, TEXT])],
            env=environment | {"HF_ENDPOINT": url},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    here = classify(RECORD)
    assert found["task"] == "multi-label-threshold"
    assert found["classes"] == ["MultiLabelThresholdPipeline", *["TextClassificationPipeline"] * 2]
    assert all(by_label(answer) == near(here) for answer in (*found["one"], found["reference"]))
    assert len(found["stock"]) == 307
    for answer, expected in zip(found["many"], classify(texts(100), top_k=307), strict=True):
        assert by_label(answer) == near(expected)
    assert by_label(found["parents"]["parents"]) == near(classify(RECORD, parents=True)["parents"])
    assert by_label(found["three"]) == near(here[:3])
    assert by_label(found["sure"]) == near(classify(RECORD, threshold=0.99))
    assert "trust_remote_code" in found["refused"]
