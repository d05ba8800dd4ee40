"""The staged model and its Space, each published in one commit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from hubpress.check.folder import refuse_problems
from hubpress.data.published import records_tag
from hubpress.errors import HubError, MovedOn
from hubpress.hub.client import Hub, PushResult
from hubpress.hub.ids import RepoId
from hubpress.layout import CHANGELOG, CONFIG, EVALUATION
from hubpress.manifest import Manifest
from hubpress.release.hand_edits import keep_space_edits
from hubpress.release.job import Job
from hubpress.release.meter import Meter, StageResult
from hubpress.release.progress import progress_of
from hubpress.release.runner import print_result
from hubpress.release.space_kind import settled_sdk
from hubpress.release.targets import Target
from hubpress.schemas.evaluation import Evaluation
from hubpress.schemas.model_config import ModelConfig
from hubpress.space.build import Sdk, build_space
from hubpress.text import counted

TRIES = 3
"""How often a Space is put on top of what somebody else does to it meanwhile."""


@dataclass(frozen=True)
class PushedRelease:
    """What was done to publish a model, stage by stage, and the commits that now hold it and its Space."""

    stages: tuple[StageResult, ...]
    model: PushResult
    space: PushResult | None
    data: PushResult | None = None
    """Of the data set of the test split, where that is published."""

    @property
    def pushes(self) -> tuple[PushResult, ...]:
        """The commits: the model's, then the Space's and the data set's if it has them."""
        return tuple(one for one in (self.model, self.space, self.data) if one)


def push(job: Job, target: Target) -> PushedRelease:
    """Publish the data set of the test split, where that is asked for, the staged model, and its Space, pinned to the
    model's commit.

    Always asks the Hub what it has: only the Hub knows what has not changed.
    """
    stages, data = list[StageResult](), None
    sdk = settled_sdk(job, target, partial(target.hub.create, private=bool(target.private)))
    if job.data_id:
        meter = Meter()
        with progress_of("push test data", quiet=job.quiet):
            data = _push_data(job, target)
        stages.append(pushed_result(job, "push test data", data, meter))
    meter = Meter()
    with progress_of("push", quiet=job.quiet):
        model = _push_model(job, target)
    stages.append(pushed_result(job, "push", model, meter))
    if not job.recipe.has_space:
        return PushedRelease(tuple(stages), model, None, data)
    meter = Meter()
    with progress_of("push space", quiet=job.quiet):
        try:
            space = _push_space(job, target, model.sha, sdk)
        except HubError as error:
            add_note(error, f"The model is published: {model.url} at {model.sha[:7]}.")
            raise
    return PushedRelease((*stages, pushed_result(job, "push space", space, meter)), model, space, data)


def _push_data(job: Job, target: Target) -> PushResult:
    """Publish the data set of the test split; a new one is as private as its model is, or is to be."""
    model, repo = target.hub.look(RepoId(job.repo_id)), RepoId(str(job.data_id), "dataset")
    is_new, private = target.hub.look(repo) is None, target.private
    manifest = Manifest.of_folder(job.test_data)
    pushed = target.hub.push(
        job.test_data,
        manifest,
        repo,
        message=f"Publish the test split of {job.repo_id}",
        private=(model.private if model else None) if is_new and private is None else private,
        hide_public=target.hide_public,
        foreign=target.foreign,
    )
    tag = tag_of_records(job)
    if not target.hub.has_tag(repo, tag):
        target.hub.tag(repo, tag, pushed.sha)
    manifest.save(job.pushed_data / f"{pushed.sha}.json")
    return pushed


def tag_of_records(job: Job) -> str:
    """Return the tag by which the records of the test split are found in their data set, whatever comes after them."""
    labels, evaluation = ModelConfig.load(job.repo / CONFIG).labels, Evaluation.load(job.repo / EVALUATION)
    return records_tag(job.recipe, labels, evaluation.data.fingerprint)


