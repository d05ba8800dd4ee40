"""A published repository -> proofs: which Hub is meant, whose recipe published it, what was pushed from here."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from hubpress.bases.static import settled_static
from hubpress.errors import HubpressError, UsageError
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.layout import RECIPE
from hubpress.manifest import Manifest
from hubpress.recipe.load import load_recipe, model_folders
from hubpress.recipe.published import published_text
from hubpress.recipe.recipe import Recipe
from hubpress.release.job import Job
from hubpress.release.progress import progress_of
from hubpress.release.runner import locked, run_stages
from hubpress.release.targets import rehearsal_folder
from hubpress.signature import read_public_key
from hubpress.trained.settle import settled
from hubpress.verify.proof import Proof
from hubpress.verify.published import PublishedCommit


@dataclass(frozen=True)
class RecipeChoice:
    """Which recipe published a repository: *model*'s, or the one of its name, read with ``load_recipe``'s options."""

    model: str | None = None
    models_dir: Path | str | None = None
    sample: bool = False
    data: str | None = None
    overrides: Sequence[str] = ()

    def recipe_of(self, commit: PublishedCommit) -> Recipe | None:
        """Return the recipe at hand that published a commit; None where that is the one that it carries.

        A recipe that is asked for in any way goes first; one that has the repository's name by chance, or that has
        changed since, does not. Raises UsageError where there is none at all.
        """
        if self.model:
            return self._load(self.model)
        is_meant = self.sample or bool(self.overrides)
        carried = None if is_meant else _carried(commit)
        for name in model_folders(self.models_dir):
            try:
                recipe = self._load(name)
                if recipe.repo_name != commit.repo.name:
                    continue
                if carried is None:
                    return recipe
                published = settled_static(settled(replace(self, data=None)._load(name)))
                if published_text(published) == carried:
                    return recipe
            except HubpressError:  # also where its trained model is there no longer
                if carried is None:
                    raise
        if carried is None:
            hint = "Say which with --model NAME, or where with --models DIR."
            raise UsageError(f"no recipe publishes as {commit.repo.name!r}, and it carries none.", hint=hint)
        return None

    def _load(self, name: str) -> Recipe:
        return load_recipe(
            name, models_dir=self.models_dir, sample=self.sample, data=self.data, overrides=self.overrides
        )


def _carried(commit: PublishedCommit) -> str | None:
    """Return the recipe that a commit carries, as text; None where it has none."""
    if RECIPE not in commit.hub.list_files(commit.repo, commit.sha):
        return None
    with tempfile.TemporaryDirectory() as folder:
        file = commit.download(Path(folder) / "files", only=[RECIPE]) / RECIPE
        return file.read_text(encoding="utf-8", errors="replace")


def verify_repository(
    repo_id: str,
    *,
    build_dir: Path | str = Path("build"),
    recipe: Recipe | None = None,
    model: str | None = None,
    models_dir: Path | str | None = None,
    sample: bool = False,
    data: str | None = None,
    overrides: Sequence[str] = (),
    revision: str | None = None,
    isolated: bool = False,
    run_code: bool = False,
    threads: int | None = None,
    public_key: Path | str | None = None,
    quiet: bool = False,
) -> tuple[Proof, ...]:
    """Prove a published model with its Space (``OWNER/REPO``), or a Space alone (``spaces/OWNER/REPO``).

    The Hub is that of HF_ENDPOINT; where that is not set, the rehearsal Hub below *build_dir* if it has the repository.
    The records are those of *recipe*; without one, of *model*'s recipe or the one at hand that published it, with
    the options of ``load_recipe``. Where there is none, the commit's own recipe counts, on the records that *data*
    names; without them what needs them stays unproved. Code that was not pushed from *build_dir* is run only where
    *run_code* insists, in a sandbox where one can be had. The Space is tried with its model where no *revision* is
    named and no claim of the model fails. *public_key* is the file of the key that the model's signature is to be by.
    Returns the proofs, whatever they say; raises HubpressError when the repository cannot be downloaded or is no
    release of ours.
    """
    repo, build_dir = RepoId.parse(repo_id), Path(build_dir)
    choice = RecipeChoice(model, models_dir, sample, data, overrides)
    key = read_public_key(Path(public_key)) if public_key else None
    _refuse_busy(repo, build_dir)
    with _place(repo, build_dir) as scratch, hub_with(repo, build_dir, quiet=quiet) as hub:
        found = PublishedCommit.find(hub, repo, revision)
        prove_space = partial(_prove_space, build_dir=build_dir, isolated=isolated, run_code=run_code, quiet=quiet)
        if repo.type == "space":
            return (prove_space(found, scratch),)
        chosen = recipe or choice.recipe_of(found)
        if chosen is None:
            manifest = _exact_manifest(found, build_dir)
            settings = partial(_prove_published, manifest=manifest, data=data, threads=threads, quiet=quiet)
            proof = settings(found, scratch, run_code=run_code, public_key=key)
        else:
            job = Job.of(chosen, build_dir=build_dir, owner=repo.owner, quiet=quiet, threads=threads)
            proof = _prove_model(found, job, is_newest=revision is None, run_code=run_code, public_key=key)
        space = RepoId(repo.id, "space")
        # A model at an older revision is not what its Space runs now; one that fails is to be mended first.
        if revision is not None or proof.differences or not hub.exists(space):
            return (proof,)
        with _place(space, build_dir) as beside:
            return proof, prove_space(PublishedCommit.find(hub, space), beside, newest=found)


@contextmanager
def hub_with(repo: RepoId, build_dir: Path, *, quiet: bool) -> Iterator[Hub]:
    """Yield the Hub of HF_ENDPOINT, or the rehearsal Hub where HF_ENDPOINT is not set and it has the repository."""
    from hubpress.rehearsal.server import running
    from hubpress.rehearsal.store import Store

    folder = rehearsal_folder(build_dir)
    if os.environ.get("HF_ENDPOINT", "").strip() or not (folder / "repositories" / f"{repo.type}s" / repo.id).is_dir():
        yield Hub.of_environment()
        return
    if not quiet:
        print(f"On the rehearsal Hub in {folder} (HF_ENDPOINT is not set).", file=sys.stderr)
    with running(folder) as url:
        yield Hub(url, Store(folder).write_token)


def _prove_published(
    commit: PublishedCommit,
    scratch: Path,
    *,
    manifest: Manifest | None,
    data: str | None,
    run_code: bool,
    public_key: bytes | None,
    threads: int | None,
    quiet: bool,
) -> Proof:
    """Prove a model by the recipe that it carries."""
    from hubpress.verify.model import verify_model

    with progress_of("verify", quiet=quiet):
        return verify_model(
            commit,
            None,
            None,
            scratch=scratch,
            manifest=manifest,
            threads=threads,
            data=data,
            run_code=run_code,
            public_key=public_key,
        )


def _prove_model(
    commit: PublishedCommit, job: Job, *, is_newest: bool, run_code: bool, public_key: bytes | None
) -> Proof:
    from hubpress.verify.model import verify_model

    run_stages(job, until="data")
    manifest = _pushed_manifest(job, commit.sha, is_newest=is_newest)
    scratch = job.folder / "verify"
    with locked(job.folder), progress_of("verify", quiet=job.quiet):
        return verify_model(
            commit,
            job.recipe,
            job.data,
            scratch=scratch,
            manifest=manifest,
            threads=job.threads,
            run_code=run_code,
            public_key=public_key,
        )


def _prove_space(
    commit: PublishedCommit,
    scratch: Path,
    *,
    build_dir: Path,
    isolated: bool,
    run_code: bool,
    quiet: bool,
    newest: PublishedCommit | None = None,
) -> Proof:
    from hubpress.verify.space import verify_space

    manifest = _exact_manifest(commit, build_dir)
    with progress_of("verify space", quiet=quiet):
        return verify_space(
            commit, scratch=scratch, manifest=manifest, isolated=isolated, run_code=run_code, newest=newest
        )


@contextmanager
def _place(repo: RepoId, build_dir: Path) -> Iterator[Path]:
    """Yield a folder to try a repository in that is this command's alone, and take it away."""
    kind = "verify-space" if repo.type == "space" else "verify"
    folder = build_dir / f"{kind}-{repo.id.replace('/', '-')}"
    with locked(folder):
        try:
            yield folder / "scratch"
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _refuse_busy(repo: RepoId, build_dir: Path) -> None:
    """Raise HubpressError where another command works on a model that was pushed from here as *repo*."""
    for pushed in sorted(build_dir.glob(f"*/pushed/{repo.path}")):
        with locked(build_dir / pushed.relative_to(build_dir).parts[0]):
            pass  # free, as far as can be told before the Hub is asked which recipe is meant


def _exact_manifest(commit: PublishedCommit, build_dir: Path) -> Manifest | None:
    """Return what was pushed from here as this commit, by whichever model's release; None where nothing was."""
    pushed = next(build_dir.glob(f"*/pushed/{commit.repo.path}/{commit.sha}.json"), None)
    return Manifest.load(pushed) if pushed else None


def _pushed_manifest(job: Job, sha: str, *, is_newest: bool) -> Manifest | None:
    """Return what was pushed from here as this commit, or last of all when the newest one is by somebody else.

    None where nothing was: then the published list speaks, which leaves out the card.
    """
    known = sorted(job.pushed.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    exact = [path for path in known if path.stem == sha]
    chosen = exact or (known[-1:] if is_newest else [])
    return Manifest.load(chosen[0]) if chosen else None
