"""Two Spaces for the browser, of models of a few words each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from helpers.browser import word_model
from helpers.space import Served, assemble_space, served, space_settings

CLASSES, TOKENS = "text-classification", "token-classification"
SUBJECTS = {
    "Information Systems": "Computer Science",
    "Hardware and Architecture": "Computer Science",
    "Computer Graphics and Computer-Aided Design": "Computer Science",
    "Computer Vision and Pattern Recognition": "Computer Science",
    "Computer Science Applications": "Computer Science",
    "Electrical and Electronic Engineering": "Engineering",
    "Control and Systems Engineering": "Engineering",
    "Mechanical Engineering": "Engineering",
    "Management Science and Operations Research": "Decision Sciences",
    "Statistics, Probability and Uncertainty": "Decision Sciences",
    "Ecology, Evolution, Behavior and Systematics": "Agricultural and Biological Sciences",
    "Archeology (arts and humanities)": "Arts and Humanities",
}
SUBJECTS_TEMPLATE = "title={{ title }}, container_title={{ container_title }}, abstract={{ abstract }}"
FLOORS = [0.3 + (number % 5) / 10 for number in range(len(SUBJECTS))]
WORDS = {
    "query": [("Information Systems", 3.5), ("Computer Science Applications", 2.2)],
    "cache": [("Hardware and Architecture", 3.1), ("Information Systems", 0.8)],
    "streaming": [("Information Systems", 1.4), ("Statistics, Probability and Uncertainty", 1.3)],
    "amplifier": [("Electrical and Electronic Engineering", 4.2), ("Control and Systems Engineering", 1.6)],
    "rendering": [("Computer Graphics and Computer-Aided Design", 3.8), ("Computer Vision and Pattern Recognition", 1)],
}
RECORDS = [
    {"title": "A cache for streaming joins", "container_title": "Data Journal", "abstract": "Query after query. " * 30},
    {"title": "Rendering of a wideband amplifier", "container_title": "", "abstract": "An amplifier, drawn."},
]
KINDS = ("Task", "Method", "Metric", "Material", "Other scientific term", "Generic")
TAGS = ("O", *(f"{mark}-{kind}" for kind in KINDS for mark in "BI"))
TERMS = {
    "parsing": "B-Task", "translation": "I-Task", "machine": "B-Task", "transformer": "B-Method", "encoder": "I-Method",
    "accuracy": "B-Metric", "bleu": "B-Metric", "treebank": "B-Material", "attention": "B-Other scientific term",
    "weights": "I-Other scientific term", "system": "B-Generic",
}  # fmt: skip
SENTENCE = "A transformer encoder with attention weights improves parsing accuracy on the treebank today"


def subjects_model(folder: Path) -> tuple[Path, dict[str, Any]]:
    """Save a model of records of three fields with many labels, a threshold for each, and their parents.

    Return its folder, and the settings of its Space.
    """
    model = word_model(
        folder / "model",
        WORDS,
        bias=-2.0,
        id2label=dict(enumerate(SUBJECTS)),
        problem_type="multi_label_classification",
        decision={"rule": "threshold", "threshold": FLOORS},
        parents=SUBJECTS,
        input_template=SUBJECTS_TEMPLATE,
    )
    examples = [{"text": record["title"], "example_title": record["title"], "record": record} for record in RECORDS]
    settings = space_settings(
        CLASSES,
        examples=examples,
        title="Subjects of a paper",
        summary="Which of the subjects of the All Science Journal Classification a paper has, from title and abstract.",
        model="acme/asjc-subjects",
    )
    return model, settings


@contextmanager
def serve_subjects(folder: Path) -> Iterator[Served]:
    """A Space of that model."""
    model, settings = subjects_model(folder)
    with served(assemble_space(folder / "space", settings), model) as at:
        yield at


def terms_model(folder: Path) -> tuple[Path, dict[str, Any]]:
    """Save a model that finds entities of six types; return its folder, and the settings of its Space."""
    weights = {word: [(tag, 4.0 + number / 5)] for number, (word, tag) in enumerate(TERMS.items())}
    model = word_model(
        folder / "model",
        weights | {word: [("O", 6.0)] for word in ("[UNK]", "a", "on", "the", "with", "improves")},
        each_token=True,
        id2label=dict(enumerate(TAGS)),
        decision={"rule": "argmax", "aggregation_strategy": "average"},
    )
    examples = [
        {"text": SENTENCE, "example_title": "A finding"},
        {"text": "Machine translation is scored by BLEU. " * 12, "example_title": "A long text"},
    ]
    settings = space_settings(
        TOKENS, examples=examples, title="Terms of a paper", summary="Finds scientific terms of six types in a text."
    )
    return model, settings


@contextmanager
def serve_terms(folder: Path) -> Iterator[Served]:
    """A Space of that model."""
    model, settings = terms_model(folder)
    with served(assemble_space(folder / "space", settings), model) as at:
        yield at
