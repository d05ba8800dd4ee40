"""A trained model and records looked at -> the folder of a model: its recipe, what was guessed, and what is missing."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hubpress.data.stored import load_split
from hubpress.draft.answers import answers_of
from hubpress.draft.entities import marked_in
from hubpress.draft.model import Trained, base_given, put_metadata, trained_model
from hubpress.draft.numbers import columns_of_numbers, numbers_of
from hubpress.draft.place import Place, data_of, path_writer, place_of
from hubpress.draft.samples import samples_of
from hubpress.draft.sentences import put_card
from hubpress.draft.settings import refuse_other_records, settings_of
from hubpress.draft.sheet import Sheet
from hubpress.draft.table import Table, look
from hubpress.draft.texts import group_of_pairs, not_read, roles_of, texts_of
from hubpress.draft.trial import refuse_unread, try_out
from hubpress.errors import DataError, PackageMissing, UsageError
from hubpress.layout import CONFIG, RECIPE
from hubpress.recipe.data import Data
from hubpress.recipe.kinds import FORMATS_WITH_NAMES
from hubpress.recipe.open_places import to_fill_in
from hubpress.recipe.scaffold import NewModel, free_folder, title_of, write_model
from hubpress.text import counted, listed, quoted, shorten
from hubpress.yaml12 import YamlMapping

_HEADING = (
    "Written by `hubpress new {name} --from …`: what the model's files and the records say, and what was guessed of "
    "them.\nRead the guesses; each is marked by `guessed:` in a comment. What stands in <fill in: …> is yours to say."
)
_FROM_TEST = 3
_THRESHOLD = 0.5
_SIZE = 0.2


@dataclass(frozen=True)
class Drafted:
    """A model's folder that was written, and what is to be said of its recipe, each by a key of the recipe."""

    written: NewModel
    found: dict[str, str]
    """What its model and its records say."""
    guessed: dict[str, str]
    """What was guessed, and why."""
    missing: dict[str, str]
    """What a person has to fill in."""


def draft_model(
    name: str,
    *,
    checkpoint: Path | str,
    models_dir: Path | str,
    data: Path | str | None = None,
    task: str | None = None,
    overrides: Sequence[str] = (),
) -> Drafted:
    """Write *models_dir*/*name* for a model that is trained already, whole or not at all.

    *checkpoint* is its folder, or ``OWNER/REPO[@REVISION]`` on the Hub; *data* its records, as a file, a folder of
    files for the splits, a glob, a URL, or a data set on the Hub. What *overrides* (``key.path=value``) say is not
    guessed.
    Raises UsageError for words that do not fit, and HubpressError for a model or records that cannot be taken.
    """
    folder = free_folder(name, Path(models_dir))
    sheet = Sheet(settings_of(overrides))
    refuse_other_records(sheet.given, None if data is None else str(data))
    base = base_given(sheet.given, folder)
    try:
        model = trained_model(str(checkpoint), task=task or sheet.of_given("task"), base=base)
    except PackageMissing:
        if data is not None:  # what is wrong with a path is mended without installing anything
            settings: YamlMapping = sheet.of_given("data") or {}
            place = place_of(str(data), settings)
            place.files(data_of(place, settings))
        raise
    sheet.put("repo_name", value=name)
    sheet.put("title", value=title_of(name))
    sheet.put("task", value=model.task or "single-label")
    sheet.put("trained", value=model.spec)
    put_metadata(sheet, model)
    _say_model(sheet, model)
    with tempfile.TemporaryDirectory(prefix="hubpress-new-") as scratch:
        if data is None:
            _without_records(sheet, model)
        else:
            try:
                _with_records(sheet, model, str(data), folder, Path(scratch))
            except DataError as error:
                raise _sayable(error) from error
    refuse_unread(sheet, folder)
    _put_paths(sheet, path_writer(folder))
    text = sheet.text(_HEADING.format(name=name))
    return Drafted(write_model(folder, {RECIPE: text.encode()}), sheet.found, sheet.guessed, sheet.missing)


