"""Cards that people edit on the Hub: each release keeps what they wrote, or stops before it and shows why."""

from __future__ import annotations

import io
import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import CommitOperationAdd

from helpers.gate import Gate, restage, staged_job
from hubpress.hub.clashes import ForeignFiles
from hubpress.hub.hand_edits import write_edits
from hubpress.hub.ids import RepoId
from hubpress.hub.merging import EditConflict
from hubpress.hub.ownership import Foreign
from hubpress.rehearsal.store import Store
from hubpress.release.ahead import ask_ahead
from hubpress.release.hand_edits import read_noted, take_in
from hubpress.release.job import Job
from hubpress.release.push import push
from hubpress.versions.withdraw import plan_withdrawal, withdraw

pytestmark = pytest.mark.usefixtures("prover")

LAST = "citation-contact-and-release"
BEGIN, END = "<!-- hubpress: begin {} -->", "<!-- hubpress: end {} -->"
MINE = "Thanks to *all* readers; it was seen on 3.5% of our shelves."
PROSE = "- A title is short, and the fields overlap; the confusion matrix shows which conferences are confused."
SCORES = "- Scores are softmax outputs of a fine-tuned network, not calibrated probabilities."
PRETTIER = "- A title is short, says our librarian, and the fields overlap."
ADDED = "- Mind the proceedings of old."
FIELD = "thumbnail: https://a.example/b.png"
RESULT = """- name: ours
  results:
  - task:
      type: text-classification
    dataset:
      type: shelves
      name: Our shelves
    metrics:
    - type: accuracy
      value: 0.5
"""
WHOLE = "a section: bias-and-risks"
AGAIN = ("\nNot for:\n", "\nNot meant for:\n")
NEXT = "- The second release knows more titles."


@dataclass(frozen=True)
class Edit:
    """What a person replaces in a text on the Hub, and what of it has to be there after the next release."""

    before: str
    after: str
    name: str = "README.md"
    kept: str | None = MINE
    """None where nothing of it is to stay."""
    stops: str | None = None
    """What the next release says where it has to stop."""
    released: tuple[str, str] = (SCORES, f"{SCORES}\n{NEXT}")
    """What the next release itself replaces in its text."""


EDITS: dict[str, Edit] = {
    "below a section": Edit(END.format("results"), f"{END.format('results')}\n\n{MINE}"),
    "above all": Edit(BEGIN.format("top"), f"{MINE}\n\n{BEGIN.format('top')}"),
    "at the very end": Edit(END.format(LAST), f"{END.format(LAST)}\n{MINE}"),
    "a section of theirs": Edit(
        BEGIN.format("training"), f"## Thanks\n\n{MINE}\n\n```python\nprint(1)\n```\n\n{BEGIN.format('training')}"
    ),
    "a figure of ours": Edit("42 test records", "43 test records", stops="what was measured"),
    "a table of theirs": Edit(
        END.format("labels"), f"{END.format('labels')}\n\n| a | b |\n|---|---|\n| {MINE} | 0.99 |"
    ),
    "beside what the release changes": Edit(
        END.format("limitations"), f"{END.format('limitations')}\n{MINE}", released=(SCORES, NEXT)
    ),
    "a sentence of ours": Edit(PROSE, PRETTIER, kept=PRETTIER),
    "a sentence added to ours": Edit(PROSE, f"{PROSE}\n{ADDED}", kept=ADDED),
    "a sentence taken out": Edit(f"{PROSE}\n", "", kept=None),
    "a sentence that the release changes": Edit(
        SCORES, "- Do not trust a score.", stops="in 'limitations', line", released=(SCORES, NEXT)
    ),
    "a row of a table": Edit("| Weighted F1 | **0.", "| Our F1 | **0.", stops="what was measured"),
    "a field of theirs": Edit("license: ", f"{FIELD}\nlicense: ", kept=FIELD),
    "a tag of theirs": Edit("tags:\n", "tags:\n- of-ours\n", kept="- of-ours"),
    "a comment in the front matter": Edit("tags:\n", "# as the library asks\ntags:\n", kept="# as the library asks"),
    "a licence of theirs": Edit("license: ", "license: mit #", stops="`license` is what the release says it is"),
    "a mark lost": Edit(END.format("results"), MINE, stops="the marks of hubpress do not say"),
    "all marks lost": Edit("hubpress: ", "nobody: ", stops="it has no marks of hubpress's"),
    "a section taken out": Edit(WHOLE, MINE),
    "line ends of Windows": Edit("\n", "\r\n", kept="# Conference titles"),
    "the report": Edit(END.format("top"), f"{END.format('top')}\n\n{MINE}", name="REPORT.md"),
    "a result of others": Edit("model-index:\n", f"model-index:\n{RESULT}", kept="name: Our shelves"),
    "the card of a Space": Edit(END.format("top"), f"{END.format('top')}\n\n{MINE}", name="spaces/README.md"),
    "a face of a Space": Edit("emoji: ", "emoji: 🦉 #", name="spaces/README.md", kept="emoji: 🦉 #"),
}  # fmt: skip


