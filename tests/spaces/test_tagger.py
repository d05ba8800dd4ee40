"""The entities Space, run where torch and transformers cannot be imported: its spans are the ner pipeline's."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client, handle_file

from helpers.space import Served, assemble_space, export_onnx, served, space_settings
from hubpress.inference.spans import entity_spans

# One worker: each would serve the Spaces for itself.
pytestmark = pytest.mark.xdist_group("space-entities")

KIND = "token-classification"
KINDS = ("Task", "Method", "OtherScientificTerm")
TAGS = ["O", *(f"{mark}-{kind}" for kind in KINDS for mark in "BI")]
ODD = [
    "Streaming search over a query cache",
    "  two  spaces,\ttabs\nand line breaks\r\n ",
    "Café naïve — résumé of Müller (2024): 50% faster!",
    "cafe\u0301 nai\u0308ve, decomposed",
    "emoji 🎉 in 👩‍🔬 data, flags 🇩🇪🇫🇷 and 中文 text",
    "state-of-the-art e-mail@example.org https://example.org/a?b=c",
    "<script>alert('x')</script> & <b>bold</b>",
    "[SEP] and [UNK] in [CLS] data",
    "\u200b\u00adzero width\ufeff and soft hy\u00adphen",
    "ﬁ ligature, ½, ①, Ⅷ, ẞ, İstanbul, ΣΊΣΥΦΟΣ",
    "שלום عربى mixed with search",
    "?!... ---",
    "supercalifragilisticexpialidocious" * 5,
    "web",
]
LONG = [
    "streaming query cache data, wireless amplifier circuits " * 40,
    "Café 🎉 search\t" * 60,
    "a" * 3000,
]


@dataclass(frozen=True)
class Space:
    """A Space that runs, its model, and a client of it."""

    at: Served
    model: Path
    client: Client


def _saved(folder: Path, base: Path, *, word_pieces: bool) -> Path:
    """Save a random model of few tags that reads 48 tokens; without word pieces a DistilBERT with byte-level BPE."""
    import torch
    from transformers import (
        AutoTokenizer,
        BertConfig,
        BertForTokenClassification,
        DistilBertConfig,
        DistilBertForTokenClassification,
    )

    torch.manual_seed(3)
    labels: dict[str, Any] = {"id2label": dict(enumerate(TAGS)), "label2id": {tag: n for n, tag in enumerate(TAGS)}}
    if word_pieces:
        config = BertConfig.from_pretrained(str(base), **labels, initializer_range=0.5)
        config.decision = {"rule": "argmax", "aggregation_strategy": "average"}
        BertForTokenClassification(config).save_pretrained(folder)
        tokenizer = AutoTokenizer.from_pretrained(str(base))
        tokenizer.model_max_length = 48
    else:
        tokenizer = _byte_level()
        distil = DistilBertConfig(
            vocab_size=len(tokenizer), dim=32, hidden_dim=32, n_layers=1, n_heads=2, max_position_embeddings=128,
            initializer_range=0.5, **labels,
        )  # fmt: skip
        distil.decision = {"rule": "argmax", "aggregation_strategy": "max"}
        DistilBertForTokenClassification(distil).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    export_onnx(folder, KIND)
    return folder


def _byte_level() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(ODD, trainer)
    pair = ("<s> $A </s> $B </s>", [("<s>", 0), ("</s>", 2)])
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", pair=pair[0], special_tokens=pair[1])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_max_length=48, pad_token="<pad>", unk_token="<unk>", cls_token="<s>",
        sep_token="</s>", bos_token="<s>", eos_token="</s>", model_input_names=["input_ids", "attention_mask"],
    )  # fmt: skip


@pytest.fixture(scope="module", params=["word pieces", "bytes"])
def tagger(
    request: pytest.FixtureRequest, tiny_base: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Space]:
    """A random tagger with either way of telling where a word goes on."""
    folder = tmp_path_factory.mktemp("tagger")
    model = _saved(folder / "model", tiny_base, word_pieces=request.param == "word pieces")
    examples = [{"text": ODD[0], "example_title": "A sentence"}]
    with served(assemble_space(folder / "space", space_settings(KIND, examples=examples)), model) as at:
        yield Space(at, model, Client(at.url, verbose=False, download_files=str(folder / "downloads")))


@pytest.mark.filterwarnings("ignore:Tokenizer does not support real words")
def test_spans_are_those_of_the_ner_pipeline(tagger: Space) -> None:
    """Spans, types and scores equal those of the card's strategy and stride, on odd texts too."""
    expected = _expected(tagger.model)
    found = [tagger.at.call("tag", text)["entities"] for text in [*ODD, *LONG]]
    for text, ours, theirs in zip([*ODD, *LONG], found, expected, strict=True):
        keys = ("entity_group", "word", "start", "end")
        assert [[entity[key] for key in keys] for entity in ours] == [[e[key] for key in keys] for e in theirs], text
        assert [entity["score"] for entity in ours] == pytest.approx([e["score"] for e in theirs], abs=1e-4)
        assert all(text[entity["start"] : entity["end"]] == entity["word"] for entity in ours)
    assert sum(map(len, found)) > 50 and len(found[-3]) > 20


