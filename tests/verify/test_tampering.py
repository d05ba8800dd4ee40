"""Tampering: whatever is changed of a release is named by its own row, by ``verify`` and by the gate alike.

The list of files is made to fit each time, as whoever tampers would: it is not what finds them. Nothing is known here
of the records, nor of what was pushed.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import HfApi

from helpers.gate import Gate
from helpers.hub import Fault, listed, wired
from helpers.kinds_of_tampering import IN_THE_BYTES, IN_THE_FACTS, IN_THE_SPACE, ON_THE_CARD
from helpers.tampering import Kind, commit, flipped, replaced, staged_release, tampered
from hubpress.errors import HubpressError, MovedOn, VerifyFailed
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.manifest import Manifest
from hubpress.rehearsal.store import Store
from hubpress.release import gate as gate_module
from hubpress.release.job import Job, Stage, StageOutput
from hubpress.release.targets import Target
from hubpress.space.build import build_space
from hubpress.verify.model import verify_model
from hubpress.verify.proof import Proof
from hubpress.verify.published import PublishedCommit
from hubpress.verify.space import verify_space

OWNER = "acme"


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """An honest release, staged once."""
    return staged_release(tmp_path_factory.mktemp("tampering") / "build", OWNER)


@pytest.fixture(scope="module")
def api(store: Store, url: str, job: Job) -> HfApi:
    """A Hub with the honest release on main, model and Space."""
    store.add_organisation(OWNER)
    api = HfApi(endpoint=url, token=store.write_token)
    api.create_repo(job.repo_id)
    sha = commit(api, job.repo_id, job.repo)
    build_space(job.recipe, job.repo, job.pinned_space, repo_id=job.repo_id, revision=sha)
    api.create_repo(job.repo_id, repo_type="space", space_sdk="gradio")
    commit(api, job.repo_id, job.pinned_space, kind="space")
    return api


@pytest.fixture
def prove(api: HfApi, job: Job, tmp_path: Path) -> Callable[[Path], Proof]:
    """Commit a folder on top of the honest release, and prove the commit by what it carries alone."""

    def proof(folder: Path) -> Proof:
        found = PublishedCommit(
            Hub(api.endpoint, str(api.token)), RepoId(job.repo_id), commit(api, job.repo_id, folder)
        )
        return verify_model(found, None, None, scratch=tmp_path / "scratch")

    return proof


def assert_named(kinds: dict[str, Kind], told: str) -> None:
    missing = {name: kind.named for name, kind in kinds.items() if kind.named not in told}
    assert not missing, told


def test_the_honest_release_holds(job: Job, prove: Callable[[Path], Proof]) -> None:
    proof = prove(job.repo)
    assert proof.differences == []
    assert {claim.what for claim in proof.claims if claim.holds} == {
        "files", "card", "pictures", "code", "model", "settings", "notebook",
    }  # fmt: skip


@pytest.mark.parametrize("kinds", [ON_THE_CARD, IN_THE_FACTS], ids=["card", "facts"])
def test_each_kind_is_named(job: Job, prove: Callable[[Path], Proof], tmp_path: Path, kinds: dict[str, Kind]) -> None:
    proof = prove(tampered(job.repo, tmp_path / "repo", kinds))
    assert_named(kinds, "\n".join(proof.differences))


@pytest.mark.slow
@pytest.mark.parametrize("kind", IN_THE_BYTES)
def test_other_bytes_are_not_those_that_were_measured(
    job: Job, prove: Callable[[Path], Proof], tmp_path: Path, kind: str
) -> None:
    """Told by the figures' own document, also where no figure changes."""
    proof = prove(tampered(job.repo, tmp_path / "repo", {kind: Kind(IN_THE_BYTES[kind], "model: ")}))
    assert "model" in [claim.what for claim in proof.claims if claim.differences]


def test_a_list_that_has_lost_a_file_does_not_make_it_a_persons(
    job: Job, prove: Callable[[Path], Proof], tmp_path: Path
) -> None:
    """A file beside the release is named; one of the release is missed in the list."""
    folder = tampered(job.repo, tmp_path / "repo", {})
    lost = {"model.safetensors", "evaluation.json"}
    entries = [entry for entry in Manifest.load(folder / "manifest.json").files if entry.path not in lost]
    Manifest(tuple(entries)).save(folder / "manifest.json")
    (folder / "notes.txt").write_text("of a person\n", encoding="utf-8")
    proof = prove(folder)
    assert {f"files: {name} is not in the manifest, which lists all files of a release" for name in lost} == set(
        proof.differences
    )
    assert "notes.txt" in proof.claims[0].how


