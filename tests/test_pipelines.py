"""The code that ships beside the weights, used as a stranger uses it: through ``transformers.pipeline``."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import pipeline
from transformers.modeling_outputs import SequenceClassifierOutput

from hub_helpers import CARD
from hubpress.hub import client as hub
from hubpress.manifest import Manifest
from hubpress.recipe.kinds import CUSTOM_PIPELINES
from hubpress.rehearsal.server import running
from hubpress.rehearsal.store import Store
from pipeline_helpers import (
    AREAS,
    PIPELINES,
    SUBJECTS,
    TEMPLATE,
    THRESHOLD,
    ASJCMultiLabelPipeline,
    custom,
    load,
    save_model,
    texts,
)

RECORD = {"title": "Streaming search", "container_title": "Web data", "abstract": "A cache for the network."}
TEXT = "title=Streaming search, container_title=Web data, abstract=A cache for the network."


@pytest.fixture(scope="module")
def subjects(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Path:
    """A multi-label model of 307 subjects under 26 areas, as it is published."""
    return save_model(
        tmp_path_factory.mktemp("subjects"),
        tiny_base,
        SUBJECTS,
        CUSTOM_PIPELINES["multi-label"].files,
        problem_type="multi_label_classification",
        input_template=TEMPLATE,
        decision={"rule": "threshold", "threshold": THRESHOLD},
        threshold=THRESHOLD,
        parents=AREAS,
        custom_pipelines=custom("multi-label-threshold", CUSTOM_PIPELINES["multi-label"].impl),
    )


@pytest.fixture(scope="module")
def interest(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Path:
    """A binary model with a tuned threshold, and no template: a record has the one field ``text``."""
    return save_model(
        tmp_path_factory.mktemp("interest"),
        tiny_base,
        ("other", "interesting"),
        CUSTOM_PIPELINES["binary"].files,
        problem_type="single_label_classification",
        decision={"rule": "threshold", "threshold": 0.188, "positive": "interesting"},
        threshold=0.188,
        custom_pipelines=custom("binary-threshold", CUSTOM_PIPELINES["binary"].impl),
    )


@pytest.fixture(scope="module")
def classify(subjects: Path) -> Any:
    return pipeline(model=str(subjects), trust_remote_code=True, device="cpu")


@pytest.fixture(scope="module")
def judge(interest: Path) -> Any:
    return pipeline(model=str(interest), trust_remote_code=True, device="cpu")


@pytest.fixture(scope="module")
def stock_scores(subjects: Path) -> Any:
    """All scores of one text by the stock pipeline, which knows nothing of our decision."""
    stock = pipeline("text-classification", model=str(subjects), device="cpu", top_k=None)
    return lambda text: by_label(stock([text], truncation=True)[0])


# The decision by itself


@pytest.fixture(scope="module")
def decision() -> Any:
    return load("decision")


def config(**changes: Any) -> dict[str, Any]:
    labels = changes.pop("labels", ["a", "b", "c", "d"])
    return {
        "id2label": {str(number): label for number, label in enumerate(labels)},
        "problem_type": "multi_label_classification",
        "decision": {"rule": "threshold", "threshold": 0.5},
        **changes,
    }


def by_label(answer: list[dict[str, Any]]) -> dict[str, float]:
    return {entry["label"]: entry["score"] for entry in answer}


def near(answer: list[dict[str, Any]]) -> Any:
    """The same labels, and scores within 1e-5."""
    return pytest.approx(by_label(answer), abs=1e-5, rel=0)


def names(answer: list[dict[str, Any]]) -> str:
    return "".join(entry["label"] for entry in answer)


def test_decision_needs_neither_torch_nor_transformers() -> None:
    """A Space imports the files flat and decides with numpy and jinja2 alone."""
    program = """
import sys
sys.modules["torch"] = sys.modules["transformers"] = None
import decision, record_text
made = decision.Decision.from_config({"id2label": {"0": "a", "1": "b"}, "problem_type": "multi_label_classification",
                                      "decision": {"rule": "threshold", "threshold": 0.5}})
