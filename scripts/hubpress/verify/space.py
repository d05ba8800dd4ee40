"""A published Space -> proof: its files, and its app, run where torch and transformers cannot be imported."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hubpress.check.folder import check_folder
from hubpress.errors import HubpressError
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.inference.onnx import processor
from hubpress.layout import (
    ADAPTER_CONFIG,
    ADAPTER_WEIGHTS,
    ATTRIBUTES,
    EVALUATION,
    MODEL_FILES,
    ONNX,
    QUANTIZED,
    RECIPE,
    SPACE,
    TRAINING,
    WEIGHT_ONLY,
    WEIGHTS,
)
from hubpress.manifest import Manifest
from hubpress.schemas.answers import Answer, changed_answers
from hubpress.schemas.evaluation import Evaluation
from hubpress.schemas.onnx_facts import OnnxFacts
from hubpress.schemas.space import SpaceExample, SpaceSettings
from hubpress.space.build import Sdk
from hubpress.space.process import RunningApp, running_app
from hubpress.text import counted
from hubpress.verify.beside import in_the_way, names_beside, words_on
from hubpress.verify.browser import Asked
from hubpress.verify.by_hand import ByHand, edits_by_hand
from hubpress.verify.downloaded import published_document
from hubpress.verify.environment import fresh_environment
from hubpress.verify.figures import answers_within, compare_onnx_answers
from hubpress.verify.proof import WIDGET_TOLERANCE, Claim, Proof, compare
from hubpress.verify.published import PublishedCommit
from hubpress.verify.rebuilt import claims_of_build, published_sdk
from hubpress.verify.sandbox import INSISTED, emptied, sandbox_for, warn_without_walls
from hubpress.verify.space_client import SpaceClient
from hubpress.verify.space_tools import claims_of_tools
from hubpress.verify.static_space import claims_of_page

_LOG = logging.getLogger(__name__)

_ONNX = (ONNX, QUANTIZED, WEIGHT_ONLY)
# What makes another model, or another release of it; a card may be mended, and files lie beside.
_DECISIVE = frozenset({*MODEL_FILES, EVALUATION, *_ONNX, RECIPE, TRAINING})
_WITHOUT = ("torch", "transformers", "tensorflow", "datasets", "evaluate", "hubpress")


def verify_space(
    commit: PublishedCommit,
    *,
    scratch: Path,
    manifest: Manifest | None = None,
    isolated: bool = False,
    run_code: bool = False,
    newest: PublishedCommit | None = None,
    records: Sequence[Asked] = (),
) -> Proof:
    """Download a Space's commit, run its app and call every endpoint; return the proof, whatever it says.

    The app is run where the Space was pushed from here (*manifest* is the list of what was), where it is byte for byte
    the one that is built for its model, or where *run_code* insists. It loads its model in a process of its own that
    cannot import torch, transformers or hubpress: with this environment's packages or, *isolated*, in a fresh one with
    nothing but its requirements. Its answers are held against those in the evaluation.json of the very commit that it
    is pinned to. The page of a static Space is asked in a headless browser, test *records* too. *newest* is the commit
    of the model that it is to run, in the same files at least. Raises HubpressError when the Space or its model cannot
    be downloaded, or it does not start.
    """
    scratch = scratch.resolve()  # the app runs in another folder
    with emptied(scratch):
        files = commit.download(scratch / "files")
        claims = _claims_of_files(files, manifest)
        if claims[1].holds:  # what breaks a rule is never run
            settings = SpaceSettings.load(files / SPACE)
            sdk = published_sdk(files)
            model = PinnedModel.of(settings, sdk, commit.hub, scratch)
            build, *further = claims_of_build(settings, model.evaluation, model.files, files, scratch / "built")
            how = f"to {model.commit}, with the file and the examples of its card"
            differences = [*_compare_pinned(settings, sdk, model), *(_compare_newest(model, newest) if newest else ())]
            claims += [build, *further, Claim("pinned", how, differences)]
            is_ours = manifest is not None and claims[0].holds
            if (is_ours or build.holds or run_code) and (claims[-1].holds or run_code):
                if not is_ours and not build.holds:
                    warn_without_walls()
                if sdk == "static":
                    _LOG.info("asking the page")
                    shown = model.evaluation.widget
                    claims += claims_of_page(settings, files, model.files, shown, records, scratch / "page")
                else:
                    claims += _Trial(settings, model, files, scratch, isolated, is_ours).claims()
            else:
                claims.append(Claim("app", "asked as its users ask", unproved=f"it is not run; {INSISTED}"))
    return Proof(commit.repo, commit.sha, tuple(claims))


@dataclass(frozen=True)
class PinnedModel:
    """The model that a Space is pinned to: what was measured of it and of its ONNX files, and what a Space needs."""

    commit: PublishedCommit
    evaluation: Evaluation
    onnx: OnnxFacts
    files: Path

    @classmethod
    def of(cls, settings: SpaceSettings, sdk: Sdk, hub: Hub, scratch: Path) -> PinnedModel:
        """Download a model, but for its weights, below *scratch*.

        Raises HubpressError where its ONNX files were not measured.
        """
        commit = PublishedCommit(hub, RepoId(settings.model), settings.revision)
        facts = commit.download(scratch / "facts", only=[EVALUATION])
        evaluation = published_document(Evaluation, facts / EVALUATION)
        if evaluation.onnx is None:
            hint = "Release the model anew."
            raise HubpressError("evaluation.json has no ONNX figures.", where=str(commit), hint=hint)
        unused = {
            WEIGHTS,
            ADAPTER_CONFIG,
            ADAPTER_WEIGHTS,
            *(name for name in _ONNX if name != evaluation.onnx.used_by(sdk)),
        }
        names = [name for name in hub.list_files(commit.repo, commit.sha) if name not in unused]
        return cls(commit, evaluation, evaluation.onnx, commit.download(scratch / "model", only=names))


def _claims_of_files(files: Path, manifest: Manifest | None) -> list[Claim]:
    """Hold a Space's files against what was pushed, where that is known, and against every rule."""
    downloaded = Manifest.of_folder(files, leave_out={ATTRIBUTES})
    beside = names_beside(manifest, downloaded) if manifest else ()
    by_hand = edits_by_hand(files, manifest, {}) if manifest else ByHand()
    edited = by_hand.only_theirs(downloaded.by_path(), manifest) if manifest else frozenset()
    differences = []
    if manifest:
        differences = [
            *manifest.without(edited).differences(downloaded.without(edited), beside=beside),
            *in_the_way(beside),
        ]
    how = f"{counted(len(downloaded.files) - len(beside), 'file')} against what was pushed from here{words_on(beside)}"
    how += f"; edited by people since: {', '.join(sorted(edited))}" if edited else ""
    unknown = None if manifest else "what was pushed is not known here"
    return [
        Claim("files", how, differences, unknown),
        Claim("rules", "every rule of check for Spaces", [str(problem) for problem in check_folder(files)]),
        *by_hand.claims(),
    ]


