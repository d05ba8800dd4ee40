"""All records of a model as one table on disk: rendered texts, label names and where each row stands."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hubpress.errors import DataError
from hubpress.readers import Columns
from hubpress.recipe import Recipe
from hubpress.records import ALL, Part, read_records

if TYPE_CHECKING:
    from datasets import Dataset
    from jinja2 import Template

_SHOWN_ROWS = 5


@dataclass(frozen=True)
class Pool:
    """Records in the order read, memory-mapped.

    The columns of ``table``: ``text`` as the model reads it, ``label`` (a name), ``word`` (a date or a split's name,
    when the recipe splits by one), ``key`` (a digest of the text) and ``row`` (counted from 1 in its file).
    ``starts`` holds each file's name and first index.
    """

    table: Dataset
    starts: tuple[tuple[str, int], ...]

    @classmethod
    def fill(cls, recipe: Recipe, files: dict[str, list[str]], cache_dir: Path) -> Pool:
        """Read and render all records into *cache_dir*. Raises DataError for a record that cannot be rendered."""
        from datasets import Dataset, Features, Value, disable_progress_bars
        from datasets.arrow_writer import ArrowWriter

        disable_progress_bars()
        template, columns = _template(recipe)
        features = Features({"text": Value("string"), "label": Value("string"), "word": Value("string"),
                             "key": Value("binary"), "row": Value("int64")})  # fmt: skip
        cache_dir.mkdir(parents=True, exist_ok=True)
        path = cache_dir / "pool.arrow"
        starts, count = [], 0
        with ArrowWriter(path=str(path), features=features) as writer:
            for part in read_records(recipe.data, files, columns, cache_dir=cache_dir):
                starts.append((part.shown, count))
                for row in _rendered(recipe, template, part):
                    writer.write(row)
                    count += 1
                if count == starts[-1][1]:
                    raise DataError("holds no records.", where=part.shown, hint="It needs records below the header.")
            writer.finalize()
        return cls(Dataset.from_file(str(path)), tuple(starts))

    def __len__(self) -> int:
        return len(self.table)

    def encoded(self, column: str) -> tuple[list[Any], np.ndarray]:
        """Return a column's distinct values in the order of their first row, and each row's index among them."""
        import pyarrow.compute as pc

        encoded = pc.dictionary_encode(self.table.data.column(column)).combine_chunks()
        return encoded.dictionary.to_pylist(), encoded.indices.to_numpy()

    def without_text(self) -> np.ndarray:
        """Return the indices of the rows whose text is empty."""
        import pyarrow.compute as pc

        return np.flatnonzero(pc.equal(self.table.data.column("text"), "").to_numpy())

    def text(self, index: int) -> str:
        """Return the text of a row."""
        return str(self.table[int(index)]["text"])

    def places(self, indices: Iterable[int]) -> str:
        """Return rows for a message: "rows 3, 7 of titles.csv"; at most five are named."""
        listed = [int(index) for index in indices]
        by_file: dict[tuple[str, int], list[str]] = {}  # a file may have been read twice
        for index in listed[:_SHOWN_ROWS]:
            name, start = next((name, start) for name, start in reversed(self.starts) if start <= index)
            by_file.setdefault((name, start), []).append(str(index - start + 1))
        shown = " and ".join(
            f"row{'s' * (len(rows) > 1)} {', '.join(rows)} of {name}" for (name, _), rows in by_file.items()
        )
        rest = len(listed) - _SHOWN_ROWS
        return f"{shown} and {rest} more" if rest > 0 else shown


def _template(recipe: Recipe) -> tuple[Template, Columns]:
    """Return the compiled input template and the columns that the recipe reads."""
    from jinja2 import StrictUndefined, meta
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    data = recipe.data
    fields = {data.columns.label: "data.columns.label"}
    if data.split.column:
        fields.setdefault(data.split.column, "data.split.column")
    for column in sorted(meta.find_undeclared_variables(environment.parse(data.input_template))):
        fields.setdefault(column, "data.input_template")
    return environment.from_string(data.input_template), Columns(fields)


def _rendered(recipe: Recipe, template: Template, part: Part) -> Iterator[dict[str, Any]]:
    data = recipe.data
    given = "" if part.split == ALL else part.split
    for number, record in enumerate(part.records, start=1):
        filled = {column: "" if _missing(value) else value for column, value in record.items()}
        label = filled[data.columns.label]
        if isinstance(label, list | dict):
            raise DataError(
                f"holds a {type(label).__name__} in row {number} of {part.shown}; a label is one value.",
                where=f"data.columns.label {data.columns.label!r}",
            )
        try:
            text = template.render(filled).strip()
            key = hashlib.blake2b(text.encode(), digest_size=16).digest()
        except Exception as error:
            first = (str(error).splitlines() or [type(error).__name__])[0]
            raise DataError(
                f"fails on row {number} of {part.shown}: {first.rstrip('.')}.",
                where="data.input_template",
                hint="Mend the template or the record.",
            ) from error
        word = given or (str(filled[data.split.column]).strip() if data.split.column else "")
        yield {"text": text, "label": str(label).strip(), "word": word, "key": key, "row": number}


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and value != value)
