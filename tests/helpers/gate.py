"""A release of a staged folder through the gate, with a proof that takes no time, and a reader who polls meanwhile."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from huggingface_hub import HfApi

import hubpress
from helpers.hub import Wire, listed
from helpers.paths import SAMPLES
from helpers.reader import Reader
from hubpress.errors import HubpressError, VerifyFailed
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.rehearsal.store import Store
from hubpress.release import gate as gate_module
from hubpress.release.job import Job, Stage, StageOutput
from hubpress.release.push import PushedRelease, push
from hubpress.release.targets import Target
from hubpress.schemas.space import UNPUBLISHED
from hubpress.space.build import build_space

TAMPERED = "tampered"
COMPLETE = {"card is the staged one": True, "Space is pinned to main": True, "waiting": [], "private": (False, False)}
"""The state after a release of something new that nobody wants to hide, but for its commits."""


def staged_job(build: Path, owner: str, **overrides: str) -> Job:
    """Return the job of the sample of conference-titles with a staged folder, and its Space, ready to be released."""
    given = [f"{key}={value}" for key, value in overrides.items()]
    recipe = hubpress.load_recipe("conference-titles", sample=True, overrides=given)
    job = Job.of(recipe, build_dir=build, owner=owner, quiet=True)
    if not job.repo.is_dir():
        shutil.copytree(SAMPLES / "card" / "conference-titles", job.repo)
        (job.repo / "model.safetensors").write_bytes(bytes(range(256)) * 100)
        build_space(recipe, job.repo, job.space, repo_id=job.repo_id, revision=UNPUBLISHED)
        restage(job)
    return job


def restage(job: Job, *lines: str) -> None:
    """Write lines to the end of the card, and the staged folder's lists."""
    with (job.repo / "README.md").open("a", encoding="utf-8") as card:
        card.writelines(f"{line}\n" for line in lines)
    listed(job.repo).save(job.manifest)


@dataclass
class Prover:
    """Proves what does not say that it was tampered with: the files that a commit has on the Hub, by its id."""

    asked: list[tuple[str, str]] = field(default_factory=list)
    """The commits that a proof was tried on, each with its kind."""
    held: dict[tuple[str, str], float] = field(default_factory=dict)
    """When (``time.monotonic``) a proof first held, for each commit."""
    refuses: set[str] = field(default_factory=set)
    """Kinds of repositories that no proof holds for."""

    def model(self, target: Target, job: Job, sha: str, *, records: str | None = None) -> Stage:
        own = self._stage("verify", target, RepoId(job.repo_id), sha, "README.md")
        if records is None:
            return own
        data = self._stage("verify", target, RepoId(str(job.data_id), "dataset"), records, "README.md")

        def run(job: Job) -> StageOutput:
            data.run(job)
            return own.run(job)

        return replace(own, settings=lambda job: [target.name, job.repo_id, sha, records], run=run)

    def space(self, target: Target, job: Job, sha: str, *, isolated: bool) -> Stage:
        repo = RepoId(job.repo_id, "space")
        # What a reader sees of either kind: an app, or a page.
        file = next(name for name in ("app.py", "index.html") if name in target.hub.list_files(repo, sha))
        return self._stage("verify space", target, repo, sha, file)

    def _stage(self, name: str, target: Target, repo: RepoId, sha: str, file: str) -> Stage:
        def run(job: Job) -> StageOutput:
            self.asked.append((repo.type, sha))
            scratch = job.folder / "scratch"
            shutil.rmtree(scratch, ignore_errors=True)
            text = (target.hub.download(repo, sha, scratch, only=[file]) / file).read_text(encoding="utf-8")
            if TAMPERED in text or repo.type in self.refuses:
                raise VerifyFailed(f"{file} says that it was tampered with")
            table = job.folder / "proofs" / f"{name.replace(' ', '-')}.txt"
            table.parent.mkdir(exist_ok=True)
            table.write_text(f"Proof of {sha}\n", encoding="utf-8")
            self.held.setdefault((repo.type, sha), time.monotonic())
            return StageOutput([table], f"1 proofs hold for {sha[:7]}")

        return Stage(name, lambda job: [], lambda job: [target.name, repo.path, sha], run)


