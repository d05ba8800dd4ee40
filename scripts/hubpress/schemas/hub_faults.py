"""``faults.json``: what a rehearsal Hub does to requests instead of answering them as it should."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, JsonValue, TypeAdapter, ValidationError

from hubpress.files import read_json
from hubpress.schemas.document import DocumentError, Part, faults_of

Action = Literal[
    "status", "drop", "delay", "garbage", "cut", "status-after", "drop-after", "delay-after", "garbage-after"
]  # fmt: skip


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return pattern


Pattern = Annotated[str, AfterValidator(_compiles)]


class Fault(Part):
    """What happens to requests of a kind; what is not said fits every request."""

    action: Action
    """``status`` answers with this status; ``drop`` closes the connection; ``garbage`` answers 200, but no JSON;
    ``delay`` waits, then goes on; ``cut`` closes the connection in the middle of the answer. With ``-after`` the Hub
    does first what it was asked for, and the fault takes the answer's place.
    """
    method: str | None = None
    """GET, POST and so on."""
    path: Pattern | None = None
    """A regular expression, searched for in the path with its query."""
    body: Pattern | None = None
    """A regular expression, searched for in the request's body."""
    skip: int = Field(default=0, ge=0)
    """So many of these requests are answered as they should be, first."""
    times: int = Field(default=1, ge=-1)
    """So many of them are met after that; 0 or -1: all."""
    status: int = Field(default=503, ge=200, le=599)
    error: str = "The rehearsal Hub was told to fail here."
    """What the answer with ``status`` says."""
    answer: JsonValue = None
    """What it holds instead, as JSON."""
    headers: dict[str, str] = Field(default_factory=dict)
    """What that answer's headers hold beside, such as ``Retry-After`` or ``X-Error-Code``."""
    seconds: float = Field(default=1.0, ge=0)
    """How long ``delay`` waits."""


FREE_ACCOUNT = Fault(
    action="status",
    method="POST",
    path="^/api/repos/create",
    body=r'"sdk":\s*"(gradio|docker)"',
    times=0,
    status=402,
    error="Static Spaces are free for everyone, but hosting Gradio and Docker Spaces on free cpu-basic requires a PRO "
    "subscription. Subscribe at https://huggingface.co/pro",
)
"""An account without a subscription, which may not create a Gradio Space."""

_FAULTS = TypeAdapter(tuple[Fault, ...])


def load_faults(path: Path) -> tuple[Fault, ...]:
    """Return the faults of a file, which is a list of them. Raises DocumentError, OSError when it is not there."""
    try:
        return _FAULTS.validate_python(read_json(path))
    except ValidationError as error:
        raise DocumentError("; ".join(faults_of(error)) + ".", where=path.name) from error
    except ValueError as error:
        raise DocumentError(f"is not JSON: {error}.", where=path.name) from error
