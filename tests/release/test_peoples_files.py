"""Repositories as people have them: what is theirs survives a release, each byte; or the release stops before it."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Literal

import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

from helpers.gate import Gate, restage, staged_job
from hubpress.hub.clashes import ForeignFiles
from hubpress.rehearsal.git_objects import DEFAULT_ATTRIBUTES
from hubpress.rehearsal.store import Store
from hubpress.release.job import Job

pytestmark = pytest.mark.usefixtures("prover")

Kind = Literal["model", "space"]
CARD = b"---\nlicense: mit\n---\n# By hand, since 2019\n"
LARGE = b"GGUF\0" + bytes(range(256)) * 1_200
LONG = "an-experiment-of-mine-" * 9 + ".txt"
PICTURE = b"\x89PNG\r\n\x1a\n\0\0" + bytes(range(256)) * 8
PATTERNS = "*.csv filter=lfs diff=lfs merge=lfs -text\r\n*.json filter=lfs\r\n/figures/** filter=lfs\n*.txt text\n"
WEB_APP = b'{"name": "An app", "icons": []}\n'


@dataclass(frozen=True)
class Theirs:
    """What a person has in a model's or a Space's repository: files with their bytes, None for one they took away."""

    files: Mapping[str, bytes | None] = field(default_factory=dict)
    space: Mapping[str, bytes | None] = field(default_factory=dict)
    stops: str | None = None
    """What the release says where it has to stop."""
    first: bool = False
    """Whether they were there before any release."""
    private: bool = False


REPOSITORIES: dict[str, Theirs] = {
    "a citation": Theirs({"CITATION.cff": b"cff-version: 1.2.0\r\ntitle: Mine\r\n"}),
    "nested folders": Theirs({"paper/v2/figures/a/b/c.txt": b"deep\n", "paper/readme.md": b"# Paper\n"}),
    "large files": Theirs({"gguf/model-q4.gguf": LARGE, "gguf/model-q8.gguf": LARGE[::-1]}),
    "a picture beside ours": Theirs({"figures/by-hand.png": PICTURE}),
    "names of git and CI": Theirs({".gitmodules": b'[submodule "lib"]\n', ".github/workflows/ci.yml": b"on: push\n"}),
    "names in other scripts": Theirs({"Übersicht/数据.txt": b"\xff\xfe\x00", "u\u0308.txt": b"1", "ü.txt": b"2"}),
    "names of signs": Theirs({"notes [1]*?.txt": b"1", "100%20 #a&b.txt": b"2", "-rf": b"3", "it's \"q\".txt": b""}),
    "a long name": Theirs({LONG: b"long\n", f"{LONG[:100]}/{LONG[:120]}": b"both\n"}),
    "names unlike ours by case": Theirs({"readme.md": b"# theirs\n", "Config.JSON": b"{}", "MODEL.safetensors": LARGE}),
    "many files": Theirs({f"records/part-{number:03}.csv": b"%d\n" % number for number in range(40)}),
    "an older file of ours, edited": Theirs({"notes.txt": b"edited by hand\n"}),
    "a file they took away": Theirs({"training.json": None, "TRAINING.md": b"not told\n"}),
    "a Space with more": Theirs(space={"assets/logo.png": PICTURE, "ABOUT.md": b"# About\n", "data/faq.csv": LARGE}),
    "patterns of large files": Theirs(
        {".gitattributes": f"{DEFAULT_ATTRIBUTES}{PATTERNS}".encode(), "records/all.csv": b"a,b\r\n", "a.json": b"{}"}
    ),
    "patterns of nothing": Theirs({".gitattributes": b"# none of these\r\n", "LICENSE": b"text\n"}, first=True),
    "a private one": Theirs({"draft.md": b"not yet\n"}, private=True),
    "before any release": Theirs({"LICENSE": b"text\n", "old/pytorch_model.txt": b"gone\n"}, first=True),
    "the same bytes": Theirs({"LICENSE": b"text\n", "config.json": b""}, first=True),
    "a card of theirs": Theirs({"README.md": CARD, "LICENSE": b"text\n"}, first=True, stops=r"README\.md"),
    "an edited card": Theirs({"README.md": CARD}, stops=r"README\.md"),
    "edited figures": Theirs({"evaluation.json": b"{}\n"}, stops=r"evaluation\.json"),
    "a file for our folder": Theirs({"LICENSE": b"text\n", "figures": b"see the paper\n"}, first=True, stops="figures"),
    "a list of another tool": Theirs({"manifest.json": WEB_APP}, first=True, stops=r"manifest\.json"),
    "a Space of theirs": Theirs(
        space={"README.md": b"---\nsdk: docker\n---\n", "Dockerfile": b"FROM scratch\n"},
        first=True,
        stops=r"README\.md",
    ),
    "an edited app": Theirs(space={"app.py": b"print('mine')\n"}, stops=r"app\.py"),
}  # fmt: skip


@pytest.fixture
def job(store: Store, tmp_path: Path, request: pytest.FixtureRequest) -> Job:
    """A staged release of an owner of its own; it has a Space where the test is about one."""
    name = request.node.name.lower()
    owner = re.sub("[^a-z0-9]+", "-", name)[-50:].strip("-")
    store.add_organisation(owner)
    has_space = "space" in name or "app" in name
    job = staged_job(tmp_path / "build", owner, **({} if has_space else {"space.publish": "false"}))
    (job.repo / "figures").mkdir()
    (job.repo / "figures" / "curve.png").write_bytes(PICTURE)
    restage(job)
    return job


def by_hand(api: HfApi, job: Job, theirs: Theirs) -> None:
    """Commit as a person does, in both repositories."""
    for kind, files in (("model", theirs.files), ("space", theirs.space)):
        if theirs.first:
            api.create_repo(job.repo_id, repo_type=kind, space_sdk="docker" if kind == "space" else None)
        operations = [
            CommitOperationDelete(name) if content is None else CommitOperationAdd(name, io.BytesIO(content))
            for name, content in files.items()
        ]
        if operations:
            api.create_commit(job.repo_id, operations, commit_message="By hand", repo_type=kind)


def bytes_of(api: HfApi, job: Job, theirs: Theirs, folder: Path) -> dict[tuple[str, str], str]:
    """Return the sha256 of each file of theirs, downloaded anew."""
    found = {}
    for kind, files in (("model", theirs.files), ("space", theirs.space)):
        for name in (name for name, content in files.items() if content is not None):
            path = Path(api.hf_hub_download(job.repo_id, name, repo_type=kind, local_dir=folder / kind))
            found[kind, name] = sha256(path.read_bytes()).hexdigest()
    return found


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=[pytest.mark.slow] * (number % 6 > 0)) for number, one in enumerate(REPOSITORIES)]
)
def test_what_is_theirs_survives_a_release(gate: Gate, job: Job, tmp_path: Path, name: str) -> None:
    theirs = REPOSITORIES[name]
    if name == "the same bytes":
        theirs = Theirs({**theirs.files, "config.json": (job.repo / "config.json").read_bytes()}, first=True)
    if not theirs.first:
        (job.repo / "notes.txt").write_bytes(b"ours\n")
        restage(job)
        gate.release(job, private=theirs.private or None)
        (job.repo / "notes.txt").unlink()
    by_hand(gate.api, job, theirs)
    before, heads = bytes_of(gate.api, job, theirs, tmp_path / "before"), _heads(gate.api, job)
    assert before == {
        (kind, path): sha256(content).hexdigest()
        for kind, files in (("model", theirs.files), ("space", theirs.space))
        for path, content in files.items()
        if content is not None
    }
    restage(job, "One more sentence.")
    if theirs.stops:
        with pytest.raises(ForeignFiles, match=rf"{theirs.stops}.*Nothing was changed"):
            gate.release(job)
        assert _heads(gate.api, job) == heads
        return
    gate.release(job)
    assert bytes_of(gate.api, job, theirs, tmp_path / "after") == before
    assert gate.api.model_info(job.repo_id).private is theirs.private
    assert "One more sentence." in gate.text(job, "model", "README.md")


def _heads(api: HfApi, job: Job) -> dict[str, str | None]:
    return {
        kind: str(api.repo_info(job.repo_id, repo_type=kind).sha)
        if api.repo_exists(job.repo_id, repo_type=kind)
        else None
        for kind in ("model", "space")
    }


def test_tags_branches_and_discussions_of_theirs_stay(gate: Gate, job: Job) -> None:
    """Also a pull request of the same user, and a tag on its commit; branches with commits of their own and without."""
    gate.release(job)
    api = gate.api
    for branch in ("as-it-was", "experiment"):
        api.create_branch(job.repo_id, branch=branch)
    mine = CommitOperationAdd("README.md", io.BytesIO(CARD))
    api.create_commit(job.repo_id, [mine], commit_message="mine", revision="experiment")
    api.create_discussion(job.repo_id, title="A question", description="Which records?")
    pull = api.create_pull_request(job.repo_id, title="Release of a better sentence", description="Mine.")
    theirs = api.create_commit(
        job.repo_id, [CommitOperationAdd("a.txt", io.BytesIO(b"1\n"))], commit_message="a", revision=pull.git_reference
    )
    api.create_tag(job.repo_id, tag="mine", revision=str(theirs.oid))
    before = _around(api, job)
    restage(job, "One more sentence.")
    gate.release(job)
    after = _around(api, job)
    assert before.keys() >= {"as-it-was", "experiment", "mine"}
    assert {key: value for key, value in after.items() if key in before} == before
    assert after["mine"] == theirs.oid
    assert api.repo_info(job.repo_id, revision=pull.git_reference).sha == theirs.oid


def _around(api: HfApi, job: Job) -> dict[str, str]:
    """Return tags and branches beside main with their commits, and discussions with their state."""
    refs = api.list_repo_refs(job.repo_id)
    found = {ref.name: ref.target_commit for ref in (*refs.tags, *refs.branches) if ref.name != "main"}
    return found | {one.title: one.status for one in api.get_repo_discussions(job.repo_id)}
