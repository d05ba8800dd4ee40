"""The site's generated pages say what the code says: each is fresh, and each generator works on a small source."""

from __future__ import annotations

import enum
import importlib.util
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Annotated

import pytest
import typer

from helpers.paths import ROOT
from hubpress.recipe.recipe import RecipeFile


def _loaded() -> ModuleType:
    sys.path.insert(0, str(ROOT / "docs"))  # as `python docs/generate.py` has it
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


generate = _loaded()
from generators.recipe_page import blocks  # noqa: E402  after the path is set


@pytest.mark.parametrize("page", generate.PAGES)
def test_page_is_fresh(page: str) -> None:
    """A page is as its source is now."""
    wrong = generate.stale(ROOT, {page: generate.PAGES[page]()})
    assert not wrong, f"{wrong[0]} Run: python docs/generate.py"


def test_pages_are_in_the_navigation_once_they_are_there() -> None:
    """A generated page can be reached, and no page is named that does not exist."""
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    named = re.findall(r"^  - .*: ([\w-]+\.md)$", text, flags=re.MULTILINE)
    assert sorted(named) == sorted(path.name for path in (ROOT / "docs").glob("*.md"))


def test_check_names_the_stale_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``--check`` writes nothing, names what is wrong and exits with 1; without it the pages are written."""
    assert generate.main(["--check", "--root", str(tmp_path)]) == 1
    assert "recipe.md: is missing." in capsys.readouterr().out
    assert not list(tmp_path.iterdir())
    assert generate.main(["--root", str(tmp_path)]) == 0
    assert generate.main(["--check", "--root", str(tmp_path)]) == 0
    with (tmp_path / "docs" / "recipe.md").open("a", encoding="utf-8") as page:
        page.write("One more line.\n")
    assert generate.main(["--check", "--root", str(tmp_path)]) == 1
    assert "recipe.md: is stale." in capsys.readouterr().out


def test_recipe_page_has_every_key_of_every_block() -> None:
    """Each block is a section, each key a row, and each link leads to a section."""
    page = generate.recipe_page(RecipeFile)
    for path, block in blocks(RecipeFile):
        section = page.split(f"## `{path}` {{" if path else "## The top level")[1].split("\n## ")[0]
        for name, field in block.model_fields.items():
            assert f"\n| `{field.alias or name}` |" in section, f"{path}.{name}"
    anchors = re.findall(r"\{ #([\w-]+) \}", page)
    assert len(anchors) == len(set(anchors))
    assert set(re.findall(r"\]\(#([\w-]+)\)", page)) <= set(anchors)


def test_types_in_plain_words() -> None:
    """What a key takes is said without Python."""
    page = generate.recipe_page(RecipeFile)
    for line in (
        "| `repo_name` | text: a repository's name on the Hub | required |",
        "| `max_length` | whole number, from 8 to 32,768 | `256` |",
        "| `language` | list of codes of languages, at least 1 | required |",
        "| `short_description` | text, at most 60 characters | none |",
        "| `threshold` | one of `tune`, `tune-per-label` or number, above 0, below 1 | none |",
        "| `widget` | list of blocks: [`widget[]`](#widget-items), at least 1 | required |",
    ):
        assert line.rsplit("|", 2)[0] in page
    assert "annotation=" not in page and "typing." not in page and "``" not in page.replace("```", "")


class Speed(enum.StrEnum):
    """How fast a small command is."""

    slow = "slow"
    fast = "fast"


def _small_app() -> typer.Typer:
    app = typer.Typer(help="Do small things.", no_args_is_help=True)

    @app.command()
    def greet(
        name: Annotated[str, typer.Argument(help="Whom to greet.")],
        speed: Annotated[Speed, typer.Option(help="How fast | how slow.")] = Speed.slow,
        loud: Annotated[bool, typer.Option("--loud", help="In capitals.")] = False,
        times: Annotated[int, typer.Option(help="How often.", min=1)] = 1,
    ) -> None:
        """Greet somebody. In ``words``.

        And again.
        """

    @app.command(hidden=True)
    def secret() -> None:
        """Say nothing."""

    more = typer.Typer(help="More of it.")

    @more.command("list")
    def list_() -> None:
        """List what there is."""

    app.add_typer(more, name="more")
    return app


def test_commands_page_of_a_small_app() -> None:
    """Every command has its usage, arguments, options and defaults; hidden ones are left out."""
    page = generate.commands_page(_small_app(), name="small")
    for line in (
        "| [`small greet`](#small-greet) | Greet somebody. |",
        "## `small more list` { #small-more-list }",
        "Greet somebody. In `words`.\n\nAnd again.",
        "```text\nsmall greet [OPTIONS] ",
        " | Whom to greet. | required |",
        " | How fast \\| how slow. | `slow` |",
        "| `--loud` | In capitals. |  |",
        " | How often. | `1`, `x>=1` |",
    ):
        assert line in page, page
    assert "slow|fast" in page  # inside code, where a bar divides no cell
    assert "secret" not in page and "--help" not in page.split("## ", 1)[1]


@dataclass(frozen=True)
class Greeting:
    """What was said."""

    words: str
    count: int = 1

    @property
    def loud(self) -> bool:
        """Whether it was loud."""
        return self.words.isupper()


def greet_all(names: list[str], *, folder: Path = Path("build"), loud: bool = False) -> tuple[Greeting, ...]:
    """Greet all of *names*. Returns what was said.

    Raises :class:`ValueError` for nobody.
    """
    return tuple(Greeting(name, len(str(folder))) for name in names if not loud)


def test_api_page_of_a_small_function() -> None:
    """A function has its signature and docstring, and the types that it returns have theirs."""
    page = generate.api_page({"greet_all": greet_all})
    for line in (
        "| [`greet_all`](#greet_all) | Greet all of *names*. |",
        "    *,\n    folder: Path = Path('build'),\n    loud: bool = False,\n) -> tuple[Greeting, ...]",
        "Raises `ValueError` for nobody.",
        "### `Greeting` { #greeting }\n\nWhat was said.",
        "| `words` | `str` |  |",
        "| `loud` | `bool` | Whether it was loud. |",
    ):
        assert line in page, page
    assert generate.api_page({"Greeting": Greeting}) is None
