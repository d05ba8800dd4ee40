"""The ``data:`` block of a recipe: where the records are, what is read of them, how they are split."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from hubpress.recipe.values import Block, HubId, Number, Text, Whole, refuse_bad_template, refuse_twice

SplitName = Literal["train", "validation", "test"]
Scheme = Literal["IOB1", "IOB2", "BIOES"]
# What divides values may be white space, which other texts of a recipe lose at their ends.
Mark = Annotated[str, StringConstraints(min_length=1, strip_whitespace=False)]


class HubDataset(Block):
    """A data set on the Hub, in the words of ``datasets.load_dataset``."""

    path: HubId
    name: Text | None = None
    revision: Text | None = None
    split: Text = "train"


class Columns(Block):
    """Which columns of the records mean what; ``Kind.columns`` says which of them a task has.

    ``labels`` holds a list, or a text that ``separator`` divides. ``tokens`` and ``tags`` are lists of one length.
    ``entities`` lists ``{start, end, label}``, in characters of ``text``.
    """

    label: Text | None = None
    labels: Text | None = None
    separator: Mark | None = None
    tokens: Text | None = None
    tags: Text | None = None
    text: Text | None = None
    entities: Text | None = None


class LabelTable(Block):
    """A table of the labels, one a row, in the order of their ids.

    ``key`` is the column with the word that the records' labels hold. ``name`` is a Jinja2 template of the published
    label over the row's columns; a column "SUBJECT TERM" is also known as ``subject_term``. ``parents`` names for
    each level the column of a label's parent.
    """

    file: Text
    separator: Annotated[Mark, StringConstraints(max_length=1)] = ","
    key: Text
    name: Text | None = None
    parents: dict[Text, Text] = Field(default={})

    @field_validator("name")
    @classmethod
    def _parses(cls, value: str | None) -> str | None:
        if value is not None:
            refuse_bad_template(value)
        return value


class Split(Block):
    """How the records become train, validation and test. Sizes are fractions of the whole (test) and of the rest
    (validation), or counts of rows."""

    method: Literal["random", "stratified", "hashed", "chronological", "given"] = "stratified"
    test_size: Number | Whole = 0.15
    validation_size: Number | Whole = 0.15
    seed: Annotated[Whole, Field(ge=0, lt=2**32)] = 42
    column: Text | None = None

    @field_validator("test_size", "validation_size")
    @classmethod
    def _size(cls, value: float | int) -> float | int:
        if (isinstance(value, float) and not 0 < value < 1) or (isinstance(value, int) and value < 1):
            raise ValueError("must be a fraction between 0 and 1, or a count of at least 1")
        return value

    @model_validator(mode="after")
    def _fits_the_method(self) -> Split:
        if self.method == "chronological" and not self.column:
            raise ValueError("a chronological split needs the date's column (split.column)")
        if self.method == "hashed" and (isinstance(self.test_size, int) or isinstance(self.validation_size, int)):
            raise ValueError("a hashed split takes each record by itself, so that its sizes must be fractions")
        return self


class Data(Block):
    """Where the records are, and what the model reads of them."""

    source: Text | None = None
    files: dict[SplitName, Text] | None = None
    dataset: HubDataset | None = None
    format: Literal["csv", "tsv", "json", "jsonl", "parquet", "conll"] | None = None
    columns: Columns = Columns()
    input_template: Text | None = None
    labels: Annotated[tuple[Text, ...], Field(min_length=1)] | None = None
    label_names: Annotated[dict[Text, Text], Field(min_length=2)] | None = None
    label_table: LabelTable | None = None
    unused_labels: Literal["error", "keep"] = "error"
    scheme: Scheme | None = None
    split: Split = Split()
    empty_text: Literal["error", "drop"] = "error"
    duplicates: Literal["error", "drop", "keep"] = "error"

    @property
    def listed_labels(self) -> tuple[str, ...] | None:
        """The published labels (of a token model: the entity types) where the recipe itself lists them."""
        return self.labels or (tuple(self.label_names.values()) if self.label_names else None)

    @field_validator("labels")
    @classmethod
    def _distinct(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        refuse_twice(value or (), "labels")
        return value

    @field_validator("label_names")
    @classmethod
    def _distinct_names(cls, value: dict[str, str] | None) -> dict[str, str] | None:
        refuse_twice(tuple((value or {}).values()), "labels")
        return value

    @field_validator("input_template")
    @classmethod
    def _parses(cls, value: str | None) -> str | None:
        if value is not None:
            refuse_bad_template(value)
        return value

    @model_validator(mode="after")
    def _one_place(self) -> Data:
        if bool(self.source) == bool(self.dataset):
            raise ValueError("needs either a source (path, glob or URL) or a dataset (on the Hub)")
        if self.split.method == "given" and not (self.files or self.split.column):
            raise ValueError("a given split needs files (train, test) or split.column, the column that names the split")
        if self.files and not {"train", "test"} <= self.files.keys():
            raise ValueError("files needs at least train and test")
        if self.files and not self.source:
            raise ValueError("files needs a source, the folder in which they are")
        if self.files and self.split.method != "given":
            raise ValueError(f"files needs split.method given; {self.split.method} splits one set of records")
        return self

    @model_validator(mode="after")
    def _one_list_of_labels(self) -> Data:
        given = [name for name in ("labels", "label_names", "label_table") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} both list the labels; give one")
        return self
