"""Pairs of very long texts: the tokens are the same, and the memory is that of one text."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from helpers.bases import BASES, TEXTS
from helpers.pipeline import custom, save_model
from hubpress.inference.classifier import columns_read
from hubpress.recipe.kinds import CUSTOM_PIPELINES

MORE = 1_500_000_000  # bytes; unguarded, the pair takes tens of gigabytes
_RUN = """
import resource, sys
from pathlib import Path

import torch
from datasets import Dataset
from transformers import pipeline

from hubpress.inference.pipeline import load_pipeline
from hubpress.recipe.load import load_recipe
from hubpress.tasks.text_task import ReadingTask

folder, models, more = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(1)
stock, own = load_pipeline(folder, task="text-classification"), pipeline(model=folder, trust_remote_code=True)
stock("warm up", truncation=True)
now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (now + more, now + more))
words = ("the choir sings at noon ", "a lamp of room four flickers ")
pair = {name: text * (20_000 // len(text.split())) for name, text in zip(("text", "text_pair"), words)}
print(own(pair)["label"], stock(pair, truncation=True)["label"])

class Reading(ReadingTask):
    def __init__(self, recipe): self.recipe = recipe

recipe = load_recipe("pair", models_dir=models)
records = Dataset.from_list([{**pair, "label": 0}])
[ids] = Reading(recipe).encode(records, own.tokenizer, cache_file=folder + "/cache.arrow")["input_ids"]
assert len(ids) == recipe.tokenizer.max_length
"""


def pairs(seed: int) -> list[tuple[str, str]]:
    """Return pairs of texts of many lengths, with and without spaces, some of them alike or equally long."""
    drawn = random.Random(seed)
    words = [*" ".join(TEXTS).split(), "naïve", "日本語の文章", "🙂🙂", "\n\n", "  ", "x" * 90]

    def text(length: int) -> str:
        between = drawn.choice([" ", " ", "", "\t "])
        return between.join(drawn.choice(words) for _ in range(length))

    lengths = [1, 9, 10, 40, 90, 91, 150]
    found = [(text(drawn.choice(lengths)), text(drawn.choice(lengths))) for _ in range(10)]
    same = text(120)
    return [*found, (same, same), (f"{same} choir", same), (same, f"{same} choir")]


@pytest.mark.parametrize("kind", ["BERT", "RoBERTa", "XLM-R"])
def test_the_tokens_are_those_of_the_whole_texts(kind: str) -> None:
    """Of word pieces, bytes and pieces of a language model, at lengths that leave a token over and that do not."""
    tokenizer: Any = BASES[kind].tokenizer()
    shortened = 0
    for length in (12, 33):
        for pair in pairs(length):
            [first], [second] = columns_read(tokenizer, [[text] for text in pair], max_length=length)
            shortened += (first, second) != pair
            whole = tokenizer(*pair, truncation=True, max_length=length)
            assert dict(tokenizer(first, second, truncation=True, max_length=length)) == dict(whole)
            assert pair[0].startswith(first) and pair[1].startswith(second)
    assert shortened > 10


@pytest.mark.slow
def test_a_pair_of_twenty_thousand_tokens_each_is_read_in_bounded_memory(tiny_base: Path, tmp_path: Path) -> None:
    """By the stock pipeline as hubpress asks it, by the code that ships beside a model, and for training."""
    code = CUSTOM_PIPELINES["binary"]
    folder = save_model(
        tmp_path / "model",
        tiny_base,
        ("other", "relevant"),
        code.files,
        problem_type="single_label_classification",
        input_template="{{ question }}",
        text_pair="{{ answer }}",
        custom_pipelines=custom(code.task, code.impl),
        decision={"rule": "threshold", "threshold": 0.4, "positive": "relevant"},
    )
    templates = Path(__file__).parents[2] / "models" / "templates"
    command = [sys.executable, "-c", _RUN, str(folder), str(templates), str(MORE)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split()[0] in ("other", "relevant")