@dataclass
class Gate:
    """A Hub behind a wire, and releases on it through the gate."""

    wire: Wire
    store: Store
    hub: str
    """The address of the Hub itself, which no fault breaks."""

    @property
    def api(self) -> HfApi:
        return HfApi(endpoint=self.hub, token=self.store.write_token)

    def target(self, private: bool | None = None, tag: str | None = None) -> Target:
        return Target(Hub(self.wire.url, self.store.write_token), self.store.identity, private, tag)

    def release(self, job: Job, *, pr: bool = False, private: bool | None = None) -> PushedRelease:
        self.wire.requests.clear()
        return gate_module.release_gated(job, self.target(private), isolated=False, only_propose=pr)

    def push(self, job: Job) -> PushedRelease:
        """Push straight to main, as `hubpress push` does."""
        return push(job, self.target())

    def waiting(self, job: Job) -> list[tuple[str, int, str]]:
        """Return the pull requests of model and Space that are neither merged nor closed."""
        found = [
            (kind, one.num, one.status)
            for kind in ("model", "space")
            for one in self.api.get_repo_discussions(job.repo_id, repo_type=kind)
        ]
        return [one for one in found if one[2] in ("draft", "open")]

    def state(self, job: Job) -> dict[str, object]:
        """Return what is to be the same after every release that is complete, however it came to be."""
        model, space = self.api.model_info(job.repo_id), self.api.space_info(job.repo_id)
        pinned = self.text(job, "space", "space.json")
        return {
            "card is the staged one": self.text(job, "model", "README.md")
            == (job.repo / "README.md").read_text(encoding="utf-8"),
            "Space is pinned to main": f'"{model.sha}"' in pinned,
            "waiting": self.waiting(job),
            "private": (model.private, space.private),
            "commits": tuple(
                len(self.api.list_repo_commits(job.repo_id, repo_type=kind)) for kind in ("model", "space")
            ),
        }

    def shows_only_proved(self, job: Job, reader: Reader, prover: Prover) -> bool:
        """Return whether all that was seen has the files of a commit whose proof held before, but for a Space's pin."""
        held: dict[tuple[str, object], float] = {}
        for (kind, sha), at in prover.held.items():
            files = kind, self._files(job, kind, sha)
            held[files] = min(at, held.get(files, at))
        return all(held.get((kind, self._files(job, kind, sha)), at) < at for (kind, sha), at in reader.first.items())

    def _files(self, job: Job, kind: str, sha: str) -> tuple[tuple[str, str], ...]:
        pinned = ("README.md", "manifest.json", "space.json") if kind == "space" else ()
        tree = self.api.list_repo_tree(job.repo_id, repo_type=kind, revision=sha)
        return tuple(sorted((one.path, getattr(one, "blob_id", "")) for one in tree if one.path not in pinned))

    def text(self, job: Job, kind: str, file: str) -> str:
        path = self.api.hf_hub_download(job.repo_id, file, repo_type=kind, force_download=True)
        return Path(path).read_text(encoding="utf-8")


def proving(monkeypatch: pytest.MonkeyPatch) -> Prover:
    """Let proofs of this test take no time, and return what makes them; the real ones are in tests/end_to_end."""
    prover = Prover()
    monkeypatch.setattr(gate_module, "model_proof", prover.model)
    monkeypatch.setattr(gate_module, "space_proof", prover.space)
    return prover


def released_elsewhere(gate: Gate, job: Job) -> tuple[str, Prover]:
    """Release in a process that a test has started; return what went wrong, in words, and what was proved."""
    prover = Prover()
    gate_module.model_proof, gate_module.space_proof = prover.model, prover.space  # type: ignore[assignment]
    try:
        gate.release(job)
    except HubpressError as error:
        return str(error), prover
    return "", prover
