"""Collections on the rehearsal Hub, by the real huggingface_hub."""

from __future__ import annotations

import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError

from helpers.pages import Ask
from hubpress.rehearsal.store import Store


def test_a_collection_from_its_making_to_its_end(api: HfApi, url: str, repo: str) -> None:
    made = api.create_collection("A family of Titles!", description="All of them")
    assert made.slug.startswith("rehearsal/a-family-of-titles-")
    assert (made.url, made.items, made.private) == (f"{url}/collections/{made.slug}", [], False)
    with pytest.raises(HfHubHTTPError) as caught:
        api.create_collection("A family of Titles!")
    assert caught.value.response.status_code == 409
    assert api.create_collection("A family of Titles!", exists_ok=True).slug == made.slug
    api.create_repo("rehearsal/shown", repo_type="space", space_sdk="static", exist_ok=True)
    api.add_collection_item(made.slug, repo, "model", note="The first")
    told = api.add_collection_item(made.slug, "rehearsal/shown", "space")
    assert [(one.item_id, one.item_type, one.note, one.position) for one in told.items] == [
        (repo, "model", "The first", 0),
        ("rehearsal/shown", "space", None, 1),
    ]
    with pytest.raises(HfHubHTTPError) as caught:
        api.add_collection_item(made.slug, repo, "model")
    assert caught.value.response.status_code == 409
    assert len(api.add_collection_item(made.slug, repo, "model", exists_ok=True).items) == 2
    with pytest.raises(HfHubHTTPError) as caught:
        api.add_collection_item(made.slug, "rehearsal/nothing", "model")
    assert caught.value.response.status_code == 404
    api.update_collection_item(made.slug, told.items[1].item_object_id, note="Try it", position=0)
    assert [one.note for one in api.get_collection(made.slug).items] == ["Try it", "The first"]
    api.delete_collection_item(made.slug, told.items[0].item_object_id)
    api.delete_collection_item(made.slug, told.items[0].item_object_id, missing_ok=True)
    assert [one.item_id for one in api.get_collection(made.slug).items] == ["rehearsal/shown"]
    renamed = api.update_collection_metadata(made.slug, title="Other words", description="", theme="pink")
    assert renamed.slug == f"rehearsal/other-words-{made.slug.rpartition('-')[2]}"
    assert api.get_collection(made.slug).title == "Other words"
    assert made.slug.rpartition("-")[2] in [
        one.slug.rpartition("-")[2] for one in api.list_collections(owner="rehearsal")
    ]
    assert [one.slug for one in api.list_collections(item="spaces/rehearsal/shown")] == [renamed.slug]
    api.delete_collection(made.slug)
    api.delete_collection(made.slug, missing_ok=True)
    with pytest.raises(HfHubHTTPError):
        api.get_collection(made.slug)


def test_positions_are_those_among_the_owners(api: HfApi) -> None:
    slugs = [api.create_collection(f"Number {number}").slug for number in range(3)]
    assert api.update_collection_metadata(slugs[2], position=0).position == 0
    assert [one.slug for one in api.list_collections(owner="rehearsal", limit=2)] == [slugs[2], slugs[0]]
    for slug in slugs:
        api.delete_collection(slug)


def test_who_sees_and_who_changes(api: HfApi, url: str, store: Store, repo: str, get: Ask) -> None:
    nobody, visitor = HfApi(endpoint=url, token=False), HfApi(endpoint=url, token=store.add_user("visitor"))
    kept, shown = api.create_collection("Kept", private=True), api.create_collection("Shown")
    for stranger in (nobody, visitor):
        with pytest.raises(HfHubHTTPError):
            stranger.get_collection(kept.slug)
        assert [one.slug for one in stranger.list_collections()] == [shown.slug]
    api.add_collection_item(shown.slug, repo, "model")
    assert len(nobody.get_collection(shown.slug).items) == 1
    assert f"/{repo}" in get(f"/collections/{shown.slug}").page.links()
    assert get(f"/collections/{kept.slug}").status_code == 404
    api.update_repo_settings(repo, private=True)
    assert nobody.get_collection(shown.slug).items == []
    assert repo not in get(f"/collections/{shown.slug}").text
    assert len(api.get_collection(shown.slug).items) == 1
    for attempt in (
        lambda: visitor.add_collection_item(shown.slug, repo, "model"),
        lambda: visitor.delete_collection(shown.slug),
    ):
        with pytest.raises(HfHubHTTPError) as caught:
            attempt()
        assert caught.value.response.status_code == 403
    with pytest.raises(HfHubHTTPError, match="at most 150"):
        api.create_collection("Long", description="x" * 151)
    with pytest.raises(HfHubHTTPError, match='"foreign"'):
        api.create_collection("Theirs", namespace="foreign")
