"""Edits on the Hub that the recipe leaves no room for stop a release at once, and not when all has been trained."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd

from helpers.gate import Gate, restage, staged_job
from hubpress.card.render import rendered
from hubpress.hub.ids import RepoId
from hubpress.hub.merging import EditConflict
from hubpress.layout import RECIPE
from hubpress.recipe.published import published_text
from hubpress.rehearsal.store import Store
from hubpress.release.hand_edits import take_in
from hubpress.release.job import Job

pytestmark = pytest.mark.usefixtures("prover")

LIMIT = "- Scores are softmax outputs of a fine-tuned network, not calibrated probabilities."
SUMMARY = "Tells which of five computer science conferences a paper's title would fit."
COUNTS = "126 records for training, 42 for validation, 42 for test (stratified, seed 42)."
MENDED = f"{COUNTS} Few, says our librarian."


@pytest.fixture
def published(gate: Gate, store: Store, tmp_path: Path, request: pytest.FixtureRequest) -> Job:
    """A release on the Hub with all facts, and the recipe that it was made by."""
    owner = f"ahead-{abs(hash(request.node.name)) % 10**8}"
    store.add_organisation(owner)
    job = staged_job(tmp_path / "build", owner)
    for name, text in rendered(job.recipe, job.repo_id, job.repo).texts.items():
        (job.repo / name).write_text(text, encoding="utf-8")
    (job.repo / RECIPE).write_text(published_text(job.recipe), encoding="utf-8")
    restage(job)
    gate.push(job)
    return job


def edit(gate: Gate, job: Job, before: str, after: str, kind: str = "model") -> None:
    text = gate.text(job, kind, "README.md")
    assert before in text
    content = io.BytesIO(text.replace(before, after, 1).encode())
    done = [CommitOperationAdd("README.md", content)]
    gate.api.create_commit(job.repo_id, done, commit_message="Mend it", repo_type=kind)


def ahead(gate: Gate, job: Job, **changes: str) -> Job:
    """Begin the next release, whose recipe has other values."""
    following = staged_job(job.folder.parent, job.owner, **changes)
    object.__setattr__(following, "quiet", False)
    hub = gate.target().hub
    take_in(following, hub, hub.head(RepoId(job.repo_id)))
    return following


def test_what_the_recipe_changes_too_stops_it_with_a_diff(
    gate: Gate, published: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    """And what has a figure, or stands beside one, is told of: nobody knows yet whether that stays."""
    edit(gate, published, SUMMARY, "Tells a venue, says our librarian.")
    edit(gate, published, COUNTS, MENDED)
    edit(gate, published, LIMIT, f"{LIMIT} Beware.")
    capsys.readouterr()
    ahead(gate, published, **{"card.intended_uses": "[One use]", "training.num_train_epochs": "2"})
    said, number = capsys.readouterr().err, gate.text(published, "model", "README.md").splitlines().index(MENDED) + 1
    assert f"line {number} has a figure that the release measures again" in said and said.count(": line ") == 1
    with pytest.raises(EditConflict, match=rf"^{published.repo_id}: README\.md was edited by .* in 'top'.*") as stopped:
        ahead(gate, published, **{"card.summary": "Tells one of five venues."})
    assert {"-Tells a venue, says our librarian.", "+Tells one of five venues."} <= {*stopped.value.differences}


def test_the_card_of_a_space_is_foreseen_as_well(gate: Gate, published: Job) -> None:
    edit(gate, published, "emoji: ", "emoji: 🦉 #", "space")
    ahead(gate, published)
    with pytest.raises(EditConflict, match=f"^spaces/{published.repo_id}: README.md .*`emoji` is 🦉 here"):
        ahead(gate, published, **{"space.emoji": "🐝"})
