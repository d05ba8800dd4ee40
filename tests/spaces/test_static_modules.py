"""The modules of a static Space in Node: they decide, read records and cut tokens as Python does."""

from __future__ import annotations

import json
import math
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.paths import ROOT, TESTS
from helpers.processes import SECONDS
from helpers.static_space import MODULES, needs_transformers_js, python_entities
from helpers.tokenizers import KINDS
from hubpress.errors import HubpressError
from hubpress.schemas.static_page import Reads
from hubpress.space.template_steps import steps_of

sys.path.insert(0, str(ROOT / "models" / "pipelines"))  # as the folder of a Space has them
from decision import Decision
from record_text import fields_of, input_texts, is_plain, short_name

LABELS = [f"label {number}" for number in range(6)]
LEVELS = {"label 0": {"field": "a", "domain": "x"}, "label 1": {"field": "a"}, "label 2": {"field": "b", "domain": "x"}}
CONFIGS: dict[str, dict[str, Any]] = {
    "best": {"problem_type": "single_label_classification"},
    "best three": {"problem_type": "single_label_classification", "decision": {"rule": "top_k", "top_k": 3}},
    "abstaining": {
        "problem_type": "single_label_classification",
        "decision": {"rule": "argmax", "abstain_below": 0.4},
        "parents": dict.fromkeys(LABELS[:4], "above") | {"label 4": "beside"},
    },
    "one threshold": {
        "problem_type": "multi_label_classification",
        "decision": {"rule": "threshold", "threshold": 0.5, "top_k": 2},
        "parents": LEVELS,
    },
    "a threshold each": {
        "problem_type": "multi_label_classification",
        "decision": {"rule": "threshold", "threshold": [0.1, 0.9, 0.5, 0.4, 0.6, 0.7]},
    },
    "positive": {
        "problem_type": "single_label_classification",
        "id2label": {"0": "no", "1": "yes"},
        "decision": {"rule": "threshold", "threshold": 0.3, "positive": "yes"},
    },
}


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The modules as Node takes them, which asks a package.json whether they are any."""
    folder = tmp_path_factory.mktemp("modules")
    for path in (ROOT / "spaces" / "static").glob("*.js"):
        shutil.copy(path, folder / path.name)
    (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    return folder


def asked(modules: Path, *jobs: dict[str, Any]) -> list[Any]:
    """Return what the modules make of each job; skip the test where there is no Node."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node 18 or later is needed: apt-get install -y nodejs npm")
    command = [node, str(TESTS / "transformers_js" / "modules.mjs"), str(modules), str(MODULES.resolve())]
    ran = subprocess.run(command, input=json.dumps(jobs), capture_output=True, text=True, timeout=SECONDS, check=False)
    assert ran.returncode == 0, ran.stderr
    return list(json.loads(ran.stdout))


def same(ours: Any, theirs: Any, place: str = "") -> None:
    """Assert that two answers are the same, and numbers in them nearly."""
    if isinstance(theirs, float):
        assert math.isclose(ours, theirs, abs_tol=1e-6), (place, ours, theirs)
    elif isinstance(theirs, dict):
        assert ours.keys() == theirs.keys(), (place, ours, theirs)
        for key, value in theirs.items():
            same(ours[key], value, f"{place}.{key}")
    elif isinstance(theirs, list):
        assert len(ours) == len(theirs), (place, ours, theirs)
        for number, value in enumerate(theirs):
            same(ours[number], value, f"{place}[{number}]")
    else:
        assert ours == theirs, (place, ours, theirs)


