"""Verification: an honest release is proved; every kind of untruth in a published commit is found and named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd, HfApi

from helpers.processes import Command, Ran
from hubpress.rehearsal.server import running
from hubpress.rehearsal.store import Store

REPO = "rehearsal/conference-titles"


@pytest.fixture
def published(
    hubpress: Command, tiny: list[str], released: Path, tmp_path: Path
) -> Iterator[tuple[Path, HfApi, Command]]:
    """A copy of a released build with its Hub running, an API that may write there, and a verifying command."""
    build = tmp_path / "build"
    shutil.copytree(released, build)
    store = Store(build / "hub")
    with running(store.folder, port=0) as url:
        api = HfApi(endpoint=url, token=store.write_token)

        def verify(*words: str) -> Ran:
            return hubpress("verify", REPO, "--build-dir", build, *tiny, *words)

        yield build, api, verify


def commit(api: HfApi, files: dict[str, bytes]) -> str:
    """Commit files behind hubpress's back; return the commit."""
    operations = [CommitOperationAdd(name, content) for name, content in files.items()]
    return str(api.create_commit(REPO, operations, commit_message="Change by hand").oid)


@pytest.mark.slow
def test_untruths_are_found_and_named(published: tuple[Path, HfApi, Command]) -> None:
    """Changed figures, widget answers, tables, snippets and files are each named; an older honest commit holds."""
    build, api, verify = published
    honest = api.model_info(REPO).sha
    repo = build / "conference-titles" / "repo"
    evaluation = json.loads((repo / "evaluation.json").read_text(encoding="utf-8"))
    accuracy = evaluation["metrics"]["accuracy"]
    evaluation["metrics"]["accuracy"] = accuracy + 0.05
    evaluation["onnx"]["files"][2]["metrics"]["accuracy"] += 0.05
    card = (repo / "README.md").read_text(encoding="utf-8")
    score = next(line for line in card.splitlines() if line.strip().startswith("score:"))
    card = card.replace(score, score.split(":")[0] + ": 0.999", 1)
    card = card.replace(f"value: {round(accuracy, 4)}\n      name: Accuracy", "value: 0.99\n      name: Accuracy")
    card = card.replace("| processes | 1 |", "| processes | 8 |").replace(
        "from transformers import", "from transformer import"
    )
    commit(
        api,
        {
            "README.md": card.encode(),
            "evaluation.json": json.dumps(evaluation).encode(),
            "notes.txt": b"slipped in",
        },
    )
    ran = verify("--run-code")
    assert ran.code == 1
    assert "Traceback" not in ran.err
    for difference in [
        "files: README.md has other bytes than were pushed",
        "files: evaluation.json has other bytes than were pushed",
        "not compared, for no release put them there: notes.txt",
        "card: the card says '| processes | 8 |'",
        "notebook: notebook.ipynb is not the one that the card makes",
        "figures: metrics.accuracy: published",
        "figures: onnx.files[2].metrics.accuracy: published",
        "model-index: model-index.Accuracy: published 0.99",
        "widget: widget[0].output[0].score: published 0.999",
        "snippets: snippet 1 fails: ModuleNotFoundError: No module named 'transformer'",
    ]:
        assert difference in ran.err, difference
    older = verify("--revision", str(honest), "--json")
    assert older.code == 0, older.err
    proof = json.loads(older.out)
    assert proof["sha"] == honest
    assert [row["claim"] for row in proof["proof"] if row["holds"]] == [
        "files", "card", "pictures", "code", "model", "settings", "data", "notebook", "figures",
        "model-index", "released epoch", "widget", "snippets",
    ]  # fmt: skip


@pytest.mark.slow
def test_other_weights_are_found(published: tuple[Path, HfApi, Command], monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights exchanged on the Hub no longer give the card's figures."""
    from safetensors.numpy import load_file, save

    build, api, verify = published
    weights = load_file(build / "conference-titles" / "repo" / "model.safetensors")
    weights["classifier.weight"] = -weights["classifier.weight"]
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)  # the rehearsal Hub has no Xet
    commit(api, {"model.safetensors": save(weights, metadata={"format": "pt"})})
    ran = verify("--json")
    assert ran.code == 1
    failed = [row["claim"] for row in json.loads(ran.out)["proof"] if row["holds"] is False]
    assert failed == ["files", "model", "figures", "model-index", "released epoch", "widget"]


@pytest.mark.slow
def test_two_owners_of_one_model_are_told_apart(
    published: tuple[Path, HfApi, Command], hubpress: Command, tiny: list[str]
) -> None:
    """The card names its repository; a release for another owner leaves the first one's proof standing."""
    build, _, verify = published
    second = hubpress("release", "conference-titles", "--owner", "acme", "--build-dir", build, "--quiet", *tiny)
    assert second.code == 0, second.err
    first = verify("--json")
    assert first.code == 0, first.err


def test_other_records_are_no_proof(published: tuple[Path, HfApi, Command]) -> None:
    """With another test split at hand, nothing can be measured again, and verify says so."""
    *_, verify = published
    ran = verify("--set", "data.split.seed=7")
    assert ran.code == 1
    assert "the test split at hand is not the one that the card was measured on" in ran.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["rehearsal/nothing"], "rehearsal/nothing is not there"),
        (["nothing"], "is not of the form OWNER/REPO"),
        ([REPO, "--revision", "v9"], "v9"),
    ],
)
def test_what_is_not_there_is_said(
    published: tuple[Path, HfApi, Command],
    hubpress: Command,
    tiny: list[str],
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    says: str,
) -> None:
    """An unknown repository, name or revision ends in one line."""
    build, api, _ = published
    monkeypatch.setenv("HF_ENDPOINT", api.endpoint)
    ran = hubpress("verify", *words, "--build-dir", build, *tiny, "--quiet")
    assert ran.code in (1, 2)
    assert says in ran.err
    assert "Traceback" not in ran.err