def test_each_kind_in_a_space_is_named_and_nothing_is_run(api: HfApi, job: Job, tmp_path: Path) -> None:
    folder = tampered(job.pinned_space, tmp_path / "space", IN_THE_SPACE, lists=False)
    sha = commit(api, job.repo_id, folder, kind="space")
    found = PublishedCommit(Hub(api.endpoint, str(api.token)), RepoId(job.repo_id, "space"), sha)
    proof = verify_space(found, scratch=tmp_path / "scratch")
    assert_named(IN_THE_SPACE, "\n".join(proof.differences))
    assert proof.unproved[-1].startswith("app: it is not run")


@pytest.mark.slow
def test_a_space_of_another_model_or_of_an_older_release_is_told(api: HfApi, job: Job, tmp_path: Path) -> None:
    """It is byte for byte what would be built for that model; versions that nobody here has tried are named."""
    hub = Hub(api.endpoint, str(api.token))
    model = PublishedCommit(hub, RepoId(job.repo_id), commit(api, job.repo_id, job.repo))
    older = tampered(job.repo, tmp_path / "older", {"recipe": Kind(replaced("recipe.yaml", "seed: 0", "seed: 1"), "")})
    pinned = commit(api, job.repo_id, older)
    versions = {"numpy": "1.0.0"}
    build_space(job.recipe, older, tmp_path / "space", repo_id=job.repo_id, revision=pinned)
    replaced("requirements.txt", r"numpy==.*", "numpy==1.0.0", pattern=True)(tmp_path / "space")
    listed(tmp_path / "space")
    space = PublishedCommit(
        hub, RepoId(job.repo_id, "space"), commit(api, job.repo_id, tmp_path / "space", kind="space")
    )
    proof = verify_space(space, scratch=tmp_path / "scratch", newest=model)
    assert proof.differences == [
        f"pinned: it runs acme/arxiv-interest at {pinned[:7]}, whose recipe.yaml are not those of main, {model.sha[:7]}"
    ]
    assert f"pinned to numpy {versions['numpy']} (here" in "\n".join(proof.unproved)
    stranger = PublishedCommit(hub, RepoId("evil/other"), model.sha)
    assert (
        "pinned: it runs acme/arxiv-interest, not evil/other"
        in verify_space(space, scratch=tmp_path / "scratch", newest=stranger).differences
    )


def proving(proof: Callable[[Target, Job, str], Proof], name: str) -> Callable[..., Stage]:
    def stage(target: Target, job: Job, sha: str, **_: object) -> Stage:
        def run(job: Job) -> StageOutput:
            proof(target, job, sha).raise_if_failed()
            table = job.folder / "proofs" / f"{name.replace(' ', '-')}.txt"
            table.parent.mkdir(exist_ok=True)
            table.write_text(f"Proof of {sha}\n", encoding="utf-8")
            return StageOutput([table], f"proofs hold for {sha[:7]}")

        return Stage(name, lambda job: [], lambda job: [target.name, sha], run)

    return stage


