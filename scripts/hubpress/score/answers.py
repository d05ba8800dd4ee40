"""Texts -> answers, in a worker: by ONNX Runtime or torch on one thread, decided as the published pipeline decides.

None of the repository's code is run: the decision and the template are read from its config.json, by hubpress's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hubpress.content import pipeline_module
from hubpress.errors import HubpressError, first_line
from hubpress.inference import onnx
from hubpress.inference.classifier import columns_read
from hubpress.layout import CONFIG, QUANTIZED, WEIGHTS
from hubpress.schemas.model_config import ModelConfig

BATCH_TOKENS = 512
"""Of all texts of a batch, padding included: more do not fit a core's cache, and are slower."""


class Labels:
    """Answers with the labels that the model decides for, best first, and the parents of these."""

    def __init__(self, folder: Path, weights: str) -> None:
        """Load the model. Raises HubpressError where that fails."""
        self.config = ModelConfig.load(folder / CONFIG)
        self.logits = _Logits(folder, weights)
        self.decision = pipeline_module("decision").Decision.from_config(_plain(folder))

    def __call__(self, texts: Sequence[tuple[str, ...]]) -> dict[str, list[Any]]:
        """Return the columns of the answers to texts or pairs."""
        scores = self.decision.scores(self.logits(texts))
        has_parents = bool(self.decision.parents)
        answers = self.decision.decide(scores, parents=has_parents)
        found = [answer["labels"] for answer in answers] if has_parents else answers
        columns = {
            "labels": [[entry["label"] for entry in answer] for answer in found],
            "scores": [[entry["score"] for entry in answer] for answer in found],
        }
        if has_parents:
            columns["parents"] = [_levels(answer["parents"]) for answer in answers]
        return columns


class Numbers:
    """Answers with the numbers of a regression model, as its head gives them."""

    def __init__(self, folder: Path, weights: str) -> None:
        """Load the model. Raises HubpressError where that fails."""
        self.names = ModelConfig.load(folder / CONFIG).labels
        self.logits = _Logits(folder, weights)

    def __call__(self, texts: Sequence[tuple[str, ...]]) -> dict[str, list[Any]]:
        """Return the columns of the answers to texts or pairs."""
        rows = self.logits(texts).astype(np.float64).tolist()
        return {"numbers": [dict(zip(self.names, row, strict=True)) for row in rows]}


class Entities:
    """Answers with the entities of a token model, as its pipeline finds them; long texts are read in windows."""

    def __init__(self, folder: Path, weights: str) -> None:
        """Load the model. Raises HubpressError where that fails."""
        from hubpress.inference.pipeline import load_pipeline

        self.strategy = ModelConfig.load(folder / CONFIG).decision.aggregation_strategy or "simple"
        self.pipe = load_pipeline(str(folder), task="token-classification", threads=1)
        self.graph = None if weights == WEIGHTS else folder / weights

    def __call__(self, texts: Sequence[tuple[str, ...]]) -> dict[str, list[Any]]:
        """Return the columns of the answers to texts."""
        from contextlib import nullcontext
        from dataclasses import asdict

        from hubpress.inference.spans import entity_spans

        with onnx.computing_by(self.pipe, self.graph, threads=1) if self.graph else nullcontext():
            found = entity_spans(self.pipe, [text for (text,) in texts], strategy=self.strategy, batch_size=16)
            return {"entities": [[asdict(entity) for entity in entities] for entities in found]}


class _Logits:
    """Texts or pairs -> logits (texts, labels) in float32, batched by their tokens."""

    def __init__(self, folder: Path, weights: str) -> None:
        import transformers

        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        try:
            self.tokenizer = transformers.AutoTokenizer.from_pretrained(str(folder), trust_remote_code=False)
            self._run = _torch(folder) if weights == WEIGHTS else _graph(folder / weights)
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            raise HubpressError(f"cannot be loaded: {first_line(error)}", where=weights) from error
        # The activations of a quantised model share one scale, so that scores depend on the batch: it has one text.
        self._most = 0 if weights == QUANTIZED else BATCH_TOKENS

    def __call__(self, texts: Sequence[tuple[str, ...]]) -> np.ndarray:
        columns = [list(column) for column in zip(*texts, strict=True)]
        columns = columns_read(self.tokenizer, columns, max_length=self.tokenizer.model_max_length)
        encoded = self.tokenizer(*columns, truncation=True)
        names = [name for name in self.tokenizer.model_input_names if name in encoded]
        lengths = [len(ids) for ids in encoded["input_ids"]]
        found: dict[int, np.ndarray] = {}
        for batch in batches(lengths, self._most):
            inputs = {name: [encoded[name][index] for index in batch] for name in names}
            padded = self.tokenizer.pad(inputs, return_tensors="np")
            found.update(zip(batch, self._run({name: padded[name] for name in names}), strict=True))
        return np.stack([found[index] for index in range(len(texts))])


def batches(lengths: Sequence[int], most: int) -> list[list[int]]:
    """Return the places of texts in batches, by length: of *most* tokens each with what pads them, or of one text."""
    order = sorted(range(len(lengths)), key=lambda index: lengths[index])
    found: list[list[int]] = []
    for index in order:  # they get longer: this one is the longest of the batch
        if found and (len(found[-1]) + 1) * lengths[index] <= most:
            found[-1].append(index)
        else:
            found.append([index])
    return found


def _graph(path: Path) -> Any:
    session = onnx.session(path, threads=1)
    names = {entry.name for entry in session.get_inputs()}

    def run(inputs: dict[str, np.ndarray]) -> np.ndarray:
        given = {name: values.astype(np.int64, copy=False) for name, values in inputs.items() if name in names}
        return np.asarray(session.run(["logits"], given)[0], dtype=np.float32)

    return run


def _torch(folder: Path) -> Any:
    import torch
    import transformers

    torch.set_num_threads(1)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(
        str(folder), trust_remote_code=False, use_safetensors=True, dtype=torch.float32
    ).eval()

    @torch.inference_mode()
    def run(inputs: dict[str, np.ndarray]) -> np.ndarray:
        given = {name: torch.from_numpy(values) for name, values in inputs.items()}
        logits: np.ndarray = model(**given).logits.float().numpy()
        return logits

    return run


def _plain(folder: Path) -> Any:
    from hubpress.files import read_json

    return read_json(folder / CONFIG)


def _levels(above: Any) -> list[dict[str, Any]]:
    """Return the parents of an answer with the level that they are on, which is empty where there is one."""
    levels = above if isinstance(above, dict) else {"": above}
    return [{"level": level, **entry} for level, entries in levels.items() for entry in entries]
