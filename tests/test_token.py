"""Token models: windows of long sentences, labels of first pieces, entities by seqeval, answers of the pipeline."""

from __future__ import annotations

import json
import random
import warnings
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from hubpress.data.prepare import prepare
from hubpress.data.sources import source_files
from hubpress.data.stored import load_split
from hubpress.inference.windows import cut, first_pieces, windows, word_spans
from hubpress.metrics.bootstrap import bootstrap_intervals
from hubpress.metrics.entities import EntityPredictions, SentenceErrors, entities_of
from hubpress.metrics.iob2 import repaired
from hubpress.recipe.load import load_recipe
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.evaluation import Example
from hubpress.schemas.splits import SplitFacts

GOOD = Path(__file__).parent / "samples" / "bad" / "good" / "recipe.yaml"
LABELS = ("O", "B-dish", "I-dish", "B-place", "I-place")
SHORT = 16  # tokens, two of them special ones
# Words by the tag that the rigged model gives to every piece of them.
WORDS = {
    "O": "we eat in at the and again , .",
    "B-dish": "cafe soup state",
    "I-dish": "- of art noodle ##ria",
    "B-place": "munchen new",
    "I-place": "york 😀",
}


@pytest.fixture(scope="module")
def rigged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT without layers, lower-cased and without accents, whose head gives every piece the tag of WORDS."""
    import torch
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertConfig, BertForTokenClassification, BertTokenizerFast

    folder = tmp_path_factory.mktemp("rigged")
    tags = {piece: number for number, label in enumerate(LABELS) for piece in WORDS[label].split()}
    numbers = {piece: number for number, piece in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *tags])}
    BertWordPieceTokenizer(numbers, lowercase=True).save(str(folder / "tokenizer.json"))
    BertTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"), model_max_length=SHORT).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(numbers),
        hidden_size=8,
        num_hidden_layers=0,
        num_attention_heads=1,
        intermediate_size=8,
        max_position_embeddings=64,
        id2label=dict(enumerate(LABELS)),
        label2id={label: number for number, label in enumerate(LABELS)},
    )
    model = BertForTokenClassification(config)
    with torch.no_grad():
        for weight in model.parameters():
            weight.zero_()
        model.bert.embeddings.LayerNorm.weight.fill_(1)
        for piece, number in numbers.items():
            model.bert.embeddings.word_embeddings.weight[number, tags.get(piece, 0)] = 1
        model.classifier.weight.copy_(torch.eye(len(LABELS), 8) * 4)
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def mixed(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny BERT with a random head: its answers depend on all that it reads."""
    import torch
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    folder = tmp_path_factory.mktemp("mixed")
    torch.manual_seed(1)
    labels: dict[str, Any] = {
        "id2label": dict(enumerate(LABELS)),
        "label2id": {label: number for number, label in enumerate(LABELS)},
    }
    model = AutoModelForTokenClassification.from_pretrained(tiny_base, num_labels=len(LABELS), **labels)
    torch.nn.init.normal_(model.classifier.weight)
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(tiny_base, model_max_length=SHORT).save_pretrained(folder)
    return folder


