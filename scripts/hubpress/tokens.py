"""Tokens are never shown: whatever is printed, raised or kept is read through ``without_tokens``."""

from __future__ import annotations

import html
import json
import os
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO, cast
from urllib.parse import quote

HIDDEN = "hf_***"
_VARIABLES = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_OIDC_ID_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
_LOOKS_LIKE_ONE = r"hf_(?:(?:oauth|jwt)_)?[A-Za-z0-9]{8,}[\w.-]*"
_PASSWORD = re.compile(r"(?<=://)[^\s/?#@'\"]+(?=@)")
_SHORT = 6


def without_tokens(text: str, token: str | None = None) -> str:
    """Return a text without *token*, those of the environment and the stored login, and any that looks like one.

    They are found in every form in which a message may quote them. Names and passwords in addresses go, too.
    """
    pattern = _pattern_of(token, *(os.environ.get(name) for name in _VARIABLES), _stored())
    return _PASSWORD.sub("***", pattern.sub(HIDDEN, text))


@lru_cache(maxsize=16)
def _pattern_of(*tokens: str | None) -> re.Pattern[str]:
    """Return what finds these tokens in a text as they are, in pieces, escaped, and as URLs have them."""
    known = [token for token in tokens if token]
    plain = {form for token in known for form in (token, token.strip(), "".join(token.split()), *token.split())}
    escaped = {form for one in plain for form in (repr(one)[1:-1], json.dumps(one)[1:-1], html.escape(one))}
    in_urls = {quote(one.encode("utf-8", "surrogateescape"), safe="") for one in plain}
    forms = sorted(filter(str.strip, plain | escaped | in_urls), key=len, reverse=True)  # some are part of others
    return re.compile("|".join([*map(_alone, forms), _LOOKS_LIKE_ONE]))


def _alone(form: str) -> str:
    # A token of a few letters may stand inside of words that have nothing to do with it.
    found = re.escape(form)
    return found if len(form) >= _SHORT else rf"(?<![A-Za-z0-9]){found}(?![A-Za-z0-9])"


def _stored() -> str | None:
    """Return the token of the stored login, where huggingface_hub is there to have read it."""
    constants = sys.modules.get("huggingface_hub.constants")
    return _token_in(constants.HF_TOKEN_PATH) if constants else None


@lru_cache(maxsize=4)
def _token_in(path: str) -> str | None:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError):
        return None


@contextmanager
def hidden_tokens() -> Iterator[None]:
    """Let nothing that is printed until the block ends show a token, whoever prints it."""
    with redirect_stdout(_discreet(sys.stdout)), redirect_stderr(_discreet(sys.stderr)):
        yield


def print_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print what nobody caught, as Python does, but for tokens (a ``sys.excepthook``)."""
    sys.stderr.write(without_tokens("".join(traceback.format_exception(kind, error, trace))))


class _Discreet:
    """A stream that prints no token; all else is that of the stream behind it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(without_tokens(text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _discreet(stream: TextIO) -> TextIO:
    return cast(TextIO, _Discreet(stream))
