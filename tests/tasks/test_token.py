"""Token models: labels of first pieces, and answers of the pipeline."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helpers.tags import LABELS, SHORT, WORDS, random_tags, valid
from hubpress.data.stored import load_split
from hubpress.schemas.evaluation import Example


def pipe_of(folder: Path) -> Any:
    import transformers

    return transformers.pipeline("token-classification", model=str(folder))


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
    rows: Any = shown.as_json()["output"]
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
    measured: Any = task.measure(pipe_of(rigged), load_split(data, "test")).as_json()
    assert measured["metrics"] == pytest.approx({"f1": 8 / 9, "precision": 1.0, "recall": 0.8})
    assert measured["aggregated"] == pytest.approx(
        {"strategy": "average", "f1": 8 / 9, "precision": 1.0, "recall": 0.8}
    )
    assert measured["intervals"]["f1"]["low"] <= 8 / 9 <= measured["intervals"]["f1"]["high"]
    assert measured["errors"] == [{"text": "the unheard", "missed": ["unheard (dish)"], "wrong": []}]
    assert measured["confusion"]["matrix"] == [[3, 0, 1], [0, 1, 0], [0, 0, 0]]