@pytest.fixture
def given(tmp_path: Path) -> Callable[..., tuple[Recipe, SplitFacts, Path]]:
    """Write a recipe and records of words and tags, the same in train and test; return recipe, facts and splits."""

    def run(records: Sequence[tuple[str, str]], **training: Any) -> tuple[Recipe, SplitFacts, Path]:
        folder = tmp_path / "models" / "pets"
        folder.mkdir(parents=True, exist_ok=True)
        recipe = yaml.safe_load(GOOD.read_text(encoding="utf-8"))
        del recipe["data"]["input_template"], recipe["sample"]
        recipe |= {"task": "token", "tokenizer": {"max_length": SHORT}, "evaluation": {"batch_size": 4}}
        recipe["training"] |= training
        recipe["data"] |= {
            "source": ".",
            "files": {"train": "train.jsonl", "validation": "all.jsonl", "test": "all.jsonl"},
            "labels": ["dish", "place"],
            "columns": {"tokens": "tokens", "tags": "tags"},
            "split": {"method": "given"},
            "duplicates": "keep",
            "unused_labels": "keep",
        }
        (folder / "recipe.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
        lines = [json.dumps({"tokens": words.split(" "), "tags": tags.split()}) for words, tags in records]
        every = [json.dumps({"tokens": ["x", "y"], "tags": ["B-dish", "B-place"]})]
        (folder / "all.jsonl").write_text("\n".join(lines), encoding="utf-8")
        (folder / "train.jsonl").write_text("\n".join([*lines, *every]), encoding="utf-8")
        loaded = load_recipe("pets", models_dir=folder.parent)
        facts = prepare(loaded, source_files(loaded), tmp_path / "data", cache_dir=tmp_path / "cache")
        assert facts.labels == LABELS
        return loaded, facts, tmp_path / "data"

    return run


def pipe_of(folder: Path) -> Any:
    import transformers

    return transformers.pipeline("token-classification", model=str(folder))


def random_tags(rng: random.Random, words: int) -> list[int]:
    return [rng.choice((0, 0, 1, 2, 2, 3, 4)) for _ in range(words)]


def valid(tags: Sequence[int]) -> str:
    """Return tags as the records hold them, an I- that continues nothing made a B-."""
    return " ".join(LABELS[tag] for tag in repaired(tags))


# Windows


def test_every_word_is_owned_once_and_every_window_fits() -> None:
    """Also with words of no piece and words longer than a window, which stand alone."""
    rng = random.Random(0)
    for _ in range(3000):
        size = rng.randint(1, 30)
        counts = [rng.choice((0, 1, 1, 2, rng.randint(1, size + 3))) for _ in range(rng.randint(1, 60))]
        found = windows(counts, size)
        assert [word for window in found for word in range(window.first, window.last)] == list(range(len(counts)))
        for window in found:
            assert window.start <= window.first < window.last <= window.stop
            assert sum(counts[window.start : window.stop]) <= size or window.stop == window.start + 1, (counts, size)


def test_what_fits_is_one_window_and_what_does_not_has_context() -> None:
    """Between two windows a word has at least a seventh of the window around it on either side."""
    (only,) = windows([1] * 30, 30)
    assert (only.start, only.stop, only.first, only.last) == (0, 30, 0, 30)
    found = windows([1] * 1000, 30)
    assert len(found) > 1
    for before, after in pairwise(found):
        assert before.stop - before.last >= 30 // 7
        assert after.first - after.start >= 30 // 7


@pytest.mark.parametrize(
    ("offsets", "firsts"),
    [
        ([(0, 0), (0, 2), (2, 4), (5, 8), (0, 0)], [1, 3]),
        ([(0, 4), (4, 8)], [0, 1]),  # SentencePiece: the piece begins with the space
        ([(0, 4), (4, 5), (5, 8)], [0, 2]),  # and a space by itself is no piece of the word after it
        ([(1, 4)], [0, None]),  # the tokenizer leaves out a first character, and a whole word
    ],
)
def test_the_first_piece_of_a_word(offsets: list[tuple[int, int]], firsts: list[int | None]) -> None:
    """A word is found by its characters, in any tokenizer's way of counting them."""
    assert first_pieces(offsets, word_spans(["soup", "art"])) == firsts


# Encoding


def test_first_pieces_carry_the_tags(rigged: Path, given: Callable[..., Any], tmp_path: Path) -> None:
    """The other pieces, special tokens and context carry -100; every word of a long sentence is labelled once."""
    from transformers import AutoTokenizer

    from hubpress.tasks.token import TokenTask

    long = "the cafeteria again \u200b " + "new york , soup-of-art " * 10 + "." + "cafe" * 40
    tags = random_tags(random.Random(1), len(long.split(" ")))
    first = ("we eat caferia soup-of-art -", "O B-place B-dish I-dish O")
    recipe, facts, data = given([first, (long, valid(tags))])
    task = TokenTask(recipe, facts)
    tokenizer = AutoTokenizer.from_pretrained(rigged)
    split = load_split(data, "test")
    encoded = task.encode(split, tokenizer, cache_file=str(tmp_path / "encoded.arrow"))
    pieces = [tokenizer.convert_ids_to_tokens(number) for number in encoded[0]["input_ids"]]
    assert pieces[1:-1] == ["we", "eat", "cafe", "##ria", "soup", "-", "of", "-", "art", "-"]
    assert encoded[0]["labels"] == [-100, 0, 3, 1, -100, 2, -100, -100, -100, -100, 0, -100]
    assert all(len(row["input_ids"]) == len(row["labels"]) <= SHORT for row in encoded)
    labelled = [tag for row in encoded for tag in row["labels"] if tag != -100]
    expected = [tag for row in split for word, tag in zip(row["tokens"], row["tags"], strict=True) if word != "\u200b"]
    assert labelled == expected
    assert len(encoded) > 4


def test_byte_level_bpe_keeps_windows_within_the_length() -> None:
    """A word at a window's beginning has no space before it, which byte-level BPE may cut into more pieces."""
    from tokenizers import ByteLevelBPETokenizer
    from transformers import PreTrainedTokenizerFast

    plain = ByteLevelBPETokenizer()
    plain.train_from_iterator(
        ["one two three four five six"] * 20, vocab_size=300, min_frequency=2, show_progress=False
    )
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=plain._tokenizer)
    sentence = ["three", "six", "zebra", "five"] * 20
    cuts = cut([sentence], tokenizer, max_length=12)
    assert all(len(tokenizer(piece.text)["input_ids"]) <= 12 for piece in cuts)
    assert [piece.words[word] for piece in cuts for word in piece.own] == sentence