def test_decisions_are_those_of_python(modules: Path) -> None:
    """For every rule, with and without options, for usual logits and for large, equal and tiny ones."""
    numbers = np.random.default_rng(1)
    jobs, expected = [], []
    for name, config in CONFIGS.items():
        config = {"id2label": dict(enumerate(LABELS))} | config
        decision = Decision.from_config(config)
        width = len(decision.labels)
        logits = np.vstack([numbers.normal(0, 3, (20, width)), np.zeros((1, width)), np.full((1, width), 800.0),
                            np.eye(width)[:1] * 1e-7, -np.full((1, width), 800.0)]).astype(np.float32)  # fmt: skip
        tries: list[dict[str, Any]] = [{}]
        tries += [{"threshold": 0.25}] if name != "abstaining" else []
        tries += [{"top_k": 4}, {"threshold": 0.2, "top_k": 2}] if not decision.positive else []
        for options in tries:
            given = {{"top_k": "topK"}.get(key, key): value for key, value in options.items()}
            jobs.append({"do": "decide", "config": config, "logits": logits.tolist(), "options": given})
            scores = decision.scores(logits)
            answers = decision.decide(scores, **options)
            parents: list[Any] = [{}] * len(logits)
            if decision.parents:
                above = [one["parents"] for one in decision.decide(scores, **options, parents=True)]
                parents = [one if isinstance(one, dict) else {"": one} for one in above]
            expected.append([{"answer": one, "parents": two} for one, two in zip(answers, parents, strict=True)])
    for job, ours, theirs in zip(jobs, asked(modules, *jobs), expected, strict=True):
        same(ours, theirs, str(job["config"]) + str(job["options"]))


TEMPLATES = [
    "{{ text }}",
    "title={{ '{' ~ title ~ '}' }}, abstract={{ '{' ~ abstract ~ '}' }}",
    "<T> {{ title | trim or 'NONE' }}{% if abstract | trim | length >= 9 %}\n{{ (abstract | trim)[:20] }}{% endif %}",
    "{{ record['Q1: what?'] }}{% if not place %} no{% elif place == 'here' %}!{% else %}{{ place | upper }}{% endif %}",
    "{{ title | replace('a', '$&') }} {{ (abstract if abstract else title) | lower }} {{ title | default('x', true) }}",
    "{% if title and abstract %}{{ title }}: {% endif %}{{ abstract[-5:] }}",
]
VALUES = [
    "",
    " ",
    "here",
    "Straße 🎉 in \u00a0 İzmir",
    "a banana " * 6,
    "\x1cx\ufeff\x85",
    "{{ title }}",
    "line\nbreak",
]


def reads_of(template: str, pair: str | None = None) -> Reads:
    """Return how a page reads records by these templates."""
    steps = tuple(map(steps_of, (template, *([pair] if pair else []))))
    fields = tuple(dict.fromkeys(field for one in steps for field in one.fields))
    return Reads(fields=fields, plain=is_plain(template), templates=steps)


def python_texts(template: str, pair: str | None, given: Any) -> list[str] | None:
    """Return the texts that Python reads; None where it refuses."""
    try:
        return list(input_texts(template, pair, given))
    except ValueError:
        return None


def test_records_are_read_as_in_python(modules: Path) -> None:
    """Templates with filters, conditions and slices; texts, pairs, records that lack fields or have others."""
    chosen = random.Random(2)
    jobs, expected = [], []
    for template, pair in [*((one, None) for one in TEMPLATES), ("{{ title }}", "{{ text_2 | trim }}")]:
        fields = list(dict.fromkeys((*fields_of(template), *(fields_of(pair) if pair else ()))))
        given: list[Any] = [{name: chosen.choice(VALUES) for name in fields} for _ in range(25)]
        given += ["a text", " ", {}, {"unknown": "x"}, {fields[0]: "alone"}, {fields[0].upper(): "in capitals"}]
        given += [{"text": "one", "text_pair": "two"}, {"text": "one", "text_pair": " "}, {fields[0]: None}]
        jobs.append({"do": "texts", "reads": reads_of(template, pair).as_json(), "given": given})
        expected.append([python_texts(template, pair, one) for one in given])
    for job, ours, theirs in zip(jobs, asked(modules, *jobs), expected, strict=True):
        for value, one, other in zip(job["given"], ours, theirs, strict=True):
            assert ("problem" in one) if other is None else one == other, (value, one, other)
            assert other is not None or one["problem"].startswith("The input cannot be read: "), one
    columns = ["Review Text", "2nd", "Größe", "ﬁle-name", "  ", "a__b", "Q1: what?", "ÉTÉ"]
    assert asked(modules, {"do": "names", "columns": columns}) == [[short_name(column) for column in columns]]