@pytest.fixture
def job(store: Store, tmp_path: Path, request: pytest.FixtureRequest) -> Job:
    """A staged release of an owner of its own; it has a Space where the test is about one."""
    name = re.sub("[^a-z0-9]+", "-", request.node.name.lower())
    owner = name[-50:].strip("-")
    store.add_organisation(owner)
    return staged_job(tmp_path / "build", owner, **({} if "space" in name else {"space.publish": "false"}))


def edit(gate: Gate, job: Job, edit: Edit) -> None:
    """Commit an edit as the editor in the browser does."""
    space, _, name = edit.name.rpartition("/")
    kind = "space" if space else "model"
    text = gate.text(job, kind, name)
    before, _, section = edit.before.partition(": ") if edit.before == WHOLE else (edit.before, "", "")
    if section:
        before = text[text.index(BEGIN.format(section)) : text.index(END.format(section))] + END.format(section)
    assert before in text
    content = io.BytesIO(text.replace(before, edit.after, -1 if before in "\nhubpress: " else 1).encode())
    gate.api.create_commit(
        job.repo_id, [CommitOperationAdd(name, content)], commit_message="Update README.md", repo_type=kind
    )


def stage_next(gate: Gate, job: Job, *changes: tuple[str, str], foreign: Foreign = Foreign.STOP) -> None:
    """Stage another release of the same model, on top of what main has, as the card stage does."""
    pure = job.folder / "pure"
    if not pure.is_dir():
        pure.mkdir()
        for name in ("README.md", "REPORT.md"):
            (pure / name).write_bytes((job.repo / name).read_bytes())
    take_in(job, gate.target().hub, gate.target().hub.head(RepoId(job.repo_id)), foreign=foreign)
    for name in ("README.md", "REPORT.md"):
        text = (pure / name).read_text(encoding="utf-8")
        for before, after in changes:
            text = text.replace(before, after, 1) if before else text
        (job.repo / name).write_text(text, encoding="utf-8")
        (job.repo / "generated" / name).unlink(missing_ok=True)
    edits, ours_first = read_noted(job.hand_edits("model"))
    write_edits(job.repo, edits, ours_first=ours_first)
    restage(job)


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=[pytest.mark.slow] * (number % 8 > 0)) for number, one in enumerate(EDITS)]
)
def test_no_release_loses_what_a_person_wrote(gate: Gate, job: Job, name: str) -> None:
    """Neither the next one, nor the one after it; and where the same is released again, nothing changes."""
    made = EDITS[name]
    gate.push(job)
    edit(gate, job, made)
    main = gate.api.model_info(job.repo_id).sha
    if made.stops:
        with pytest.raises((EditConflict, ForeignFiles), match=made.stops) as stopped:
            stage_next(gate, job, made.released)
            gate.push(job)
        told: Any = stopped.value
        assert told.differences
        assert gate.api.model_info(job.repo_id).sha == main
        return
    kind, file = ("space" if "/" in made.name else "model"), made.name.rpartition("/")[2]
    for changes in ([made.released], [made.released, AGAIN]):
        stage_next(gate, job, *changes)
        (gate.release if kind == "space" else gate.push)(job)
        text = gate.text(job, kind, file)
        assert text.count(made.kept) == 1 if made.kept else made.before not in text
        assert "\r" not in text and BEGIN.format("top") in text
        assert all(after in gate.text(job, "model", "README.md") for _, after in changes)
    head = gate.api.model_info(job.repo_id).sha
    stage_next(gate, job, *changes)
    assert not gate.push(job).model.changed
    assert gate.api.model_info(job.repo_id).sha == head