def _put_paths(sheet: Sheet, written: Callable[[Path], str]) -> None:
    """Name the places of model and records as the recipe does, which so far were looked at from here."""
    for *above, key in (("trained", "path"), ("base_model", "path"), ("data", "source")):
        block = sheet.values.get(above[0], {})
        is_ours = above[0] == "base_model" or not sheet.is_given(*above, key)
        if str(block.get(key, "")).startswith("/") and is_ours:
            block[key] = written(Path(block[key]))


def _sayable(error: DataError) -> DataError:
    """Return an error whose hint can be followed where there is no recipe yet."""
    hint = error.hint or ""  # without one it is the records that have to be mended
    if hint and re.search(r"\bdata\.\w+", hint + str(error.where)) and "--set" not in hint:
        hint = f"{hint} There is no recipe yet: give such a key by --set data.KEY=VALUE.".strip()
    return DataError(error.what, where=error.where, hint=hint)


def _say_model(sheet: Sheet, model: Trained) -> None:
    one, more = {"token": ("type of entities", "types of entities"), "regression": ("number", "numbers")}.get(
        str(model.task), ("label", "labels")
    )
    names = (
        f": {shorten(', '.join(model.classes), 100)}"
        if model.is_named
        else f", which {'has no name' if len(model.classes) == 1 else 'have no names'}"
    )
    sheet.found["trained"] = f"{counted(len(model.classes), one, more)}{names} ({CONFIG})"
    if "revision" in model.spec:
        sheet.say("trained", note="the commit that was its newest when this was written, or that its revision meant")


def _without_records(sheet: Sheet, model: Trained) -> None:
    """Put the places for all that only records can tell."""
    task = sheet.values["task"]
    if model.task is None and not sheet.is_given("task"):
        sheet.put(
            "task", value=task, guess="its files do not say whether it answers one label or several; else multi-label"
        )
    sheet.put("data", "source", value=to_fill_in("the file with your records, or --data FILE"))
    if task == "token":
        sheet.put("data", "columns", "text", value=to_fill_in("the column with the texts, or tokens and tags"))
        sheet.put("data", "columns", "entities", value=to_fill_in("the column with their entities"))
    else:
        if task == "regression" and len(model.labels) > 1:
            open_columns = [to_fill_in(f"the column with the numbers of {label}") for label in model.labels]
            sheet.put("data", "columns", "target_columns", value=open_columns)
        else:
            key, what = {"multi-label": ("labels", "labels"), "regression": ("target", "numbers")}.get(
                task, ("label", "label")
            )
            sheet.put("data", "columns", key, value=to_fill_in(f"the column with the {what}"))
        sheet.put("data", "input_template", value=to_fill_in("what the model reads, such as {{ text }}"))
        if model.pairs:
            sheet.put("data", "text_pair", value=to_fill_in("the second text that it reads"), note=model.pairs)
    if not model.is_named and task != "regression":
        sheet.put("data", "labels", value=[to_fill_in(f"the name of {label}") for label in model.labels])
    _put_rest(sheet, model, model.classes, ["text"], is_pair=bool(model.pairs))
    _put_examples(sheet, [{"from_test": _FROM_TEST}], is_pair=bool(model.pairs))
    sheet.lay_given()


def _with_records(sheet: Sheet, model: Trained, given: str, folder: Path, scratch: Path) -> None:
    settings: YamlMapping = sheet.of_given("data") or {}
    place = place_of(given, settings)
    data = data_of(place, settings)
    for key, value in place.keys.items():
        sheet.put("data", key, value=value, guess=place.guesses.get(key, ""))
    table = look(data, place.files(data), _asked(data, model), cache_dir=scratch / "look")
    if table.commit:
        sheet.values["data"]["dataset"] = {**place.keys["dataset"], "revision": table.commit}
    sheet.found["data"] = f"{counted(table.count, 'record')} in {given}"
    used = _put_answers(sheet, model, table)
    columns = _put_texts(sheet, model, table, used, place)
    labels = sheet.of_given("data", "labels") or sheet.values["data"].get("labels") or model.classes
    if sheet.values["task"] == "regression":
        labels = list(sheet.values["data"].get("targets") or used)
    is_pair = "text_pair" in sheet.values["data"] or sheet.is_given("data", "text_pair")
    _put_rest(sheet, model, labels, columns or ["text"], is_pair=is_pair)
    sheet.lay_given()
    _try(sheet, model, folder, scratch, table)


