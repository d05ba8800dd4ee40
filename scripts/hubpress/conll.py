"""CoNLL files: one token a line, an empty line between sentences, ``-DOCSTART-`` between documents."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hubpress.errors import DataError


def read_conll(paths: list[Path]) -> Iterator[dict[str, Any]]:
    """Yield one record a sentence: ``tokens``, ``tags`` (the last column, as written) and ``document`` (a count).

    Raises DataError with file and line when a line has fewer columns than the first one.
    """
    document = 0
    for path in paths:
        width = 0
        tokens: list[str] = []
        tags: list[str] = []
        with path.open(encoding="utf-8") as stream:
            for number, line in enumerate(stream, start=1):
                parts = line.split()
                if parts and parts[0] != "-DOCSTART-":
                    width = width or len(parts)
                    if len(parts) != width or width < 2:
                        raise DataError(
                            f"has {len(parts)} columns where the first line has {width}.",
                            where=f"{path}:{number}",
                            hint="A CoNLL line is a token, further columns, and the tag last.",
                        )
                    tokens.append(parts[0])
                    tags.append(parts[-1])
                    continue
                if tokens:
                    yield {"tokens": tokens, "tags": tags, "document": document}
                    tokens, tags = [], []
                document += bool(parts)
        if tokens:
            yield {"tokens": tokens, "tags": tags, "document": document}
