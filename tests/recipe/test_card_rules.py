"""What a recipe says for the card and the Space: what the Hub would refuse is refused with the recipe's line."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.faults import patch
from hubpress.card.front_matter import said_by_recipe
from hubpress.errors import RecipeError
from hubpress.recipe.load import load_recipe
from hubpress.recipe.recipe import Recipe


def loaded(pets: Path, *overrides: str, sample: bool = False) -> Recipe:
    """Return the good model's recipe under overrides."""
    return load_recipe(pets.name, models_dir=pets.parent, overrides=overrides, sample=sample)


def refusal(pets: Path, *overrides: str) -> list[str]:
    """Return what is wrong with it, without where it was given."""
    with pytest.raises(RecipeError) as caught:
        loaded(pets, *overrides)
    return [line.split(": ", 1)[1] for line in caught.value.problems]


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("license=Mozilla Public License 2.0", "is not a licence identifier of the Hub"),
        ("license=MPL 2.0", "Did you mean `mpl-2.0`?"),
        ("license=AGPLv3+", "Did you mean `agpl-3.0`?"),
        ("license=cc-by-nc-nd", "Did you mean `cc-by-nc-nd-3.0` or `cc-by-nc-nd-4.0`?"),
        ("license=[mit, ours]", "license.1: 'ours' is not"),
        ("license=[mit, mit]", "license.1: 'mit' stands there twice"),
        ("license=[]", "or a list of at least 1, not []."),
        ("license=[mit, other]", "license: `other` needs `license_name` and `license_link` too. Add them."),
        ("license_name=ours-1.0", "license_name: is for `license: other`"),
        ("license_link=LICENSE", "license_link: 'LICENSE' is neither a URL (https://…) nor a file"),
        ("license_link=example.org/licence", "license_link: 'example.org/licence' is neither"),
        ("language=[Polish]", "Write `pl`."),
        ("language=[svenska]", "Write `sv`."),
        ("language=[PT_br]", "Write `pt-BR`."),
        ("language=[sr-latn]", "Write `sr-Latn`."),
        ("language=[en-ZX]", "language.0: 'en-ZX' is not a language code"),
        ("language=[uk, uk]", "language.1: 'uk' stands there twice"),
        ("repo_name=pets-", "ends with a dot or a hyphen"),
        ("repo_name=pets..v2", "holds `--` or `..`"),
        ("repo_name=pets.git", "ends as a file's name does"),
        ("repo_name=-pets", "begins with neither a letter nor a digit"),
        ("repo_name=häuser", "holds other signs than"),
        (f"repo_name={'p' * 97}", "is longer than 96 characters"),
        ("tags=[pets, pets]", "tags.1: 'pets' stands there twice"),
        ("tags=['base_model:acme/encoder']", "is a tag that the Hub makes itself, of what `base_model.id` says"),
        ("base_model={id: acme/en--coder}", "base_model.id: must be an id on the Hub"),
        ("base_model={id: ./encoder}", "which is a path, which means nothing on the Hub"),
        ("base_model={id: 'https://huggingface.co/acme/encoder'}", "which is a URL, and the Hub wants the id"),
        ("space.emoji=a cat", "space.emoji: 'a cat' is not one emoji"),
        (
            "card.description=See ![a cat](assets/cat.png).",
            "card.description: shows 'assets/cat.png', which is",
        ),
    ],
)
def test_what_the_hub_would_refuse_is_refused_by_the_recipe(override: str, says: str, pets: Path) -> None:
    (line,) = refusal(pets, override)
    assert says in line


def test_all_that_is_wrong_is_told_at_once_with_its_lines(pets: Path) -> None:
    """Licence, language and name of a recipe's file are three lines of one message."""
    patch(pets, {"license": "gpl-2.0-or-later", "language": ["english"], "repo_name": "pets--v2"})
    with pytest.raises(RecipeError) as caught:
        loaded(pets)
    text = (pets / "recipe.yaml").read_text(encoding="utf-8").splitlines()
    lines = {key: number for number, line in enumerate(text, 1) for key in [line.partition(":")[0]]}
    assert sorted(problem.split(": ")[0].rpartition(":")[2] for problem in caught.value.problems) == sorted(
        str(line) for line in (lines["license"], lines["language"] + 1, lines["repo_name"])
    )


def test_names_and_codes_that_the_hub_takes_are_taken(pets: Path) -> None:
    recipe = loaded(
        pets, "repo_name=Pets_2.v1-a", "license=[other, mit]", "license_name=ours", "language=[gsw, es-419, de-1996]",
        "license_link=https://example.org/ours", "tags=[cats:and:dogs, license]", "base_model={id: gpt2}",
        "space.emoji=🏳️‍🌈", "card.description=See ![one](https://example.org/a.png) and ![two](figures/training.png).",
    )  # fmt: skip
    assert said_by_recipe(recipe) == {
        "language": ["gsw", "es", "de"],
        "language_bcp47": ["es-419", "de-1996"],
        "license": ["other", "mit"],
        "license_name": "ours",
        "license_link": "https://example.org/ours",
        "tags": ["cats:and:dogs", "license"],
    }


def test_a_model_without_tags_is_found_under_its_task(pets: Path) -> None:
    """`check` and the Hub want some; a sample that has the tag `sample` has it once."""
    assert loaded(pets, "tags=[]").hub_tags == ["text-classification"]
    assert loaded(pets, "tags=[sample, pets]", sample=True).hub_tags == ["sample", "pets"]


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("card.summary=TODO", "card.summary: 'TODO' is a placeholder. Write what belongs there."),
        ("card.limitations=[It knows two kinds., ...]", "card.limitations.1: '...' is a placeholder."),
        ('card.training_data="[More information needed]"', "card.training_data: '[More information needed]' is"),
        ('card.description="Reads {{ text }} and tells."', "card.description: '{{ text }}' is a placeholder."),
    ],
)
def test_placeholders_are_refused_by_their_line(pets: Path, override: str, says: str) -> None:
    """What ``check`` would refuse after the training."""
    [told] = refusal(pets, override)
    assert told.startswith(says)


def test_what_only_looks_like_a_placeholder_may_stay(pets: Path) -> None:
    """Dots within a sentence, and fields that are shown as code."""
    loaded(pets, 'card.summary="Tells cats from dogs ... and reads `{{ text }}`."')
