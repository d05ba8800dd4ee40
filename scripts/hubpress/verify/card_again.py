"""A published card and its report against the same rendered again: metadata, tables, code, pictures, numbers in prose.

What a person adds on the Hub is theirs: text outside of the marks, sentences without a figure, further tags and keys.
What is generated is not.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hubpress.card.charts.canvas import Picture
from hubpress.card.render import Rendered
from hubpress.hub.marks import without_marks
from hubpress.hub.merged_fields import INDEX, further_results
from hubpress.hub.merging import NUMBER, has_figure
from hubpress.hub.readme import Card, CodeBlock, read_card
from hubpress.layout import REPORT
from hubpress.verify.downloaded import DownloadedRelease
from hubpress.verify.proof import Claim, compare

# What the Hub tells of a model by its metadata: a person's word for it counts no more than the release's own.
_TOLD = (
    *("base_model", "base_model_relation", "datasets", "library_name", "license", "license_link", "license_name"),
    *("model-index", "pipeline_tag", "widget"),
)
_ENDS = re.compile(r"(?<=[.!?:;])\s+|\n(?=\s*(?:[-*#>|]|\d+\.))|\n{2,}")
_HEADER = 26  # bytes of a PNG up to its size, depth and colours
_PNG = b"\x89PNG"
_NAME = re.compile(rb"(?<=[\"#])[a-z][0-9a-f]{10}(?=[\")])")  # matplotlib's own for a shape: a hash of its numbers
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:e-?\d+)?")
_MOVED = 0.5  # of a point
_DIFFERS = 0.25  # of a pixel's range: no rounding of another processor changes one so much


def claims_of_card(release: DownloadedRelease, again: Rendered) -> list[Claim]:
    """Compare card and report, and their pictures, with what the facts give *again*."""
    there, here = read_card(release.card), read_card(again.card)
    differences = [
        *_compare_front(there, here),
        *_compare_body(there, here, "the card"),
        *_compare_body(read_card(release.report), read_card(again.report), REPORT),
        *(
            f"the figure {path} is missing"
            for picture in again.pictures.values()
            for path in picture.files
            if not (release.files / path).is_file() or not _is_shown(picture.path, release, again)
        ),
    ]
    how = "metadata, tables, snippets and figures rendered again from recipe, evaluation.json and training.json"
    return [Claim("card", how, differences), _claim_of_pictures(release.files, again.pictures)]


def _is_shown(path: str, release: DownloadedRelease, again: Rendered) -> bool:
    """Return whether a picture stands in each of both texts that the facts put it into."""
    pairs = ((release.card, again.card), (release.report, again.report))
    return all(f"({path})" in published for published, rendered in pairs if f"({path})" in rendered)


def _compare_body(there: Card, here: Card, name: str) -> Iterator[str]:
    yield from _compare_rows(there, here, name)
    yield from _compare_code(there, here, name)
    yield from _compare_sentences(there, here, name)


def _compare_front(there: Card, here: Card) -> Iterator[str]:
    """Yield what of the metadata is not the facts'; a list may have more, and there may be further keys."""
    for key in sorted(here.data.keys() | {key for key in _TOLD if key in there.data}):
        one, other = there.data.get(key), here.data.get(key)
        if key == INDEX and not further_results(other, one):
            continue  # what is there besides is others', and is named
        if isinstance(one, list) and isinstance(other, list) and key not in _TOLD:
            yield from (f"{key} lacks {word!r}, which its facts give" for word in other if word not in one)
        elif one != other:
            yield from compare(_plain(one), _plain(other), key, 0, word="by its facts") or [f"{key}: another order"]


