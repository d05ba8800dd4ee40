"""Every kind of model answers here as the pipeline that is published with it, without any code of its repository."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from transformers import BertConfig, BertForTokenClassification, pipeline

from helpers.pipeline import AREAS, SUBJECTS, TEMPLATE, custom, save_model, texts
from hubpress.content import pipeline_module
from hubpress.layout import ONNX, QUANTIZED, WEIGHTS
from hubpress.recipe.kinds import CUSTOM_PIPELINES
from hubpress.score.answers import Entities, Labels, Numbers, batches

TITLES = texts(60)
NAMES = ("VLDB", "ISCAS", "WWW", "INFOCOM")
SINGLE = {"problem_type": "single_label_classification"}
MULTI = {"problem_type": "multi_label_classification", "input_template": TEMPLATE}
THRESHOLD = {"rule": "threshold", "threshold": 0.9}
BINARY = {**SINGLE, "decision": {"rule": "threshold", "threshold": 0.3, "positive": "b"}}
LEVELS = {name: {"area": area, "kind": area[-1]} for name, area in AREAS.items()}


def records(count: int = 30) -> list[dict[str, str]]:
    """Return records of three fields, of which some are empty."""
    thirds = zip(TITLES[::2], TITLES[1::2], reversed(TITLES), strict=False)
    return [
        {"title": title, "container_title": other if place % 3 else "", "abstract": third}
        for place, (title, other, third) in enumerate(thirds)
    ][:count]


def read(settings: dict[str, Any], given: list[Any]) -> list[tuple[str, ...]]:
    """Return records as a worker reads them."""
    template, pair = settings.get("input_template", "{{ text }}"), settings.get("text_pair")
    return [pipeline_module("record_text").input_texts(template, pair, one) for one in given]


@pytest.mark.parametrize(
    ("kind", "labels", "settings", "given", "options"),
    [
        ("multi-label", SUBJECTS, {**MULTI, "decision": THRESHOLD}, records(), {}),
        ("multi-label", SUBJECTS, {**MULTI, "decision": THRESHOLD, "parents": AREAS}, records(), {"parents": True}),
        ("multi-label", SUBJECTS, {**MULTI, "decision": THRESHOLD, "parents": LEVELS}, records(), {"parents": True}),
        ("multi-label", SUBJECTS, {**MULTI, "decision": {"rule": "top_k", "top_k": 3}}, records(), {}),
        ("binary", ("a", "b"), BINARY, TITLES, {}),
        ("binary", ("a", "b"), {**BINARY, "input_template": "{{ q }}", "text_pair": "{{ a }}"},
         [{"q": one, "a": other} for one, other in zip(TITLES, reversed(TITLES), strict=True)], {}),
        ("selective", NAMES, {**SINGLE, "decision": {"rule": "argmax", "abstain_below": 0.7}}, TITLES, {}),
    ],
    ids=["threshold", "parents", "two-levels", "top-k", "binary", "pairs", "abstain"],
)  # fmt: skip
def test_labels_are_those_of_the_published_pipeline(
    kind: str, labels: tuple[str, ...], settings: dict[str, Any], given: list[Any], options: dict[str, Any],
    tiny_base: Path, tmp_path: Path,
) -> None:  # fmt: skip
    """Threshold, top-k, parents, pairs and answers that are left open; scores up to what batches round."""
    code = CUSTOM_PIPELINES[kind]
    task = custom(code.task, code.impl)
    folder = save_model(tmp_path, tiny_base, labels, code.files, custom_pipelines=task, **settings)
    published = pipeline(model=str(folder), trust_remote_code=True, device="cpu")(given, **options)
    found = Labels(folder, WEIGHTS)(read(settings, given))
    expected = [
        answer["labels"] if options else answer if isinstance(answer, list) else [answer] for answer in published
    ]
    assert found["labels"] == [[entry["label"] for entry in answer] for answer in expected]
    assert len({tuple(answer) for answer in found["labels"]}) > 1
    for scores, answer in zip(found["scores"], expected, strict=True):
        assert scores == pytest.approx([entry["score"] for entry in answer], abs=1e-5)
    if options:
        above = [answer["parents"] for answer in published]
        flat = [
            [
                (level, entry["label"])
                for level, entries in (one if isinstance(one, dict) else {"": one}).items()
                for entry in entries
            ]
            for one in above
        ]
        assert [[(entry["level"], entry["label"]) for entry in one] for one in found["parents"]] == flat


def test_best_labels_and_numbers_are_those_of_the_stock_pipeline(tiny_base: Path, tmp_path: Path) -> None:
    """What needs no code of its own: the best label, and the numbers of a regression model."""
    best = save_model(tmp_path / "best", tiny_base, NAMES, (), decision={"rule": "argmax"}, **SINGLE)
    given = read({}, TITLES)
    published = pipeline("text-classification", model=str(best), device="cpu")(TITLES, truncation=True)
    found = Labels(best, WEIGHTS)(given)
    assert found["labels"] == [[answer["label"]] for answer in published]
    assert [one for [one] in found["scores"]] == pytest.approx([answer["score"] for answer in published], abs=1e-5)
    numbers = save_model(
        tmp_path / "numbers", tiny_base, ("price", "size"), (), problem_type="regression", decision={"rule": "value"}
    )
    stock = pipeline("text-classification", model=str(numbers), device="cpu")
    published = stock(TITLES, truncation=True, top_k=None, function_to_apply="none")
    expected = [{entry["label"]: entry["score"] for entry in answer} for answer in published]
    for one, other in zip(Numbers(numbers, WEIGHTS)(given)["numbers"], expected, strict=True):
        assert one == pytest.approx(other, abs=1e-4)


def test_entities_are_those_of_the_published_pipeline(tiny_base: Path, tmp_path: Path) -> None:
    """Long texts are read in windows, by the model's own strategy."""
    from transformers import AutoTokenizer

    names = ("O", "B-method", "I-method")
    config = BertConfig.from_pretrained(
        str(tiny_base),
        id2label=dict(enumerate(names)),
        label2id={name: number for number, name in enumerate(names)},
        initializer_range=0.5,
    )
    config.update({"decision": {"rule": "argmax", "aggregation_strategy": "first"}})
    BertForTokenClassification(config).save_pretrained(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(str(tiny_base))
    tokenizer.save_pretrained(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nlp = pipeline("token-classification", model=str(tmp_path), aggregation_strategy="first", stride=42)
        published = nlp(TITLES)
    found = Entities(tmp_path, WEIGHTS)([(text,) for text in TITLES])["entities"]
    places = [[(entity["start"], entity["end"], entity["entity_group"]) for entity in one] for one in found]
    assert places == [[(one["start"], one["end"], one["entity_group"]) for one in answer] for answer in published]
    assert max(end for answer in places for _, end, _ in answer) > 1000


def save_graph(path: Path) -> None:
    """Save a graph that answers with the sum of a text's token ids, and how many texts it was given."""
    from onnx import TensorProto, helper, save

    path.parent.mkdir(exist_ok=True)
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"])
        for name in ("input_ids", "attention_mask")
    ]
    nodes = [
        helper.make_node("Mul", ["input_ids", "attention_mask"], ["read"]),
        helper.make_node("ReduceSum", ["read", "last"], ["sums"], keepdims=1),
        helper.make_node("ReduceSum", ["attention_mask", "last"], ["lengths"], keepdims=1),
        helper.make_node("Div", ["lengths", "lengths"], ["ones"]),
        helper.make_node("ReduceSum", ["ones", "first"], ["count"], keepdims=1),
        helper.make_node("Mul", ["ones", "count"], ["counts"]),
        helper.make_node("Concat", ["sums", "counts"], ["both"], axis=1),
        helper.make_node("Cast", ["both"], ["logits"], to=TensorProto.FLOAT),
    ]
    axes = [helper.make_tensor(name, TensorProto.INT64, [1], [axis]) for name, axis in (("last", 1), ("first", 0))]
    output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["texts", 2])
    graph = helper.make_graph(nodes, "sums", inputs, [output], axes)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)


