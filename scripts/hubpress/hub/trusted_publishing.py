"""Trusted publishing: a job of a CI service proves who it is, and gets a token for one repository, for an hour.

huggingface_hub exchanges one for ``HF_OIDC_RESOURCE`` alone. A release needs two, since no token is for a model and its
Space, so each repository is asked for by its own name.
"""

from __future__ import annotations

import json
import os
import threading
import time

from huggingface_hub._oidc import oidc_login

from hubpress.errors import HubError
from hubpress.hub.ids import RepoId
from hubpress.hub.retries import bound_requests, httpx, patiently, status_of, strange_answer
from hubpress.tokens import without_tokens

RESOURCE = "HF_OIDC_RESOURCE"
"""The variable that switches trusted publishing on; its value is what huggingface_hub itself downloads with."""
ID_TOKEN = "HF_OIDC_ID_TOKEN"
_MARGIN = 300.0  # seconds before its end in which a token is not begun with
_LIFETIME = 3600.0

_tokens: dict[tuple[str, str], tuple[str, float]] = {}
_lock = threading.Lock()


def is_trusted_publisher() -> bool:
    """Return whether this job proves who it is, in place of a token that somebody has to keep."""
    return bool(os.environ.get(RESOURCE, "").strip())


def publishing_token(endpoint: str, repo: RepoId) -> str | None:
    """Return a token that the Hub gives this job for a repository; None where trusted publishing is not switched on.

    Raises HubError where the Hub, or the CI service, gives none.
    """
    if not is_trusted_publisher():
        return None
    place = (endpoint, repo.path)
    with _lock:
        token, until = _tokens.get(place, ("", 0.0))
        if time.monotonic() >= until:
            token, seconds = _exchange(endpoint, repo)
            # What a job was given as its proof runs out meanwhile, and cannot be had anew.
            margin = 0.0 if os.environ.get(ID_TOKEN) else _MARGIN
            _tokens[place] = token, time.monotonic() + max(seconds - margin, 0.0)
        return token


def is_for_one_repository(token: str | None) -> bool:
    """Return whether a token was given to this job, which the Hub does not know as anybody's."""
    return any(token == given for given, _ in _tokens.values())


def _exchange(endpoint: str, repo: RepoId) -> tuple[str, float]:
    proof = os.environ.get(ID_TOKEN) or None
    bound_requests()
    try:
        answer = patiently(lambda: oidc_login(resource=repo.path, subject_token=proof, endpoint=endpoint))
        return str(answer["access_token"]), float(answer.get("expires_in", _LIFETIME))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, httpx.HTTPError) as error:
        status = status_of(error)
        said = f"it answered {status}" if status else " ".join(str(error).split())[:300]
        if isinstance(error, json.JSONDecodeError | KeyError | TypeError | AttributeError):
            said = f"{strange_answer(error)} holds none"
        raise HubError(
            f"no token for {repo.path} by trusted publishing: {without_tokens(said, proof)}.",
            where=endpoint,
            hint="Create the repository, and name this workflow as a trusted publisher in its settings; "
            "the job needs `permissions: id-token: write`.",
        ) from error