# Loss


@pytest.mark.parametrize("weight", [None, "balanced", {"dish": 3.0}])
def test_the_loss_of_a_step_does_not_depend_on_its_micro_batches(
    weight: Any, mixed: Path, given: Callable[..., Any], tmp_path: Path
) -> None:
    """Micro-batches of very different lengths sum up to the loss of the whole batch, with weights and smoothing."""
    import torch
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    from hubpress.tasks.token import TokenTask

    records = [("a-model", "B-dish"), ("query " * 9 + "web", "B-place " + "I-place " * 8 + "O")]
    recipe, facts, data = given(records, class_weight=weight, label_smoothing_factor=0.1)
    task = TokenTask(recipe, facts)
    tokenizer = AutoTokenizer.from_pretrained(mixed)
    encoded = task.encode(load_split(data, "test"), tokenizer, cache_file=str(tmp_path / "e.arrow"))
    model = AutoModelForTokenClassification.from_pretrained(mixed).eval()
    loss, collate = task.loss(encoded), task.collator(tokenizer)

    def of(rows: list[int], items: int | None) -> torch.Tensor:
        batch = collate([encoded[row] for row in rows])
        targets = batch.pop("labels")
        value = loss(model(**batch), targets, num_items_in_batch=items)
        assert isinstance(value, torch.Tensor)
        return value

    labelled = sum(tag != -100 for row in encoded for tag in row["labels"])
    whole = of([0, 1], None)
    torch.testing.assert_close(of([0], labelled) + of([1], labelled), whole)
    if weight is not None:  # a weight changes it, and a type's weight is that of both of its tags
        plain = TokenTask(recipe.model_copy(update={"training": type(recipe.training)()}), facts).loss(encoded)
        batch = collate([encoded[0], encoded[1]])
        targets = batch.pop("labels")
        assert not torch.isclose(plain(model(**batch), targets), whole)


