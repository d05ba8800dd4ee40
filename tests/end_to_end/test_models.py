"""The five reference models: released together, and loaded from the Hub as their references are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from huggingface_hub import HfApi

from helpers.paths import TESTS
from helpers.processes import RELEASE_SECONDS, SECONDS
from helpers.release import FAMILY, FIVE, Release, facts
from hubpress.rehearsal.server import running

SCRIPTS = TESTS / "scripts"


def test_all_five_are_verified_and_a_broken_one_stops_nobody(released_all: Release) -> None:
    """Each model runs every stage; a broken recipe fails by itself, and the command tells by exit code 1."""
    assert released_all.code == 1
    assert sorted(released_all.result) == sorted([*FIVE, "broken"])
    assert "has no sample: block" in released_all.result["broken"]["error"]
    for name in FIVE:
        assert "error" not in released_all.result[name], released_all.result[name]
        stages = released_all.result[name]["stages"]
        assert [stage["stage"] for stage in stages][-5:] == [
            *("push", "verify", "push space", "verify space", "promote"),
        ]
        assert stages[-4]["result"].startswith("13 proofs hold")
        assert stages[-2]["result"].startswith("10 proofs hold")


def test_all_that_is_proved_is_one_family(released_all: Release) -> None:
    """One collection holds the five models with their Spaces, whatever failed beside them; a page shows them all."""
    slugs = {one["slug"] for name in FIVE for one in released_all.result[name]["collections"]}
    with running(released_all.build / "hub", port=0) as url:
        items = HfApi(endpoint=url, token=False).get_collection(slugs.pop()).items
    assert (len(slugs), {item.item_type for item in items}, len(items)) == (0, {"model", "space"}, 10)
    page = (released_all.build / "index.html").read_text(encoding="utf-8")
    assert f"<h1>{FAMILY}</h1>" in page and page.count("<article") == 5


def test_card_and_space_lead_to_each_other(released_all: Release) -> None:
    """On the rehearsal Hub's pages, the links between a model and its Space stay on this Hub."""
    with running(released_all.build / "hub", port=0) as url:
        for page, link in (("", "/spaces"), ("/spaces", "")):
            with urllib.request.urlopen(f"{url}{page}/rehearsal/conference-titles", timeout=SECONDS) as response:
                assert f'href="{link}/rehearsal/conference-titles"' in response.read().decode()


def test_what_is_tuned_is_never_worse_than_the_reference_threshold(released_all: Release) -> None:
    """On the split it was chosen on, the threshold is at least as good as 0.3; config.json carries it twice."""
    decision = facts(released_all, "asjc-subjects", "evaluation.json")["decision"]
    assert (decision["chosen_on"], decision["metric"], decision["beside"]["threshold"]) == (
        "validation",
        "f1_weighted",
        0.3,
    )
    assert decision["value"] >= decision["beside"]["value"]
    config = facts(released_all, "asjc-subjects", "config.json")
    assert config["threshold"] == config["decision"]["threshold"] == decision["threshold"]


def test_every_combination_of_inputs_and_level_is_measured(released_all: Release) -> None:
    """ASJC: four combinations and all records, by subject and by area, at the tuned threshold and at 0.3."""
    evaluation = facts(released_all, "asjc-subjects", "evaluation.json")
    measured = {(one["inputs"], one["level"], one["threshold"]) for one in evaluation["slices"]}
    combinations = [None, "title", "title + abstract", "title + container", "title + container + abstract"]
    every = {(inputs, level, limit) for inputs in combinations for level in (None, "area") for limit in (None, 0.3)}
    assert measured == every - {(None, None, None)}
    counts = {one["inputs"]: one["count"] for one in evaluation["slices"]}
    assert counts["title"] > counts["title + abstract"] > counts["title + container + abstract"] > 0
    for one in evaluation["slices"]:
        assert set(one["metrics"]) == set(evaluation["metrics"])


def test_topics_are_rolled_up(released_all: Release) -> None:
    """OpenAlex: an answer that is right by topic is right at every level above; levels come finest first."""
    evaluation = facts(released_all, "openalex-topics", "evaluation.json")
    metrics = evaluation["metrics"]
    assert metrics["accuracy"] <= metrics["accuracy_top_5"] <= metrics["accuracy_top_10"]
    whole = {one["level"]: one["metrics"]["accuracy"] for one in evaluation["slices"] if one["inputs"] is None}
    assert list(whole) == ["subfield", "field", "domain"]
    assert metrics["accuracy"] <= whole["subfield"] <= whole["field"] <= whole["domain"]
    assert evaluation["confusion"]["level"] == "field"
    matrix = evaluation["confusion"]["matrix"]
    assert sum(map(sum, matrix)) == evaluation["data"]["count"]
    assert sum(matrix[row][row] for row in range(len(matrix))) == round(whole["field"] * evaluation["data"]["count"])


