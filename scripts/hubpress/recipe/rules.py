"""What a recipe says that does not fit together: columns, labels, the decision, inputs, examples, figures, metrics."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from hubpress.hub.ids import not_a_name
from hubpress.input_template import fields_of
from hubpress.recipe.blocks import Decision, Training
from hubpress.recipe.card_rules import card_problems
from hubpress.recipe.input_rules import field_problems, pair_problems
from hubpress.recipe.kinds import FORMATS_WITH_NAMES, KINDS, NOT_CLASSIFIABLE
from hubpress.recipe.number_rules import number_problems
from hubpress.recipe.recipe import RecipeFile
from hubpress.recipe.training_method import method_problems
from hubpress.text import suggestion
from hubpress.yaml12 import Place, YamlMapping

Problem = tuple[Place, str]
"""What is wrong with a recipe: the place of the value, and a sentence that goes on after its name."""

COMMIT = re.compile(r"[0-9a-f]{40}")
"""What a data set of the Hub is pinned by."""
_TEMPLATE: Place = ("data", "input_template")
_PAIR: Place = ("data", "text_pair")
SCHEMES = ("https", "http", "hf")
"""How an address of records may begin."""


def cross_problems(recipe: RecipeFile, *, folder: Path, own_records: bool) -> list[Problem]:
    """Return what single fields cannot see: what does not fit the task, unknown labels, records outside the folder.

    *folder* is the model's; *own_records* says that the records are those of ``--data``, which may lie anywhere.
    """
    return [
        *_data_problems(recipe),
        *number_problems(recipe),
        *_decision_problems(recipe),
        *_positive_problems(recipe),
        *_score_problems(recipe),
        *_origin_problems(recipe),
        *_training_problems(recipe),
        *_adapter_problems(recipe),
        *method_problems(recipe),
        *field_problems(recipe),
        *pair_problems(recipe),
        *_figure_problems(recipe),
        *_evaluation_problems(recipe),
        *_metric_problems(recipe),
        *_label_problems(recipe),
        *_source_problems(recipe, folder, own_records),
        *_test_data_problems(recipe),
        *card_problems(recipe, folder),
    ]


def column_problems(raw: YamlMapping) -> list[Problem]:
    """Return which of ``data.columns`` are missing, or are not for the task.

    They are looked for in the raw values, so that a missing column is named together with all that is wrong besides.
    """
    kind, data = KINDS.get(str(raw.get("task"))), raw.get("data")
    if kind is None or not isinstance(data, dict):
        return []
    columns = data.get("columns", {})
    if not isinstance(columns, dict):
        return []
    every = {key for other in KINDS.values() for keys in other.columns for key in (*keys, *other.options)}
    chosen = kind.columns_of(columns, str(data.get("format")))
    known = [*chosen, *kind.options]
    problems: list[Problem] = [
        (("data", "columns", key), f"is not for a {raw['task']} model, which has {_listed(kind.columns)}.")
        for key in columns
        if key in every and key not in known
    ]
    if data.get("format") in FORMATS_WITH_NAMES:  # what is missing is called so by itself, as tokens and tags are
        return problems
    if len(chosen) == 1 or any(key in columns for key in chosen):
        problems += [(("data", "columns", key), "is missing; add it.") for key in chosen if key not in columns]
    return problems


def _listed(columns: Iterable[Iterable[str]]) -> str:
    return ", or ".join(" and ".join(keys) for keys in columns)


def _data_problems(recipe: RecipeFile) -> Iterator[Problem]:
    data, is_token = recipe.data, recipe.task == "token"
    if is_token and data.input_template is not None:
        yield _TEMPLATE, "a token model reads its texts as they are; take it out."
    if not is_token and data.input_template is None:
        yield _TEMPLATE, "is missing; add it."
    elif not is_token and not fields_of(data.input_template or ""):
        yield _TEMPLATE, "names no column, so that all texts were the same; write {{ COLUMN }}."
    if is_token and data.text_pair is not None:
        yield _PAIR, "a token model reads one text; take it out."
    elif data.text_pair is not None and not fields_of(data.text_pair):
        yield _PAIR, "names no column, so that all second texts were the same; write {{ COLUMN }}."
    elif data.text_pair is not None and "".join(data.text_pair.split()) == "".join((data.input_template or "").split()):
        yield _PAIR, "is the input_template once more, so that a text were paired with itself; name another column."
    for key in ("scheme", "tag_names", "offsets", "detokenize", "entity_borders"):
        if not is_token and getattr(data, key) is not None:
            yield ("data", key), "is for the tokens or entities of a token model alone; take it out."
    if data.ordinal and (recipe.task != "single-label" or recipe.decision.positive):
        yield ("data", "ordinal"), "is for single-label models of several labels with an order; take it out."
    elif data.ordinal and not (data.listed_labels or data.label_table):
        yield ("data", "ordinal"), "needs the order of the labels: list them in data.labels or data.label_names."
    if is_token and data.label_table:
        yield ("data", "label_table"), "a token model has none; list its entity types in data.labels."
    if not is_token and data.labels and len(data.labels) < 2:
        yield ("data", "labels"), f"must be a list of at least 2, not {list(data.labels)!r}."


def _decision_problems(recipe: RecipeFile) -> Iterator[Problem]:
    decision, labels = recipe.decision, recipe.data.listed_labels
    if recipe.task == "regression":
        if decision != Decision():
            yield ("decision",), "is not for a regression model, whose numbers are the answer; take it out."
        return
    if decision.rule not in recipe.kind.rules:
        given = "" if "rule" in decision.model_fields_set else " It is the default; say another."
        allowed = " or ".join(recipe.kind.rules)
        yield ("decision", "rule"), f"{decision.rule} is not for a {recipe.task} model, which has {allowed}.{given}"
    elif decision.threshold == "tune-per-label" and recipe.task != "multi-label":
        yield ("decision", "threshold"), "tune-per-label is for a multi-label model; give a number or tune."
    if decision.top_k and labels and decision.top_k > len(labels):
        yield ("decision", "top_k"), f"must be at most {len(labels)}, the number of labels, not {decision.top_k}."


def _positive_problems(recipe: RecipeFile) -> Iterator[Problem]:
    decision, labels, place = recipe.decision, recipe.data.listed_labels, ("decision", "positive")
    is_of_one = recipe.task == "single-label" and decision.threshold != "tune-per-label"
    if decision.rule == "threshold" and is_of_one and decision.positive is None:
        yield place, "is missing; name the one of the two labels that the threshold is for."
    if decision.positive is None:
        return
    if recipe.task == "regression":
        return
    if recipe.task != "single-label" or labels is None or len(labels) != 2:
        yield place, "needs a single-label model whose data.labels or data.label_names lists two labels."
    elif decision.positive not in labels:
        near = suggestion(decision.positive, list(labels))
        yield place, f"{decision.positive!r} is not a label.{near} The labels are {' and '.join(labels)}."


def _score_problems(recipe: RecipeFile) -> Iterator[Problem]:
    decision, place = recipe.decision, ("decision", "abstain_below")
    if recipe.task == "regression":
        return  # it has no decision at all
    if decision.calibration and recipe.task not in ("single-label", "multi-label"):
        sentence = f"is for the scores of a classifier, not of a {recipe.task} model; take it out."
        yield ("decision", "calibration"), sentence
    if decision.abstain_below is None:
        return
    if recipe.task != "single-label":
        yield place, f"is for a single-label model, not for a {recipe.task} one; take it out."
    elif decision.rule == "threshold":
        yield place, "is for the rules argmax and top_k; under a threshold one of two labels is always the answer."
    elif labels := recipe.data.listed_labels:
        for problem in abstaining_problems(decision.abstain_below, labels):
            yield place, problem


def abstaining_problems(below: float, labels: Collection[str]) -> Iterator[str]:
    """Yield what is wrong with an ``abstain_below`` for some labels, of which the best never scores below its share."""
    if below * len(labels) <= 1:
        least = f"{1 / len(labels):.3g}"
        yield f"{below:g} is never undercut: the best of {len(labels)} labels scores at least {least}; give more."
    if NOT_CLASSIFIABLE in labels:
        yield f"answers {NOT_CLASSIFIABLE!r}, which is one of the labels; call that another name."


def _origin_problems(recipe: RecipeFile) -> Iterator[Problem]:
    """A model is trained from a base, or it is trained already."""
    base = recipe.base_model
    if recipe.trained is None:
        if base is None:
            yield ("base_model",), "is missing; add it, or say with trained which model is trained already."
        return
    if recipe.training != Training():
        yield ("training",), "is for a model that is trained here, and trained names one that is trained already."
    if base and base.config:
        yield (
            ("base_model",),
            "says of a trained model what it was made from, whose config is as it is: take config out.",
        )


def _training_problems(recipe: RecipeFile) -> Iterator[Problem]:
    if recipe.training.tag_scheme and recipe.task != "token":
        yield ("training", "tag_scheme"), "is for a token model; take it out."
    if recipe.training.oversample and recipe.task != "multi-label":
        yield ("training", "oversample"), "is for a multi-label model; give class_weight."


def _adapter_problems(recipe: RecipeFile) -> Iterator[Problem]:
    """What cannot be had together with an adapter, or of a model that is published as one."""
    lora, base = recipe.training.lora, recipe.base_model
    if lora and recipe.training.freeze:
        yield (
            ("training", "freeze"),
            "has no meaning with training.lora, which leaves all of the base as it is; take it out.",
        )
    if recipe.release == "merged":
        return
    if lora is None:
        yield ("release",), "adapter is for a model that training.lora trains; add that, or take it out."
    elif base and (base.path or base.package):
        yield (
            ("release",),
            (
                "adapter needs a base model on the Hub, which it names at a commit, and this one lies on this machine; "
                "name it by its id alone, or say merged."
            ),
        )
    if recipe.decision.calibration:
        yield ("decision", "calibration"), "is folded into whole weights, and an adapter has none; say release: merged."
    if recipe.task == "multi-label" or recipe.decision.positive or recipe.decision.abstain_below is not None:
        yield (
            ("release",),
            "adapter is for models that the stock pipeline answers for, and this one needs code of hubpress beside "
            "whole weights; say merged.",
        )


def _figure_problems(recipe: RecipeFile) -> Iterator[Problem]:
    inputs = list(recipe.evaluation.inputs)
    levels = list(recipe.data.label_table.parents) if recipe.data.label_table else []
    for index, figure in enumerate(recipe.reference.figures if recipe.reference else ()):
        for key, name, known, where in (
            ("inputs", figure.inputs, inputs, "evaluation.inputs"),
            ("level", figure.level, levels, "data.label_table.parents"),
        ):
            if name is not None and name not in known:
                yield ("reference", "figures", index, key), f"{where} lacks {name!r}.{suggestion(name, known)}"


def _evaluation_problems(recipe: RecipeFile) -> Iterator[Problem]:
    evaluation = recipe.evaluation
    for index, name in enumerate(evaluation.baselines or ()):
        if name not in recipe.kind.baselines:
            allowed = " and ".join(recipe.kind.baselines)
            yield ("evaluation", "baselines", index), f"{name} is not for a {recipe.task} model, which has {allowed}."
    if evaluation.static_model and recipe.task == "token":
        yield ("evaluation", "static_model"), "has one vector for a whole text, which says nothing of entities."
    if evaluation.aggregation_strategy and recipe.task != "token":
        yield ("evaluation", "aggregation_strategy"), "is for a token model alone; take it out."
    if evaluation.thresholds and recipe.decision_rule != "threshold":
        yield ("evaluation", "thresholds"), f"are for the decision rule threshold, not {recipe.decision_rule}."


def _metric_problems(recipe: RecipeFile) -> Iterator[Problem]:
    data, decision = recipe.data, recipe.decision
    known = recipe.kind.known_metrics(positive=decision.positive is not None, ordinal=data.ordinal)
    evaluation, reference = recipe.evaluation, recipe.reference
    asked: list[tuple[Place, str]] = [
        (("evaluation", "metrics", index), name) for index, name in enumerate(evaluation.metrics or ())
    ]
    if evaluation.main_metric:
        asked.append((("evaluation", "main_metric"), evaluation.main_metric))
    for index, figure in enumerate(reference.figures if reference else ()):
        asked.append((("reference", "figures", index, "metric"), figure.metric))
    for place, name in asked:
        if name not in known:
            hint = suggestion(name, list(known))
            yield place, f"unknown metric {name!r}.{hint} A {recipe.task} model has: {', '.join(known)}."


def _label_problems(recipe: RecipeFile) -> Iterator[Problem]:
    weights = recipe.training.class_weight
    named: list[tuple[Place, str]] = []
    if isinstance(weights, dict):
        named += [(("training", "class_weight", label), label) for label in weights]
    if recipe.reference:
        named += [(("reference", "per_class", label), label) for label in recipe.reference.per_class]
    named += [(("card", "label_descriptions", label), label) for label in recipe.card.label_descriptions]
    labels = tuple(recipe.targets) or recipe.data.listed_labels
    if named and labels is None:
        yield named[0][0][:2], "names labels, so that data.labels must list them all."
        return
    listed = "data.targets" if recipe.targets else "data.labels"
    for place, label in named:
        if label not in (labels or ()):
            yield place, f"{listed} lacks {label!r}.{suggestion(label, list(labels or ()))}"


def _source_problems(recipe: RecipeFile, folder: Path, own_records: bool) -> Iterator[Problem]:
    source, table = recipe.data.source, recipe.data.label_table
    if table and not own_records and not _inside(folder, table.file):
        hint = "Keep the table below it, or beside the records that you name with --data."
        yield ("data", "label_table", "file"), f"{table.file!r} lies outside the model's folder. {hint}"
    if source is None:
        return
    if "://" in source and source.split("://")[0] not in SCHEMES:
        sentence = f"{source!r} is no address that can be read; it must begin with https:// or hf://."
        yield ("data", "source"), sentence
    for name, file in (recipe.data.files or {}).items():
        if not _inside(folder, file):
            yield ("data", "files", name), f"{file!r} lies outside data.source. Name files below it."


def _test_data_problems(recipe: RecipeFile) -> Iterator[Problem]:
    data, name = recipe.data.dataset, recipe.test_data_name
    if name is None:
        return
    if data and COMMIT.fullmatch(data.revision or ""):
        what = f"data.dataset names a commit of {data.path}, where everybody finds the records. Take publish_data out."
        yield ("publish_data",), f"has nothing to add: {what}"
    if fault := not_a_name(name):
        yield ("publish_data", "repo_name"), f"{name!r}, which it is without one, {fault}. Give a name."


def _inside(folder: Path, relative: str) -> bool:
    return not Path(relative).is_absolute() and (folder / relative).resolve().is_relative_to(folder.resolve())
