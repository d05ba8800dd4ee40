"""Which commit of a data set on the Hub a branch, a tag or nothing means now."""

from __future__ import annotations

from hubpress.errors import HubError
from hubpress.hub.messages import one_line
from hubpress.hub.retries import bound_requests, patiently


def dataset_commit(path: str, revision: str | None) -> str:
    """Return the commit id (40 hex) of a data set's branch, tag or commit; None means the newest.

    It is asked of the Hub that ``datasets`` loads from. Raises HubError where there is none, or no Hub that answers.
    """
    from huggingface_hub import HfApi, constants, get_token

    with one_line(constants.ENDPOINT, get_token(), path):
        bound_requests()
        sha = patiently(lambda: HfApi().dataset_info(path, revision=revision, files_metadata=False)).sha
        if sha is None:
            raise HubError(f"{path} has no commit yet.", where=constants.ENDPOINT)
        return str(sha)
