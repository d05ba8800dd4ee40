"""The numbers of records: what is known of them in a split, from which part of them a record is drawn."""

from __future__ import annotations

import numpy as np

from hubpress.data.labels import TrueLabels
from hubpress.data.splitting import Splits
from hubpress.errors import DataError
from hubpress.schemas.splits import NumberFacts

_PARTS = 10


def strata_of_numbers(truth: TrueLabels, rows: np.ndarray) -> np.ndarray:
    """Return for each row which tenth of the records its (first) number lies in; a stratified split draws from each."""
    values = truth.numbers(rows)[:, 0]
    borders = np.unique(np.quantile(values, np.linspace(0, 1, _PARTS + 1)[1:-1])) if len(values) else values
    return np.searchsorted(borders, values, side="right")


def number_facts(truth: TrueLabels, rows: np.ndarray) -> dict[str, NumberFacts]:
    """Return what is known of each number in a split."""
    columns = zip(truth.labels, truth.numbers(rows).T, strict=True)
    return {
        name: NumberFacts(
            low=float(values.min()),
            high=float(values.max()),
            mean=float(values.mean()),
            deviation=float(values.std()),
        )
        for name, values in columns
    }


def refuse_constant(truth: TrueLabels, splits: Splits) -> None:
    """Raise DataError for a split in which a number is the same everywhere: nothing can be learned or measured."""
    for split, rows in splits.items():
        for name, values in zip(truth.labels, truth.numbers(rows).T, strict=True):
            if np.ptp(values) == 0:
                raise DataError(
                    f"every record of the {split} split has the same {name}, {values[0]:g}.",
                    where="data.split",
                    hint="Give more records, or other sizes.",
                )
