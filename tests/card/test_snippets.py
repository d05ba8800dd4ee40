"""The snippets of a card: Python that parses, and a text put together as the model reads it."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from helpers.card import MODELS, GoldenFacts, render
from hubpress.card.notebook import snippets_of


@pytest.mark.parametrize("model", MODELS)
def test_snippets_parse_and_name_the_repository(model: str, facts_of: Callable[[str], GoldenFacts]) -> None:
    """Every snippet stands alone: it imports what it uses, loads this repository, and prints."""
    snippets = [snippet.code for snippet in snippets_of(render(facts_of(model)))]
    assert len(snippets) == (1 if model in ("conference-titles", "openalex-topics") else 2)
    for code in snippets:
        compile(code, "snippet", "exec")
        assert f'"acme/{model}"' in code and "print(" in code and code.startswith("from transformers import")


@pytest.mark.parametrize(("model", "example"), [("openalex-topics", 1), ("asjc-subjects", 0)])
def test_a_text_is_put_together_as_the_model_reads_it(
    model: str, example: int, facts_of: Callable[[str], GoldenFacts]
) -> None:
    """The f-string of the snippet gives what the input template gives."""
    facts = facts_of(model)
    code = [snippet.code for snippet in snippets_of(render(facts))][-1]
    assert 'text = f"' in code
    fields = facts.recipe.evaluation.inputs["title"] + ("abstract", "container_title", "text")
    names: dict[str, Any] = {}
    exec(compile(ast.Module(list(_assignments(code, fields)), []), "snippet", "exec"), names)
    assert names["text"] == facts.evaluation["widget"][example]["text"]


def _assignments(code: str, names: tuple[str, ...]) -> Iterator[ast.stmt]:
    for node in ast.parse(code).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in names:
            yield node


def test_a_template_that_no_f_string_follows_shows_the_text(facts_of: Callable[[str], GoldenFacts]) -> None:
    """Where a template does more than to place its fields, the snippet has the text itself."""
    facts = facts_of("openalex-topics")
    data = facts.recipe.data.model_copy(update={"input_template": "{{ title | upper }} {{ abstract[:20] }}"})
    card = render(replace(facts, recipe=facts.recipe.model_copy(update={"data": data})))
    (snippet,) = (snippet.code for snippet in snippets_of(card))
    strings = [node.value for node in ast.walk(ast.parse(snippet)) if isinstance(node, ast.Constant)]
    assert facts.evaluation["widget"][1]["text"] in strings and 'f"' not in snippet


@pytest.mark.parametrize("kind", ["single-label", "selective", "binary", "multi-label"])
def test_snippets_of_pairs_use_nothing_that_they_do_not_make(kind: str, facts_of: Callable[[str], GoldenFacts]) -> None:
    """Whatever answers, a model of two texts is given both by every snippet of its card."""
    facts = facts_of({"binary": "arxiv-interest", "multi-label": "asjc-subjects"}.get(kind, "conference-titles"))
    data = facts.recipe.data.model_copy(update={"input_template": "{{ one }}", "text_pair": "{{ other }}"})
    recipe = facts.recipe.model_copy(update={"data": data})
    if kind == "selective":
        recipe = recipe.model_copy(update={"decision": recipe.decision.model_copy(update={"abstain_below": 0.4})})
        ends = {name: {"low": 0.5, "high": 1.0, "standard_error": 0.1} for name in ("coverage", "selective_accuracy")}
        facts.evaluation["abstention"] = {"below": 0.4, "coverage": 0.9, "selective_accuracy": 0.8, "intervals": ends}
    for example in facts.evaluation["widget"]:
        example |= {"text": "Is it red?", "text_pair": "It is.", "record": None}
    card = render(replace(facts, recipe=recipe))
    for snippet in snippets_of(card):
        nodes = list(ast.walk(ast.parse(snippet.code)))
        names = [node for node in nodes if isinstance(node, ast.Name)]
        made = {name.id for name in names if isinstance(name.ctx, ast.Store)} | set(dir(builtins))
        made |= {alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
        made |= {argument.arg for node in nodes if isinstance(node, ast.arguments) for argument in node.args}
        assert {name.id for name in names} <= made, snippet.code
        assert "It is." in snippet.code
