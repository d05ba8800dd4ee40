"""A model of static embeddings beside the model: fitted, measured, told on the card, verified, or refused."""

from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from datasets import load_from_disk
from huggingface_hub import HfApi

from helpers.checkpoints import classifier, model_of, records
from helpers.overconfident import model_of_titles, save_overconfident, titles
from helpers.processes import Command
from helpers.static import save_static
from hubpress import HubpressError, Job, evaluate_model, load_recipe, render_card
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.manifest import Manifest
from hubpress.rehearsal.store import Store
from hubpress.schemas.evaluation import Baseline, Evaluation

STATIC = "rehearsal/their-vectors"


@pytest.fixture(scope="module")
def static(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A static model that knows the words of the titles."""
    return save_static(tmp_path_factory.mktemp("static"), [title for title, _ in titles()])


@pytest.fixture(scope="module")
def checkpoint(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_overconfident(tiny_base, tmp_path_factory.mktemp("sure"))


def beside(evaluation: Evaluation) -> Baseline:
    """Return the baseline of the static model, the last one."""
    found = evaluation.baselines[-1]
    assert found.name == "static" and found.static
    return found


@pytest.mark.slow
def test_a_head_on_frozen_vectors_is_measured_beside_the_model(static: Path, checkpoint: Path, tmp_path: Path) -> None:
    """Its figures are those of scikit-learn on the vectors of model2vec; the card says whether it would do."""
    from model2vec import StaticModel
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import accuracy_score, f1_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    models = model_of_titles(tmp_path / "models", checkpoint, evaluation={"static_model": {"path": str(static)}})
    recipe, build = load_recipe("pets", models_dir=models), tmp_path / "build"
    evaluation = evaluate_model(recipe, build_dir=build, quiet=True)
    found = beside(evaluation)
    splits = {name: load_from_disk(str(build / "pets" / "data" / name)) for name in ("train", "validation", "test")}
    vectors = {name: StaticModel.from_pretrained(static).encode(split["text"][:]) for name, split in splits.items()}
    seen = ("train", "validation")
    head = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(
        np.concatenate([vectors[name] for name in seen]), [label for name in seen for label in splits[name]["label"][:]]
    )
    truth, answers = splits["test"]["label"][:], head.predict(vectors["test"])
    assert found.metrics["accuracy"] == pytest.approx(accuracy_score(truth, answers))
    assert found.metrics["f1_weighted"] == pytest.approx(f1_score(truth, answers, average="weighted"))
    facts = found.static
    assert facts and (facts.id, facts.revision, facts.dimensions) == (None, None, 24)
    assert facts.bytes == sum((static / name).stat().st_size for name in ("model.safetensors", "tokenizer.json"))
    ahead, interval = evaluation.metrics["f1_weighted"] - found.metrics["f1_weighted"], found.difference
    assert interval and interval.low <= ahead <= interval.high
    assert found.title == "Static embeddings + logistic regression"
    card = render_card(recipe, build_dir=build, quiet=True)
    verdict = {True: "more than noise, so that they do not reach", False: "so that they reach this model"}
    assert verdict[interval.low > 0] in card
    assert f"minus theirs is {100 * ahead:.1f} points" in card
    assert str(static) not in (build / "pets" / "repo" / "recipe.yaml").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["numbers of pairs", "several labels", "one positive label"])
def test_other_tasks_have_it_too(kind: str, static: Path, tiny_base: Path, tmp_path: Path) -> None:
    """Ridge on both vectors, their product and difference; a head for each label; a threshold chosen on validation."""
    more: dict[str, Any] = {"evaluation": {"static_model": {"path": str(static)}}}
    if kind == "numbers of pairs":
        for part in classifier(tiny_base, ("weight",), problem_type="regression"):
            part.save_pretrained(tmp_path / "own")
        lines = [{"text": row["text"], "other": f"It is a {row['kind']}.", "weight": place / 4}
                 for place, row in enumerate(records())]  # fmt: skip
        data = {"source": "p.jsonl", "columns": {"target": "weight", "label": None}, "text_pair": "{{ other }}"}
        widget = [{"text": "It barks.", "text_pair": "It is a dog.", "example_title": "A dog"}]
        more |= {"task": "regression", "data": data, "widget": widget, "onnx": {"export": False}}
        models = model_of(tmp_path / "models", tmp_path / "own", **more)
        (models / "pets" / "p.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
        title = "Static embeddings (of both texts, their product and difference) + ridge regression"
    elif kind == "several labels":
        several = save_overconfident(tiny_base, tmp_path / "own", problem_type="multi_label_classification")
        more |= {"task": "multi-label", "data": {"columns": {"labels": "Conference", "separator": ";"}}}
        more |= {"decision": {"rule": "threshold", "threshold": 0.5}}
        models = model_of_titles(tmp_path / "models", several, **more)
        title = "Static embeddings + one-vs-rest logistic regression, threshold "
    else:
        for part in classifier(tiny_base, problem_type="single_label_classification"):
            part.save_pretrained(tmp_path / "own")
        more |= {"decision": {"rule": "threshold", "threshold": 0.5, "positive": "dog"}, "onnx": {"export": False}}
        more |= {"data": {"labels": ["dog", "cat"]}}
        models = model_of(tmp_path / "models", tmp_path / "own", **more)
        title = "Static embeddings + balanced logistic regression, threshold "
    found = beside(evaluate_model(load_recipe("pets", models_dir=models), build_dir=tmp_path / "build", quiet=True))
    assert found.title.startswith(title)
    assert found.static and found.difference and found.difference.low <= found.difference.high


@pytest.mark.parametrize(("setting", "says"), [
    ({"path": "nowhere"}, "evaluation.static_model.path 'nowhere': there is no such folder."),
    ({"path": "empty"}, "evaluation.static_model.path 'empty': holds no static model"),
    ({"path": "torn"}, "evaluation.static_model.path 'torn': its static model cannot be loaded:"),
    ({"path": "pickled"}, "evaluation.static_model.path 'pickled': holds no static model"),
    ({"path": "endless"}, "evaluation.static_model.path 'endless': its vectors are no finite numbers."),
    ({"revision": "main", "path": "empty"}, "has a revision, which only a model on the Hub (id) has"),
    ({}, "needs an id (a model on the Hub) or a path"),
])  # fmt: skip
def test_what_is_no_static_model_is_refused_before_anything_is_read(
    setting: dict[str, str], says: str, static: Path, pets: Path, tmp_path: Path
) -> None:
    """One sentence each; a pickle beside the tokenizer is not opened."""
    files = {name: (static / name).read_bytes() for name in ("model.safetensors", "tokenizer.json", "config.json")}
    contents = {
        "empty": {},
        "torn": {**files, "model.safetensors": files["model.safetensors"][:1000]},
        "pickled": {"pytorch_model.bin": pickle.dumps([1]), "tokenizer.json": files["tokenizer.json"]},
    }
    for name, named in contents.items():
        (pets / name).mkdir()
        for file, content in named.items():
            (pets / name / file).write_bytes(content)
    if setting.get("path") == "endless":
        from model2vec import StaticModel

        endless = StaticModel.from_pretrained(static)
        endless.embedding[3, 3] = np.inf
        endless.save_pretrained(pets / "endless")
    asked = [f"evaluation.static_model={json.dumps(setting)}"]
    with pytest.raises(Exception, match=r"static_model") as refused:
        Job.of(load_recipe("pets", models_dir=pets.parent, overrides=asked), build_dir=tmp_path / "build")
    assert isinstance(refused.value, HubpressError) and says in str(refused.value)
    assert not (tmp_path / "build").exists()


def test_one_that_the_hub_lacks_is_named_by_its_key(
    pets: Path, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the Hub says stands behind the key of the recipe that it is about."""
    monkeypatch.setenv("HF_ENDPOINT", url)
    asked = ["evaluation.static_model={id: nobody/vectors}"]
    with pytest.raises(HubpressError) as refused:
        Job.of(load_recipe("pets", models_dir=pets.parent, overrides=asked), build_dir=tmp_path / "build")
    assert str(refused.value).startswith(f"evaluation.static_model.id 'nobody/vectors': {url}: ")


def test_without_model2vec_nothing_is_spent(
    pets: Path, hubpress: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence says what to install."""
    monkeypatch.setitem(sys.modules, "model2vec", None)  # as an import finds it where there is none
    options = ["--models", pets.parent, "--build-dir", tmp_path / "build", "--quiet"]
    ran = hubpress("train", "pets", *options, "--set", "evaluation.static_model={id: some/vectors}")
    assert ran.code == 1
    assert ran.err.strip() == (
        "hubpress: evaluation.static_model: a static model needs the package model2vec, which is not installed. "
        "Install it: pip install 'hubpress[static]'."
    )
    assert not (tmp_path / "build").exists()


@pytest.mark.slow
def test_one_on_the_hub_is_that_of_one_commit_and_measured_again(
    static: Path,
    checkpoint: Path,
    store: Store,
    url: str,
    hubpress: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The card names the commit; whoever verifies the release without its recipe fetches it, and measures it again."""
    Hub(url, store.write_token).push(static, Manifest.of_folder(static), RepoId(STATIC), message="vectors")
    commit = HfApi(url, store.write_token).model_info(STATIC).sha
    monkeypatch.setenv("HF_ENDPOINT", url)
    monkeypatch.setenv("HF_TOKEN", store.write_token)
    evaluation = {"static_model": {"id": STATIC, "revision": "main"}}
    models = model_of_titles(tmp_path / "models", checkpoint, evaluation=evaluation)
    command = ["push", "pets", "--owner", "rehearsal", "--models", models, "--quiet"]
    ran = hubpress(*command, "--build-dir", tmp_path / "build")
    assert ran.code == 0, ran.err
    card = (tmp_path / "build" / "pets" / "repo" / "README.md").read_text(encoding="utf-8")
    assert f"[{STATIC}](https://huggingface.co/{STATIC}) at `{str(commit)[:7]}`" in card
    (tmp_path / "nothing").mkdir()
    stranger = ["--models", tmp_path / "nothing", "--build-dir", tmp_path / "far"]
    ran = hubpress("verify", "rehearsal/pets", *stranger, "--data", models / "pets" / "titles.csv", "--json", "--quiet")
    assert ran.code == 0, ran.err
    proof = {row["claim"]: row for row in json.loads(ran.out)["proof"]}
    assert proof["figures"]["holds"] and "static baseline" not in proof
    monkeypatch.setitem(sys.modules, "model2vec", None)
    ran = hubpress("verify", "rehearsal/pets", *stranger, "--data", models / "pets" / "titles.csv", "--json", "--quiet")
    assert ran.code == 0, ran.err
    proof = {row["claim"]: row for row in json.loads(ran.out)["proof"]}
    assert proof["figures"]["holds"] and proof["static baseline"]["holds"] is None
    unproved = next(line for line in json.loads(ran.out)["unproved"] if line.startswith("static baseline: "))
    assert "needs the package model2vec, which is not installed" in unproved
