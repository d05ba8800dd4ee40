"""The records that a published model was measured on, where they can be had: at hand, named, or from the Hub."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hubpress.data.prepare import prepare
from hubpress.data.sources import source_files
from hubpress.errors import DataError
from hubpress.layout import SPLITS_FACTS
from hubpress.recipe.recipe import Recipe
from hubpress.recipe.rules import COMMIT
from hubpress.schemas.evaluation import MeasuredData
from hubpress.schemas.splits import SplitFacts
from hubpress.verify.published_split import PublishedSplit

_GIVE = "give them with --data FILE"


@dataclass(frozen=True)
class Records:
    """The splits of a model in a folder, or None and why there are none."""

    folder: Path | None
    why: str = ""
    what: str = "the test split at hand"
    """Which test split that is, in words."""

    def differences(self, published: MeasuredData) -> list[str]:
        """Return what of these splits is not as it was when the published figures were measured."""
        if self.folder is None:
            return []
        here = SplitFacts.load(self.folder / SPLITS_FACTS).fingerprints
        if here["test"] != published.fingerprint:
            return [
                "the test split at hand is not the one that the card was measured on; "
                "give the same records (--sample, --data)"
            ]
        others = published.fingerprints or {}
        wrong = [name for name in here if name in others and here[name] != others[name]]
        return [f"the {name} split at hand is not the one of the release; give the same records" for name in wrong]


def records_of(recipe: Recipe, folder: Path, *, given: bool, published: PublishedSplit | None = None) -> Records:
    """Prepare the splits of a published recipe in *folder*: from the records that were *given*, or from the Hub.

    Only a data set of the Hub at a commit is fetched unasked, and the test split that the owner has *published*: a
    stranger's recipe leads to nothing else. Raises DataError for records that were given and do not fit the recipe.
    """
    data = recipe.data
    if not given and published:
        if published.folder is None:
            return Records(None, f"{published.why or published.differences[0]}; {_GIVE}")
        return Records(published.folder, what=f"the published test split, {published.place}")
    if not given and data.dataset is None:
        place = f" ({data.source})" if data.source and "://" in data.source else ""
        return Records(None, f"the records{place} are not here; {_GIVE}")
    if not given and data.dataset and not COMMIT.fullmatch(data.dataset.revision or ""):
        return Records(None, f"the recipe names no commit of the data set {data.dataset.path}; {_GIVE}")
    try:
        prepare(recipe, source_files(recipe), folder / "splits", cache_dir=folder / "cache")
    except DataError as error:
        if given:
            raise
        return Records(None, f"{error.where or 'the records'}: {error.what.rstrip('.')}; {_GIVE}")
    return Records(folder / "splits")
