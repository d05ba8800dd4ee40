"""What a trained model's tokenizer makes of the test texts: how much it does not know, and into how many pieces."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hubpress.data.stored import load_split
from hubpress.inference.inputs import inputs_of, texts_of
from hubpress.schemas.training import TokenizerFacts

_MOST = 1000  # records: shares to within two or three points
_LETTERS, _CAPITALS = re.compile(r"[A-Za-z]"), re.compile(r"[A-Z]")


def tokenizer_facts(tokenizer: Any, data_folder: Path) -> TokenizerFacts | None:
    """Return what a fast tokenizer makes of the test texts; None of a slow one, whose vocabulary is not told."""
    if not tokenizer.is_fast:
        return None
    test = load_split(data_folder, "test")
    texts = [text for column in texts_of(inputs_of(test[:_MOST])) for text in column]
    # Not verbose: whether a text is longer than the model reads is told elsewhere.
    ids = [one for row in tokenizer(texts, add_special_tokens=False, verbose=False)["input_ids"] for one in row]
    words = sum(len(text.split()) for text in texts)
    unknown = tokenizer.unk_token_id
    special = {*tokenizer.all_special_tokens, *tokenizer.get_added_vocab()}
    letters = [token for token in tokenizer.get_vocab() if token not in special and _LETTERS.search(token)]
    return TokenizerFacts(
        unknown=None if unknown is None else round(ids.count(unknown) / max(1, len(ids)), 6),
        pieces=round(len(ids) / max(1, words), 4),
        characters=round(sum(map(len, texts)) / max(1, words), 4),
        lowers=lowers(tokenizer),
        capitals=round(sum(bool(_CAPITALS.search(token)) for token in letters) / max(1, len(letters)), 6),
    )


def lowers(tokenizer: Any) -> bool:
    """Return whether a fast tokenizer reads capital letters as small ones."""
    normalizer = tokenizer.backend_tokenizer.normalizer
    return normalizer is not None and bool(normalizer.normalize_str("A").strip("\u2581") == "a")