@pytest.mark.filterwarnings("ignore:Tokenizer does not support real words")
def test_the_other_strategies_are_those_of_the_pipeline(tagger: Space, tmp_path: Path) -> None:
    """The strategy is the one that the model's config.json names; here the app's parts run without its page."""
    models = {strategy: tmp_path / strategy for strategy in ("simple", "first")}
    for strategy, model in models.items():
        shutil.copytree(tagger.model, model)
        config = json.loads((model / "config.json").read_text(encoding="utf-8"))
        config["decision"]["aggregation_strategy"] = strategy
        (model / "config.json").write_text(json.dumps(config), encoding="utf-8")
    code = """
import json, os, sys
from model import TextModel
from settings import Settings
from tagger import Tagger

found = []
for os.environ["MODEL_DIR"] in sys.argv[1:]:
    tagger = Tagger(TextModel(Settings.load()), Settings.load())
    found.append([tagger.entities(text) for text in json.loads(os.environ["TEXTS"])])
print(json.dumps(found))
"""
    space, texts = assemble_space(tmp_path / "space", space_settings(KIND)), json.dumps([*ODD, *LONG])
    ran = subprocess.run(
        [sys.executable, "-c", code, *map(str, models.values())],
        cwd=space, env={**os.environ, "TEXTS": texts}, check=True, capture_output=True, text=True,
    )  # fmt: skip
    keys = ("entity_group", "start", "end")
    for found, model in zip(json.loads(ran.stdout), models.values(), strict=True):
        assert [[[e[key] for key in keys] for e in row] for row in found] == [
            [[e[key] for key in keys] for e in row] for row in _expected(model)
        ]


def _expected(model: Path) -> list[list[dict[str, Any]]]:
    from transformers import pipeline

    pipe = pipeline("ner", model=str(model))
    strategy = pipe.model.config.decision["aggregation_strategy"]
    found = entity_spans(pipe, [*ODD, *LONG], strategy=strategy, batch_size=1)
    return [[asdict(one) for one in row] for row in found]


def test_a_batch_has_a_line_for_each_entity(tagger: Space, tmp_path: Path) -> None:
    """The same entities as /tag; other columns are kept, texts are not repeated, an empty one is noted."""
    file = tmp_path / "inputs.jsonl"
    rows = [{"id": number, "text": text} for number, text in enumerate([*ODD[:5], " ", "\ud800"])]
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    summary, results = tagger.client.predict(handle_file(str(file)), None, api_name="/batch")
    with Path(results).open(encoding="utf-8", newline="") as stream:
        header, *lines = csv.reader(stream)
    assert header == ["row", "id", "entity", "type", "score", "start", "end", "note"] and summary["rows"] == len(rows)
    for number, text in enumerate(ODD[:5]):
        entities = tagger.at.call("tag", text)["entities"]
        found = [line for line in lines if line[0] == str(number + 1)]
        assert [line[2:7] for line in found if not line[7]] == [
            [e["word"], e["entity_group"], f"{e['score']:.6f}", str(e["start"]), str(e["end"])] for e in entities
        ]
    assert "the text is empty" in lines[-2][7] and "surrogate" in lines[-1][7]


def test_what_is_no_text_is_said(tagger: Space) -> None:
    """An error with a sentence, not an empty list; and only the named endpoints are open."""
    for given, told in (("", "the text is empty"), (None, "it is no text"), ("a" * 100_001, "the limit is 100,000")):
        with pytest.raises(RuntimeError, match=told):
            tagger.at.call("tag", given)
    assert set(tagger.client.view_api(return_format="dict")["named_endpoints"]) == {"/tag", "/batch"}