def _asked(data: Data, model: Trained) -> tuple[str, ...]:
    """Return the columns to ask of an annotation tool's export, which has names of its own for what it means."""
    if data.format not in FORMATS_WITH_NAMES or data.format in ("conll", "conllu"):
        return ()
    answer = {"token": "entities", "multi-label": "labels"}.get(str(model.task), "label")
    return ("text", answer)


def _put_answers(sheet: Sheet, model: Trained, table: Table) -> tuple[str, ...]:
    """Put the columns with the answers, and the labels by which they are read; return the columns."""
    given: YamlMapping = sheet.of_given("data", "columns") or {}
    if model.task == "token":
        marked = marked_in(table, model.labels, columns=given)
        if marked.columns:
            rest = f"; else {', '.join(marked.others)}" if marked.others else ""
            sheet.put("data", "columns", value=marked.columns, guess=f"by their names and what they hold{rest}")
        if marked.tag_names and not sheet.is_given("data", "tag_names"):
            sheet.put(
                "data", "tag_names", value=list(marked.tag_names), guess="the numbers are taken for the model's ids"
            )
        return marked.used
    if model.task == "regression" or sheet.of_given("task") == "regression":
        return _put_numbers(sheet, model, table, given)
    _refuse_numbers(model, table)
    key = next((key for key in ("label_names", "labels") if sheet.of_given("data", key)), None)
    own = sheet.of_given("data", key) if key else None
    if own is not None and len(own) != len(model.labels):
        what = f"names {counted(len(own), 'label')}, but the trained model has {len(model.labels)}."
        raise UsageError(what, where=f"--set data.{key}", hint="Name all of them, in the order of their ids.")
    words = own or model.labels
    found = answers_of(table, tuple(map(str, words)), model.task or sheet.of_given("task"), columns=given)
    why = "its files do not say so; the records have one label each; else multi-label"
    if found.task == "multi-label":
        why = "its files do not say so; the records have several labels each"
    sheet.put("task", value=found.task, guess="" if model.task or sheet.is_given("task") else why)
    rest = f"the labels are those of the model; else {listed(found.others)}" if found.others else ""
    if not given and (rest or found.separator_guess or found.fit.rank < 3):
        rest = rest or found.separator_guess or found.why
    for key, value in found.columns.items():
        sheet.put("data", "columns", key, value=value, guess="" if given or key == "separator" else rest)
    sheet.found["data.columns"] = ", ".join(f"{key}: {value}" for key, value in found.columns.items())
    fit = found.fit
    if not (sheet.is_given("data", "labels") or sheet.is_given("data", "label_names")):
        if fit.label_names:
            sheet.put("data", "label_names", value=fit.label_names, guess=fit.guess, note=fit.note)
        elif fit.labels:
            sheet.put("data", "labels", value=list(fit.labels), note=fit.note)
    return found.used


def _refuse_numbers(model: Trained, table: Table) -> None:
    """Raise HubpressError where the records have numbers for each output of a model that says nothing of its task."""
    columns = columns_of_numbers(table, model.labels)
    if model.task is None and columns:
        raise model.found.error(
            f"does not say whether its {len(columns)} outputs are numbers (no problem_type in its {CONFIG}), and the "
            f"records have numbers in columns called as they are: {listed(columns)}.",
            f"Write problem_type: regression into its {CONFIG} if they are; else name the column with the labels by "
            "--set data.columns.label=COLUMN.",
        )


def _put_numbers(sheet: Sheet, model: Trained, table: Table, given: YamlMapping) -> tuple[str, ...]:
    """Put the columns with the numbers, their names and ranges; return the columns."""
    found = numbers_of(table, model.labels, columns=given)
    for key, value in found.columns.items():
        sheet.put("data", "columns", key, value=value, guess=found.guess)
    if not sheet.is_given("data", "targets") and (found.range_guess or found.names != found.used):
        sheet.put("data", "targets", value=found.targets, guess=found.range_guess)
    sheet.found["data.columns"] = f"numbers: {listed(found.used)}"
    return found.used


