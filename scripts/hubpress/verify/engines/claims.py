"""A published model's answers by other engines, held against pipeline()'s: one row of the proof for each engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from hubpress.content import pipeline_module
from hubpress.errors import VerifyFailed
from hubpress.files import read_json
from hubpress.inference.inputs import ModelInput, inputs_of, texts_in
from hubpress.layout import CONFIG
from hubpress.schemas.engines import EngineAnswers, EnginesJob, Scores
from hubpress.text import quoted
from hubpress.verify.downloaded import DownloadedRelease
from hubpress.verify.engines.by_http import Answered, NoAnswer, Question, ask
from hubpress.verify.engines.chosen import Engine
from hubpress.verify.engines.infinity import installed, serving
from hubpress.verify.engines.transformers_js import ask_transformers_js
from hubpress.verify.figures import INT8_TOLERANCE
from hubpress.verify.proof import WIDGET_TOLERANCE, Claim
from hubpress.verify.sandbox import Sandbox, last_line

MOST_RECORDS = 50
"""So many test records each engine is asked, at most, beside the examples of the card."""
HALF_TOLERANCE = 0.02
"""How far scores may be of an engine that computes in half precision."""

_SECONDS = 1800
_TITLES = {
    "onnxruntime": "ONNX Runtime",
    "transformers.js": "Transformers.js",
    "infinity": "Infinity",
    "tei": "TEI",
    "vllm": "vLLM",
}
_NO_PAIRS = ("infinity", "vllm")


def unasked(engines: Sequence[Engine], why: str) -> list[Claim]:
    """Return the row of each engine where none can be asked, and why not."""
    return [Claim(_TITLES[engine.name], "the same answers as pipeline()", unproved=why) for engine in engines]


def claims_of_engines(
    engines: Sequence[Engine], release: DownloadedRelease, splits: Path | None, sandbox: Sandbox, environments: Path
) -> list[Claim]:
    """Ask each engine for the card's examples and some test records; return a row for each.

    *splits* is the folder of the test records, None where there are none. What is installed goes below *environments*.
    Raises VerifyFailed where the model itself cannot be loaded.
    """
    shown: list[ModelInput] = [one.given for one in release.evaluation.widget]
    asked = [*shown, *(_some_records(splits) if splits else ())]
    answers = _reference(release, asked, sandbox)
    trial = _Trial(release, asked, len(shown), answers, sandbox, environments)
    return [trial.claim(engine) for engine in engines]


def _some_records(splits: Path) -> list[ModelInput]:
    """Return test records from all of the split."""
    from hubpress.data.stored import load_split

    split = load_split(splits, "test")
    step = max(1, len(split) // MOST_RECORDS)
    return inputs_of(split.select(range(0, len(split), step)).select_columns(texts_in(split))[:MOST_RECORDS])


def _reference(release: DownloadedRelease, asked: Sequence[ModelInput], sandbox: Sandbox) -> EngineAnswers:
    """Return what pipeline() and ONNX Runtime answer, by a fresh process in the sandbox."""
    question, answer = sandbox.folder / "engines.json", sandbox.folder / "engines-answers.json"
    EnginesJob(
        repo_id=release.commit.repo.id,
        sha=release.commit.sha,
        task=release.recipe.kind.pipeline_tag,
        adapter=release.recipe.is_adapter,
        threads=None,
        files=str(release.files.resolve()),
        inputs=tuple(asked),
    ).save(question)
    done = sandbox.run(
        ["-m", "hubpress.verify.engines.reference", str(question), str(answer)],
        timeout=_SECONDS,
        readable=[release.files.resolve()],
    )
    if not answer.is_file():
        raise VerifyFailed(f"{release.commit} cannot be asked: {last_line(done.stderr)}")
    return EngineAnswers.load(answer)


@dataclass(frozen=True)
class _Compared:
    """Answers beside pipeline()'s: how many decide alike, by how much scores differ, and what is wrong."""

    words: str
    differences: Sequence[str]


