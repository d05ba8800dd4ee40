"""The Hub that a release goes to."""

from __future__ import annotations

from pathlib import Path

import pytest
from huggingface_hub import HfApi

from hubpress import Target
from hubpress.errors import HubpressError
from hubpress.rehearsal.store import Store


def test_the_environment_names_the_hub() -> None:
    target = Target.published({"HF_ENDPOINT": "https://hub.test/", "HF_TOKEN": "secret"}, private=True, tag="v1")
    assert (target.hub.endpoint, target.hub.token, target.name) == ("https://hub.test", "secret", "https://hub.test")
    assert (target.private, target.tag) == (True, "v1")
    assert Target.published({}).hub.endpoint == "https://huggingface.co"


def test_a_sample_does_not_go_to_a_real_hub_unless_forced() -> None:
    with pytest.raises(HubpressError, match=r"not meant for https://hub\.test.*--force"):
        Target.published({"HF_ENDPOINT": "https://hub.test"}).refuse_samples()
    Target.published({"HF_ENDPOINT": "https://hub.test"}, force=True).refuse_samples()
    Target.published({"HF_ENDPOINT": "http://127.0.0.1:8899"}).refuse_samples()


def test_the_rehearsal_hub_runs_for_a_block_and_lets_the_owner_in(tmp_path: Path) -> None:
    with Target.rehearsal(tmp_path, owner="acme", tag="v1") as target:
        api = HfApi(endpoint=target.hub.endpoint, token=target.hub.token)
        assert "acme" in [organisation["name"] for organisation in api.whoami()["orgs"]]
        assert (target.name, target.tag) == (f"rehearsal {Store(tmp_path / 'hub').identity}", "v1")
        target.refuse_samples()
