"""The gate: a release is proved where only its owner looks, and only then comes to main.

Model and Space wait, each in one commit, on a pull request or in a new repository that nobody else sees; both are
proved there by the ids of their commits. What failed is never on main. Killed anywhere, the same command goes on from
what the Hub has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from hubpress.check.folder import refuse_problems
from hubpress.errors import HubError, HubpressError, MovedOn
from hubpress.hub.client import PushResult
from hubpress.hub.ids import RepoId
from hubpress.layout import MANIFEST
from hubpress.manifest import Manifest
from hubpress.release.candidate import Candidate, Staged, create, put, waits_unproved
from hubpress.release.hand_edits import keep_space_edits
from hubpress.release.job import Job, Stage
from hubpress.release.meter import Meter, StageResult
from hubpress.release.progress import progress_of
from hubpress.release.promotion import settle, show, show_records
from hubpress.release.proofs import keep_proof, model_proof, proof_table, space_proof
from hubpress.release.push import TRIES, PushedRelease, add_note, moved_on, pushed_result, refuse_moved, refuse_unread
from hubpress.release.receipts import current_receipt
from hubpress.release.runner import print_result, run_stage
from hubpress.release.space_kind import settled_sdk
from hubpress.release.targets import Target
from hubpress.space.build import Sdk, build_space

_AGAIN = "Run the same command again."
_MERGE = "Merge it by the same command without `--pr`: that also pins the Space to the commit of the model that stays."


def release_gated(job: Job, target: Target, *, isolated: bool, only_propose: bool) -> PushedRelease:
    """Prove model and Space where only their owner looks, then promote them; *only_propose* stops before that.

    Raises HubpressError at the first thing that fails, with what became of main and how to go on; the same call then
    goes on from there.
    """
    # Also the processes that try what is private have to be signed in.
    target = replace(target, hub=target.hub.signed_in())
    # First of all: where the account may not have the Space that the recipe insists on, nothing is sent.
    sdk = settled_sdk(job, target, partial(create, job, target))
    gate = _Gate(job, target, isolated, only_propose, sdk)
    if job.data_id:
        gate.put_data()
    model = gate.put_model()
    gate.prove(model)
    space = None
    if job.recipe.has_space:
        try:
            space = gate.put_space(model)
        except HubError as error:
            add_note(error, f"The model is proved, and waits {model.place}: {model.url}.")
            raise
        gate.prove(space)
    return gate.propose(model, space) if only_propose else gate.promote(model, space)


class _Gate:
    """One release on its way through the gate, and the results of its stages so far."""

    def __init__(self, job: Job, target: Target, isolated: bool, only_propose: bool, sdk: Sdk) -> None:
        self.job, self.target, self.hub = job, target, target.hub
        self.isolated, self.only_propose, self.sdk = isolated, only_propose, sdk
        self.stages: list[StageResult] = []
        self.data: Candidate | None = None
        """The data set of the test split, where that is published; the model's proof is one of it, too."""

    def put_data(self) -> None:
        """Put the data set of the test split where it is to be proved, together with its model."""
        meter = Meter()
        with progress_of("push test data", quiet=self.job.quiet):
            self.data = self._put(Staged.test_data(self.job))
        self.stages.append(pushed_result(self.job, "push test data", self.data.pushed, meter, self.data.place))

    def put_model(self) -> Candidate:
        """Put the staged model where it is to be proved.

        Raises ``MovedOn`` where it would not come on top of the commit that its changelog was made for.
        """
        meter = Meter()
        with progress_of("push", quiet=self.job.quiet):
            candidate = self._put(Staged.model(self.job), before_commit=lambda: refuse_unread(self.hub, self.job))
            if candidate.pull and self.job.base and candidate.base != self.job.base:
                raise moved_on(candidate.repo, candidate.base[:7])
        self.stages.append(pushed_result(self.job, "push", candidate.pushed, meter, candidate.place))
        return candidate

    def put_space(self, model: Candidate) -> Candidate:
        """Build the Space for the commit of its model, and put it where it is to be proved.

        Where a merge gives the model another commit, the Space waits for that: pinned anew, it is one commit on main.
        """
        meter = Meter()
        with progress_of("push space", quiet=self.job.quiet):
            candidate = self._put(self._built_space(model.sha), on_pull=model.pull is not None)
        self.stages.append(pushed_result(self.job, "push space", candidate.pushed, meter, candidate.place))
        return candidate

    def prove(self, candidate: Candidate) -> None:
        """Prove a commit where it waits."""
        try:
            self.stages.append(run_stage(self.job, self._proof(candidate, candidate.sha)))
        except HubpressError as error:
            told = waits_unproved(error, candidate)
            if told is error:  # an error that is its own cause would never be looked behind
                raise
            raise told from error

    def propose(self, model: Candidate, space: Candidate | None) -> PushedRelease:
        """Leave the pull requests open, each with its proof as the description."""
        meter, said = Meter(), list[str]()
        with progress_of("propose", quiet=self.job.quiet):
            for candidate in self._all(model, space):
                if candidate.pull:
                    table = proof_table(self.job, self._proof(candidate, candidate.sha).name)
                    with self.hub.pull_requests(candidate.repo) as pulls:
                        pulls.describe(candidate.pull, f"```text\n{table}```\n\n{_MERGE}")
                        pulls.publish(candidate.pull)
                said.append(f"{candidate.url} is open" if candidate.pull else f"{candidate.repo.path} has it on main")
        ran = any(candidate.pull for candidate in self._all(model, space))
        return self._result("propose", said, meter, model.pushed, space.pushed if space else None, ran=ran)

    def promote(self, model: Candidate, space: Candidate | None) -> PushedRelease:
        """Bring what was proved to main, the model first; tag it, and show it to whom it was asked for."""
        meter, asked, tag = Meter(), self.target.private, self.job.tag(self.target.tag)
        ran = any(one.pushed.changed for one in self._all(model, space))
        with progress_of("promote", quiet=self.job.quiet):
            self._settle_data()
            stays = self._settled(model, model)
            shown = [show(self.job, self.target, model.repo, stays.sha, tag=tag, private=asked)]
            stays = replace(stays, private=shown[0].private)
            if self.data:
                seen = self.data.repo, self.data.sha
                shown.append(show_records(self.job, self.target, *seen, model_is_private=stays.private))
                self.data = replace(self.data, pushed=replace(self.data.pushed, private=shown[-1].private))
            space_stays = None
            if space:
                space_stays = self._settled_space(space, model.sha, stays.sha)
                # Nobody can use the Space of a model that they do not see.
                private = stays.private if asked is None else asked
                shown.append(show(self.job, self.target, space.repo, space_stays.sha, tag=tag, private=private))
                space_stays = replace(space_stays, private=shown[-1].private)
                refuse_moved(self.hub, model.repo, stays.sha)
        ran = ran or any(one.changed for one in shown)
        return self._result("promote", [str(one) for one in shown], meter, stays, space_stays, ran=ran)

    def _settle_data(self) -> None:
        """Bring the data set of the test split to main, before the model whose figures are to be measured by it."""
        if self.data:
            sha = settle(self.hub, self.data)
            self._keep_manifest(self.data.repo, sha)
            self.data = replace(self.data, pushed=replace(self.data.pushed, sha=sha, revision=None), pull=None)

    def _settled(self, candidate: Candidate, proved: Candidate) -> PushResult:
        """Make a commit the newest of main, and its proof count for the one that stays; return what is there now."""
        sha = settle(self.hub, candidate)
        self._keep_manifest(candidate.repo, sha)
        stays = self._proof(proved, sha)
        if not current_receipt(self.job, stays):
            keep_proof(self.job, stays)
        return replace(candidate.pushed, sha=sha, revision=None)

    def _settled_space(self, space: Candidate, pinned: str, stays: str) -> PushResult:
        """Bring the Space to main, pinned to the commit of its model that stays, as long as that is the newest.

        Raises ``MovedOn`` where somebody publishes the model meanwhile: the Space is theirs to publish then.
        """

        def model_stays() -> None:
            refuse_moved(self.hub, RepoId(self.job.repo_id), stays)

        candidate = space if pinned == stays else None
        for tries_left in reversed(range(TRIES)):
            try:
                candidate = candidate or self._put(self._repinned(pinned, stays), before_commit=model_stays)
                model_stays()
                return self._settled(candidate, space)
            except MovedOn:
                model_stays()
                if not tries_left:
                    raise
                candidate = None  # somebody changed the Space alone: once more on top of that
        raise AssertionError("the last try returns or raises")

    def _put(
        self, staged: Staged, *, on_pull: bool = False, before_commit: Callable[[], None] | None = None
    ) -> Candidate:
        on_pull = on_pull or self.only_propose
        candidate = put(self.job, self.target, staged, on_pull=on_pull, before_commit=before_commit)
        self._keep_manifest(staged.repo, candidate.sha)
        return candidate

    def _built_space(self, revision: str) -> Staged:
        job = self.job
        build_space(job.recipe, job.repo, job.pinned_space, repo_id=job.repo_id, revision=revision, sdk=self.sdk)
        keep_space_edits(self.hub, RepoId(job.repo_id, "space"), job.pinned_space, self.target.foreign)
        refuse_problems(job.pinned_space, revision=revision)
        return Staged.pinned_space(job, revision, self.sdk)

    def _repinned(self, pinned: str, stays: str) -> Staged:
        """Build the proved Space for another commit of its model; everything but that commit's id is as it was proved.

        Raises HubpressError where it is not.
        """
        # The list of its files says the hashes of those that name the commit.
        proved = {name: text for name, text in _texts(self.job.pinned_space).items() if name != MANIFEST}
        staged = self._built_space(stays)
        expected = {name: _pinned_to(text, pinned, stays) for name, text in proved.items()}
        if expected != {name: text for name, text in _texts(staged.folder).items() if name != MANIFEST}:
            raise HubpressError("it is not the Space that was proved.", where=str(staged.folder), hint=_AGAIN)
        return staged

    def _keep_manifest(self, repo: RepoId, sha: str) -> None:
        """Keep the list of the files of a commit for those who verify it later."""
        job = self.job
        if repo.type == "space":
            Manifest.of_folder(job.pinned_space).save(job.pushed_spaces / f"{sha}.json")
        elif repo.type == "dataset":
            Manifest.of_folder(job.test_data).save(job.pushed_data / f"{sha}.json")
        else:
            Manifest.load(job.manifest).save(job.pushed / f"{sha}.json")

    def _proof(self, candidate: Candidate, sha: str) -> Stage:
        if candidate.repo.type == "space":
            return space_proof(self.target, self.job, sha, isolated=self.isolated)
        return model_proof(self.target, self.job, sha, records=self.data.sha if self.data else None)

    def _all(self, model: Candidate, space: Candidate | None) -> tuple[Candidate, ...]:
        """Return what is released, in the order in which it is proved."""
        return tuple(one for one in (self.data, model, space) if one)

    def _result(
        self,
        stage: str,
        said: Sequence[str],
        meter: Meter,
        model: PushResult,
        space: PushResult | None,
        *,
        ran: bool,
    ) -> PushedRelease:
        self.stages.append(print_result(self.job, meter.result(stage, "; ".join(said), ran=ran)))
        return PushedRelease(tuple(self.stages), model, space, self.data.pushed if self.data else None)


def _texts(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _pinned_to(text: bytes, before: str, after: str) -> bytes:
    """Return a file of a Space that names one commit as the same file that names another, whole or by its beginning."""
    return text.replace(before.encode(), after.encode()).replace(before[:7].encode(), after[:7].encode())
