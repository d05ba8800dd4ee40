"""Tables as HTML: plain, so that they fit a phone, a keyboard and a screen reader. Every text in them is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape


def table_html(caption: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table that scrolls sideways by itself where the page is narrow; "" without rows."""
    if not rows:
        return ""
    head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in header)
    body = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows)
    name = escape(caption, quote=True)
    return (
        # A box that scrolls has to take the focus, or the keyboard could not reach what is out of sight.
        f"<div class='scroll' role='region' aria-label='{name}' tabindex='0'><table class='plain'>"
        f"<caption>{name}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
