"""What the rehearsal Hub's parts agree on: its user, its addresses, and how a request is refused."""

from __future__ import annotations

from starlette.exceptions import HTTPException

USER = "rehearsal"
_LONGEST_HEADER = 1000


class Refused(HTTPException):
    """An error status, a sentence and, where huggingface_hub has an exception of its own for it, an error code."""

    def __init__(self, status: int, message: str, code: str = "", *, commit: str = "") -> None:
        # As headers too, for HEAD requests. With the commit, a client can remember that a file is missing there.
        told = {"X-Error-Code": code, "X-Error-Message": " ".join(message.split()), "X-Repo-Commit": commit}
        headers = {name: _in_a_header(value) for name, value in told.items() if value}
        super().__init__(status, message, headers)
        self.code = code


def _in_a_header(value: str) -> str:
    """Return a text as a header may hold it, whatever somebody wrote: short, in one line, in ASCII."""
    return "".join(letter if letter.isascii() and letter.isprintable() else "?" for letter in value[:_LONGEST_HEADER])


class Moved(Refused):
    """The answer for a repository's old name: the same request, at the address with its new name."""

    def __init__(self, address: str) -> None:
        super().__init__(307, f"Temporary Redirect. Redirecting to {address}")
        self.headers = {"Location": address}
