"""Token models: tags of pieces, and entities as the pipeline answers them."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2

from helpers.tags import LABELS, SHORT, random_tags, valid
from hubpress.data.stored import load_split
from hubpress.metrics.entities import SpanPredictions
from hubpress.schemas.answers import Example


def pipe_of(folder: Path) -> Any:
    import transformers

    return transformers.pipeline("token-classification", model=str(folder))


def test_all_pieces_carry_tags(rigged: Path, given: Callable[..., Any], tmp_path: Path) -> None:
    """The first piece of an entity has B-, all others I-; special tokens and what another window owns carry -100."""
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
    assert encoded[0]["labels"] == [-100, 0, 3, 1, 2, 2, 2, 2, 2, 2, 0, -100]
    assert all(len(row["input_ids"]) == len(row["labels"]) <= SHORT for row in encoded)
    owned = [number for row in encoded for number, tag in zip(row["input_ids"], row["labels"], strict=True) if tag >= 0]
    assert owned == [
        number for text in split["text"] for number in tokenizer(text, add_special_tokens=False)["input_ids"]
    ]
    begun = [tag for row in encoded for tag in row["labels"] if tag > 0 and tag % 2]
    assert begun == [2 * kind + 1 for entities in split["entities"] for *_, kind in entities]


def test_tags_of_words_are_those_of_their_first_pieces(mixed: Path, given: Callable[..., Any]) -> None:
    """Beside the spans, seqeval counts the tokens of records by the model's own argmax at the first piece of each."""
    import torch
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    from hubpress.tasks.token import TokenTask

    rng = random.Random(4)
    vocabulary = ["Data", "data-web", "web,", "(web)", "data\u0301", "\u4e2d\u6587", "of", "10%", "[SEP]", "\U0001f600"]
    texts = [rng.choices(vocabulary, k=rng.randint(1, 4)) for _ in range(40)]
    true = [valid(random_tags(rng, len(words))) for words in texts]
    recipe, facts, data = given([(" ".join(words), tags) for words, tags in zip(texts, true, strict=True)])
    model, tokenizer = AutoModelForTokenClassification.from_pretrained(mixed), AutoTokenizer.from_pretrained(mixed)
    expected = []
    for words in texts:
        batch = tokenizer([words], is_split_into_words=True, return_tensors="pt")
        with torch.no_grad():
            tags = model(**batch).logits[0].argmax(dim=-1).tolist()
        numbers = batch.word_ids()
        expected.append([LABELS[tags[numbers.index(word)]] for word in range(len(words))])
    figures = TokenTask(recipe, facts).of_words(pipe_of(mixed), load_split(data, "test"))
    rows = [tags.split() for tags in true]
    assert figures["f1"] == pytest.approx(f1_score(rows, expected, mode="strict", scheme=IOB2))
    assert figures["f1"] > 0


def test_long_texts_are_read_whole(rigged: Path, given: Callable[..., Any]) -> None:
    """Every entity of a text that is longer than the model reads is found, and where it stands."""
    from hubpress.tasks.token import TokenTask

    rng = random.Random(5)
    entities = {"cafe": "B-dish", "soup": "B-dish", "new york": "B-place I-place", "munchen": "B-place"}
    texts = []
    for length in (1, 100, 13, 14, 15, 77):
        chosen = [rng.choice(["we", "eat", ".", *entities]) for _ in range(length)]
        texts.append((" ".join(chosen), " ".join(entities.get(words, "O") for words in chosen)))
    recipe, facts, data = given(texts)
    split = load_split(data, "test")
    outcome = TokenTask(recipe, facts).predictions(pipe_of(rigged), split)
    assert outcome.metrics(["f1", "precision", "recall"]) == {"f1": 1, "precision": 1, "recall": 1}
    assert sum(map(len, outcome.true)) > 50


def test_the_training_table_can_be_measured_again(mixed: Path, given: Callable[..., Any], tmp_path: Path) -> None:
    """What Trainer measures on windows is measured again on the published model's."""
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


@pytest.mark.filterwarnings("ignore:Tokenizer does not support real words")
def test_the_best_strategy_of_the_pipeline_is_chosen(rigged: Path, mixed: Path, given: Callable[..., Any]) -> None:
    """Each strategy is worth what a call of the pipeline with it is worth; of equals the simplest is taken."""
    from hubpress.inference.windows import stride_of
    from hubpress.tasks.token import TokenTask

    rng, words = random.Random(7), ["a", "model", "queryweb", "web,", "café", "data-web"]
    texts = [" ".join(rng.choices(words, k=length)) for length in range(1, 20)]
    recipe, facts, data = given([(text, valid(random_tags(rng, len(text.split(" "))))) for text in texts])
    task, split, pipe = TokenTask(recipe, facts), load_split(data, "validation"), pipe_of(mixed)
    aggregation = task.validated(pipe, split).aggregation
    assert aggregation is not None and set(aggregation.values) == {"simple", "first", "average", "max"}
    for name, value in aggregation.values.items():
        found = pipe(list(split["text"]), aggregation_strategy=name, stride=stride_of(pipe.tokenizer))
        answered = [{(e["start"], e["end"], ("dish", "place").index(e["entity_group"])) for e in row} for row in found]
        true = [{tuple(entity) for entity in row} for row in split["entities"]]
        right, there = sum(len(a & t) for a, t in zip(answered, true, strict=True)), sum(map(len, [*answered, *true]))
        assert value == pytest.approx(2 * right / there), name
    assert len(set(aggregation.values.values())) > 2
    assert task.choose_aggregation(pipe, split) == max(aggregation.values, key=lambda name: aggregation.values[name])
    recipe, facts, data = given([("we eat soup", "O O B-dish"), ("in new york", "O B-place I-place")])
    assert TokenTask(recipe, facts).choose_aggregation(pipe_of(rigged), load_split(data, "validation")) == "simple"


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

    recipe, facts, _ = given([("soup", "B-dish")] * 2)
    (shown,) = TokenTask(recipe, facts).widget(pipe_of(rigged), [Example(text=text, example_title="")])
    rows: Any = shown.as_json()["output"]
    assert [text[row["start"] : row["end"]] for row in rows] == spans
    assert [row["word"] for row in rows] == spans


