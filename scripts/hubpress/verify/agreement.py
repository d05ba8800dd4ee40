"""Files of a release that have to agree with one another: told without records, and without running anything."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hubpress.errors import HubpressError
from hubpress.evaluate.measure import decision_facts, revision_of
from hubpress.files import JsonObject, found_json
from hubpress.layout import BILL_OF_MATERIALS, CONFIG, EVALUATION, RECIPE, TRAINING
from hubpress.metrics.iob2 import tag_names
from hubpress.recipe.published import without_paths
from hubpress.recipe.recipe import Recipe, RecipeFile
from hubpress.schemas.document import DocumentError
from hubpress.schemas.model_config import ModelConfig
from hubpress.schemas.training import TrainedFacts
from hubpress.train.record import stated_settings
from hubpress.verify.adapter_base import unlike_training
from hubpress.verify.code import foreign_code
from hubpress.verify.downloaded import DownloadedRelease, published_recipe
from hubpress.verify.proof import Claim, leaves

_DECISION = ("rule", "threshold", "per_label", "top_k", "positive", "abstain_below", "temperature")


def claims_of_agreement(release: DownloadedRelease) -> list[Claim]:
    """Try whether a release's files say the same of one model: its code, its bytes, its settings."""
    settings = f"of {RECIPE}, {CONFIG}, the facts and {BILL_OF_MATERIALS}, each with what it was made from"
    return [
        Claim("code", "loading it runs transformers and hubpress alone", foreign_code(release.files, release.recipe)),
        Claim("model", f"the bytes that decide its answers, by the sha256 in {EVALUATION}", _compare_bytes(release)),
        Claim("settings", settings, [difference for compare in _SETTINGS for difference in compare(release)]),
        *_recipe_not_compared(release),
    ]


def _recipe_not_compared(release: DownloadedRelease) -> Iterator[Claim]:
    """Yield the row that says so where the carried recipe, of which all else is made again, was held against none."""
    if not release.has_own_recipe:
        why = "no recipe at hand published it, so that its own was taken at its word; name one with --model or --models"
        yield Claim("recipe", f"{RECIPE} as the recipe that its publisher keeps says", unproved=why)


def _compare_bytes(release: DownloadedRelease) -> list[str]:
    measured = release.evaluation.revision
    if (here := revision_of(release.files, release.recipe)) == measured:
        return []
    what = f"{CONFIG}, weights, tokenizer, ONNX files or pipeline code are not those that were measured"
    return [f"{what}: together {here[:12]}…, and {EVALUATION} says {measured[:12]}…"]


def _compare_recipe(release: DownloadedRelease) -> Iterator[str]:
    """Yield what the carried recipe says otherwise than the one at hand, but for where its records and its base lie."""
    if not (release.files / RECIPE).is_file():
        return
    try:
        carried = published_recipe(release.evaluation, release.files)
    except HubpressError as error:
        yield str(error)
        return
    yield from _unlike(RECIPE, _without_places(carried), _without_places(release.recipe), "the recipe at hand")


def _without_places(recipe: Recipe) -> JsonObject:
    values: JsonObject = recipe.model_dump(mode="json", include=set(RecipeFile.model_fields) - {"files"})
    values["training"] = without_paths(values["training"])
    places = {"data": ("source", "files", "dataset", "format"), "base_model": ("path",), "trained": ("path",)}
    for part, keys in places.items():
        if values[part] is not None:
            values[part] = {key: value for key, value in values[part].items() if key not in keys}
    if table := values["data"].get("label_table"):
        values["data"]["label_table"] = {key: value for key, value in table.items() if key != "file"}
    return values


def _compare_config(release: DownloadedRelease) -> Iterator[str]:
    """Yield what config.json says otherwise than the recipe and the measurement."""
    recipe, evaluation = release.recipe, release.evaluation
    try:
        config = ModelConfig.load(release.files / CONFIG)
        decided = decision_facts(config, None).as_json()
    except (DocumentError, ValueError) as error:
        yield f"{CONFIG} cannot be read: {getattr(error, 'what', error)}"
        return
    classes = evaluation.labels
    labels = tag_names(classes) if recipe.task == "token" else classes
    measured, aggregation = evaluation.decision.as_json(), evaluation.decision.aggregation
    said = {
        "labels": config.labels,
        "label2id": config.label2id,
        **{f"decision.{key}": decided.get(key) for key in _DECISION},
        "decision.aggregation_strategy": config.decision.aggregation_strategy,
        "input_template": config.input_template,
        "text_pair": config.text_pair,
        "targets": config.targets,
        "problem_type": config.problem_type,
    }
    expected = {
        "labels": labels,
        "label2id": {label: number for number, label in enumerate(labels)},
        **{f"decision.{key}": measured.get(key) for key in _DECISION},
        "decision.aggregation_strategy": aggregation.strategy if aggregation else None,
        "input_template": recipe.data.input_template or None,
        "text_pair": recipe.data.text_pair,
        "targets": recipe.targets or None,
        "problem_type": recipe.kind.problem_type,
    }
    yield from _unlike(CONFIG, said, expected, f"{RECIPE} and {EVALUATION}")