def _put_texts(sheet: Sheet, model: Trained, table: Table, used: Sequence[str], place: Place) -> list[str]:
    """Put what the model reads and how the records are split; return the columns that it reads."""
    roles = roles_of(table, used)
    columns: list[str] = []
    group = roles.group
    if sheet.values["task"] != "token" and not sheet.is_given("data", "input_template"):
        texts = texts_of(table, used, roles, pairs=model.pairs)
        columns = list(texts.used)
        sheet.put("data", "input_template", value=texts.template, guess=texts.why)
        if texts.text_pair:
            sheet.put("data", "text_pair", value=texts.text_pair, guess="the second text of the pair")
            group = group_of_pairs(table, columns) or group
    if said := not_read(roles):
        sheet.say("data", "columns", note=said)
    _put_split(sheet, table, roles.split, None if place.are_split else group, place, roles.dates)
    return columns


def _put_split(
    sheet: Sheet, table: Table, column: str | None, group: str | None, place: Place, dates: Sequence[str]
) -> None:
    if place.are_split:
        sheet.put("data", "split", "method", value="given")
        sheet.found["data.split"] = "the files, or the data set, give the splits"
        return
    if column:
        sheet.put("data", "split", "method", value="given")
        sheet.put("data", "split", "column", value=column, guess=f"{quoted(column)} holds {table.shown(column)}")
        return
    newest = f"; else chronological by {quoted(dates[0])}, which tests on the newest" if dates else ""
    why = f"nothing tells which records the model was trained on; these are split anew{newest}"
    sheet.put("data", "split", "method", value="stratified", guess=why)
    sheet.put("data", "split", "test_size", value=_SIZE)
    sheet.put("data", "split", "validation_size", value=_SIZE)
    if group:
        sheet.put("data", "split", "group", value=group, guess=f"the records of one {group} stay together")


def _put_rest(sheet: Sheet, model: Trained, labels: Sequence[str], columns: Sequence[str], *, is_pair: bool) -> None:
    """Put the decision and the sentences of the card."""
    task = str(sheet.values["task"])
    if task == "multi-label" and not sheet.is_given("decision"):
        why = "as most training code counts; tune chooses it on validation, tune-per-label one for each label"
        sheet.put("decision", "rule", value="threshold")
        sheet.put("decision", "threshold", value=_THRESHOLD, guess=why)
    is_open = not model.is_named and any(label.startswith("<") or label in model.labels for label in labels)
    put_card(sheet, model, task, len(labels), [] if is_open else labels, columns, is_pair=is_pair)


def _try(sheet: Sheet, model: Trained, folder: Path, scratch: Path, table: Table) -> None:
    """Read, label and split all records as the release will, and put examples of the test split."""
    sheet.put("widget", value=[{"from_test": _FROM_TEST}])
    column = sheet.values["data"].get("columns", {}).get("label")
    tried = try_out(sheet, folder, scratch, words=sorted(table.words(column)) if column else ())
    counts = ", ".join(f"{count:,} for {name}" for name, count in tried.facts.counts.items())
    sheet.found["data"] += f": {counts}"
    if sheet.is_given("widget"):
        return
    labels = tried.facts.labels if model.task != "token" else tried.recipe.data.labels or ()
    test, templates = load_split(tried.folder, "test"), tried.recipe.data.templates
    examples = samples_of(test, labels, templates, table)
    _put_examples(sheet, examples, is_pair=tried.recipe.data.text_pair is not None)


def _put_examples(sheet: Sheet, examples: Sequence[YamlMapping], *, is_pair: bool) -> None:
    """Put examples of the test split, and say that they are published; a place for texts of the person's own where
    there are none, or where ``card.print_test_texts: false`` keeps the texts of records back."""
    if sheet.is_given("widget"):
        return
    is_kept_back = sheet.of_given("card", "print_test_texts") is False
    if examples and not is_kept_back:
        sheet.put("widget", value=[*examples], note="of the test split: these texts are published on the model's page")
        count = sum(one.get("from_test", 1) for one in examples)
        sheet.found["widget"] = (
            f"{counted(count, 'record')} of the test split, whose texts are published on the model's page; with "
            "--set card.print_test_texts=false none are"
        )
        return
    pair = {"text_pair": to_fill_in("the second text of it")} if is_pair else {}
    sheet.put("widget", value=[{"text": to_fill_in("a text to try"), **pair, "example_title": "An example"}])
