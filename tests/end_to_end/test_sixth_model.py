"""A further model needs no code: recipes written here, with other columns and schemes, are released as they are."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable
from pathlib import Path

import yaml

from helpers.processes import Ran

WORDS = {
    "Databases": ["query plan", "index", "transaction log", "join order", "column store"],
    "Networks": ["router", "packet loss", "wireless link", "multicast tree", "congestion window"],
    "Graphics": ["mesh", "ray tracing", "texture", "shading model", "light field"],
}
TYPES = {"Material": ["steel plate", "glass", "copper wire"], "Device": ["sensor", "pressure valve", "pump"]}
TEXTS = {
    "summary": "Says what a text is about.",
    "description": "A model of a test.",
    "intended_uses": ["Testing."],
    "out_of_scope": ["Anything else."],
    "training_data": "Sentences made up for a test.",
    "limitations": ["It knows little."],
}


def write_model(models: Path, name: str, recipe: dict[str, object]) -> None:
    """Write a recipe with what every recipe has."""
    common = {"repo_name": name, "title": name, "license": "mit", "language": ["en"], "card": TEXTS}
    (models / name).mkdir(parents=True, exist_ok=True)
    base = {"base_model": {"id": "google-bert/bert-base-uncased"}, "sample": {"base_model": {"path": "replaced"}}}
    text = yaml.safe_dump({**common, **base, **recipe}, sort_keys=False)
    (models / name / "recipe.yaml").write_text(text, encoding="utf-8")


def write_classifier(models: Path) -> None:
    """A table of abstracts under columns of its own, tab-separated, with short keys for labels."""
    draw = random.Random(2)
    keys = {"db": "Databases", "net": "Networks", "gfx": "Graphics"}
    folder = models / "fields"
    folder.mkdir(parents=True)
    with (folder / "papers.tsv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter="\t")
        writer.writerow(["Nr", "Field Code", "Heading", "Body"])
        for number in range(90):
            key = list(keys)[number % 3]
            one, other = draw.sample(WORDS[keys[key]], 2)
            writer.writerow([number, key, f"On the {one}, part {number}", f"We study the {one} beside the {other}."])
    write_model(
        models,
        "fields",
        {
            "task": "single-label",
            "data": {
                "source": "papers.tsv",
                "columns": {"label": "Field Code"},
                "label_names": keys,
                "input_template": "{{ Heading }}. {{ Body }}",
                "split": {"method": "random", "test_size": 0.2, "validation_size": 0.2},
            },
            "evaluation": {"inputs": {"heading": ["Heading"]}},
            "widget": [{"record": {"Heading": "On the index"}, "example_title": "Databases"}, {"from_test": 1}],
        },
    )


def write_tagger(models: Path) -> None:
    """Sentences with BIOES tags under other names, in JSON lines."""
    draw = random.Random(3)
    folder = models / "parts"
    folder.mkdir(parents=True)
    with (folder / "sentences.jsonl").open("w", encoding="utf-8") as stream:
        for number in range(80):
            words, tags = ["Test", str(number), "joins", "the"], ["O"] * 4
            for kind in draw.sample(list(TYPES), 2):
                parts = draw.choice(TYPES[kind]).split()
                words += [*parts, "and"]
                tags += [f"S-{kind}"] if len(parts) == 1 else [f"B-{kind}", f"E-{kind}"]
                tags.append("O")
            stream.write(json.dumps({"wordforms": words[:-1], "ner": tags[:-1]}) + "\n")
    write_model(
        models,
        "parts",
        {
            "task": "token",
            "data": {
                "source": "sentences.jsonl",
                "columns": {"tokens": "wordforms", "tags": "ner"},
                "split": {"method": "random", "test_size": 0.2, "validation_size": 0.2},
            },
            "widget": [{"text": "The pump holds the steel plate.", "example_title": "A pump"}],
        },
    )


def test_two_recipes_are_released_without_code(hubpress: Callable[..., Ran], quick: list[str], tmp_path: Path) -> None:
    """A classification set and an entity set of other shapes are trained, published and proved from recipes alone."""
    models, build = tmp_path / "models", tmp_path / "build"
    write_classifier(models)
    write_tagger(models)
    ran = hubpress("release", "--all", "--models", models, "--build-dir", build, "--json", *quick)
    assert ran.code == 0, ran.err
    for name in ("fields", "parts"):
        results = {row["stage"]: row["result"] for row in json.loads(ran.out)[name]["stages"]}
        assert results["verify"].startswith("13 proofs hold")
    config = json.loads((build / "fields" / "repo" / "config.json").read_text(encoding="utf-8"))
    assert list(config["id2label"].values()) == ["Databases", "Networks", "Graphics"]
    config = json.loads((build / "parts" / "repo" / "config.json").read_text(encoding="utf-8"))
    assert list(config["id2label"].values()) == ["O", "B-Device", "I-Device", "B-Material", "I-Material"]
    report = (build / "parts" / "repo" / "REPORT.md").read_text(encoding="utf-8")
    assert "| Material |" in report