def _compare_facts(release: DownloadedRelease) -> Iterator[str]:
    """Yield what was measured and trained by other settings than the recipe's."""
    recipe, evaluation, training = release.recipe, release.evaluation, release.training
    given, decision = recipe.decision, evaluation.decision
    tuned = isinstance(given.threshold, str)
    measured = {
        **{key: getattr(evaluation, key) for key in ("model", "main_metric")},
        **{key: getattr(evaluation, key) for key in ("confidence", "tolerance", "bootstrap_samples")},
        "decision": [decision.rule, decision.top_k, decision.positive, None if tuned else decision.threshold],
        "abstain_below": decision.abstain_below,
        "is calibrated": decision.temperature is not None,
    }
    by_recipe = {
        **{"model": recipe.repo_name, "main_metric": recipe.main_metric},
        **{key: getattr(recipe.evaluation, key) for key in ("confidence", "tolerance", "bootstrap_samples")},
        "decision": [recipe.decision_rule, given.top_k, given.positive, None if tuned else given.threshold],
        "abstain_below": given.abstain_below,
        "is calibrated": given.calibration is not None,
    }
    yield from _unlike(EVALUATION, measured, by_recipe, RECIPE)
    base, named = training.base_model, recipe.base_model
    settings = {} if recipe.trained else stated_settings(recipe)
    stated = {**settings, "max_length": recipe.tokenizer.max_length}
    trained = {"base_model": [base.id, base.revision], "stated": without_paths(training.stated)}
    wanted = {
        "base_model": [named.id, named.revision] if named else [None, None],
        "stated": without_paths(stated),
    }
    if recipe.trained or isinstance(training, TrainedFacts):
        trained["trained"] = [training.loaded.id, training.loaded.revision]
        wanted["trained"] = [recipe.trained.id, recipe.trained.revision] if recipe.trained else None
    yield from _unlike(TRAINING, trained, wanted, RECIPE)


def _compare_bill(release: DownloadedRelease) -> Iterator[str]:
    """Yield what the bill of materials says otherwise than the facts: of the base, the data set, the packages."""
    path = release.files / BILL_OF_MATERIALS
    if not path.is_file():
        return
    training, dataset = release.training, release.evaluation.data.dataset
    found = _components(path)
    base, its_hash = found.get(training.loaded.id or "base model", {}), training.loaded.sha256
    hashes = base.get("hashes") or []
    said = {
        **{name: found[name].get("version") for name in training.versions if name in found},
        "base model": [base.get("version"), *(one.get("content") for one in hashes if isinstance(one, dict))],
        "data set": found.get(dataset.path, {}).get("version") if dataset else None,
    }
    expected = {
        **{name: version for name, version in training.versions.items() if name in found},
        "base model": [training.loaded.commit, *([its_hash] if its_hash else [])],
        "data set": dataset.commit if dataset else None,
    }
    yield from _unlike(BILL_OF_MATERIALS, said, expected, f"{TRAINING} and {EVALUATION}")


_SETTINGS = (_compare_recipe, _compare_config, _compare_facts, unlike_training, _compare_bill)


def _components(path: Path) -> Mapping[str, Mapping[str, Any]]:
    document = found_json(path)
    listed = document.get("components") if isinstance(document, dict) else None
    return {str(one.get("name")): one for one in listed or () if isinstance(one, dict)}


def _unlike(file: str, said: Any, expected: Any, by: str) -> Iterator[str]:
    """Yield a sentence for every single value that a file has otherwise than those by which it was made."""
    one, other = (dict(leaves(json.loads(json.dumps(value)), "")) for value in (said, expected))
    for place in sorted(one.keys() | other.keys()):
        if one.get(place) != other.get(place):
            yield f"{file} says {place} {one.get(place)!r}, {by} {other.get(place)!r}"