def test_an_edit_that_comes_in_between_is_not_lost(gate: Gate, job: Job) -> None:
    """What is committed after main was read for a release stops it; the same command then keeps that, too."""
    gate.release(job)
    stage_next(gate, job, EDITS["below a section"].released)
    edit(gate, job, EDITS["below a section"])
    with pytest.raises(ForeignFiles, match=r"README\.md of .* was edited since .* The same command again") as stopped:
        gate.release(job)
    assert f"-{MINE}" in stopped.value.differences
    stage_next(gate, job, EDITS["below a section"].released)
    gate.release(job)
    assert MINE in (text := gate.text(job, "model", "README.md")) and NEXT in text
    # A release that knows nothing of it is stopped as well, though README.md is as the last release put it there.
    shutil.rmtree(job.repo / "generated")
    (job.repo / "README.md").write_bytes((job.folder / "pure" / "README.md").read_bytes())
    restage(job, "One more sentence.")
    with pytest.raises(ForeignFiles, match=r"README\.md"):
        gate.release(job)


@pytest.mark.slow
def test_what_cannot_be_kept_is_told_before_anything_is_spent(gate: Gate, job: Job) -> None:
    """With a diff; with --adopt the release's lines count there, and what stands outside of the marks is kept."""
    gate.release(job)
    edit(gate, job, EDITS["a row of a table"])
    edit(gate, job, EDITS["at the very end"])
    with pytest.raises(EditConflict, match=rf"{job.repo_id}: README\.md was edited by hand.*with --adopt") as stopped:
        ask_ahead(job, gate.target())
    assert any(line.startswith("-| Our F1 | **0.") for line in stopped.value.differences)
    adopting = replace(gate.target(), foreign=Foreign.ADOPT)
    ask_ahead(job, adopting)
    stage_next(gate, job, foreign=Foreign.ADOPT)
    push(job, adopting)
    assert MINE in (text := gate.text(job, "model", "README.md")) and "Our F1" not in text


@pytest.mark.slow
def test_adopting_takes_no_sentence_that_comes_in_between(gate: Gate, job: Job) -> None:
    """Nor does it, where somebody takes away what a release keeps beside: the history has it."""
    gate.push(job)
    adopting = replace(gate.target(), foreign=Foreign.ADOPT)
    stage_next(gate, job, EDITS["below a section"].released, foreign=Foreign.ADOPT)
    edit(gate, job, EDITS["at the very end"])
    with pytest.raises(ForeignFiles, match="The same command again"):
        push(job, adopting)
    stage_next(gate, job, EDITS["below a section"].released, foreign=Foreign.ADOPT)
    push(job, adopting)
    gate.api.delete_file("generated/README.md", job.repo_id)
    stage_next(gate, job, EDITS["below a section"].released, AGAIN)
    gate.push(job)
    text = gate.text(job, "model", "README.md")
    assert text.count(MINE) == 1 and NEXT in text and AGAIN[1] in text


@pytest.mark.slow
def test_a_card_without_marks_is_never_replaced_unasked(gate: Gate, job: Job) -> None:
    """One of another tool, before the first release."""
    gate.api.create_repo(job.repo_id)
    card = CommitOperationAdd("README.md", io.BytesIO(f"---\nlicense: mit\n---\n# Mine\n\n{MINE}\n".encode()))
    gate.api.create_commit(job.repo_id, [card], commit_message="Mine")
    for ask in (lambda: ask_ahead(job, gate.target()), lambda: gate.release(job)):
        with pytest.raises(ForeignFiles, match=r"README\.md") as stopped:
            ask()
        assert f"-{MINE}" in stopped.value.differences
    assert gate.text(job, "model", "README.md") == f"---\nlicense: mit\n---\n# Mine\n\n{MINE}\n"


@pytest.mark.slow
def test_a_withdrawn_version_takes_no_sentence_of_theirs_along(gate: Gate, job: Job) -> None:
    """The card of the release before comes back, with what people have written since; so it is after the next one."""
    hub, repo = gate.target().hub, RepoId(job.repo_id)
    edit_of_first, edit_of_second = EDITS["a sentence of ours"], EDITS["at the very end"]
    gate.push(job)
    hub.tag(repo, "v1.0.0", hub.head(repo))
    edit(gate, job, edit_of_first)
    stage_next(gate, job, edit_of_first.released)
    gate.push(job)
    hub.tag(repo, "v1.1.0", hub.head(repo))
    edit(gate, job, edit_of_second)
    withdraw(hub, plan_withdrawal(hub, repo, "v1.1.0"), job.folder)
    text = gate.text(job, "model", "README.md")
    assert "v1.1.0 has been withdrawn" in text and PRETTIER in text and MINE in text and NEXT not in text
    stage_next(gate, job, edit_of_first.released)
    gate.push(job)
    text = gate.text(job, "model", "README.md")
    assert "withdrawn" not in text and PRETTIER in text and text.count(MINE) == 1 and NEXT in text
