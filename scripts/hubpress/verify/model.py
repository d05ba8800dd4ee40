"""A published commit -> proof, or the list of what is not as its card says: fresh processes, an empty cache, by sha."""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from hubpress.card.doubts import doubts
from hubpress.card.notebook import snippets_of
from hubpress.errors import VerifyFailed
from hubpress.hub.readme import CodeBlock
from hubpress.layout import ATTRIBUTES, WEIGHT_ONLY
from hubpress.manifest import Manifest
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.answers import Example
from hubpress.schemas.evaluation import Remeasured
from hubpress.schemas.remeasure_job import RemeasureJob
from hubpress.text import counted
from hubpress.verify.adapter_base import base_of
from hubpress.verify.claims import claims_of_figures, claims_of_files, unmeasured
from hubpress.verify.code import foreign_code
from hubpress.verify.downloaded import DownloadedRelease
from hubpress.verify.engines.chosen import Engine
from hubpress.verify.engines.claims import claims_of_engines, unasked
from hubpress.verify.proof import Claim, Proof
from hubpress.verify.published import PublishedCommit
from hubpress.verify.published_split import published_split
from hubpress.verify.records import Records, records_of
from hubpress.verify.sandbox import (
    INSISTED,
    Sandbox,
    emptied,
    failed_snippets,
    last_line,
    run_snippets,
    sandbox_for,
    snippet_files,
    warn_without_walls,
)
from hubpress.verify.signature import claims_of_signature
from hubpress.verify.static_baseline import with_its_static_model

_LOG = logging.getLogger(__name__)

_REMEASURE = "hubpress.verify.remeasure"
_FOREIGN_SECONDS = 6 * 3600  # for measuring again what others have published


def verify_model(
    commit: PublishedCommit,
    recipe: Recipe | None,
    splits: Path | None,
    *,
    scratch: Path,
    manifest: Manifest | None = None,
    threads: int | None = None,
    data: str | None = None,
    run_code: bool = False,
    public_key: bytes | None = None,
    published: PublishedCommit | None = None,
    engines: Sequence[Engine] = (),
    environments: Path | None = None,
) -> Proof:
    """Download a commit and try every claim of its card; return the proof, whatever it says.

    Everything is downloaded below *scratch*, which is emptied first and taken away in the end. *splits* is the folder
    of the records that the card was measured on. *recipe* None takes the published one, on the records that *data*
    names, or those that it finds on the Hub. *manifest* is the local list of what was pushed, with the card, when there
    is one: only such files are run, unless *run_code* insists. *public_key* (PEM) is that of whoever signed it.
    *published* is the commit of the data set of its test split, None the one that its owner has now. *engines*
    are asked too, and held against pipeline(); what of them is installed goes below *environments*. Raises
    HubpressError when the commit cannot be downloaded or is no release of ours.
    """
    with emptied(scratch), ExitStack() as stack:
        _LOG.info("downloading %s", commit)
        files = commit.download(scratch / "files")
        release = DownloadedRelease.of(commit, recipe, files, data=data)
        split = published_split(release, scratch / "published", at=published)
        given = data is not None
        here = Records(splits) if splits else records_of(release.recipe, scratch / "data", given=given, published=split)
        base = base_of(release, scratch / "base")

        def trial_of(*, is_ours: bool) -> _Trial:
            sandbox = sandbox_for(commit, files, scratch / "sandbox", is_ours=is_ours, beside=base)
            trial = _Trial(release, here, stack.enter_context(sandbox), is_ours, run_code, threads)
            trial.begin(stack)
            return trial

        downloaded = Manifest.of_folder(files, leave_out={ATTRIBUTES})
        # To measure again takes longest: of the very files that were pushed from here, it runs beside the rest.
        trial = trial_of(is_ours=True) if manifest and not manifest.differences(downloaded) else None
        _LOG.info("holding the files against what they were made from")
        claims = claims_of_files(release, here, manifest, split, downloaded)
        claims += claims_of_signature(files, is_asked=release.recipe.provenance.sign, public_key=public_key)
        is_ours = manifest is not None and claims[0].holds
        if run_code and not is_ours:
            warn_without_walls()
        trial = trial or trial_of(is_ours=is_ours)
        _LOG.info("measuring the published model again")
        claims += trial.claims()
        if engines:
            _LOG.info("asking other engines")
            claims += trial.claims_of_engines(engines, environments or scratch / "engines")
    return Proof(commit.repo, commit.sha, tuple(claims), doubts(release.evaluation, release.training))


@dataclass(frozen=True)
class _Measuring:
    """A process that measures a model again."""

    answer: Path
    finish: Callable[[], subprocess.CompletedProcess[str]]
    unproved: str | None
    """Why it does so without the static baseline; None where it does not."""


