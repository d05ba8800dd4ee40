"""A card as the Hub shows it: the width of its column, and the sizes and margins of its text."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping

from hubpress.card.charts.canvas import Picture
from hubpress.rehearsal.pages.markdown import Place, render

# Tailwind's typography, which the Hub's pages have; at 1280 pixels a card's column takes 7 of 12.
_STYLE = """
body { margin: 0; font: 16px/1.75 "Source Sans Pro", "DejaVu Sans", sans-serif; color: #374151; }
@media (prefers-color-scheme: dark) { body { background: #0b0f19; color: #d1d5db; } }
article { max-width: 716px; margin: 0 auto; padding: 0 16px; }
p, ul, ol { margin: 1.25em 0; } li { margin: .5em 0; } p { overflow-wrap: break-word; }
h2 { font-size: 1.875em; margin: 0 0 .8em; } h3 { font-size: 1.5em; margin: 2em 0 1em; line-height: 1.33; }
h4 { font-size: 1.25em; margin: 1.6em 0 .6em; }
.wide { overflow-x: auto; } table { font-size: .875em; line-height: 1.71; margin: 2em 0; border-collapse: collapse; }
th, td { padding: .57em; border: 1px solid #d1d5db66; } pre { font-size: .875em; line-height: 1.71; margin: 1.71em 0;
padding: .85em 1.14em; overflow-x: auto; background: #8881; } img { max-width: 100%; margin: 2em 0; display: block; }
blockquote { margin: 1.6em 0; padding-left: 1em; border-left: 4px solid #d1d5db; }
"""


def hub_page(body: str, pictures: Mapping[str, Picture]) -> str:
    """Return a card's Markdown as a page of its own, its figures inside of it."""
    files = {path: content for picture in pictures.values() for path, content in picture.files.items()}
    html = str(render(body, Place("/acme/model", "main", frozenset(files))))
    for path, content in files.items():
        data = base64.b64encode(content).decode()
        html = re.sub(rf'src="[^"]*/{re.escape(path)}"', f'src="data:image/png;base64,{data}"', html)
    return f'<!doctype html><meta charset="utf-8"><style>{_STYLE}</style><article>{html}</article>'
