"""``.eval_results``: asked of the benchmark beforehand, checked, proved again, and never another's entry taken away."""

from __future__ import annotations

import io
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import CommitOperationAdd, HfApi

import hubpress
from helpers.hub import listed
from helpers.paths import SAMPLES
from hubpress.card.write import write_card
from hubpress.check.folder import check_folder
from hubpress.data.benchmark import refuse_unknown_tasks
from hubpress.errors import DataError
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.hub.ownership import Foreign
from hubpress.layout import EVAL_RESULTS
from hubpress.recipe.benchmark import BenchmarkTask
from hubpress.recipe.data import HubDataset, Split
from hubpress.recipe.recipe import Recipe
from hubpress.rehearsal.store import Store
from hubpress.schemas.evaluation import Remeasured
from hubpress.verify.downloaded import DownloadedRelease
from hubpress.verify.eval_results import claims_of_results_file, measured_results, unmeasured_results
from hubpress.verify.published import PublishedCommit

BENCHMARK = "rehearsal/titles"
TASKS = """
name: Titles
tasks:
  - {id: titles, config: default, split: test}
  - {id: long, config: long, split: test}
  - {id: dev, split: validation}
"""


def recipe_of(*tasks: str) -> Recipe:
    """Return a recipe whose records are the benchmark's."""
    recipe = hubpress.load_recipe("conference-titles", sample=True)
    evaluation = recipe.evaluation.model_copy(
        update={"eval_results": tuple(BenchmarkTask(task_id=task) for task in tasks)}
    )
    split = Split(method="given")
    data = recipe.data.model_copy(update={"dataset": HubDataset(path=BENCHMARK), "source": None, "split": split})
    whole = {"evaluation": evaluation, "data": data, "is_sample": False, "uses_sample_records": False}
    return recipe.model_copy(update=whole)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> DownloadedRelease:
    """The card stage's work on facts that were measured on the benchmark, as if it had been downloaded."""
    folder = tmp_path_factory.mktemp("release") / "repo"
    shutil.copytree(SAMPLES / "card" / "conference-titles", folder)
    evaluation = json.loads((folder / "evaluation.json").read_text("utf-8"))
    evaluation["data"]["dataset"] = {"path": BENCHMARK, "name": None, "commit": "b" * 40}
    evaluation["sample"] = {"is_sample": False, "records": False}
    (folder / "evaluation.json").write_text(json.dumps(evaluation), encoding="utf-8")
    names = [path.name for path in folder.iterdir()]
    written = write_card(recipe_of("titles"), "acme/titles", folder, names, folder.with_name("manifest.json"))
    assert EVAL_RESULTS in written.names
    commit = PublishedCommit(Hub("http://127.0.0.1:1", None), RepoId("acme/titles"), "c" * 40)
    return DownloadedRelease.of(commit, recipe_of("titles"), folder, data=None)


def tampered(release: DownloadedRelease, folder: Path, text: str) -> DownloadedRelease:
    shutil.copytree(release.files, folder)
    (folder / EVAL_RESULTS).write_text(text, encoding="utf-8")
    return replace(release, files=folder)


def remeasured(release: DownloadedRelease, **metrics: float) -> Remeasured:
    found: Any = release.evaluation.model_copy(update={"metrics": {**release.evaluation.metrics, **metrics}})
    return Remeasured(validation=None, **{name: getattr(found, name) for name in Remeasured.model_fields.keys() - {
        "validation", "schema_version"}})  # fmt: skip


