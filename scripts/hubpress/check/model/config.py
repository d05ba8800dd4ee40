"""config.json and the other JSON files: readable, named labels, and a decision that the labels bear out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from types import NoneType
from typing import Any

import jinja2

from hubpress.check.files.leaks import MACHINE_PATH
from hubpress.check.problem import Problem
from hubpress.check.staged import Staged
from hubpress.files import JsonObject
from hubpress.hub.loose_values import as_mapping, is_number, is_share, is_text, one_of
from hubpress.hub.vocabulary import PROBLEM_TYPES
from hubpress.inference.transformers_4 import needs_transformers_5
from hubpress.layout import CARD, CONFIG, TOKENIZER_CONFIG
from hubpress.text import counted, quoted

_RULES = ("argmax", "top_k", "threshold", "value")
_LOCAL_PATH = re.compile(r"^(/|\./|\.\./|~|[A-Za-z]:[\\/])|\\")


def config(staged: Staged) -> Iterator[Problem]:
    """config.json is there, and names the model's class."""
    if CONFIG not in {entry.name for entry in staged.entries}:
        yield Problem(CONFIG, f"It is missing, and without it nothing loads. {_again(staged)}")
        return
    document = staged.documents.get(CONFIG)
    if document and not document.problems and not isinstance(document.value, dict):
        yield Problem(CONFIG, f"It is not an object. {_again(staged)}")
    wrong = _wrong_types(staged)
    for key, wanted in wrong.items():
        yield Problem(CONFIG, f"`{key}` is {quoted(staged.config[key])}, not {wanted}. {_again(staged)}")
    if "architectures" in wrong:
        return
    if staged.config and not staged.architecture and (staged.is_ours or "auto_map" not in staged.config):
        yield Problem(CONFIG, "`architectures` does not name the model's class. Save the model with save_pretrained.")


def _wrong_types(staged: Staged) -> dict[str, str]:
    """Return the keys whose values are of a kind that transformers does not read, with what it wants."""
    given = {key: staged.config.get(key) for key in ("architectures", "id2label", "label2id")}
    wrong = {key: "an object" for key in ("id2label", "label2id") if not isinstance(given[key], dict | NoneType)}
    names = given["architectures"]
    if names is not None and not (isinstance(names, list) and all(is_text(name) for name in names)):
        wrong["architectures"] = "a list of classes"
    if staged.is_classifier:  # `labels` asks more of the table
        wrong.pop("id2label", None)
    return wrong


def _again(staged: Staged) -> str:
    return "Stage the folder again." if staged.is_ours else "Save the model with save_pretrained."


def version(staged: Staged) -> Iterator[Problem]:
    """A card says so where transformers 4 does not load the model as it is meant."""
    if not staged.card or not staged.is_classifier or not needs_transformers_5(staged.config):
        return
    if not re.search(r"transformers\W{0,3}(>=|version)?\W{0,2}5", staged.texts[CARD], re.IGNORECASE):
        text = "transformers 4 does not load this model as it is meant, and the card does not say so. Write that it"
        yield Problem(CARD, f"{text} needs transformers 5.")


def labels(staged: Staged) -> Iterator[Problem]:
    """`id2label` numbers the labels from 0 without gaps, names each once, and `label2id` says the same backwards."""
    if not staged.config or not staged.is_classifier:
        return
    table = staged.config.get("id2label")
    if not isinstance(table, dict) or not table:
        yield Problem(CONFIG, "`id2label` is missing: answers would be called LABEL_0. Write every label's name there.")
        return
    ids = [str(number) for number in range(len(table))]
    if set(table) != set(ids):
        text = f"The ids of `id2label` are not 0 to {len(table) - 1} without gaps. Number the labels anew."
        yield Problem(CONFIG, text)
        return
    if list(table) != ids:  # "10" before "2", as sorted keys have it
        text = "The ids of `id2label` are out of order, and many programs read them as they stand. Write 0, 1, 2, …"
        yield Problem(CONFIG, text)
    yield from _names(staged)
    backwards = staged.config.get("label2id")
    if backwards is None:
        yield Problem(CONFIG, "`label2id` is missing. Write it as `id2label` backwards.")
    elif isinstance(backwards, dict) and len(set(staged.labels)) == len(table) and not _is_inverse(staged, backwards):
        yield Problem(CONFIG, "`label2id` is not `id2label` backwards. Write both from one list of labels.")
    if staged.config.get("num_labels", len(table)) != len(table):
        given = quoted(staged.config["num_labels"])
        yield Problem(CONFIG, f"`num_labels` is {given}, but `id2label` has {len(table)} labels. Leave it out.")


def _is_inverse(staged: Staged, backwards: JsonObject) -> bool:
    return backwards == {name: number for number, name in enumerate(staged.labels)}


