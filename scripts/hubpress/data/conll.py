"""CoNLL files: one token a line, an empty line between sentences, ``-DOCSTART-`` between documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hubpress.errors import DataError
from hubpress.input_template import Record

COLUMNS = ("tokens", "tags", "document", "line")


def read_conll(lines: Iterable[str], *, display_name: str) -> Iterator[Record]:
    """Yield one record a sentence: ``tokens``, ``tags`` (the last column, as written), ``document`` (a count) and
    ``line`` (its first token's; the others follow line by line).

    Raises DataError with the file (*display_name*) and line when a line has not as many columns as the first one.
    """
    document = width = 0
    tokens: list[str] = []
    tags: list[str] = []
    for number, line in enumerate(lines, start=1):
        parts = line.split()
        if parts and parts[0] != "-DOCSTART-":
            width = width or len(parts)
            if len(parts) != width or width < 2:
                problem = f"where the first line has {width}" if width > 1 else "where two are needed"
                raise DataError(
                    f"has {len(parts)} column(s) {problem}.",
                    where=f"{display_name}:{number}",
                    hint="A CoNLL line is a token, further columns, and the tag last.",
                )
            tokens.append(parts[0])
            tags.append(parts[-1])
            continue
        if tokens:
            yield {"tokens": tokens, "tags": tags, "document": document, "line": number - len(tokens)}
            tokens, tags = [], []
        document += bool(parts)
    if tokens:
        yield {"tokens": tokens, "tags": tags, "document": document, "line": number - len(tokens) + 1}