def test_onnx_files_answer_in_batches_and_int8_text_by_text(tiny_base: Path, tmp_path: Path) -> None:
    """Padding counts for nothing; scores of an int8 file would depend on the batch."""
    settings: dict[str, Any] = {"problem_type": "regression", "decision": {"rule": "value"}}
    folder = save_model(tmp_path, tiny_base, ("sum", "texts"), (), **settings)
    for name in (ONNX, QUANTIZED):
        save_graph(folder / name)
    given = read({}, TITLES)
    fp32, int8 = (Numbers(folder, name) for name in (ONNX, QUANTIZED))
    batched, alone = fp32(given)["numbers"], int8(given)["numbers"]
    sums = [float(sum(ids)) for ids in fp32.logits.tokenizer(TITLES, truncation=True)["input_ids"]]
    assert [one["sum"] for one in batched] == [one["sum"] for one in alone] == sums
    assert {one["texts"] for one in alone} == {1.0}
    assert max(one["texts"] for one in batched) > 4


@pytest.mark.parametrize(("lengths", "most", "expected"), [
    ([5, 1, 9, 2], 10, [[1, 3], [0], [2]]), ([3, 3, 3], 6, [[0, 1], [2]]), ([2, 1], 0, [[1], [0]]), ([], 10, []),
])  # fmt: skip
def test_batches_hold_so_many_tokens_with_their_padding(
    lengths: list[int], most: int, expected: list[list[int]]
) -> None:
    """A text that is longer than a batch has one of its own."""
    found = batches(lengths, most)
    assert sorted(np.concatenate([[], *found]).tolist()) == list(range(len(lengths)))
    assert [sorted(batch) for batch in found] == [sorted(batch) for batch in expected]
