"""What the Hub answers when it does not do what was asked."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response


class Refused(Exception):
    """An error status, a sentence and, where huggingface_hub has an exception of its own for it, an error code."""

    def __init__(self, status: int, message: str, code: str | None = None, *, commit: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.commit = commit

    def response(self) -> Response:
        """Return it as the Hub words errors: JSON, and once more in a header for HEAD requests."""
        # With the commit, a client can remember that a file is missing there.
        told = {"X-Error-Code": self.code, "X-Repo-Commit": self.commit}
        headers = {name: value for name, value in told.items() if value}
        headers["X-Error-Message"] = " ".join(str(self).split()).encode("ascii", "replace").decode()
        return JSONResponse({"error": str(self)}, status_code=self.status, headers=headers)
