"""Values that the Hub refuses: whatever the rehearsal Hub has an error for, the check has a problem for."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from helpers.check import assert_says
from hubpress.check.folder import check_folder
from hubpress.hub.field_types import wrong_forms
from hubpress.rehearsal.card_rules import validate


def places(value: Any) -> list[tuple[Any, ...]]:
    """Return the way to everything in a nested value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way for key, part in inner for way in [(key,), *((key, *rest) for rest in places(part))]]


RESULT: dict[str, Any] = {
    "task": {"type": "text-classification", "name": "Letters"},
    "dataset": {"type": "letters", "name": "Letters", "config": "old", "revision": "1", "split": "test"},
    "metrics": [{"type": "f1", "value": 0.5, "name": "F1", "config": "default", "verified": False}],
    "source": {"name": "A page", "url": "https://example.org"},
}
GOOD: dict[str, Any] = {
    **{"license": "other", "license_name": "house", "license_link": "https://example.org/licence"},
    **{"language": "en", "tags": ["letters"], "metrics": ["f1"], "datasets": ["example/letters"]},
    **{"base_model": "example/encoder", "base_model_relation": "finetune", "library_name": "transformers"},
    **{"pipeline_tag": "text-classification", "thumbnail": "https://example.org/a.png", "new_version": "example/b"},
    **{"model_name": "Letters", "extra_gated_prompt": "Say who you are.", "extra_gated_fields": {"Name": "text"}},
    **{"instance_prompt": "a letter", "co2_eq_emissions": 3},
    **{"widget": [{"text": "A letter."}], "model-index": [{"name": "Letters", "results": [RESULT]}]},
}
GOOD_SPACE: dict[str, Any] = {
    **{"title": "Letters", "emoji": "📜", "colorFrom": "red", "colorTo": "gray", "sdk": "docker", "app_port": 8080},
    **{"short_description": "Tells letters apart", "license": "mit", "tags": ["letters"], "language": ["en"]},
    **{"datasets": ["example/letters"], "models": ["example/encoder"], "suggested_hardware": "cpu-basic"},
    **{"hf_oauth": False, "custom_headers": {"cross-origin-embedder-policy": "require-corp"}, "thumbnail": "a.png"},
}
CARDS = [*((GOOD, way) for way in places(GOOD)), *((GOOD_SPACE, way) for way in places(GOOD_SPACE))]
ODD: tuple[Any, ...] = (None, 2024, 1.5, True, [], ["a"], [1], {}, {"a": 1}, "", "two words/of/three")


def card(fields: dict[str, Any]) -> str:
    return f"---\n{yaml.safe_dump(fields, sort_keys=False)}---\n\n# Letters\n\nTells letters apart.\n"


def said(folder: Path, fields: dict[str, Any]) -> list[Any]:
    path = folder / "README.md"
    path.write_text(card(fields), encoding="utf-8")
    path.chmod(0o644)
    return [problem for problem in check_folder(folder) if problem.where.startswith("README.md")]


@pytest.mark.parametrize(
    ("good", "way"), CARDS, ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else ""
)
def test_what_the_hub_refuses_is_found(tmp_path: Path, good: dict[str, Any], way: tuple[Any, ...]) -> None:
    """For each place of a card and each odd value in it: no error of the Hub is without a problem of the check."""
    for odd in ODD:
        fields = copy.deepcopy(good)
        inner: Any = fields
        for step in way[:-1]:
            inner = inner[step]
        inner[way[-1]] = odd
        errors = validate(card(fields), "spaces" if good is GOOD_SPACE else "models")["errors"]
        assert not errors or said(tmp_path, fields), (odd, errors)


def test_the_good_card_is_good(tmp_path: Path) -> None:
    """Neither has anything to say of the cards that the others are made from."""
    for good, kind in ((GOOD, "models"), (GOOD_SPACE, "spaces")):
        assert validate(card(good), kind)["errors"] == []
        assert [problem.text for problem in said(tmp_path, good)] == []


def test_numbers_in_place_of_texts_are_named_with_their_lines(tmp_path: Path) -> None:
    """Both name the place; the check says what to do."""
    result = RESULT | {"dataset": RESULT["dataset"] | {"config": 2024, "revision": 123}}
    fields = {"license": "other", "license_name": 2, "license_link": "LICENSE.md", "thumbnail": ["a"],
              "library_name": "transformers", "model-index": [{"name": "Letters", "results": [result]}]}  # fmt: skip
    (tmp_path / "LICENSE.md").write_text("Use it.\n", encoding="utf-8")
    (tmp_path / "LICENSE.md").chmod(0o644)
    assert_says(said(tmp_path, fields), [
        "README.md:3 | `license_name` 2 is not a text. Put it in quotes.",
        "README.md:5 | `thumbnail` ['a'] is not a text. Write one text, or leave it out.",
        "README.md:17 | `dataset.config` 2024 is not a text. Put it in quotes.",
        "README.md:18 | `dataset.revision` 123 is not a text. Put it in quotes.",
    ])  # fmt: skip
    assert '"model-index[0].results[0].dataset.config" must be a string' in validate(card(fields), "models")["errors"]


def test_what_is_empty_says_nothing() -> None:
    """A field without a value is as one that is left out."""
    assert not list(
        wrong_forms({"thumbnail": None, "widget": None, "model-index": [{"name": None, "results": [None]}]})
    )
