"""Cards that people edit on the Hub: each release keeps what they wrote, or stops before it and shows why."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd

from helpers.gate import Gate, Prover, proving, restage, staged_job
from helpers.hub import wired
from hubpress.hub.clashes import ForeignFiles
from hubpress.hub.hand_edits import write_edits
from hubpress.hub.ids import RepoId
from hubpress.hub.merging import EditConflict
from hubpress.hub.ownership import Foreign
from hubpress.rehearsal.store import Store
from hubpress.release.hand_edits import read_noted, take_in
from hubpress.release.job import Job

BEGIN, END = "<!-- hubpress: begin {} -->", "<!-- hubpress: end {} -->"
MINE = "Thanks to *all* readers; it was seen on 3.5% of our shelves."
PROSE = "- A title is short, and the fields overlap; the confusion matrix shows which conferences are confused."
SCORES = "- Scores are softmax outputs of a fine-tuned network, not calibrated probabilities."
PRETTIER = "- A title is short, says our librarian, and the fields overlap."
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
    "at the very end": Edit(END.format("about-this-release"), f"{END.format('about-this-release')}\n{MINE}"),
    "a section of theirs": Edit(
        BEGIN.format("training"), f"## Thanks\n\n{MINE}\n\n```python\nprint(1)\n```\n\n{BEGIN.format('training')}"
    ),
    "a table of theirs": Edit(END.format("labels"), f"{END.format('labels')}\n\n| a | b |\n|---|---|\n| {MINE} | 0.99 |"),
    "beside what the release changes": Edit(
        END.format("limitations"), f"{END.format('limitations')}\n{MINE}", released=(SCORES, NEXT)
    ),
    "a sentence of ours": Edit(PROSE, PRETTIER, kept=PRETTIER),
    "a sentence added to ours": Edit(PROSE, f"{PROSE}\n- Mind the proceedings of old.", kept="Mind the proceedings of old."),
    "a sentence that the release changes": Edit(SCORES, "- Do not trust a score.", stops="in 'limitations', line"),
    "a sentence taken out": Edit(f"{PROSE}\n", "", kept=None),
    "a figure of ours": Edit("n = 42", "n = 43", stops="what was measured"),
    "a row of a table": Edit("| **Weighted F1** |", "| **The F1** |", stops="what was measured"),
    "a field of theirs": Edit("license: ", "thumbnail: https://a.example/b.png\nlicense: ", kept="https://a.example/b.png"),
    "a tag of theirs": Edit("tags:\n", "tags:\n- of-ours\n", kept="- of-ours"),
    "a comment in the front matter": Edit("tags:\n", "# asked for by the library\ntags:\n", kept="# asked for by the library"),
    "a licence of theirs": Edit("license: ", "license: mit #", stops="`license` is what the release says it is"),
    "a mark lost": Edit(END.format("results"), MINE, stops="the marks of hubpress do not say"),
    "all marks lost": Edit("hubpress: ", "nobody: ", stops="it has no marks of hubpress's"),
    "line ends of Windows": Edit("\n", "\r\n", kept="# Conference titles"),
    "the report": Edit(END.format("top"), f"{END.format('top')}\n\n{MINE}", name="REPORT.md", released=("", "")),
    "the card of a Space": Edit(END.format("top"), f"{END.format('top')}\n\n{MINE}", name="spaces/README.md"),
    "a face of a Space": Edit("emoji: ", "emoji: 🦉 #", name="spaces/README.md", kept="emoji: 🦉 #"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def prover(monkeypatch: pytest.MonkeyPatch) -> Prover:
    return proving(monkeypatch)


@pytest.fixture
def gate(store: Store, url: str) -> Iterator[Gate]:
    with wired(url) as wire:
        yield Gate(wire, store, url)


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
    assert edit.before in text
    content = io.BytesIO(text.replace(edit.before, edit.after, -1 if edit.before in "\nhubpress: " else 1).encode())
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
    "name", [pytest.param(one, marks=[pytest.mark.slow] * (number % 5 > 0)) for number, one in enumerate(EDITS)]
)
def test_no_release_loses_what_a_person_wrote(gate: Gate, job: Job, name: str) -> None:
    """Neither the next one, nor the one after it; and where the same is released again, nothing changes."""
    made = EDITS[name]
    gate.release(job)
    edit(gate, job, made)
    main = gate.api.model_info(job.repo_id).sha
    if made.stops:
        with pytest.raises((EditConflict, ForeignFiles), match=made.stops) as stopped:
            stage_next(gate, job, made.released)
            gate.release(job)
        assert stopped.value.differences
        assert gate.api.model_info(job.repo_id).sha == main
        return
    kind, file = ("space", "README.md") if "/" in made.name else ("model", made.name)
    for changes in ([made.released], [made.released, ("\nNot for:\n", "\nNot meant for:\n")]):
        stage_next(gate, job, *changes)
        gate.release(job)
        text = gate.text(job, kind, file)
        assert (made.kept is None or text.count(made.kept) == 1) and (made.kept or made.before not in text)
        assert "\r" not in text and (made.released[1] in gate.text(job, "model", "README.md"))
    assert "Not meant for:" in gate.text(job, "model", "README.md")
    heads = gate.api.model_info(job.repo_id).sha
    stage_next(gate, job, *changes)
    gate.release(job)
    assert gate.api.model_info(job.repo_id).sha == heads