def test_what_is_no_text_is_refused_rather_than_printed_otherwise(modules: Path) -> None:
    """Python would print 3.0 and True; JavaScript knows neither."""
    job = {"do": "texts", "reads": reads_of("{{ title }}").as_json(), "given": [{"title": 3}, {"title": True}]}
    for told in asked(modules, job)[0]:
        assert told["problem"] == "The input cannot be read: the field “title” is no text. Put it in quotation marks."


@pytest.mark.parametrize(
    ("template", "what"),
    [
        ("{% for word in words %}{{ word }}{% endfor %}", "“for”"),
        ("{{ words | join(' ') }}", "the filter join"),
        ("{{ words[0] }}", "one item of a value"),
        ("{{ a if 'x' in b else '' }}", "a comparison of another kind"),
        ("{% set a = b %}{{ a }}", "“assign”"),
    ],
)
def test_a_template_that_no_page_can_carry_out_is_refused(template: str, what: str) -> None:
    """In a sentence that says what, and what to do."""
    with pytest.raises(HubpressError, match=r"data\.input_template: its template has") as raised:
        steps_of(template)
    assert what in str(raised.value) and "`space.sdk: gradio`" in str(raised.value)


TEXTS = [
    "Streaming search over a query cache",
    "  two  spaces,\ttabs\nand line breaks\r\n ",
    "Café naïve: résumé of Müller (2024)? 50% faster!",
    "cafe\u0301 nai\u0308ve, decomposed",
    "emoji 🎉 in 👩‍🔬 data, flags 🇩🇪 and 中文 text",
    "state-of-the-art e-mail@example.org",
    "supercalifragilisticexpialidocious" * 4,
    "streaming query cache data, wireless amplifier circuits " * 30,
    "?!... ---",
]
PAIRS = [["a query", "cache"], [TEXTS[7], "short"], ["short", TEXTS[7]], [TEXTS[7], TEXTS[7]], [TEXTS[7], TEXTS[6]]]
TAGS = ["O", "B-Task", "I-Task", "B-Metric", "I-Metric"]
STRATEGIES = {"word pieces": "average", "bytes": "max", "sentence pieces": "first"}


@needs_transformers_js
@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_tokens_places_and_entities_are_those_of_python(kind: str, modules: Path, tmp_path: Path) -> None:
    """For the three usual kinds of tokenizers: ids, what is cut, pairs, windows that overlap, and entities."""
    KINDS[kind](TEXTS, tmp_path / "tokenizer")
    config = {"id2label": dict(enumerate(TAGS)), "decision": {"aggregation_strategy": STRATEGIES[kind]}}
    logits = np.random.default_rng(3).normal(0, 2, (2000, len(TAGS))).astype(np.float32)
    job = {"do": "tokens", "tokenizer": str(tmp_path / "tokenizer"), "length": 64, "texts": TEXTS, "pairs": PAIRS}
    ours = asked(modules, job | {"config": config, "logits": logits.tolist()})[0]
    theirs = python_entities(tmp_path / "tokenizer", config, logits, TEXTS, PAIRS)
    for text, mine, other in zip(TEXTS, ours["single"], theirs["single"], strict=True):
        assert (mine["ids"], mine["cut"]) == (other["ids"], other["cut"]), text
    for pair, mine, other in zip(PAIRS, ours["pairs"], theirs["pairs"], strict=True):
        assert (mine["ids"], mine["types"], mine["cut"]) == (other["ids"], other["types"], other["cut"]), pair
    for text, mine, other in zip(TEXTS, ours["windows"], theirs["windows"], strict=True):
        assert [window["ids"] for window in mine] == [window["ids"] for window in other], text
        places = [[piece and [piece["start"], piece["end"]] for piece in window["places"]] for window in mine]
        assert places == [window["places"] for window in other], text
    same(ours["entities"], theirs["entities"])
