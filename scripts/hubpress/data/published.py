"""The test split as a data set that everybody can load: its columns, its Parquet file, and that file read again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hubpress.data.stored import answer_feature, fingerprint_of
from hubpress.errors import DataError, first_line, root_cause
from hubpress.files import digest_of
from hubpress.metrics.iob2 import types_of
from hubpress.recipe.recipe import Recipe

if TYPE_CHECKING:
    from datasets import Dataset, Features

_AGAIN = "Run the same command again, or `hubpress data` first."


def published_features(recipe: Recipe, labels: Sequence[str]) -> Features:
    """Return the columns of a published test split; *labels* are those of the splits' facts, in their order.

    Labels are numbered in that order, and an entity is a mapping of ``start``, ``end`` and ``label``. Raises DataError
    for a label that stands there twice.
    """
    from datasets import ClassLabel, Features, List, Value

    text, number = Value("string"), Value("int64")
    listed = types_of(labels) if recipe.task == "token" else tuple(labels)
    if len(set(listed)) < len(listed):
        raise DataError("a label stands there twice.", where="the labels of the model")
    names = ClassLabel(names=list(listed))
    answers = {
        "label": names,
        "labels": List(names),
        "targets": List(Value("float64")),
        "entities": List({"start": number, "end": number, "label": names}),
    }
    column = recipe.kind.answer_column
    texts = {"text": text, **({"text_pair": text} if recipe.data.text_pair else {})}
    return Features({**texts, column: answers[column], "row": number, **_beside(recipe)})


def records_tag(recipe: Recipe, labels: Sequence[str], fingerprint: str) -> str:
    """Return the tag of the commit that holds such records: what stands in their columns, and what those mean."""
    return f"test-{digest_of([fingerprint, published_features(recipe, labels).to_dict()])[:16]}"


def write_records(recipe: Recipe, labels: Sequence[str], split: Dataset, path: Path) -> None:
    """Write a prepared test split as Parquet, in its order."""
    import datasets

    datasets.disable_progress_bars()
    features = published_features(recipe, labels)
    if set(split.column_names) != set(features):
        raise DataError("the test split has other columns than the recipe gives.", where=str(path), hint=_AGAIN)
    split = split.select_columns(list(features))
    path.parent.mkdir(parents=True, exist_ok=True)
    if recipe.task == "token":
        split = _mapped(split, recipe, _as_mappings, features)
    else:
        split = split.cast(features, keep_in_memory=True)
    split.to_parquet(str(path))


def read_records(recipe: Recipe, labels: Sequence[str], path: Path, *, cache_dir: Path) -> tuple[Dataset, str]:
    """Return a published Parquet file as a prepared split, with the columns that training and evaluation read, and its
    fingerprint, as ``data.json`` has it.

    Raises DataError for a file that cannot be read, or that has other columns or labels.
    """
    import datasets

    datasets.disable_progress_bars()
    features = published_features(recipe, labels)
    try:
        found: Any = datasets.Dataset.from_parquet(str(path), cache_dir=str(cache_dir))
        if found.features != features:
            raise DataError(_other_columns(found.features, features), where=path.name)
        split = _as_prepared(found, recipe, features)
        return split, fingerprint_of(split, recipe.kind.answer_column)
    except DataError:
        raise
    except Exception as error:  # of many kinds: it is torn, or no Parquet, or lacks a text
        what = f"cannot be read: {first_line(root_cause(error))}"
        raise DataError(what, where=path.name) from error


def _as_prepared(found: Dataset, recipe: Recipe, features: Features) -> Dataset:
    plain = _plain_features(recipe, features)
    if recipe.task == "token":
        return _mapped(found, recipe, _as_lists, plain)
    cast: Dataset = found.cast(plain, keep_in_memory=True)
    return cast


def _beside(recipe: Recipe) -> dict[str, Any]:
    from datasets import List, Value

    words = {"words": List(List(Value("int64")))} if "tokens" in recipe.columns else {}
    return {**words, **({"record": Value("string")} if recipe.keeps_records else {})}


def _plain_features(recipe: Recipe, features: Features) -> Features:
    from datasets import Features

    column = recipe.kind.answer_column
    return Features({**features, column: answer_feature(column)})


def _mapped(split: Dataset, recipe: Recipe, change: Any, features: Features) -> Dataset:
    column = recipe.kind.answer_column

    def changed(batch: dict[str, list[Any]]) -> dict[str, list[Any]]:
        return {column: [change(answer) for answer in batch[column]]}

    mapped: Dataset = split.map(changed, batched=True, features=features, keep_in_memory=True)
    return mapped


def _as_mappings(entities: Iterable[Sequence[int]]) -> list[dict[str, int]]:
    return [{"start": start, "end": end, "label": label} for start, end, label in entities]


def _as_lists(entities: Iterable[dict[str, int]]) -> list[list[int]]:
    return [[entity["start"], entity["end"], entity["label"]] for entity in entities]


def _other_columns(found: Features, features: Features) -> str:
    if list(found) != list(features):
        return f"has the columns {', '.join(found)}, and not {', '.join(features)}."
    other = next(name for name in features if found[name] != features[name])
    return f"its column {other!r} holds other kinds of values, or other labels, than the model has."
