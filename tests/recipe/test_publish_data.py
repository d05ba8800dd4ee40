"""``publish_data``: a licence is asked for, and what cannot be published is refused in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubpress.errors import RecipeError
from hubpress.recipe.load import load_recipe
from hubpress.recipe.published import load_published, published_text

COMMIT = "abcdef0123" * 4


@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        (["publish_data=true"], "publish_data: needs the licence under which everybody may have the records"),
        (["publish_data={}"], "write it as a block, such as publish_data: {license: cc-by-4.0}."),
        (["publish_data={repo_name: records}"], "publish_data: needs the licence under which everybody may have"),
        (["publish_data={license: CC BY}"], "publish_data.license: 'CC BY' is not a licence identifier of the Hub"),
        (["publish_data={license: other}"], "publish_data.license: `other` needs `license_name` and `license_link`"),
        (["publish_data={license: mit, license_name: ours}"], "publish_data.license_name: is for `license: other`"),
        (["publish_data={license: mit, license_link: LICENSE}"], "publish_data.license_link: 'LICENSE' is no URL."),
        (["publish_data={license: mit, repo_name: a/b}"], "publish_data.repo_name: must be a repository's name"),
        (["publish_data={license: mit}", f"repo_name={'p' * 90}"], "publish_data.repo_name: 'ppp"),
        (["publish_data={license: mit, split: all}"], "publish_data.split: unknown key. Known keys: license"),
        (
            ["publish_data={license: mit}", "data.source=null", f"data.dataset={{path: a/b, revision: {COMMIT}}}"],
            "publish_data: has nothing to add: data.dataset names a commit of a/b, where everybody finds the records",
        ),
    ],
)
def test_what_cannot_be_published_is_refused(pets: Path, overrides: list[str], says: str) -> None:
    with pytest.raises(RecipeError) as caught:
        load_recipe("pets", models_dir=pets.parent, overrides=overrides)
    (problem,) = caught.value.problems
    assert says in problem


def test_false_and_nothing_publish_nothing(pets: Path) -> None:
    for overrides in ([], ["publish_data=false"], ["publish_data=null"]):
        assert load_recipe("pets", models_dir=pets.parent, overrides=overrides).test_data_id("acme") is None


def test_the_published_recipe_says_where_the_records_are(pets: Path, tmp_path: Path) -> None:
    """By a name below the owner, so that another owner's release of the same recipe has records of its own."""
    given = ["publish_data={license: mit, repo_name: pets}"]
    recipe = load_recipe("pets", models_dir=pets.parent, overrides=given)
    (tmp_path / "recipe.yaml").write_text(published_text(recipe), encoding="utf-8")
    carried = load_published(tmp_path, is_sample=False, uses_sample_records=False)
    assert carried.publish_data == recipe.publish_data
    assert carried.test_data_id("acme") == "acme/pets"
    usual = load_recipe("pets", models_dir=pets.parent, overrides=["publish_data={license: mit}"])
    assert usual.test_data_id("acme") == f"acme/{usual.repo_name}-test-data"