@pytest.mark.slow
def test_trainer_accumulates_the_same_gradient(mixed: Path, given: Callable[..., Any], tmp_path: Path) -> None:
    """One step of two micro-batches leaves the same weights as one of a whole batch."""
    import torch
    import transformers

    from hubpress.tasks.token import TokenTask

    rng = random.Random(2)
    texts = [" ".join(rng.choices(["model", "query", "web", "the"], k=length)) for length in (1, 2, 10, 11)]
    records = [(text, valid(random_tags(rng, len(text.split())))) for text in texts]
    recipe, facts, data = given(records)
    task = TokenTask(recipe, facts)
    tokenizer = transformers.AutoTokenizer.from_pretrained(mixed)
    encoded = task.encode(load_split(data, "test"), tokenizer, cache_file=str(tmp_path / "e.arrow"))
    heads = []
    for size in (4, 1):
        model = task.model_class().from_pretrained(mixed, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
        model.accepts_loss_kwargs = False
        arguments = transformers.TrainingArguments(
            str(tmp_path / "out"), max_steps=1, per_device_train_batch_size=size, gradient_accumulation_steps=4 // size,
            optim="sgd", learning_rate=1.0, max_grad_norm=0.0, use_cpu=True, report_to="none", disable_tqdm=True,
            save_strategy="no", seed=0,
        )  # fmt: skip
        trainer = transformers.Trainer(
            model=model, args=arguments, train_dataset=encoded, data_collator=task.collator(tokenizer),
            compute_loss_func=task.loss(encoded),
        )  # fmt: skip
        trainer.train()
        heads.append(model.classifier.weight.detach().clone())
    torch.testing.assert_close(heads[0], heads[1])


# Scoring


def test_the_scores_are_seqevals() -> None:
    """Micro-averages, rows of types and the bootstrap's counts, on tags that break off and begin with I-."""
    from seqeval.metrics import classification_report, f1_score, precision_score, recall_score
    from seqeval.scheme import IOB2

    rng = random.Random(3)
    for _ in range(30):
        lengths = [rng.randint(1, 12) for _ in range(rng.randint(2, 30))]
        true, predicted = ([random_tags(rng, length) for length in lengths] for _ in range(2))
        predicted = [list(truth) if rng.random() < 0.5 else tags for truth, tags in zip(true, predicted, strict=True)]
        outcome = EntityPredictions(LABELS, true, predicted)
        names = [[[LABELS[tag] for tag in tags] for tags in sequences] for sequences in (true, predicted)]
        options = {"mode": "strict", "scheme": IOB2, "zero_division": 0}
        expected = {"f1": f1_score, "precision": precision_score, "recall": recall_score}
        metrics = outcome.metrics(("f1", "precision", "recall"))
        assert metrics == pytest.approx({name: score(*names, **options) for name, score in expected.items()})
        report = classification_report(*names, output_dict=True, **options)
        for row in outcome.per_class():
            theirs = report.get(row.label, {"precision": 0, "recall": 0, "f1-score": 0, "support": 0})
            assert [row.precision, row.recall, row.f1, row.support] == pytest.approx(
                [theirs["precision"], theirs["recall"], theirs["f1-score"], theirs["support"]]
            )
        import numpy as np

        assert outcome.resampled(("f1",), np.ones((1, len(outcome))))[0, 0] == pytest.approx(metrics["f1"])
        assert sum(row.correct for row in outcome.per_class()) == sum(
            outcome.confusion().matrix[kind][kind] for kind in range(2)
        )


def test_nothing_answered_scores_nothing_without_a_warning() -> None:
    """An all-O answer gives 0; so does truth without entities."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for true, predicted in (([[1, 2, 0], [3]], [[0, 0, 0], [0]]), ([[0, 2], [0]], [[0, 0], [0]])):
            outcome = EntityPredictions(LABELS, true, predicted)
            assert outcome.metrics(("f1", "recall")) == {"f1": 0.0, "recall": 0.0}
            assert [row.correct for row in outcome.per_class()] == [0, 0]
            assert bootstrap_intervals(("f1",), outcome, samples=10, confidence=0.95)["f1"].high == 0


def test_what_was_missed_and_what_was_made_up() -> None:
    """The confusion matrix counts types at the same borders; sentences with the most errors come first."""
    sentences = [["we", "eat", "soup"], ["new", "york", "soup", "cafe"]]
    outcome = EntityPredictions(LABELS, [[0, 0, 1], [3, 4, 1, 1]], [[0, 0, 3], [3, 0, 1, 0]])
    confusion = outcome.confusion()
    assert (confusion.names, confusion.matrix) == (("dish", "place", "none"), ((1, 1, 1), (0, 0, 1), (0, 1, 0)))
    assert outcome.errors(sentences) == [
        SentenceErrors("new york soup cafe", ("new york (place)", "cafe (dish)"), ("new (place)",)),
        SentenceErrors("we eat soup", ("soup (dish)",), ("soup (place)",)),
    ]
    (long,) = EntityPredictions(LABELS, [[1] * 99], [[0] * 99]).errors([["word"] * 99])
    assert len(long.text) == 200


def test_entity_types_with_hyphens() -> None:
    """A type may end with a hyphen, which seqeval strips; other types are not taken for it."""
    labels = ("O", "B-a", "I-a", "B-a-", "I-a-")
    assert EntityPredictions(labels, [[1]], [[3]]).metrics(("f1",)) == {"f1": 0.0}
    assert entities_of([3, 4, 0, 2], labels) == [(0, 2, "a-")]


# Answers of the pipeline


def test_the_outcome_is_the_models_own_argmax(mixed: Path, given: Callable[..., Any]) -> None:
    """Word tags read from the pipeline are those of the model's logits at each word's first piece."""
    import torch
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    from hubpress.tasks.token import TokenTask

    rng = random.Random(4)
    vocabulary = ["Data", "data-web", "web,", "(web)", "data\u0301", "\u4e2d\u6587", "of", "10%", "[SEP]", "\U0001f600"]
    texts = [rng.choices(vocabulary, k=rng.randint(1, 4)) for _ in range(40)]
    recipe, facts, data = given([(" ".join(words), valid(random_tags(rng, len(words)))) for words in texts])
    task = TokenTask(recipe, facts)
    model, tokenizer = AutoModelForTokenClassification.from_pretrained(mixed), AutoTokenizer.from_pretrained(mixed)
    split = load_split(data, "test")
    expected = []
    for words in split["tokens"]:
        batch = tokenizer([words], is_split_into_words=True, return_tensors="pt")
        with torch.no_grad():
            tags = model(**batch).logits[0].argmax(dim=-1).tolist()
        numbers = batch.word_ids()
        expected.append([tags[numbers.index(word)] for word in range(len(words))])
    outcome = task.predictions(pipe_of(mixed), split)
    assert outcome.predicted == expected
    assert outcome.true == list(split["tags"])
    assert len({tag for tags in expected for tag in tags}) > 2


def test_long_sentences_are_read_whole(rigged: Path, given: Callable[..., Any]) -> None:
    """Stitched windows give each word of a long sentence the tag that the model gives it, in the words' order."""
    from hubpress.tasks.token import TokenTask

    rng = random.Random(5)
    tags = {piece: label for label in LABELS for piece in WORDS[label].split() if not piece.startswith("##")}
    texts = [rng.choices(list(tags), k=length) for length in (1, 300, 13, 14, 15, 77)]
    texts[3][4] = "\u200b"  # of which the tokenizer leaves nothing
    texts[5][70] = "cafe" * 30
    expected = [[LABELS.index(tags.get(word, "O")) for word in words] for words in texts]
    recipe, facts, data = given([(" ".join(words), valid(row)) for words, row in zip(texts, expected, strict=True)])
    task = TokenTask(recipe, facts)
    outcome = task.predictions(pipe_of(rigged), load_split(data, "test"))
    assert outcome.predicted == expected


def test_the_training_table_can_be_measured_again(mixed: Path, given: Callable[..., Any], tmp_path: Path) -> None:
    """What Trainer measures on windows, the pipeline measures on the same windows."""
    import torch
    from transformers import AutoModelForTokenClassification, AutoTokenizer, EvalPrediction

    from hubpress.tasks.token import TokenTask

    rng, words = random.Random(6), ["a", "model", "of", "query", "web", "\u200b", "data"]
    texts = [" ".join(rng.choices(words, k=length)) for length in range(1, 60)]
    recipe, facts, data = given([(text, valid(random_tags(rng, len(text.split(" "))))) for text in texts])
    task = TokenTask(recipe, facts)
    model, tokenizer = AutoModelForTokenClassification.from_pretrained(mixed), AutoTokenizer.from_pretrained(mixed)
    split = load_split(data, "validation")
    encoded = task.encode(split, tokenizer, cache_file=str(tmp_path / "e.arrow"))
    batch = task.collator(tokenizer)(list(encoded))
    targets = batch.pop("labels")
    with torch.no_grad():
        answers = task.reducer()(model(**batch).logits, targets)
    table = task.validation_metrics()(EvalPrediction(answers.numpy(), targets.numpy()))
    assert task.validated(pipe_of(mixed), split).metrics == table
    assert table["f1"] > 0
    assert table != task.predictions(pipe_of(mixed), split).metrics(recipe.metrics)


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("We eat Café  soup", ["Café", "soup"]),
        ("in\tMünchen, 😀 the CAFÉ", ["München", "😀", "CAFÉ"]),
        ("😀😀 we eat in  new \t york .", ["new \t york"]),
        ("état state-of-art and New\u00a0York", ["state-of-art", "New\u00a0York"]),
        ("the " * 30 + "cafeteria", []),  # not a word that the model knows
        ("the " * 30 + "new york " + "again " * 30 + "Café", ["new york", "Café"]),
    ],
)
def test_spans_are_the_texts_own(text: str, spans: list[str], rigged: Path, given: Callable[..., Any]) -> None:
    """Offsets count characters, not bytes; the word is the text at its place, and long texts are read to the end."""
    from hubpress.tasks.token import TokenTask

    recipe, facts, _ = given([("soup", "B-dish")])
    (shown,) = TokenTask(recipe, facts).widget(pipe_of(rigged), [Example(text=text, example_title="")])
    rows = shown.as_json()["output"]
    assert [text[row["start"] : row["end"]] for row in rows] == spans
    assert [row["word"] for row in rows] == spans