def test_stock_models_declare_no_remote_code(released_all: Release) -> None:
    """Only models with a threshold ship code; theirs is what lies in models/pipelines."""
    for name in FIVE:
        repo = released_all.build / name / "repo"
        code = {path.name for path in repo.glob("*.py")}
        tasks = set(facts(released_all, name, "config.json").get("custom_pipelines", {}))
        shared = {"record_pipeline.py", "record_text.py", "long_pairs.py", "decision.py"}
        expected = {
            "asjc-subjects": ({"multi_label.py", *shared}, {"multi-label-threshold"}),
            "arxiv-interest": ({"binary.py", *shared}, {"binary-threshold"}),
        }
        assert (code, tasks) == expected.get(name, (set(), set()))


@pytest.fixture(scope="module")
def loaded(released_all: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What a fresh process without hubpress gets from the published models, each loaded in its reference's way."""
    out = tmp_path_factory.mktemp("loaded") / "answers.json"
    with running(released_all.build / "hub", port=0) as url:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
        environment |= {"HF_ENDPOINT": url, "HF_HOME": str(out.parent / "home"), "OMP_WAIT_POLICY": "PASSIVE"}
        ran = subprocess.run(
            [sys.executable, str(SCRIPTS / "load_as_references.py"), str(out)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=RELEASE_SECONDS,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        yield json.loads(out.read_text(encoding="utf-8"))


def test_references_ways_of_loading_work(loaded: dict[str, Any]) -> None:
    """OpenAlex without task or remote code, ASJC with a user's own class, SciERC by Auto classes: word for word."""
    (ten_best,) = loaded["openalex"]  # transformers 5.23 wraps the answer to a single text once more
    assert len(ten_best) == 10
    assert all(entry["label"].startswith("T") and ": " in entry["label"] for entry in ten_best)
    assert loaded["asjc_threshold"] == loaded["asjc_config_threshold"]
    assert {entry["label"] for entry in loaded["asjc"]} == {entry["label"] for entry in loaded["asjc_ours"]}
    assert all({"entity_group", "score", "word", "start", "end"} <= set(span) for span in loaded["scierc"])


def test_remote_code_answers_records_and_strings_alike(loaded: dict[str, Any]) -> None:
    """A record and the text it makes, one and a hundred, any batch size: the same scores within 1e-5."""
    singles, wide, narrow = loaded["hundred_single"], loaded["hundred_by_32"], loaded["hundred_by_7"]
    assert len(singles) == len(wide) == len(narrow) == 100
    for one, by_32, by_7 in zip(singles, wide, narrow, strict=True):
        for other in (by_32, by_7):
            assert {entry["label"] for entry in other} == {entry["label"] for entry in one}
            scores = {entry["label"]: entry["score"] for entry in one}
            assert all(abs(entry["score"] - scores[entry["label"]]) < 1e-5 for entry in other)
    assert loaded["record"] == loaded["string"]
    assert len(loaded["top_3"]) == 3
    assert all(entry["score"] >= 0.05 for entry in loaded["threshold"])
    assert set(loaded["parents"]) == {"labels", "parents"}


def test_odd_input_is_answered_or_refused_in_words(loaded: dict[str, Any]) -> None:
    """Nothing to read is refused with a sentence that names the input; very long text is cut and answered."""
    assert isinstance(loaded["long"], list)
    odd = loaded["odd"]
    assert "the text is empty" in odd["empty string"]
    assert "the record is empty" in odd["empty record"]
    assert "unknown field 'titel'" in odd["unknown field"]
    assert "None" in odd["none"]
    assert "Input 1 (from 0)" in odd["none in a list"]


def test_binary_decision_carries_over(loaded: dict[str, Any]) -> None:
    """The label follows the published threshold on the positive label's score, which the stock pipeline gives too."""
    for answer, stock in zip(loaded["arxiv"], loaded["arxiv_stock"], strict=True):
        positive = next(entry["score"] for entry in stock if entry["label"] == "interesting")
        assert abs(answer["score"] - positive) < 1e-5
        assert (answer["label"] == "interesting") == (answer["score"] >= answer["threshold"])
