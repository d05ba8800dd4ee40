"""The ``data:`` block of a recipe: where the records are, what is read of them, how they are split."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field, StringConstraints, field_validator, model_validator

from hubpress.recipe.values import (
    Block,
    HubId,
    Number,
    Text,
    Whole,
    YesOrNo,
    refuse_bad_date_format,
    refuse_bad_template,
    refuse_twice,
)

SplitName = Literal["train", "validation", "test"]
Scheme = Literal["IOB1", "IOB2", "BIOES"]
# What divides values may be white space, which other texts of a recipe lose at their ends.
Mark = Annotated[str, StringConstraints(min_length=1, strip_whitespace=False)]
COUNTS = {"s": Decimal(10**6), "ms": Decimal(1000), "us": Decimal(1), "ns": Decimal("0.001")}
"""How many microseconds each unit of numbers since 1970 is, by its name in pandas."""
OneMark = Annotated[Mark, StringConstraints(max_length=1)]

FileFormat = Literal["csv", "tsv", "json", "jsonl", "parquet", "arrow", "xlsx", "conll", "conllu"]
ToolFormat = Literal["label-studio", "doccano", "prodigy", "brat"]
Format = Literal[FileFormat, ToolFormat]
DELIMITED: tuple[Format, ...] = ("csv", "tsv")
KEYS_OF_FORMATS: dict[str, tuple[Format, ...]] = {
    **dict.fromkeys(("separator", "quoting", "quotechar", "escapechar", "skipinitialspace"), DELIMITED),
    "encoding": (*DELIMITED, "json", "jsonl", "conll", "conllu", *get_args(ToolFormat)),
    "sheet": ("xlsx",),
}
"""The keys of ``data`` that say how files are written, and the formats that have them."""

SAVED = ("dataset_dict.json", "state.json")
"""The files by which the folders are known that ``datasets`` writes: of several splits, and of one data set."""


def refuse_unknown_encoding(value: str | None) -> None:
    """Raise ValueError for what is no encoding of texts."""
    try:
        "".encode(value or "utf-8")
    except LookupError as error:
        raise ValueError("is no encoding that Python knows; write a name such as utf-8, cp1252 or utf-16") from error


ColumnNumber = Annotated[Whole, Field(ge=1)]


class HubDataset(Block):
    """A data set on the Hub, in the words of ``datasets.load_dataset``."""

    path: HubId
    """The data set's name on the Hub."""
    name: Text | None = None
    """The configuration of it, where there are several."""
    revision: Text | None = None
    """A commit, a branch or a tag of it; without one the newest."""
    split: Text = "train"
    """Which of its splits holds the records."""