def test_the_file_is_proved_by_the_facts_and_by_the_measurement(release: DownloadedRelease, tmp_path: Path) -> None:
    """Both rows hold for the honest release; a better value is named by both, and by ``check``."""
    (file,), (values,) = claims_of_results_file(release), measured_results(release, remeasured(release))
    assert file.holds and values.holds
    assert measured_results(release, remeasured(release, f1_weighted=0.5))[0].differences
    assert unmeasured_results(release, "no records")[0].unproved == "no records"
    honest = (release.files / EVAL_RESULTS).read_text("utf-8")
    better = tampered(release, tmp_path / "better", honest.replace("value: 0.", "value: 1."))
    assert claims_of_results_file(better)[0].differences == [f"{EVAL_RESULTS} is not the one that the facts give"]
    assert measured_results(better, remeasured(better))[0].differences
    said = [each.text for each in check_folder(better.files) if each.where == EVAL_RESULTS]
    assert any("but evaluation.json says" in text and text.startswith("It says") for text in said)
    assert not [each for each in check_folder(release.files) if each.where == EVAL_RESULTS]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- {dataset: {id: acme/x}, value: 1}", "Its entry 1 lacks `dataset.task_id`. Write a list of entries"),
        ("- dataset: {id: acme/x, task_id: a}", "Its entry 1 lacks `value`."),
        ("value: 1", "It holds no list of results."),
        ("- [", "It is not valid YAML"),
    ],
)
def test_what_the_hub_would_leave_out_is_told(text: str, says: str, tmp_path: Path) -> None:
    """Also of a file that somebody else wrote."""
    folder = Path(shutil.copytree(SAMPLES / "check" / "good", tmp_path / "repo"))
    (folder / ".eval_results").mkdir()
    (folder / ".eval_results" / "theirs.yaml").write_text(text, encoding="utf-8")
    said = [each.text for each in check_folder(folder) if each.where == ".eval_results/theirs.yaml"]
    assert any(each.startswith(says) for each in said), said


def test_the_benchmark_is_asked_for_its_tasks(store: Store, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its ``eval.yaml`` at the commit that is read: none, another task, another configuration, another split."""
    monkeypatch.setenv("HF_ENDPOINT", url)
    api = HfApi(url, store.write_token)
    api.create_repo(BENCHMARK, repo_type="dataset")
    empty = str(api.dataset_info(BENCHMARK).sha)
    added = CommitOperationAdd("eval.yaml", io.BytesIO(TASKS.encode()))
    sha = str(api.create_commit(BENCHMARK, [added], commit_message="tasks", repo_type="dataset").oid)
    refuse_unknown_tasks(recipe_of("titles"), sha)
    refused = {
        ("titles", empty): "it has no eval.yaml, so it is no benchmark",
        ("title", sha): r"has no task 'title'. Did you mean 'titles'\? Name one of its tasks: 'titles', 'long' and",
        ("long", sha): "is of the configuration 'long', which is not the one read. Set data.dataset.name to long",
        ("dev", sha): "is of the split 'validation', and figures here are of 'test'",
    }
    for (task, commit), says in refused.items():
        with pytest.raises(DataError, match=says):
            refuse_unknown_tasks(recipe_of(task), commit)


def test_no_release_takes_away_what_others_measured(
    store: Store, url: str, release: DownloadedRelease, tmp_path: Path
) -> None:
    """Not even one that takes over the whole repository."""
    api, repo, theirs = HfApi(url, store.write_token), "rehearsal/model-of-titles", ".eval_results/gpqa.yaml"
    api.create_repo(repo)
    others = {theirs: b"- {dataset: {id: a/b, task_id: c}, value: 1}\n", "notes.txt": b"notes\n"}
    added = [CommitOperationAdd(name, io.BytesIO(content)) for name, content in others.items()]
    api.create_commit(repo, added, commit_message="by others")
    folder = Path(shutil.copytree(release.files, tmp_path / "repo"))
    (folder / "manifest.json").unlink()
    hub = Hub(url, store.write_token)
    pushed = hub.push(folder, listed(folder), RepoId(repo), message="a release", foreign=Foreign.TAKE_OVER)
    there = set(api.list_repo_files(repo))
    assert (pushed.kept, pushed.taken) == ((theirs,), ("notes.txt",))
    assert {theirs, EVAL_RESULTS} <= there and "notes.txt" not in there