def _names(staged: Staged) -> Iterator[Problem]:
    names = staged.config["id2label"].values()
    unnamed = [name for name in names if isinstance(name, str) and re.fullmatch(r"LABEL_\d+", name)]
    if unnamed and (staged.is_ours or len(names) > 1):  # one output is a score, as rerankers give it
        found = counted(len(unnamed), "label has no name of its own", "labels have no name of their own")
        text = f"{found}, such as {unnamed[0]}. Write them into `id2label`."
        yield Problem(CONFIG, text)
    for name in names:
        if not is_text(name) or name != name.strip():
            yield Problem(CONFIG, f"The label {quoted(name)} is blank, padded or not a text. Write a name.")
    for name, count in Counter(name for name in names if isinstance(name, str)).items():
        if count > 1 and name.strip():
            text = f"The label {quoted(name)} stands {count} times in `id2label`. Give every id a name of its own."
            yield Problem(CONFIG, text)


def problem_type(staged: Staged) -> Iterator[Problem]:
    """`problem_type` says how logits become scores: softmax or sigmoid."""
    given = staged.config.get("problem_type")
    allowed = ", ".join(PROBLEM_TYPES)
    if given is None and staged.is_ours and staged.architecture.endswith("ForSequenceClassification"):
        yield Problem(CONFIG, f"`problem_type` is missing, and the pipeline would guess. Write one of {allowed}.")
    elif given is not None and given not in PROBLEM_TYPES:
        yield Problem(CONFIG, f"`problem_type` {quoted(given)} is unknown. Write one of {allowed}.")


def decision(staged: Staged) -> Iterator[Problem]:
    """`decision`, `input_template`, `text_pair` and `parents` can be carried out with the labels that there are."""
    for key in ("input_template", *(["text_pair"] if staged.is_ours else [])):  # others may mean something else by it
        if staged.config.get(key) is not None:
            yield from _template(key, staged.config[key])
    parents = staged.config.get("parents")
    unknown = [name for name in as_mapping(parents) if staged.labels and name not in staged.labels]
    if unknown:
        text = f"`parents` names {quoted(unknown[0])}, which is not a label. Take names from `id2label`."
        yield Problem(CONFIG, text)
    given = staged.config.get("decision")
    if given is None:
        return
    if not isinstance(given, dict) or not one_of(given.get("rule"), _RULES):
        yield Problem(CONFIG, f"`decision` has no known `rule`. Write one of {', '.join(_RULES)}.")
        return
    top = given.get("top_k")
    if top is not None and (not isinstance(top, int) or isinstance(top, bool) or top < 1):
        yield Problem(CONFIG, f"`decision.top_k` is {quoted(top)}. Write a whole number from 1.")
    for key, most in (("abstain_below", 1), ("temperature", None)):
        value = given.get(key)
        if value is not None and not (is_number(value) and value > 0 and (most is None or value < most)):
            wanted = "a number above 0" if most is None else f"a number between 0 and {most}"
            yield Problem(CONFIG, f"`decision.{key}` is {quoted(value)}. Write {wanted}, or leave it out.")
    yield from _threshold(staged, given)


def _template(key: str, template: Any) -> Iterator[Problem]:
    try:
        jinja2.Environment().parse(template)
    except jinja2.TemplateSyntaxError as error:
        yield Problem(CONFIG, f"`{key}` is not Jinja2 ({error.message}). Correct it.")
    except (TypeError, AttributeError, RecursionError):
        yield Problem(CONFIG, f"`{key}` {quoted(template)} is not a text. Write a Jinja2 template.")


def _threshold(staged: Staged, given: JsonObject) -> Iterator[Problem]:
    value = given.get("threshold")
    if value is None and given["rule"] == "threshold":
        yield Problem(CONFIG, "`decision.threshold` is missing. Write a number between 0 and 1, or one per label.")
        return
    each = value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else [value]
    if value is not None and not all(is_share(number) and 0 < number < 1 for number in each):
        yield Problem(CONFIG, "`decision.threshold` is not a number between 0 and 1, nor one per label. Write it so.")
    elif isinstance(value, (list, dict)) and staged.labels and len(value) != len(staged.labels):
        text = f"`decision.threshold` has {len(value)} values for {len(staged.labels)} labels. Write one per label."
        yield Problem(CONFIG, text)
    top = staged.config.get("threshold")
    if is_number(value) and top is not None and top != value:
        yield Problem(CONFIG, f"`threshold` is {quoted(top)} but `decision.threshold` is {value}. Write one number.")


def local_settings(staged: Staged) -> Iterator[Problem]:
    """Nothing in the configurations says that the model came from a folder of this machine."""
    for name in (CONFIG, TOKENIZER_CONFIG):
        settings = staged.mapping(name)
        for key in ("is_local", "local_files_only") if staged.is_ours else ():
            if key in settings:
                yield Problem(name, f"`{key}` is left over from saving on this machine. Take it out.")
        for key in ("_name_or_path", "name_or_path"):
            value = settings.get(key)
            if isinstance(value, str) and _LOCAL_PATH.search(value) and not MACHINE_PATH.search(value):
                text = f"`{key}` is the local path {quoted(value)}. Write the base model's id, or take it out."
                yield Problem(name, text)