print(record_text.input_text("{{ title }}!", {"title": "x"}), made.decide(made.scores([[0.0, -1.0]])))
"""
    environment = {**os.environ, "PYTHONPATH": str(PIPELINES), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.stdout.strip() == "x! [[{'label': 'a', 'score': 0.5}]]", ran.stderr


def test_rules_and_what_a_caller_replaces(decision: Any) -> None:
    """Each rule answers as it says; a caller's threshold, number, or both stand in place of the model's own."""
    scores = np.array([[0.2, 0.9, 0.6, 0.1], [0.3, 0.1, 0.2, 0.4]], dtype=np.float32)
    by_threshold = decision.Decision.from_config(config())
    assert [names(answer) for answer in by_threshold.decide(scores)] == ["bc", ""]
    assert [names(answer) for answer in by_threshold.decide(scores, threshold=0.15)] == ["bca", "dac"]
    assert [names(answer) for answer in by_threshold.decide(scores, top_k=3)] == ["bca", "dac"]
    assert [names(answer) for answer in by_threshold.decide(scores, threshold=0.25, top_k=1)] == ["b", "d"]
    assert [names(answer) for answer in by_threshold.decide(scores, top_k=99)] == ["bcad", "dacb"]
    assert by_threshold.decide(np.empty((0, 4))) == []
    per_label = [0.1, 0.95, 0.6, 0.5]
    for given in (per_label, dict(zip("abcd", per_label, strict=True))):
        each = decision.Decision.from_config(config(decision={"rule": "threshold", "threshold": given}))
        assert [names(answer) for answer in each.decide(scores.astype(np.float64))] == ["ca", "a"]
    best = decision.Decision.from_config(config(problem_type="single_label_classification", decision=None))
    assert [names(answer) for answer in best.decide(scores)] == ["b", "d"]
    top = decision.Decision.from_config(config(decision={"rule": "top_k", "top_k": 2}))
    assert [names(answer) for answer in top.decide(scores)] == ["bc", "da"]
    assert [names(answer) for answer in top.decide(scores, threshold=0.7)] == ["b", ""]


def test_equal_scores_keep_the_order_of_ids(decision: Any) -> None:
    """At the edge of top_k too, where a partition alone would pick any."""
    made = decision.Decision.from_config(config(labels=[f"{number:03d}" for number in range(300)]))
    scores = np.full((3, 300), 0.7)
    scores[1, 250] = 0.8
    assert [entry["label"] for entry in made.decide(scores)[0]] == list(made.labels)
    assert [entry["label"] for entry in made.decide(scores, top_k=3)[1]] == ["250", "000", "001"]


def test_scores_neither_overflow_nor_lose_precision(decision: Any) -> None:
    logits = np.array([[1e4, -1e4, 0.0, 3.0]], dtype=np.float32)
    with np.errstate(all="raise", under="ignore"):
        assert np.allclose(decision.sigmoid(logits), [[1, 0, 0.5, 0.95257413]])
        assert np.allclose(decision.softmax(logits), [[1, 0, 0, 0]])
    made = decision.Decision.from_config(config())
    assert made.scores(logits).dtype == np.float32
    assert made.scores(logits.astype(np.float64)).dtype == np.float64
    with pytest.raises(ValueError, match="NaN"):
        made.decide(made.scores(np.full((1, 4), np.nan)))
    with pytest.raises(ValueError, match=r"\(1, 3\) are not rows of 4 labels"):
        made.decide(np.zeros((1, 3)))


def test_a_threshold_is_compared_without_rounding(decision: Any) -> None:
    """float32(0.3) is a little over 0.3 and float32(0.7) a little under 0.7, for one number as for one per label."""
    scores = np.array([[0.3, 0.3, 0.7, 0.7]], dtype=np.float32)
    for value, expected in ((0.3, "cdab"), (0.7, "")):
        for given in (value, [value] * 4):
            made = decision.Decision.from_config(config(decision={"rule": "threshold", "threshold": given}))
            assert names(made.decide(scores)[0]) == expected


def test_parents_sum_what_excludes_and_take_the_best_of_what_does_not(decision: Any) -> None:
    """The parents of the answered labels; a label without a parent has none; levels are kept apart."""
    scores = np.array([[0.5, 0.1, 0.3, 0.05], [0.1, 0.1, 0.1, 0.7]])
    of_one = {"a": "X", "b": "Y", "c": "Y"}
    several = decision.Decision.from_config(config(parents=of_one, decision={"rule": "threshold", "threshold": 0.2}))
    assert several.decide(scores, parents=True) == [
        {
            "labels": [{"label": "a", "score": 0.5}, {"label": "c", "score": 0.3}],
            "parents": [{"label": "X", "score": 0.5}, {"label": "Y", "score": 0.3}],
        },
        {"labels": [{"label": "d", "score": 0.7}], "parents": []},
    ]
    levels = {label: {"field": name, "domain": "All"} for label, name in of_one.items()}
    one = decision.Decision.from_config(
        config(problem_type="single_label_classification", decision={"rule": "top_k", "top_k": 3}, parents=levels)
    )
    first = one.decide(scores, parents=True)[0]["parents"]
    assert {level: names(answer) for level, answer in first.items()} == {"field": "XY", "domain": "All"}
    assert [round(entry["score"], 6) for entry in (*first["field"], *first["domain"])] == [0.5, 0.4, 0.9]
    assert one.decide(scores, parents=True, top_k=1)[0]["parents"]["field"] == [{"label": "X", "score": 0.5}]
    assert one.decide(np.empty((0, 4)), parents=True) == []
    json.dumps(several.decide(scores.astype(np.float32), parents=True))


@pytest.mark.parametrize("value", [0, 1, 0.0, 1.0, -0.1, 1.5, math.nan, math.inf, True, "0.3", [0.5] * 3, {"a": 0.5},
                                   [0.5, 0.5, 0.5, math.nan], dict.fromkeys("abcde", 0.5)])  # fmt: skip
def test_thresholds_without_sense_are_refused(decision: Any, value: Any) -> None:
    """In a config and in a call."""
    with pytest.raises(ValueError, match=r"^threshold: "):
        decision.Decision.from_config(config(decision={"rule": "threshold", "threshold": value}))
    made = decision.Decision.from_config(config())
    with pytest.raises(ValueError, match=r"^threshold: "):
        made.decide(np.zeros((1, 4)), threshold=value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"decision": {"rule": "vote"}}, "'vote'"),
        ({"decision": {"rule": "threshold"}}, "with its value"),
        ({"decision": {"rule": "top_k", "top_k": 0}}, "top_k: 0 is not"),
        ({"problem_type": None}, "problem_type None"),
        ({"parents": {"e": "X"}}, "parents: 'e' is not a label"),
        ({"parents": {"a": "X", "b": {"field": "Y"}}}, "each level"),
        ({"labels": ["a", "b"], "problem_type": "single_label_classification"}, "decision.positive must name"),
        ({"decision": {"rule": "threshold", "threshold": 0.5, "positive": "a"}}, "decision.positive must name"),
    ],
)
def test_a_config_that_contradicts_itself_is_refused(decision: Any, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decision.Decision.from_config(config(**changes))


def test_records_become_text() -> None:
    """Missing, None and NaN read as empty; a field may be called like a function of Jinja2; strings pass."""
    record_text = load("record_text")
    assert record_text.input_text(TEMPLATE, RECORD) == TEXT
    assert record_text.input_text(TEMPLATE, {"title": "A", "abstract": None, "container_title": math.nan}) == (
        "title=A, container_title=, abstract="
    )
    assert record_text.input_text(TEMPLATE, " as {{ it }} is ") == " as {{ it }} is "
    assert record_text.input_text(TEMPLATE, {"title": "{{ 7 * 7 }}"}).startswith("title={{ 7 * 7 }},")
    assert record_text.input_text("{% if dict %}{{ range[:3] }}{% endif %}", {"dict": 0.5, "range": "abcdef"}) == "abc"
    assert record_text.fields_of(TEMPLATE) == ("title", "container_title", "abstract")
    with pytest.raises(ValueError, match="does not fit the model's input_template"):
        record_text.input_text("{{ title.x.y }}", {"title": "A"})
    with pytest.raises(ValueError, match="does not fit the model's input_template"):
        record_text.input_text("{{ title.__class__.__mro__ }}", {"title": "A"})


# The multi-label pipeline


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
    with pytest.raises(ValueError, match=r"^threshold: 2 is not between"):
        pipeline(model=str(subjects), trust_remote_code=True, threshold=2)
    monkeypatch.setattr(classify, "forward", None)
    with pytest.raises(TypeError, match="no option 'treshold' here, only batch_size, threshold, top_k, parents"):
        classify(TEXT, treshold=0.3)
    for options in ({"threshold": 0}, {"top_k": 0}, {"top_k": 2.5}, {"batch_size": 0}, {"threshold": [0.5] * 306}):
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
        start = time.perf_counter()
        answers = classify.postprocess(batch)
        between = time.perf_counter()
        expected = [reference.postprocess(row) for row in rows]
        ours.append(between - start)
        theirs.append(time.perf_counter() - between)
    assert all(by_label(answer) == near(other) for answer, other in zip(answers, expected, strict=True))
    assert 2 < sum(map(len, answers)) / 32 < 20
    assert min(theirs) > 2 * min(ours)


# The binary pipeline


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
    json.dumps(answers)


def test_binary_bad_input(judge: Any, interest: Path, subjects: Path) -> None:
    for threshold in (0, 1, math.nan, [0.2, 0.3]):
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


# As published

AS_A_STRANGER = """
import json, sys
from transformers import AutoModelForSequenceClassification, pipeline
from pipeline_helpers import ASJCMultiLabelPipeline, texts
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
        "PYTHONPATH": str(Path(__file__).parent),
    }
    repo = "rehearsal/subjects"
    with running(store.folder, port=0) as url:
        manifest = Manifest.of_folder(subjects)
        hub.push(subjects, manifest, repo_id=repo, message="Publish", endpoint=url, token=store.write_token)
        ran = subprocess.run(
            [sys.executable, "-c", AS_A_STRANGER, json.dumps([repo, RECORD, TEXT])],
            env=environment | {"HF_ENDPOINT": url},
            capture_output=True,
            text=True,
            timeout=300,
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