def test_measured_by_characters_as_well(rigged: Path, given: Callable[..., Any]) -> None:
    """The figures of a rigged model that knows every word but one, whole and as aggregated spans."""
    from hubpress.tasks.token import TokenTask

    recipe, facts, data = given(
        [
            ("we eat Café soup in new york .", "O O B-dish B-dish O B-place I-place O"),
            ("state-of-art again", "B-dish O"),
            ("the unheard", "O B-dish"),
        ]
    )
    task = TokenTask(recipe, facts)
    measured = task.measure(pipe_of(rigged), load_split(data, "test")).as_json()
    assert measured["metrics"] == pytest.approx({"f1": 8 / 9, "precision": 1.0, "recall": 0.8})
    assert measured["aggregated"] == pytest.approx(
        {"strategy": "average", "f1": 8 / 9, "precision": 1.0, "recall": 0.8}
    )
    assert measured["intervals"]["f1"]["low"] <= 8 / 9 <= measured["intervals"]["f1"]["high"]
    assert measured["errors"] == [{"text": "the unheard", "missed": ["unheard (dish)"], "wrong": []}]
    assert measured["confusion"]["matrix"] == [[3, 0, 1], [0, 1, 0], [0, 0, 0]]


def test_the_most_frequent_tag_of_each_word(given: Callable[..., Any]) -> None:
    """Seen words get their usual tag, unseen ones O, and an I- that continues nothing begins an entity."""
    from datasets import Dataset

    from hubpress.tasks.token import TokenTask

    seen = [("new york soup", "B-place I-place B-dish"), ("in york ,", "O B-place O"), ("new york", "B-place I-place")]
    recipe, facts, data = given(seen)
    task = TokenTask(recipe, facts)
    splits = {name: load_split(data, name) for name in ("train", "validation")}

    def metrics(words: list[str], tags: list[int]) -> dict[str, float]:
        test = Dataset.from_list([{"tokens": words, "tags": tags}])
        (row,) = task.baselines({**splits, "test": test})
        assert (row.name, row.slices) == ("most_frequent", ())
        return row.metrics

    assert metrics(["new", "york", ",", "soup"], [3, 4, 0, 1]) == {"f1": 1.0, "precision": 1.0, "recall": 1.0}
    assert metrics(["in", "york"], [0, 3])["f1"] == 1.0
    assert metrics(["NEW", "YORK"], [3, 4])["f1"] == 0.0