class Columns(Block):
    """Which columns of the records hold what; which of these keys a recipe has depends on its task."""

    label: Text | None = None
    """The column with the one label of a record."""
    labels: Text | None = None
    """The column with the labels of a record: a list, a text that ``separator`` divides or that is a list as Python
    or JSON write it, or zeros and ones in the order of ``data.labels``."""
    label_columns: Annotated[tuple[Text, ...], Field(min_length=2)] | None = None
    """The columns that are called as the labels, each with 1 or 0 (true or false, or nothing) in every record."""
    separator: Mark | None = None
    """What stands between the labels of a text, such as ``;`` in ``Water; Health``."""
    target: Text | None = None
    """The column with the number of a record."""
    target_columns: Annotated[tuple[Text, ...], Field(min_length=2)] | None = None
    """The columns with the numbers of a record, of a model that answers several; they are called as the columns."""
    tokens: Text | ColumnNumber | None = None
    """The column with the words of a text, as a list; of a CoNLL file a column by its number from 1, or its name."""
    tags: Text | ColumnNumber | None = None
    """The column with the tag of each word, as a list of the same length, or with the ids of ``data.tag_names``; of a
    CoNLL file a column by its number or name, or a key of MISC."""
    text: Text | None = None
    """The column with the text in which ``entities`` are marked."""
    entities: Text | None = None
    """The column with the entities of a text: a list of ``{start, end, label}``, counted in characters from 0."""

    @field_validator("label_columns", "target_columns")
    @classmethod
    def _distinct(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        refuse_twice(value or (), "columns")
        return value


class LabelTable(Block):
    """A table of the labels, one in each row, in the order of their ids."""

    file: Text
    """The table, a text file with a header; below the model's folder, or beside the records that ``--data`` names."""
    separator: OneMark = ","
    """What stands between two cells of a row."""
    encoding: Text | None = None
    """How its characters are written, by Python's name, such as ``cp1252``; without it UTF-8."""
    key: Text
    """The column with the word that the records have for the label."""
    name: Text | None = None
    """The published label as a Jinja2 template of the row's columns, where a column "SUBJECT TERM" is also known as
    ``subject_term``; without it the key."""
    parents: dict[Text, Text] = Field(default={})
    """For each level of parents, the column with the label's parent."""

    @field_validator("encoding")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        refuse_unknown_encoding(value)
        return value

    @field_validator("name")
    @classmethod
    def _parses(cls, value: str | None) -> str | None:
        if value is not None:
            refuse_bad_template(value)
        return value


class Split(Block):
    """How the records become train, validation and test."""

    method: Literal["random", "stratified", "hashed", "chronological", "given"] = "stratified"
    """``random`` draws records, ``stratified`` draws from each class its share, ``hashed`` goes by a digest of the text
    (a record stays in its split when others are added), ``chronological`` tests on the newest, ``given`` follows
    ``column`` or ``data.files``."""
    test_size: Number | Whole = 0.15
    """A share of all records (below 1), or a count of them."""
    validation_size: Number | Whole = 0.15
    """A share of the records that are not for test (below 1), or a count of them."""
    seed: Annotated[Whole, Field(ge=0, lt=2**32)] = 42
    """What every draw begins with: the same seed draws the same records."""
    column: Text | None = None
    """The column with the date of a chronological split, or with the name of a given one."""
    date_format: Text | None = None
    """How the dates are written, in the words of ``datetime.strptime`` (``%d/%m/%Y``), or what numbers count since
    1970: ``s``, ``ms``, ``us`` or ``ns``; without it only ISO 8601 is read, and day and month where their order is
    certain."""
    group: Text | None = None
    """The column, such as an author or a document, whose records stay together: no value of it is in two splits."""

    @field_validator("test_size", "validation_size")
    @classmethod
    def _size(cls, value: float | int) -> float | int:
        if (isinstance(value, float) and not 0 < value < 1) or (isinstance(value, int) and value < 1):
            raise ValueError("must be a fraction between 0 and 1, or a count of at least 1")
        return value

    @field_validator("date_format")
    @classmethod
    def _reads_dates(cls, value: str | None) -> str | None:
        if value is not None and value not in COUNTS:
            refuse_bad_date_format(value)
        return value

    @model_validator(mode="after")
    def _fits_the_method(self) -> Split:
        if self.date_format and self.method != "chronological":
            raise ValueError(f"date_format is for a chronological split; {self.method} reads no dates")
        if self.group and self.group == self.column:
            raise ValueError(f"the column {self.group!r} cannot be both the group and the split's own column")
        if self.method == "chronological" and not self.column:
            raise ValueError("a chronological split needs the date's column (split.column)")
        if self.method == "hashed" and (isinstance(self.test_size, int) or isinstance(self.validation_size, int)):
            raise ValueError("a hashed split takes each record by itself, so that its sizes must be fractions")
        return self


class ReportLimits(Block):
    """What ``hubpress data`` warns of, and the card repeats."""

    max_leak: Annotated[Number, Field(ge=0, le=1)] = 0.01
    """The largest share of the test records whose text may stand in train or validation too, or nearly so."""
    max_cut: Annotated[Number, Field(ge=0, le=1)] = 0.05
    """The largest share of a split's texts that ``tokenizer.max_length`` may cut."""


class Data(Block):
    """Where the records are, and what the model reads of them."""

    source: Text | None = None
    """The records: a file, a glob, or a folder of ``data.files`` or of ``Dataset.save_to_disk``, below the model's
    folder or anywhere on this machine (nothing that is published names it); or a URL."""
    files: dict[SplitName, Text] | None = None
    """For each split its file below ``source``, at least ``train`` and ``test``; needs ``split.method: given``."""
    dataset: HubDataset | None = None
    """A data set on the Hub that holds the records."""
    format: Format | None = None
    """How the files are to be read: as files, or as exports of annotation tools; without it by their endings."""
    separator: OneMark | None = None
    """What stands between two cells of a CSV or TSV file; without it a comma or a tab, or whatever alone gives the
    columns that are read."""
    quoting: Literal["minimal", "none"] | None = None
    """Whether quotes around a cell of a CSV or TSV file enclose it (``minimal``) or are marks like others (``none``);
    without it they enclose, but not where tabs divide the cells."""
    quotechar: OneMark | None = None
    """The quotes of a CSV or TSV file; without it ``"``."""
    escapechar: OneMark | None = None
    """What stands before a quote inside of a quoted cell, such as a backslash; without it such quotes are doubled."""
    skipinitialspace: YesOrNo | None = None
    """Whether spaces behind a separator belong to no cell, so that quotes may follow them; without it they do."""
    encoding: Text | None = None
    """How the characters of text files are written, by Python's name, such as ``cp1252``; without it by their byte
    order mark, or UTF-8."""
    sheet: Text | None = None
    """The sheet of an Excel workbook; without it the first."""
    columns: Columns = Columns()
    """Which columns hold what."""
    input_template: Text | None = None
    """The text that the model reads, in Jinja2 over any columns; every task but ``token`` needs it."""
    text_pair: Text | None = None
    """The second text of a pair, in Jinja2 as ``input_template`` is for the first: the model reads both together."""
    labels: Annotated[tuple[Text, ...], Field(min_length=1)] | None = None
    """The labels in the order of their ids (of a token model: the types of entities); without any list those of the
    records, numbers by their size, others by the alphabet."""
    label_names: Annotated[dict[Text, Text], Field(min_length=2)] | None = None
    """The labels where records have other words for them: the records' word, and the published label."""
    label_table: LabelTable | None = None
    """The labels as a table in a file of its own, with their parents."""
    ordinal: YesOrNo = False
    """Whether the labels have an order, that in which they are listed: then quadratic kappa is measured, too, which
    counts an error the more, the further the answer is from the truth."""
    targets: Annotated[dict[Text, tuple[Number, Number] | None], Field(min_length=1)] | None = None
    """The numbers that a regression model answers, by their names, each with its least and its greatest value, such as
    ``{satisfaction: [0, 10]}``, or nothing where there are none; without it they are called as their columns."""
    unused_labels: Literal["error", "keep"] = "error"
    """What to do with a label that no record has: refuse the records, or keep it."""
    offsets: Literal["characters", "utf-16", "bytes"] | None = None
    """What the places of entities are counted in: characters unless it is said, as JavaScript counts (``utf-16``), or
    bytes of UTF-8."""
    tag_names: Annotated[tuple[Text, ...], Field(min_length=2)] | None = None
    """The tags in the order of their ids, such as ``[O, B-Place, I-Place]``, where the records have ids of tags."""
    scheme: Scheme | None = None
    """How the tags of tokens are written; without it as they show it themselves."""
    detokenize: YesOrNo | None = None
    """Whether the text of tokens is restored in the way of the recipe's first language (``Meet at noon.``), which is
    the default, or they get a space between two (``Meet at noon .``)."""
    entity_borders: Literal["error", "trim"] | None = None
    """What to do with an entity that begins or ends with white space: refuse the records, which is the default, or
    leave the white space out of it."""
    split: Split = Split()
    """How the records are divided."""
    empty_text: Literal["error", "drop"] = "error"
    """What to do with a record without a text: refuse the records, or leave it out."""
    duplicates: Literal["error", "drop", "keep"] = "error"
    """What to do with a text that stands twice: refuse the records, keep the first, or keep all."""
    report: ReportLimits = ReportLimits()
    """From where the report on the records warns."""

    @property
    def listed_labels(self) -> tuple[str, ...] | None:
        """The published labels (of a token model: the entity types) where the recipe itself lists them."""
        return self.labels or (tuple(self.label_names.values()) if self.label_names else None)

    @property
    def label_keys(self) -> tuple[str, ...] | None:
        """Return the words that the records have for the labels where the recipe itself lists them."""
        return self.labels or (tuple(self.label_names) if self.label_names else None)

    @field_validator("encoding")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        refuse_unknown_encoding(value)
        return value

    @field_validator("targets")
    @classmethod
    def _ordered(
        cls, value: dict[str, tuple[float, float] | None] | None
    ) -> dict[str, tuple[float, float] | None] | None:
        for name, limits in (value or {}).items():
            if limits and limits[0] >= limits[1]:
                raise ValueError(f"gives {name!r} the range {limits[0]:g} to {limits[1]:g}, whose end must be greater")
        return value

    @field_validator("labels", "tag_names")
    @classmethod
    def _distinct(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        refuse_twice(value or (), "labels")
        return value

    @field_validator("label_names")
    @classmethod
    def _distinct_names(cls, value: dict[str, str] | None) -> dict[str, str] | None:
        refuse_twice(tuple((value or {}).values()), "labels")
        return value

    @property
    def templates(self) -> tuple[str, ...]:
        """The templates of the texts that the model reads: one, two of a pair, none of a token model."""
        return tuple(one for one in (self.input_template, self.text_pair) if one is not None)

    @field_validator("input_template", "text_pair")
    @classmethod
    def _parses(cls, value: str | None) -> str | None:
        if value is not None:
            refuse_bad_template(value)
        return value

    @model_validator(mode="after")
    def _one_place(self) -> Data:
        if bool(self.source) == bool(self.dataset):
            raise ValueError("needs either a source (path, glob or URL) or a dataset (on the Hub)")
        may_hold_splits = self.dataset or not Path(self.source or "").suffix
        if self.split.method == "given" and not (self.files or self.split.column or may_hold_splits):
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
