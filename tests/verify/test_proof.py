"""Proofs: values compared with their places, and what a person reads of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import JsonValue

from hubpress.errors import VerifyFailed
from hubpress.hub.ids import RepoId
from hubpress.schemas.answers import LabelScore
from hubpress.schemas.evaluation import Evaluation
from hubpress.verify.figures import compare_figures, count_of_figures
from hubpress.verify.proof import Claim, Proof, compare

SAMPLE = next(parent for parent in Path(__file__).parents if parent.name == "tests") / "samples" / "card"
PROOF = Proof(
    RepoId("acme/titles", "space"),
    "a" * 40,
    (Claim("files", "3 files"), Claim("app", "in a process", ["it is slow", "it is late"])),
)


def evaluation(model: str = "conference-titles") -> Evaluation:
    return Evaluation.load(SAMPLE / model / "evaluation.json")


def test_numbers_may_differ_by_the_tolerance_and_nothing_else_may() -> None:
    claimed: dict[str, JsonValue] = {"accuracy": 0.9, "rule": "argmax", "counts": [1, 2]}
    near: dict[str, JsonValue] = {"accuracy": 0.9004, "rule": "argmax", "counts": [1, 2]}
    other: dict[str, JsonValue] = {"accuracy": 0.902, "rule": "top_k", "counts": [1]}
    assert compare(claimed, near, "", 1e-3) == []
    assert compare(claimed, other, "", 1e-3) == [
        "accuracy: published 0.9, measured 0.902",
        "counts[1]: published 2, measured None",
        "rule: published argmax, measured top_k",
    ]


def test_parts_of_documents_are_compared_as_their_json() -> None:
    claimed, measured = LabelScore(label="ICML", score=0.5), LabelScore(label="ICML", score=0.75)
    assert compare([claimed], [measured], "output", 1e-3) == ["output[0].score: published 0.5, measured 0.75"]


@pytest.mark.parametrize("model", ["conference-titles", "arxiv-interest", "scierc-entities"])
def test_figures_are_compared_field_by_field(model: str) -> None:
    """Whatever the kind of task, every figure counts; the widget has a claim of its own."""
    published = evaluation(model)
    name = published.main_metric
    other = published.model_copy(update={"metrics": {**published.metrics, name: 2.0}, "widget": ()})
    assert compare_figures(published, published, 0) == []
    assert compare_figures(published, other, 1e-3) == [
        f"metrics.{name}: published {published.metrics[name]}, measured 2.0"
    ]
    assert count_of_figures(published) == count_of_figures(other) > 50


def test_a_proof_is_read_as_a_table_or_as_json() -> None:
    assert PROOF.table().splitlines() == [
        f"Proof of the Space acme/titles at {'a' * 40}",
        "  holds  files  3 files",
        "  FAILS  app    in a process",
    ]
    document = json.loads(json.dumps(PROOF.as_json()))
    assert document["repo_id"] == "acme/titles"
    assert [row["holds"] for row in document["proof"]] == [True, False]
    assert document["differences"] == ["app: it is slow", "app: it is late"]


def test_what_could_not_be_tried_neither_holds_nor_fails() -> None:
    """It stands in the table with its reason, counts for nothing, and is null for a program."""
    claims = (Claim("files", "3 files"), Claim("figures", "measured again", unproved="the records are not here"))
    proof = Proof(RepoId("acme/titles"), "a" * 40, claims)
    proof.raise_if_failed()
    assert proof.count == 1
    assert proof.table().splitlines()[1:] == [
        "  holds     files    3 files",
        "  unproved  figures  measured again",
        "1 claim unproved:",
        "  figures: the records are not here",
    ]
    document = json.loads(json.dumps(proof.as_json()))
    assert [row["holds"] for row in document["proof"]] == [True, None]
    assert (document["unproved"], document["differences"]) == (["figures: the records are not here"], [])


def test_a_proof_that_fails_says_every_difference() -> None:
    with pytest.raises(VerifyFailed, match=r"2 differences:\n  app: it is slow\n  app: it is late$"):
        PROOF.raise_if_failed()
