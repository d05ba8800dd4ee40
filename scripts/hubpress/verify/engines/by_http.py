"""Engines that answer by HTTP: Infinity, Text Embeddings Inference (TEI) and vLLM, each by the requests of its own API.

No token, no login of this machine and no proxy goes with a request, no redirect is followed, and no answer is read
beyond a limit: whoever listens at an address gets the texts, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np

from hubpress.errors import HubpressError, first_line
from hubpress.files import JsonObject, parse_json
from hubpress.inference.inputs import TEXTS, ModelInput
from hubpress.schemas.engines import Scores
from hubpress.text import quoted
from hubpress.verify.engines.plain_onnx import scores_of

_SECONDS = 120.0
_CONNECT_SECONDS = 10.0
_MOST_BYTES = 64_000_000
_AT_ONCE = 8


class NoAnswer(HubpressError):
    """An engine could not be asked, or what answered is not that engine."""


@dataclass(frozen=True)
class Answered:
    """What an engine says: which model it serves, in words; the answers; and how exact its numbers are."""

    serves: str
    answers: Sequence[Scores]
    half_precision: bool = False
    other_commit: str | None = None
    """The commit that it says it serves, where that is another one."""


@dataclass(frozen=True)
class Question:
    """What engines are asked: texts or pairs, of a model at a commit with labels in the order of their numbers."""

    repo_id: str
    sha: str
    labels: Sequence[str]
    problem_type: str | None
    inputs: Sequence[ModelInput]


def ask(name: str, address: str, question: Question, *, seconds: float = _SECONDS) -> Answered:
    """Return what an engine at an address answers. Raises NoAnswer, with one sentence, where it gives no answers."""
    limits = httpx.Timeout(seconds, connect=min(_CONNECT_SECONDS, seconds))
    with httpx.Client(trust_env=False, follow_redirects=False, timeout=limits) as client:
        try:
            return _ASKED[name](_Door(client, name, address), question)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise NoAnswer(f"what answers at {address} does not answer as {name} does.") from error


@dataclass(frozen=True)
class _Door:
    """An engine's address, asked for JSON."""

    client: httpx.Client
    name: str
    address: str

    def get(self, path: str) -> Any:
        return self._read("GET", path, None)

    def post(self, path: str, body: JsonObject) -> Any:
        return self._read("POST", path, body)

    def _read(self, method: str, path: str, body: JsonObject | None) -> Any:
        try:
            with self.client.stream(method, f"{self.address}{path}", json=body) as response:
                content = b""
                for block in response.iter_bytes():
                    content += block
                    if len(content) > _MOST_BYTES:
                        raise NoAnswer(f"{path} of {self.address} answers with more than {_MOST_BYTES // 10**6} MB.")
        except httpx.TimeoutException as error:
            raise NoAnswer(f"{self.name} at {self.address} does not answer in time.") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise NoAnswer(f"nothing answers as {self.name} at {self.address}: {first_line(error)}") from error
        if response.status_code != httpx.codes.OK:
            said = quoted(content.decode("utf-8", "replace").strip(), 120)
            raise NoAnswer(f"{path} of {self.address} answers {response.status_code}: {said}")
        return parse_json(content.decode("utf-8"))


def _ask_infinity(door: _Door, question: Question) -> Answered:
    """Ask Infinity, which answers by a pipeline of transformers 4: its scores are probabilities already."""
    model = _served([one["id"] for one in door.get("/models")["data"]], question)
    found: list[Scores] = []
    for some in _some(question.inputs):
        said = door.post("/classify", {"model": model, "input": some})["data"]
        found += [_named({str(entry["label"]): float(entry["score"]) for entry in one}, question) for one in said]
    return Answered(model, _whole(found, question))


def _ask_tei(door: _Door, question: Question) -> Answered:
    """Ask TEI for raw scores, since it would make shares of them by softmax, whatever the labels are."""
    about = door.get("/info")
    model, commit = str(about["model_id"]), about.get("model_sha")
    about["model_type"], about["version"]  # what TEI says, and hardly anything else
    found: list[Scores] = []
    for some in _some(question.inputs, int(about.get("max_client_batch_size") or _AT_ONCE)):
        inputs = [[one] if isinstance(one, str) else [one[name] for name in TEXTS] for one in some]
        said = door.post("/predict", {"inputs": inputs, "raw_scores": True, "truncate": True})
        for one in said:
            raw = _named({str(entry["label"]): float(entry["score"]) for entry in one}, question)
            found.append(_scored([raw[label] for label in question.labels], question))
    serves = f"{model}{f' at {str(commit)[:7]}' if commit else ''} in {about.get('model_dtype')}"
    is_other = bool(commit) and len(str(commit)) == len(question.sha) and commit != question.sha
    return Answered(
        serves,
        _whole(found, question),
        half_precision=about.get("model_dtype") != "float32",
        other_commit=str(commit) if is_other else None,
    )


def _ask_vllm(door: _Door, question: Question) -> Answered:
    """Ask vLLM for raw scores: what it makes of them otherwise has changed from version to version."""
    model = _served([str(one["id"]) for one in door.get("/v1/models")["data"]], question)
    found: list[Scores] = []
    for some in _some(question.inputs):
        body = {"model": model, "input": some, "use_activation": False, "truncate_prompt_tokens": -1}
        said = sorted(door.post("/classify", body)["data"], key=lambda one: int(one["index"]))
        found += [_scored([float(raw) for raw in one["probs"]], question) for one in said]
    return Answered(model, _whole(found, question), half_precision=True)


_ASKED: dict[str, Callable[[_Door, Question], Answered]] = {
    "infinity": _ask_infinity,
    "tei": _ask_tei,
    "vllm": _ask_vllm,
}


def _some(inputs: Sequence[ModelInput], most: int = _AT_ONCE) -> list[list[ModelInput]]:
    step = max(1, min(most, _AT_ONCE))
    return [list(inputs[start : start + step]) for start in range(0, len(inputs), step)]


def _served(names: Sequence[str], question: Question) -> str:
    """Return the name under which an engine has the model: the repository's, or the only one that there is."""
    if question.repo_id in names:
        return question.repo_id
    if len(names) != 1:
        raise NoAnswer(f"it serves {', '.join(names) or 'no model'}, and none is {question.repo_id}.")
    return names[0]


def _named(scores: Scores, question: Question) -> Scores:
    if set(scores) != set(question.labels):
        raise NoAnswer(f"its labels are not those of {question.repo_id}: {quoted(sorted(scores))}.")
    return scores


def _scored(raw: Sequence[float], question: Question) -> Scores:
    if len(raw) != len(question.labels):
        raise NoAnswer(f"it answers with {len(raw)} scores, and {question.repo_id} has {len(question.labels)} labels.")
    return dict(zip(question.labels, scores_of(np.array(raw), question.problem_type).tolist(), strict=True))


def _whole(found: Sequence[Scores], question: Question) -> Sequence[Scores]:
    if len(found) != len(question.inputs):
        raise NoAnswer(f"it gives {len(found)} answers to {len(question.inputs)} inputs.")
    return found