@dataclass
class _Trial:
    """What of a release has to be loaded and run to be tried."""

    release: DownloadedRelease
    records: Records
    sandbox: Sandbox
    is_ours: bool
    run_code: bool
    threads: int | None
    _measuring: _Measuring | None = None
    _scripts: list[str] = field(default_factory=list)

    def begin(self, stack: ExitStack) -> None:
        """Begin to measure the model again where there are its records, by a process that ends with a *stack*."""
        if self.is_ours or self.run_code:
            self._scripts = snippet_files(self.sandbox, self._snippets)
        if self._why_not() or self.records.folder is None:
            return
        static = self.sandbox.folder.parent / "static"
        recipe, unproved = with_its_static_model(self.release.recipe, static, is_own=self.release.has_own_recipe)
        # What others wrote could change what was measured: it runs when that has been read. One process does both
        # else, since most of its time goes into importing torch and transformers.
        scripts = self._scripts if self.is_ours else []
        job, splits = self._job(recipe, self.records.folder), self.records.folder.resolve()
        question, answer = self.sandbox.folder / "job.json", self.sandbox.folder / "measured.json"
        job.save(question, sort_keys=False)  # the order of a recipe's labels and levels has a meaning
        command = ["-m", _REMEASURE, str(question), str(answer), *scripts]
        timeout = None if self.is_ours else _FOREIGN_SECONDS
        running = self.sandbox.running(command, timeout=timeout, readable=[splits])
        self._measuring = _Measuring(answer, stack.enter_context(running), unproved)

    def claims(self) -> list[Claim]:
        """Return what was found by measuring the model again, and by running its snippets."""
        how = f"{counted(len(self._snippets), 'Python snippet')} of the card, run as written"
        failed = None
        if self._measuring is None:
            claims = unmeasured(self.release, self._why_not() or self.records.why)
        else:
            measured, failed = self._measured(self._measuring)
            by = ", by code of its own" if not self.is_ours and self._foreign() else ""
            found = claims_of_figures(self.release, measured, self._measuring.unproved)
            claims = [replace(claim, how=claim.how + by) for claim in found]
        if not self._scripts and self._snippets:
            return [*claims, Claim("snippets", how, unproved=f"they are not run; {INSISTED}")]
        if failed is None or not self.is_ours:
            failed = run_snippets(self.sandbox, self._scripts)
        return [*claims, Claim("snippets", how, failed)]

    def claims_of_engines(self, engines: Sequence[Engine], environments: Path) -> list[Claim]:
        """Ask other engines for the examples, and for some test records where there are those of the release."""
        foreign = [] if self.is_ours or self.run_code else self._foreign()
        if foreign:
            return unasked(engines, f"loading it would run code that is not hubpress's: {foreign[0]}; {INSISTED}")
        splits = self.records.folder if self._has_data else None
        return claims_of_engines(engines, self.release, splits, self.sandbox, environments)

    @property
    def _snippets(self) -> list[CodeBlock]:
        return list(snippets_of(self.release.card))

    @property
    def _has_data(self) -> bool:
        """Whether the records that the release was measured on are here."""
        return self.records.folder is not None and not self.records.differences(self.release.evaluation.data)

    def _why_not(self) -> str | None:
        """Return why the model is not measured again; None where it is."""
        if not self._has_data:
            return self.records.why or "the records at hand are other ones"
        foreign = [] if self.is_ours or self.run_code else self._foreign()
        return f"loading it would run code that is not hubpress's: {foreign[0]}; {INSISTED}" if foreign else None

    def _measured(self, measuring: _Measuring) -> tuple[Remeasured, list[str]]:
        """Return what was measured again, and which snippets failed of those that the same process ran."""
        done, commit = measuring.finish(), self.release.commit
        if not measuring.answer.is_file():
            raise VerifyFailed(f"{commit.repo.id} at {commit.sha[:7]} cannot be measured: {last_line(done.stderr)}")
        return Remeasured.load(measuring.answer), failed_snippets(done)

    def _foreign(self) -> list[str]:
        return foreign_code(self.release.files, self.release.recipe)

    def _job(self, recipe: Recipe, splits: Path) -> RemeasureJob:
        """Return what the fresh process has to know."""
        release, onnx = self.release, self.release.evaluation.onnx
        has_page = onnx is not None and onnx.page is not None  # releases from before that file have none
        return RemeasureJob(
            recipe=recipe.model_dump(mode="json", exclude_defaults=True),  # as it was written
            repo_id=release.commit.repo.id,
            sha=release.commit.sha,
            threads=self.threads,
            data_folder=str(splits.resolve()),
            onnx_files=tuple(name for name in recipe.onnx_files if name != WEIGHT_ONLY or has_page),
            widget=tuple(
                Example(**{name: getattr(one, name) for name in Example.model_fields})
                for one in release.evaluation.widget
            ),
        )