@pytest.fixture
def gate(store: Store, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """The gate, with the proof that needs no records; a Space's app cannot run on weights of zeros."""

    def model(target: Target, job: Job, sha: str) -> Proof:
        found = PublishedCommit(target.hub, RepoId(job.repo_id), sha)
        return verify_model(found, job.recipe, None, scratch=job.folder / "verify")

    monkeypatch.setattr(gate_module, "model_proof", proving(model, "verify"))
    monkeypatch.setattr(
        gate_module,
        "space_proof",
        proving(lambda target, job, sha: Proof(RepoId(job.repo_id, "space"), sha, ()), "verify space"),
    )
    with wired(url) as wire:
        yield Gate(wire, store, url)


@pytest.fixture
def staged(job: Job, store: Store, tmp_path: Path) -> Job:
    """A copy of the honest release, of the same owner and in a build folder of its own."""
    shutil.copytree(job.folder, tmp_path / "build" / job.folder.name)
    return Job.of(job.recipe, build_dir=tmp_path / "build", owner=OWNER, quiet=True)


OTHER_BYTES = [
    {name: Kind(IN_THE_BYTES[name], "model: ")} for name in ("weights", "int8 of another model", "tokenizer")
]


@pytest.mark.slow
@pytest.mark.parametrize(
    "kinds",
    [ON_THE_CARD, IN_THE_FACTS, *OTHER_BYTES],
    ids=["card", "facts", *(name for kinds in OTHER_BYTES for name in kinds)],
)
def test_the_gate_stops_what_was_tampered_with_after_staging(
    api: HfApi, gate: Gate, staged: Job, kinds: dict[str, Kind]
) -> None:
    """Both lists fit what lies there; main stays at the release before."""
    before = commit(api, staged.repo_id, staged.repo)
    for kind in kinds.values():
        kind.change(staged.repo)
    listed(staged.repo).save(staged.manifest)
    with pytest.raises(VerifyFailed, match="was not changed") as failed:
        gate.release(staged)
    assert_named(kinds, str(failed.value))
    assert api.model_info(staged.repo_id).sha == before


@pytest.mark.slow
def test_the_gate_stops_what_was_slipped_into_its_pull_request(api: HfApi, gate: Gate, staged: Job) -> None:
    """Before its proof, and between two runs; the same command then opens another, and completes the release."""
    before = commit(api, staged.repo_id, staged.repo)
    replaced("README.md", "# arXiv interest", "# arXiv interests")(staged.repo)
    listed(staged.repo).save(staged.manifest)
    slip = Path(staged.folder / "slipped")
    slip.write_text("of somebody else\n", encoding="utf-8")

    def slipped() -> None:
        (number,) = {num for kind, num, _ in gate.waiting(staged) if kind == "model"}
        api.upload_file(
            path_or_fileobj=slip, path_in_repo="evil.txt", repo_id=staged.repo_id, revision=f"refs/pr/{number}"
        )

    gate.wire.faults.append(Fault(r"POST /api/models/.*/commit/refs", before=slipped))
    with pytest.raises(HubpressError):
        gate.release(staged)
    assert api.model_info(staged.repo_id).sha == before
    with pytest.raises(MovedOn, match=r"Somebody else put evil\.txt on pull request"):
        gate.release(staged)
    assert api.model_info(staged.repo_id).sha == before
    gate.release(staged)
    assert "evil.txt" not in api.list_repo_files(staged.repo_id)
    assert gate.text(staged, "model", "README.md").count("# arXiv interests") == 1


@pytest.mark.slow
def test_the_gate_stops_what_is_changed_on_the_hub_before_its_proof(
    api: HfApi, gate: Gate, staged: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bit of a file in the Hub's own storage, under the commit that was pushed: of the model, then of the Space."""

    def space(target: Target, job: Job, sha: str) -> Proof:
        found = PublishedCommit(target.hub, RepoId(job.repo_id, "space"), sha)
        manifest = Manifest.load(job.pushed_spaces / f"{sha}.json")
        return verify_space(found, scratch=job.folder / "verify-space", manifest=manifest)

    monkeypatch.setattr(gate_module, "space_proof", proving(space, "verify space"))
    before = commit(api, staged.repo_id, staged.repo)
    pinned = api.space_info(staged.repo_id).sha
    replaced("README.md", "# arXiv interest", "# The interest of arXiv")(staged.repo)
    listed(staged.repo).save(staged.manifest)
    for kind, name in (("model", "model.safetensors"), ("model", "notebook.ipynb"), ("space", "app.py")):
        proof = getattr(gate_module, f"{kind}_proof")
        flip = partial(_flip, gate, staged, kind, name)
        monkeypatch.setattr(gate_module, f"{kind}_proof", after(flip, proof))
        with pytest.raises(VerifyFailed, match=f"files: {name}"):
            gate.release(staged)
        monkeypatch.setattr(gate_module, f"{kind}_proof", proof)
        flip(next(f"refs/pr/{number}" for waits, number, _ in gate.waiting(staged) if waits == kind))
        assert (api.model_info(staged.repo_id).sha, api.space_info(staged.repo_id).sha) == (before, pinned)


def after(step: Callable[[str], None], proof: Callable[..., Stage]) -> Callable[..., Stage]:
    """Return a proof before which something happens to the commit."""

    def stage(target: Target, job: Job, sha: str, **options: Any) -> Stage:
        step(sha)
        return proof(target, job, sha, **options)

    return stage


def _flip(gate: Gate, job: Job, kind: str, name: str, revision: str) -> None:
    """Change a bit in the middle of a file of a commit where the Hub keeps it; a second time changes it back."""
    repository = gate.store.repository(f"{kind}s", job.repo_id)
    path = repository.content_path(repository.commit(revision).files[name])
    flipped(path.name)(path.parent)