def _plain(value: Any) -> Any:
    """Return metadata as JSON has it: a date that a person wrote is text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def _compare_rows(there: Card, here: Card, name: str) -> Iterator[str]:
    published, rendered = ([line for line in card.body.splitlines() if line.startswith("|")] for card in (there, here))
    yield from (f"{name} says {line!r}, which its facts do not give" for line in published if line not in rendered)
    yield from (f"{name} lacks {line!r}, which its facts give" for line in rendered if line not in published)


def _compare_code(there: Card, here: Card, name: str) -> Iterator[str]:
    """Yield what is not as the facts give it of Python snippets and of all other blocks of code."""
    published, rendered = list(there.code_blocks()), list(here.code_blocks())
    for block in _only(published, rendered):
        yield f"snippet {block.number} ({block.language or 'no language'}) of {name} is not one that its facts give"
    for block in _only(rendered, published):
        yield f"snippet {block.number} ({block.language or 'no language'}) of its facts is missing in {name}"


def _only(blocks: Sequence[CodeBlock], others: Sequence[CodeBlock]) -> list[CodeBlock]:
    """Return the blocks that are not among the others."""
    there = {(block.language, block.code) for block in others}
    return [block for block in blocks if (block.language, block.code) not in there]


def _compare_sentences(there: Card, here: Card, name: str) -> Iterator[str]:
    """Yield sentences of the facts with another number or address, and sentences with a figure that no fact gives."""
    published, rendered = _sentences(there), _sentences(here)
    replaced = {NUMBER.sub("#", sentence) for sentence in rendered if sentence not in published}
    for sentence in published:
        if sentence not in rendered and (NUMBER.sub("#", sentence) in replaced or has_figure(sentence)):
            yield f"{name} says {sentence!r}, which its facts do not give"


def _sentences(card: Card) -> dict[str, None]:
    """Return the sentences outside tables and code, with one space between two words, in their order."""
    body = re.sub(r"^(```|~~~).*?^\1[^\n]*$", "", without_marks(card.body), flags=re.MULTILINE | re.DOTALL)
    pieces = (" ".join(piece.split()) for piece in _ENDS.split(body))
    return dict.fromkeys(piece for piece in pieces if piece and not piece.startswith("|"))


def _claim_of_pictures(files: Path, pictures: Mapping[str, Picture]) -> Claim:
    """Hold the published pictures against those drawn here; where none is alike, another matplotlib drew them."""
    drawn = {path: content for one in pictures.values() for path, content in one.files.items()}
    there = {path: (files / path).read_bytes() for path in drawn if (files / path).is_file()}
    unlike = [path for path, content in there.items() if not _look_alike(content, drawn[path])]
    how = f"{len(there)} pictures drawn again from the same facts"
    if unlike and len(unlike) == len(there):
        why = "all look otherwise than they are drawn here: by another matplotlib, or by another hand"
        return Claim("pictures", how, unproved=why)
    return Claim("pictures", how, [f"{path} does not show what its facts give" for path in unlike])


def _look_alike(published: bytes, drawn: bytes) -> bool:
    """Return whether two pictures are the same to the eye."""
    if published == drawn:
        return True
    if not drawn.startswith(_PNG):
        return _draw_alike(published, drawn)
    if published[:_HEADER] != drawn[:_HEADER]:  # with its size: nothing larger than ours is unpacked
        return False
    from matplotlib.image import imread

    try:
        one, other = (imread(io.BytesIO(png), format="png") for png in (published, drawn))
    except (OSError, ValueError, SyntaxError):  # the last of a PNG that is torn
        return False
    return bool((abs(one - other) < _DIFFERS).all())


def _draw_alike(published: bytes, drawn: bytes) -> bool:
    """Return whether two SVGs draw the same: the same lines and words, at places that are next to the same."""
    published, drawn = (_NAME.sub(b"shape", svg) for svg in (published, drawn))
    if _NUMBER.sub(b"#", published) != _NUMBER.sub(b"#", drawn):
        return False
    pairs = zip(_NUMBER.findall(published), _NUMBER.findall(drawn), strict=True)
    return all(abs(float(one) - float(other)) < _MOVED for one, other in pairs)