def _push_model(job: Job, target: Target) -> PushResult:
    """Publish the staged folder; keep the list of its files under the id of the commit."""
    manifest = Manifest.load(job.manifest)
    pushed = target.hub.push(
        job.repo,
        manifest,
        RepoId(job.repo_id),
        message=job.title,
        description=job.message,
        private=target.private,
        hide_public=target.hide_public,
        tag=job.tag(target.tag),
        foreign=target.foreign,
        before_commit=lambda: refuse_unread(target.hub, job),
    )
    manifest.save(job.pushed / f"{pushed.sha}.json")
    return pushed


def _push_space(job: Job, target: Target, revision: str, sdk: Sdk) -> PushResult:
    """Build the Space anew, pinned to a commit of its model, and publish it as long as that is the newest.

    Raises ``MovedOn`` where somebody publishes the model meanwhile: the Space is theirs to publish then.
    """

    def model_stays() -> None:
        refuse_moved(target.hub, RepoId(job.repo_id), revision)

    build_space(job.recipe, job.repo, job.pinned_space, repo_id=job.repo_id, revision=revision, sdk=sdk)
    repo = RepoId(job.repo_id, "space")
    keep_space_edits(target.hub, repo, job.pinned_space, target.foreign)
    refuse_problems(job.pinned_space, revision=revision)
    manifest = Manifest.of_folder(job.pinned_space)
    message = f"Run {job.repo_id} at {revision[:7]}"
    for tries_left in reversed(range(TRIES)):
        try:
            space = target.hub.push(
                job.pinned_space, manifest, repo, message=message, description=job.message,
                private=target.private, hide_public=target.hide_public, tag=job.tag(target.tag), foreign=target.foreign,
                before_commit=model_stays,
            )  # fmt: skip
            break
        except MovedOn:
            model_stays()  # else somebody changed the Space alone: once more on top of that
            if not tries_left:
                raise
    model_stays()
    manifest.save(job.pushed_spaces / f"{space.sha}.json")
    return space


def add_note(error: HubError, note: str) -> None:
    """Let an error of the Space say, too, what became of its model."""
    error.hint = f"{note} {error.hint}" if error.hint else note


def refuse_moved(hub: Hub, repo: RepoId, sha: str) -> None:
    """Raise ``MovedOn`` unless a commit is still the newest of main."""
    if (head := hub.head(repo)) != sha:
        raise moved_on(repo, head[:7])


def refuse_unread(hub: Hub, job: Job) -> None:
    """Raise ``MovedOn`` where the model's changelog would lose what was published since main was read for it."""
    repo = RepoId(job.repo_id)
    if job.base:
        refuse_moved(hub, repo, job.base)
    elif job.base is not None:
        seen = hub.look(repo)  # it was not there, or empty; the first commit of a repository is the Hub's own
        if seen and seen.head and CHANGELOG in hub.list_files(repo, seen.head):
            raise moved_on(repo, seen.head[:7])


def moved_on(repo: RepoId, commit: str) -> MovedOn:
    """Return what is said where somebody else's commit was found."""
    hint = "Look at it, then run the same command again."
    return MovedOn(f"somebody else committed meanwhile ({commit}).", where=repo.path, hint=hint)


def pushed_result(job: Job, stage: str, pushed: PushResult, meter: Meter, place: str = "") -> StageResult:
    """Say what a push did, and *place*, where the commit waits if it is not to be seen yet; return it as a stage's."""
    at = f"{pushed.repo_id}@{pushed.sha[:7]}"
    if pushed.changed:
        removed = f", {len(pushed.removed)} removed ({', '.join(pushed.removed)})" if pushed.removed else ""
        files = counted(len(pushed.uploaded), "file")
        result = f"{at}: 1 commit, {files}{removed}, {pushed.uploaded_bytes:,} bytes uploaded"
        result += f", {place}" if place else ""
    else:
        result = f"{at}: unchanged, no commit, 0 bytes uploaded"
    if pushed.kept:
        result += f"; left as they are, for no release put them there: {', '.join(pushed.kept)}"
    return print_result(job, meter.result(stage, result, ran=pushed.changed, size=pushed.uploaded_bytes))
