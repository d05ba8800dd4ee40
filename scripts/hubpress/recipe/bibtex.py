"""BibTeX: what is wrong with an entry that a person wrote, and an entry made from what a recipe says."""

from __future__ import annotations

import re
from collections.abc import Sequence

_KEYED = re.compile(r"@\s*\w+\s*[{(]\s*[^\s,{}()]+\s*,")
_ENTRY = re.compile(r"@\s*(?!(?:string|preamble|comment)\b)\w+\s*[{(]", re.IGNORECASE)
_SPECIAL = str.maketrans(
    {
        **{mark: f"\\{mark}" for mark in "&%$#_{}"},
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)
_NOT_BIBTEX = "is not BibTeX"
_ADVICE = "Write an entry such as @misc{key, title = {…}, author = {…}, year = {…}}."


def bibtex_fault(text: str) -> str | None:
    """Return why a text is not one or more BibTeX entries with a title each, as a sentence; None where it is."""
    from pybtex.database import parse_string
    from pybtex.exceptions import PybtexError

    if "```" in text:
        return f"{_NOT_BIBTEX} (it has the marks ``` of a block of code, which the card sets itself). Take them out."
    try:
        entries = parse_string(text, "bibtex").entries
    except PybtexError as error:
        return f"{_NOT_BIBTEX} ({' '.join(str(error).split()).removesuffix('.')}). {_ADVICE}"
    if not entries:
        return f"{_NOT_BIBTEX} (it holds no entry). {_ADVICE}"
    if len(_ENTRY.findall(text)) != len(_KEYED.findall(text)):  # which pybtex lets pass, and BibTeX does not
        return f"{_NOT_BIBTEX} (a comma is missing behind the key of an entry). {_ADVICE}"
    for key, entry in entries.items():
        if not str(entry.fields.get("title", "")).strip():
            return f"has no title in the entry {key!r}. {_ADVICE}"
    return None


def made_bibtex(*, key: str, title: str, authors: Sequence[str], url: str, year: int | None) -> str:
    """Return an entry for a model, ready to be copied."""
    # Of a name with "and" in it BibTeX would make two.
    names = [f"{{{_latex(name)}}}" if re.search(r"\band\b", name) else _latex(name) for name in authors]
    fields = {
        "title": f"{{{_latex(title)}}}",
        "author": " and ".join(names),
        **({"year": str(year)} if year else {}),
        "publisher": "Hugging Face",
        "url": url,
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items()]
    return ",\n".join([f"@misc{{{key}", *lines]) + "\n}"


def _latex(text: str) -> str:
    return " ".join(text.split()).translate(_SPECIAL)