def _compare_pinned(settings: SpaceSettings, sdk: Sdk, model: PinnedModel) -> list[str]:
    """Compare the file that the Space runs and its examples with those of its model's card."""
    expected = [
        SpaceExample.of(one, answer)
        for one, answer in zip(model.evaluation.widget, model.onnx.answers_of(sdk), strict=True)
    ]
    differences = compare(model.onnx.used_by(sdk), settings.onnx, "onnx", 0)
    return differences + compare(expected, settings.examples, "examples", WIDGET_TOLERANCE)


def _compare_newest(model: PinnedModel, newest: PublishedCommit) -> list[str]:
    """Tell where a Space runs another model than the one that people find, or other files of it.

    Its card may have been mended since, and files may have come to lie beside the release.
    """
    pinned = model.commit
    if pinned.repo != newest.repo:
        return [f"it runs {pinned.repo}, not {newest.repo}"]
    if pinned.sha == newest.sha:
        return []
    there, here = (one.hub.list_files(one.repo, one.sha) for one in (pinned, newest))
    others = [name for name in sorted(there) if _decides(name) and there[name] != here.get(name)]
    return [f"it runs {pinned}, whose {', '.join(others)} are not those of main, {newest.sha[:7]}"] if others else []


def _decides(name: str) -> bool:
    return name in _DECISIVE or ("/" not in name and name.endswith(".py"))


