"""The address of a Hub: which one is meant, and what cannot be one."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from hubpress.errors import UsageError

PUBLIC = "https://huggingface.co"
"""The Hub that is meant where HF_ENDPOINT names none."""


def address_of_hub(text: str, name: str) -> str:
    """Return the address of a Hub without a slash at its end.

    Raises UsageError for what is none, by the *name* of what holds it; the text itself may hold a password.
    """
    text = text.strip().rstrip("/")
    if fault := fault_of_address(text):
        hint = f"Write one such as {PUBLIC} or http://127.0.0.1:8899."
        raise UsageError(f"{name} is not the address of a Hub: {fault}.", hint=hint)
    return text


def fault_of_address(text: str, *, no_login: str = "") -> str | None:
    """Return in words why a text is not the address of a server; None where it is one.

    *no_login* says what is wrong with a name or password in it, "" where it may have these.
    """
    try:
        parts = urlsplit(text)
        faults = (
            (parts.scheme not in ("http", "https") or "://" not in text, "it begins with neither http:// nor https://"),
            (not parts.hostname, "it names no host"),
            (bool(no_login) and "@" in parts.netloc, no_login),
            (parts.port == 0 or re.search(r"[\s?#]", text), "it is more than a scheme, a host, a port and a path"),
        )
        return next((words for wrong, words in faults if wrong), None)
    except ValueError:
        return "its host or its port cannot be read"
