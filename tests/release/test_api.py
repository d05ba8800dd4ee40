"""What a notebook calls, on a release that is made: nothing runs again, and everything comes back typed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import hubpress
from conftest import Release
from hubpress.schemas.space import UNPUBLISHED

pytestmark = pytest.mark.slow
NAME = "conference-titles"


@pytest.fixture
def build(released_all: Release, tmp_path: Path) -> Path:
    """A copy of a build folder with finished releases."""
    return Path(shutil.copytree(released_all.build, tmp_path / "build"))


@pytest.fixture
def recipe(released_all: Release, tiny: list[str]) -> hubpress.Recipe:
    """The recipe that made one of them."""
    overrides = [word for word in tiny if "=" in word]
    return hubpress.load_recipe(NAME, models_dir=released_all.models, sample=True, overrides=overrides)


def test_every_stage_gives_what_it_made(build: Path, recipe: hubpress.Recipe) -> None:
    """Figures, card, Space and problems of the folders at hand."""
    job = hubpress.Job.of(recipe, build_dir=build, quiet=True)
    assert [stage.ran for stage in hubpress.run_stages(job, "check")] == [False] * 8
    evaluation = hubpress.evaluate_model(recipe, build_dir=build, quiet=True)
    assert 0 <= evaluation.metrics[evaluation.main_metric] <= 1
    card = hubpress.render_card(recipe, build_dir=build, quiet=True)
    assert card.startswith("---\n")
    assert "rehearsal/conference-titles" in card
    space = hubpress.build_space(recipe, build_dir=build, quiet=True)
    assert hubpress.check_folder(job.repo) == hubpress.check_folder(space, revision=UNPUBLISHED) == []
    with pytest.raises(hubpress.HubpressError, match="no stage 'train it'"):
        hubpress.run_stages(job, "train it")


def test_releasing_again_changes_nothing(build: Path, recipe: hubpress.Recipe) -> None:
    """On the rehearsal Hub of the build folder, which is started for the call."""
    result = hubpress.release_model(recipe, build_dir=build, quiet=True)
    assert [stage.stage for stage in result.stages[-5:]] == [
        *("push", "verify", "push space", "verify space", "promote"),
    ]
    assert not any(stage.ran for stage in result.stages)
    assert [pushed.changed for pushed in result.pushes] == [False, False]
    assert result.pushes == (result.model, result.space)
    tagged = hubpress.release_model(recipe, build_dir=build, tag="v1.0.0", quiet=True)
    with hubpress.Target.rehearsal(build) as target:
        assert target.hub.head(hubpress.RepoId("rehearsal/conference-titles"), "v1.0.0") == tagged.model.sha


def test_a_persons_own_files_go_out_with_the_model(build: Path, own_models: Path, tiny: list[str]) -> None:
    """In the same commit, and in its manifest; one that changes renders the card anew, and nothing else."""
    licence = own_models / NAME / "LICENSE"
    licence.write_text("Be kind.\n", encoding="utf-8")
    words = ["files=[LICENSE]", "license=other", "license_name=ours-1.0", "license_link=LICENSE"]
    overrides = [*(word for word in tiny if "=" in word), *words]
    recipe = hubpress.load_recipe(NAME, models_dir=own_models, sample=True, overrides=overrides)
    job = hubpress.Job.of(recipe, build_dir=build, quiet=True)
    for text, again in (("Be kind.\n", {"data", "card", "space", "check"}), ("Be very kind.\n", {"card", "check"})):
        licence.write_text(text, encoding="utf-8")
        assert {stage.stage for stage in hubpress.run_stages(job, "check") if stage.ran} == again
    with hubpress.Target.rehearsal(build) as target:
        pushed = hubpress.push_model(recipe, target, build_dir=build, quiet=True)
        there = target.hub.download(hubpress.RepoId(pushed.model.repo_id), pushed.model.sha, build / "there")
    assert (there / "LICENSE").read_text(encoding="utf-8") == "Be very kind.\n"
    assert '"LICENSE"' in (there / "manifest.json").read_text(encoding="utf-8")
    assert "license_link: LICENSE" in (there / "README.md").read_text(encoding="utf-8")
    assert "/blob/main/LICENSE" in (job.pinned_space / "README.md").read_text(encoding="utf-8")


def test_a_sample_is_not_pushed_to_a_real_hub(build: Path, recipe: hubpress.Recipe) -> None:
    target = hubpress.Target.published({"HF_ENDPOINT": "https://hub.test", "HF_TOKEN": "secret"})
    for publish in (hubpress.push_model, hubpress.release_model):
        with pytest.raises(hubpress.HubpressError, match=r"a sample release is not meant for https://hub\.test"):
            publish(recipe, target=target, build_dir=build, owner="acme", quiet=True)


def test_models_are_listed_with_what_is_done(build: Path, released_all: Release) -> None:
    models = shutil.copytree(released_all.models, build / "models", ignore=shutil.ignore_patterns("broken"))
    listed = {status.name: status for status in hubpress.list_models(models_dir=models, build_dir=build, sample=True)}
    assert listed[NAME].title == "Conference titles"
    assert listed[NAME].done[-2:] == ("verify", "verify space")


def test_a_proof_comes_back_whatever_it_says(build: Path, recipe: hubpress.Recipe, tiny: list[str]) -> None:
    """Of a Space alone; and of a model whose records are not those at hand."""
    (space,) = hubpress.verify_repository(f"spaces/rehearsal/{NAME}", build_dir=build, quiet=True)
    assert (space.kind, space.differences) == ("space", [])
    overrides = [*(word for word in tiny if "=" in word), "data.split.seed=7"]
    other = hubpress.load_recipe(NAME, models_dir=recipe.folder.parent, sample=True, overrides=overrides)
    (model,) = hubpress.verify_repository(f"rehearsal/{NAME}", recipe=other, build_dir=build, quiet=True)
    states = {state: [claim.what for claim in model.claims if claim.state == state] for state in ("FAILS", "unproved")}
    assert states == {
        **{"FAILS": ["settings", "data"]},  # the recipe that the commit carries has another seed
        **{"unproved": ["figures", "model-index", "released epoch", "widget"]},
    }


def test_a_torn_list_of_files_is_made_again(build: Path, recipe: hubpress.Recipe) -> None:
    """The manifest beside the staged folder is worth no more than what it can be made from."""
    job = hubpress.Job.of(recipe, build_dir=build, quiet=True)
    whole = job.manifest.read_bytes()
    for torn in (b"", b"[]", whole[: len(whole) // 2]):
        job.manifest.write_bytes(torn)
        hubpress.run_stages(job, "check")
        assert job.manifest.read_bytes() == whole
