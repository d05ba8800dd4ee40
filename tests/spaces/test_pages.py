"""What a Space shows, without running it: answers as HTML, and the README with its front matter."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
import yaml

from helpers.space import SPACES, assemble_space, space_settings

KIND = "text-classification"


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The modules of a Space can be imported, and are gone again afterwards: their names are common ones."""
    space = assemble_space(tmp_path / "space", space_settings(KIND))
    monkeypatch.syspath_prepend(str(space))
    yield
    for path in space.glob("*.py"):
        sys.modules.pop(path.stem, None)


@pytest.mark.usefixtures("modules")
def test_texts_of_users_are_never_html() -> None:
    """Labels and cells that look like tags come out as text, with thousands of labels and a marked answer."""
    from answer_html import answer_html, parents_html, scores_html
    from decision import Decision
    from html_table import table_html

    labels = [f"<b>{number}</b>" for number in range(4516)]
    parents = {label: {"field": f"<i>{number % 7}</i>"} for number, label in enumerate(labels)}
    config = {"id2label": dict(enumerate(labels)), "problem_type": "single_label_classification", "parents": parents}
    decision = Decision.from_config({**config, "decision": {"rule": "top_k", "top_k": 10}})
    answer = [{"label": label, "score": 0.1} for label in labels[:10]]
    found = {"answer": answer, "scores": answer, "cut": True, "parents": {"field": [{"label": "<i>1</i>", "score": 1}]}}
    pages = [
        answer_html(found, decision, None, max_length=128),
        scores_html(found, decision, None),
        parents_html(found, decision),
        table_html("<u>", ["<u>"], [["<script>alert(1)</script>"]]),
    ]
    assert all(tag not in page for page in pages for tag in ("<b>0", "<i>1", "<script", "<u>"))
    assert pages[1].count("<tr class=chosen>") == 10 and "Best 10 of 4,516 labels" in pages[1]


def test_the_readme_is_whole_and_pins_what_it_loads() -> None:
    """Front matter that YAML reads back as it was given, with the files that the app loads at their commit."""
    settings = space_settings(KIND, title='Ünder "quotes" \\ and: a colon')
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(SPACES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    text = environment.get_template("README.md.j2").render(
        settings,
        sdk="gradio",
        sample=False,
        emoji="🏷️",
        color_from="indigo",
        color_to="gray",
        sdk_version="6.31.0",
        python_version="3.11",
        short_description='A "description" of the Space',
        licences=("apache-2.0",),
        license_name=None,
        license_link=None,
        tags=["text-classification", "no: yes"],
        card_url="https://huggingface.co/acme/tiny",
        endpoint="classify",
        host="https://acme-tiny.hf.space",
        example='"A text"',
        example_data="'{}'",
    )
    _, front, body = text.split("---\n", 2)
    found = yaml.safe_load(front)
    assert found["title"] == settings["title"] and found["emoji"] == "🏷️" and found["tags"][1] == "no: yes"
    assert (found["sdk"], found["sdk_version"], found["python_version"]) == ("gradio", "6.31.0", "3.11")
    assert found["models"] == ["acme/tiny"] and found["pinned"] is False and found["app_file"] == "app.py"
    assert found["short_description"] == 'A "description" of the Space'
    repository, files, revision = found["preload_from_hub"][0].split()
    assert (repository, revision) == (settings["model"], settings["revision"])
    assert set(files.split(",")) == {"config.json", "tokenizer.json", "tokenizer_config.json", settings["onnx"]}
    assert "10,000 rows" in body and "{{" not in text


def test_gradio_is_imported_in_one_place() -> None:
    """Whoever imports gradio first decides how long that takes: quick_gradio.py does."""
    sources = {path.name: path.read_text(encoding="utf-8").splitlines() for path in SPACES.rglob("*.py")}
    starts = ("import gradio", "from gradio", "    import gradio")
    assert {name for name, lines in sources.items() if any(line.startswith(starts) for line in lines)} == {
        "quick_gradio.py"
    }