@dataclass(frozen=True)
class _Trial:
    """What engines are asked, and what pipeline() answers to it."""

    release: DownloadedRelease
    asked: Sequence[ModelInput]
    shown: int
    answers: EngineAnswers
    sandbox: Sandbox
    environments: Path

    def claim(self, engine: Engine) -> Claim:
        """Ask one engine, and hold its answers against pipeline()'s."""
        title, count = _TITLES[engine.name], len(self.asked) - self.shown
        of = f"{self.shown} examples{f' and {count} test records' if count else ', no test records'}"
        try:
            if engine.name == "onnxruntime":
                words, differences = self._by_onnx()
            elif engine.name == "transformers.js":
                words, differences = self._by_javascript(engine)
            else:
                words, differences = self._by_http(engine)
        except NoAnswer as why:
            return Claim(title, f"{of}, as pipeline() answers them", unproved=str(why))
        return Claim(title, f"{of}: {words}", differences)

    def _question(self, asked: Sequence[ModelInput]) -> Question:
        commit, answers = self.release.commit, self.answers
        return Question(commit.repo.id, commit.sha, answers.labels, answers.problem_type, asked)

    def _by_onnx(self) -> tuple[str, list[str]]:
        answers = self.answers
        if answers.fp32 is None:
            raise NoAnswer("the release has no ONNX files.")
        parts = [self._compared("fp32", answers.fp32, answers.pipeline, WIDGET_TOLERANCE)]
        if answers.int8 is not None and answers.pipeline_int8 is not None:
            how = "int8, beside that file in pipeline()'s place,"
            parts.append(self._compared(how, answers.int8, answers.pipeline_int8, WIDGET_TOLERANCE))
        return f"by onnxruntime and tokenizers alone, {_words(parts)}", _differences(parts)

    def _by_javascript(self, engine: Engine) -> tuple[str, list[str]]:
        answers = self.answers
        if answers.fp32 is None or answers.pipeline_int8 is None:
            raise NoAnswer("the release has no ONNX files.")
        version, found = ask_transformers_js(
            engine.folder, self.release.files, self.release.recipe.kind.pipeline_tag, self._question(self.asked),
            self.sandbox,
        )  # fmt: skip
        numbers = range(len(self.asked))
        whole, longer = ([number for number in numbers if answers.cut[number] is cut] for cut in (False, True))
        if not whole:
            raise NoAnswer("every input is longer than the model reads, and it cuts those elsewhere.")
        compare = partial(self._compared, ours=answers.pipeline, tolerance=WIDGET_TOLERANCE)
        parts = [
            compare("fp32", found["fp32"], places=whole),
            self._compared("int8", found["int8"], answers.pipeline_int8, INT8_TOLERANCE, whole),
        ]
        apart = compare("", found["fp32"], places=longer).words
        left = f"; not held against it, {len(longer)} longer than the model reads, which it cuts elsewhere: {apart}"
        words = f"by Transformers.js {version} in Node, of {len(whole)} that the model reads whole, {_words(parts)}"
        return f"{words}{left if longer else ''}", _differences(parts)

    def _by_http(self, engine: Engine) -> tuple[str, list[str]]:
        name, kind = engine.name, self.release.recipe.kind
        if kind.pipeline_tag == "token-classification":
            raise NoAnswer("it is asked for labels of whole texts alone, and this model finds entities.")
        if name in _NO_PAIRS and any(not isinstance(one, str) for one in self.asked):
            raise NoAnswer("it takes one text to classify, and this model reads pairs.")
        if name == "infinity":
            found, where = self._infinity(engine)
        else:
            found, where = ask(name, str(engine.address), self._question(self.asked)), f"at {engine.address}"
        tolerance = HALF_TOLERANCE if found.half_precision else WIDGET_TOLERANCE
        part = self._compared("", found.answers, self.answers.pipeline, tolerance)
        other = [f"it serves commit {found.other_commit}"] if found.other_commit else []
        return f"{where}, which serves {found.serves}: {part.words}", [*other, *part.differences]

    def _infinity(self, engine: Engine) -> tuple[Answered, str]:
        question = self._question(self.asked)
        if engine.address:
            return ask("infinity", engine.address, question), f"at {engine.address}"
        if self.release.recipe.is_adapter:
            raise NoAnswer("it loads whole models, and this repository holds an adapter.")
        if len(self.answers.labels) == 1:
            raise NoAnswer("it takes a model with one output for one that ranks, and does not classify by it.")
        program = installed(engine.folder, self.environments / "infinity", install=engine.install)
        with serving(program, self.release.files, self.sandbox) as address:
            return ask("infinity", address, question), "in an environment of its own"

    def _compared(
        self,
        what: str,
        found: Sequence[Scores],
        ours: Sequence[Scores],
        tolerance: float,
        places: Sequence[int] | None = None,
    ) -> _Compared:
        """Hold answers to the inputs at some *places*, by default all, against pipeline()'s."""
        places = range(len(self.asked)) if places is None else places
        decided, largest, far, odd = 0, 0.0, "", []
        decide = _decision_of(self.release, self.answers)
        for place in places:
            mine, theirs = ours[place], found[place]
            by = max((abs(mine[name] - theirs[name]) for name in mine.keys() & theirs.keys()), default=0.0)
            if mine.keys() != theirs.keys() and tolerance < INT8_TOLERANCE:
                odd.append(f"{what} another answer to {quoted(self.asked[place])}".strip())
            if by > largest:
                largest, far = by, quoted(self.asked[place])
            decided += decide is not None and decide(mine) == decide(theirs)
        differences = odd[:3]
        if largest > tolerance:
            differences.append(f"{what} scores differ by up to {largest:.4g}, most for {far}".strip())
        same = "numbers differ" if decide is None else f"{decided} of {len(places)} answers the same, scores differ"
        words = f"{what} {same} by {largest:.1g} at most (within {tolerance:g})"
        return _Compared(words.strip(), differences)


def _words(parts: Sequence[_Compared]) -> str:
    return "; ".join(part.words for part in parts)


def _differences(parts: Sequence[_Compared]) -> list[str]:
    return [difference for part in parts for difference in part.differences]


def _decision_of(release: DownloadedRelease, answers: EngineAnswers) -> Callable[[Scores], object] | None:
    """Return what makes a decision of scores, as the model's configuration has it: labels, or each token's tag.

    None of a model that answers numbers, of which nothing is decided.
    """
    if release.recipe.kind.pipeline_tag == "token-classification":
        return frozenset
    if answers.problem_type == "regression":
        return None
    decision = pipeline_module("decision").Decision.from_config(read_json(release.files / CONFIG))

    def decided(scores: Scores) -> object:
        [answer] = decision.decide(np.array([[scores.get(label, 0.0) for label in answers.labels]]))
        return sorted(str(entry["label"]) for entry in answer)

    return decided
