"""What a person gives of a recipe by ``--set``, before anything is looked at."""

from __future__ import annotations

from collections.abc import Sequence

from hubpress.draft.sheet import Sheet
from hubpress.errors import UsageError
from hubpress.recipe.layers import read_override
from hubpress.text import quoted
from hubpress.yaml12 import YamlMapping

# What is looked into before the recipe as a whole is judged.
_KINDS: dict[tuple[str, ...], tuple[type, str]] = {
    ("task",): (str, "a text"),
    **{
        ("data", *inner): (dict, "a mapping")
        for inner in ((), ("columns",), ("split",), ("dataset",), ("label_names",), ("targets",))
    },
    **{("data", *inner): (list, "a list") for inner in (("labels",), ("columns", "label_columns"))},
}


def settings_of(overrides: Sequence[str]) -> YamlMapping:
    """Return what ``key.path=value`` give of a recipe. Raises UsageError for words that are none of it."""
    given: YamlMapping = {}
    for override in overrides:
        place, value = read_override(override)
        block = given
        for key in place[:-1]:
            block = block.setdefault(key, {})
            if not isinstance(block, dict):
                raise UsageError("is set below a key that has a value.", where=f"--set {override}")
        block[place[-1]] = value
    data = given.get("data")
    if isinstance(data, dict) and "text_pair" in data and "input_template" not in data:
        raise UsageError(
            "is the second text; give data.input_template, which is the first, as well.", where="--set data.text_pair"
        )
    for keys, (kind, words) in _KINDS.items():
        own = Sheet(given).of_given(*keys)
        if own is not None and not isinstance(own, kind):
            raise UsageError(f"must be {words}, not {quoted(own, 40)}.", where=f"--set {'.'.join(keys)}")
    return given


def refuse_other_records(given: YamlMapping, data: str | None) -> None:
    """Raise UsageError for records that ``--set`` names, which nobody would look at."""
    own = Sheet(given)
    for key in ("source", "files", "dataset") if data is None else ("source",):
        if own.is_given("data", key):
            raise UsageError("names records; give them by --data.", where=f"--set data.{key}")
