"""What is said while the Hub is spoken to: lines on stderr in one style, the words of huggingface_hub among them."""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit


def tell(sentence: str) -> None:
    """Print a sentence about what goes on, on a line of its own."""
    print(f"hubpress: {sentence}", file=sys.stderr, flush=True)


def speak_for_huggingface_hub() -> None:
    """Say in our words, from now on, what huggingface_hub logs when it tries something again."""
    for name in ("huggingface_hub.utils._http", "huggingface_hub.file_download"):
        logger = logging.getLogger(name)
        if _translated not in logger.filters:
            logger.addFilter(_translated)


def told_of_retry(why: str, wait: float, number: str) -> str:
    """Return the sentence that says why something is tried again, when, and for which time of how many."""
    return f"{why}; trying again in {wait:g} s ({number})."


_FAILED = re.compile(
    r"(?:HTTP Error (?P<status>\d+)|'(?P<error>.*)') thrown while requesting (?P<method>\w+) (?P<url>\S+)"
)
_AGAIN = re.compile(
    r"(?:Rate limited\. Waiting|Retrying in) (?P<wait>[\d.]+)s.*\[Retry (?P<number>\d+)/(?P<most>\d+)\]"
)
_BROKEN = re.compile(r"Error while downloading from (?P<url>\S+):.*Trying to resume", re.DOTALL)
_last = threading.local()


def _translated(record: logging.LogRecord) -> bool:
    """Take what huggingface_hub says of a request that failed; return whether its own words are still wanted."""
    text = record.getMessage()
    if failed := _FAILED.search(text):
        what = f"The Hub answered {failed['status']} to" if failed["status"] else "The connection broke during"
        _last.why = f"{what} {failed['method']} {urlsplit(failed['url']).path}"
    elif again := _AGAIN.search(text):
        why = getattr(_last, "why", "The Hub is busy")
        tell(told_of_retry(why, float(again["wait"]), f"{again['number']} of {again['most']}"))
    elif broken := _BROKEN.search(text):
        tell(f"The download of {urlsplit(broken['url']).path} broke; it goes on from there.")
    else:
        return True
    return False


@contextmanager
def quieted(name: str) -> Iterator[None]:
    """Silence a logger's warnings, about what is a choice here and nothing to tell the user about."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