@dataclass(frozen=True)
class _Trial:
    """A Space whose app is run, and asked."""

    settings: SpaceSettings
    model: PinnedModel
    files: Path
    scratch: Path
    isolated: bool
    is_ours: bool

    def claims(self) -> list[Claim]:
        """Run the app; call its endpoints with the card's examples, and one with nothing."""
        examples, environment = self.model.evaluation.widget, self.scratch / "environment"
        python, around = sys.executable, "a process"
        if self.isolated:
            python = fresh_environment(self.files, environment, is_ours=self.is_ours)
            around = "a fresh environment with its requirements"
        _LOG.info("starting the app")
        with self._running(python, environment) as (app, walls):
            _LOG.info("asking the app")
            client = SpaceClient(app.url, self.settings.task, self.scratch / "client")
            answers = [client.answer(example) for example in examples]
            batch, refusal = client.batch_differences(examples, answers), client.refusal_differences()
            tools = claims_of_tools(app.url, client, examples, answers) if client.has_tools else []
            peak = app.peak_memory()
            memory = f", {peak / 1e6:.0f} MB at most" if peak else ""
            how = f"in {around} without torch{walls}; its page after {app.seconds:.1f} s{memory}"
            return [
                *_claims_of_answers(client.endpoint, self.model, [one.answer for one in answers]),
                Claim("/batch", "the same examples as a CSV file, with the same answers", batch),
                Claim("bad input", "an empty text gets a sentence, and no answer", refusal),
                *tools,
                Claim("app", how),
            ]

    @contextmanager
    def _running(self, python: str, environment: Path) -> Iterator[tuple[RunningApp, str]]:
        """Yield the app, which runs by an interpreter, and in words what is around it."""
        model, folder = self.model, self.scratch / "sandbox"
        with sandbox_for(model.commit, model.files, folder, is_ours=self.is_ours) as sandbox:
            readable = [self.files, *([environment] if self.isolated else [])]
            wrap = partial(sandbox.around_app, cwd=self.files, readable=readable)
            place = sandbox.folder / "app"
            with running_app(
                self.files, place, endpoint=sandbox.hub, python=python, without=_WITHOUT, wrap=wrap
            ) as app:
                yield app, " and without a network" if sandbox.bubblewrap else ""


def _claims_of_answers(endpoint: str, model: PinnedModel, answers: Sequence[Answer]) -> list[Claim]:
    """Hold the answers to the card's examples against the ONNX file's, and against the weights' own."""
    onnx, here = model.onnx, processor()
    changed, largest = changed_answers(model.evaluation.widget, tuple(answers))
    claimed = {"changed": onnx.changed, "largest_difference": onnx.largest_difference}
    measured = {"changed": changed, "largest_difference": largest}
    as_measured = Claim(
        f"/{endpoint}",
        f"{counted(len(answers), 'answer')} of the card's examples {answers_within(onnx, here)}",
        compare_onnx_answers(onnx, answers, processor=here, where="evaluation.onnx.widget"),
    )
    if onnx.used == QUANTIZED and onnx.processor != here:
        return [as_measured]  # the counts below are those of the processor that the card names
    return [
        as_measured,
        # As many other answers, with scores as far off, as the card says.
        Claim(
            "card",
            f"{onnx.changed} unlike the weights' own, scores by {onnx.largest_difference:g} at most",
            compare(claimed, measured, "evaluation.onnx", WIDGET_TOLERANCE),
        ),
    ]