def test_measured_by_characters(rigged: Path, given: Callable[..., Any]) -> None:
    """The figures of a rigged model that knows every word but one: as spans, and by its tokens' tags."""
    from hubpress.tasks.token import TokenTask

    recipe, facts, data = given(
        [
            ("we eat Café soup in new york .", "O O B-dish B-dish O B-place I-place O"),
            ("state-of-art again", "B-dish O"),
            ("the unheard", "O B-dish"),
        ]
    )
    assert TokenTask(recipe, facts).measure(pipe_of(rigged), load_split(data, "test")).figures.errors is None
    card = recipe.card.model_copy(update={"print_test_texts": True})
    task = TokenTask(recipe.model_copy(update={"card": card}), facts)
    measured: Any = task.measure(pipe_of(rigged), load_split(data, "test")).figures.as_json()
    assert measured["metrics"] == pytest.approx({"f1": 8 / 9, "precision": 1.0, "recall": 0.8})
    assert measured["entities"]["words"] == pytest.approx({"f1": 8 / 9, "precision": 1.0, "recall": 0.8})
    assert "spaced" not in measured["entities"]  # the text of these records has spaces already
    assert measured["intervals"]["f1"]["low"] <= 8 / 9 <= measured["intervals"]["f1"]["high"]
    assert measured["errors"] == [{"text": "the unheard", "missed": ["unheard (dish)"], "wrong": []}]
    assert measured["confusion"]["matrix"] == [[3, 0, 1], [0, 1, 0], [0, 0, 0]]


def test_both_forms_of_tokens_are_measured(rigged: Path, given: Callable[..., Any]) -> None:
    """Where the text of tokens was restored, the same tokens with spaces are measured beside it."""
    from hubpress.tasks.token import TokenTask

    recipe, facts, data = given([("we eat soup , new york .", "O O B-dish O B-place I-place O")] * 2, detokenize=None)
    split = load_split(data, "test")
    assert split["text"][0] == "we eat soup, new york."
    measured = TokenTask(recipe, facts).measure(pipe_of(rigged), split).figures
    assert measured.entities and measured.entities.spaced == measured.metrics == {"f1": 1, "precision": 1, "recall": 1}


def test_what_the_tokenizer_cannot_say_is_counted(rigged: Path, given: Callable[..., Any]) -> None:
    """Entities that begin or end inside a piece, or whose marks the tokenizer leaves out, with the first of them."""
    from transformers import AutoTokenizer

    from hubpress.tasks.token import inexpressible

    tokens = ["caf", "e", "cafe\u0301", "cafe", "\u200b"]
    _, _, data = given([(" ".join(tokens), "B-dish O B-dish B-dish O"), ("new york", "B-place O")])
    tokenizer, split = AutoTokenizer.from_pretrained(rigged), load_split(data, "test")
    lost = inexpressible(split, tokenizer, ("dish", "place"))
    assert (lost.entities, lost.inside_a_piece, lost.left_out) == (4, 0, 1)  # the accent at the end is no piece
    assert lost.example == "cafe\u0301 (dish) in row 1"
    halves = split.map(lambda row: {"text": row["text"].replace("caf e", "cafe"), "entities": [[0, 3, 0]]})
    lost = inexpressible(halves, tokenizer, ("dish", "place"))
    assert (lost.entities, lost.inside_a_piece, lost.left_out) == (2, 1, 0)


def test_the_baseline_knows_the_words_of_the_tokenizer(rigged: Path, given: Callable[..., Any]) -> None:
    """Of texts that did not come as tokens: Chinese letter by letter, where the tokenizer reads it so."""
    from datasets import Dataset
    from transformers import AutoTokenizer

    from hubpress.tasks.token import TokenTask

    recipe, facts, _ = given([("soup", "B-dish")] * 2)
    seen = Dataset.from_list(
        [{"text": "我在北京", "entities": [[2, 4, 1]]}, {"text": "a soup!", "entities": [[2, 6, 0]]}]
    )
    asked = Dataset.from_list(
        [{"text": "北京soup,", "entities": [[0, 2, 1], [2, 6, 0]]}, {"text": "我", "entities": []}]
    )
    datasets, tokenizer = {"train": seen, "validation": seen, "test": asked}, AutoTokenizer.from_pretrained(rigged)
    task = TokenTask(recipe, facts)
    nothing = SpanPredictions(task.types, [{}, {}], [{}, {}])
    (row,) = task.baselines(datasets, tokenizer, ours=nothing)
    assert row.metrics == {"f1": 1, "precision": 1, "recall": 1}
