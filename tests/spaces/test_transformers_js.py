"""Transformers.js in Node: it reads a staged folder without a network and answers as Python does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import expit, softmax

from helpers.paths import TESTS
from helpers.processes import SECONDS
from helpers.release import Release
from hubpress.layout import QUANTIZED

HERE = TESTS / "transformers_js"
MODULES = Path(os.environ.get("HUBPRESS_NODE_MODULES") or HERE / "node_modules")
INSTALL = f"npm ci --ignore-scripts --prefix {HERE}"
pytestmark = pytest.mark.slow

CLASSIFY, TAG = "text-classification", "token-classification"
TEXTS = [
    "query",
    "Streaming search over a query cache, in parallel",
    "  two  spaces,\ttabs\nand line breaks\r\n ",
    "data cache, wireless amplifier search " * 60,  # more than the model reads
    "Query optimization (2024): an index of circuits on the web?! 50% faster",
    "Café naïve: résumé of Müller, cafe\u0301 nai\u0308ve decomposed",
    "emoji 🎉 in 👩‍🔬 data, flags 🇩🇪 and 中文 text",
    "<script>alert('x')</script> & [SEP] and [UNK] in search",
    "İstanbul Σίσυφος ﬁ ½ עברית",  # in capitals the two lower its last letter differently
    "a" * 300,
]


def node(*jobs: dict[str, Any]) -> list[Any]:
    """Return what Transformers.js answers to each job; skip the test where it is not installed."""
    found = shutil.which("node")
    version = (
        subprocess.run([found, "--version"], capture_output=True, text=True, check=True, timeout=SECONDS).stdout
        if found
        else ""
    )
    if not found or int(version.lstrip("v").partition(".")[0]) < 18:
        pytest.skip(f"Node 18 or later is needed, found {version.strip() or 'none'}: apt-get install -y nodejs npm")
    if not (MODULES / "@huggingface" / "transformers").is_dir():
        pytest.skip(f"No Transformers.js in {MODULES} (HUBPRESS_NODE_MODULES can name another folder): {INSTALL}")
    command = [found, str(HERE / "answers.mjs"), str(MODULES.resolve())]
    ran = subprocess.run(command, input=json.dumps(jobs), capture_output=True, text=True, timeout=SECONDS, check=False)
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    # The only attempt is the script's own, after its work: it shows that attempts are seen, and fail.
    assert said["attempts"] == ["fetch http://127.0.0.1/"] and "no network" in said["probe"], said
    return list(said["results"])


def quantised(folder: Path) -> list[np.ndarray]:
    """Return the logits of the quantised file in onnxruntime, one text at a time."""
    from onnxruntime import InferenceSession
    from transformers import AutoTokenizer

    tokenizer, session = AutoTokenizer.from_pretrained(str(folder)), InferenceSession(str(folder / QUANTIZED))
    names = [each.name for each in session.get_inputs()]
    encoded = [tokenizer(text, truncation=True, return_tensors="np") for text in TEXTS]
    return [session.run(None, {name: one[name] for name in names})[0][0] for one in encoded]


def same(ours: Sequence[dict[str, Any]], theirs: Sequence[dict[str, Any]], *keys: str) -> None:
    """Assert that both have the same values of *keys*, in this order, and the same scores."""
    assert [[one[key] for key in keys] for one in ours] == [[one[key] for key in keys] for one in theirs]
    assert [one["score"] for one in ours] == pytest.approx([one["score"] for one in theirs], abs=1e-4)


def check_classifier(folder: Path) -> None:
    """All labels and scores of all texts are those of Python, in fp32 and in int8."""
    from transformers import pipeline

    asked = {"folder": str(folder), "task": CLASSIFY, "texts": TEXTS, "options": {"top_k": None}}
    fp32, q8 = node({**asked, "dtype": "fp32"}, {**asked, "dtype": "q8"})
    pipe = pipeline(CLASSIFY, model=str(folder), truncation=True)
    labels, multi = pipe.model.config.id2label, pipe.model.config.problem_type == "multi_label_classification"
    for text, ours, eight, logits in zip(TEXTS, fp32, q8, quantised(folder), strict=True):
        same(ours, pipe(text, top_k=None), "label")
        scores = expit(logits) if multi else softmax(logits)
        same(eight, [{"label": labels[one], "score": scores[one]} for one in np.argsort(-scores)], "label")


def check_tagger(folder: Path) -> None:
    """Tag and score of every token are those of Python, in fp32 and in int8, and so are the entities in fp32."""
    from transformers import pipeline

    pipe = pipeline(TAG, model=str(folder), ignore_labels=[])
    special = pipe.tokenizer.all_special_ids
    read = [pipe.tokenizer(text, truncation=True)["input_ids"] for text in TEXTS]
    plain = [text for text, ids in zip(TEXTS, read, strict=True) if not set(special) & set(ids[1:-1])]
    asked = {"folder": str(folder), "task": TAG, "texts": TEXTS, "options": {"ignore_labels": []}}
    # Without O, Transformers.js joins entities over the words between them.
    simple = {"texts": plain, "options": {"ignore_labels": [], "aggregation_strategy": "simple"}}
    fp32, q8, entities = node(
        {**asked, "dtype": "fp32"}, {**asked, "dtype": "q8"}, {**asked, "dtype": "fp32", **simple}
    )
    for text, ids, ours, eight, logits in zip(TEXTS, read, fp32, q8, quantised(folder), strict=True):
        # It leaves out [UNK] and every other special token, wherever it stands.
        kept = [token for token in pipe(text) if ids[token["index"]] not in special]
        same(ours, kept, "index", "entity", "word")
        scores = softmax(logits, axis=-1)
        tags = [pipe.model.config.id2label[one] for one in scores.argmax(-1)]
        best = [{"index": n, "entity": tags[n], "score": scores[n].max()} for n in (one["index"] for one in kept)]
        same(eight, best, "index", "entity")
    assert len(plain) > 2
    for ours, theirs in zip(entities, pipe(plain, aggregation_strategy="simple"), strict=True):
        same(ours, theirs, "entity_group", "word")


@pytest.mark.parametrize("model", ["conference-titles", "asjc-subjects"])
def test_a_classifier_answers_as_in_python(released_all: Release, model: str) -> None:
    """Softmax or sigmoid, by the config."""
    check_classifier(released_all.build / model / "repo")


def test_a_tagger_answers_as_in_python(released_all: Release) -> None:
    """Token by token, and as entities."""
    check_tagger(released_all.build / "scierc-entities" / "repo")
