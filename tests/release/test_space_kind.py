"""Gradio where the account may have it, else static: settled with the Hub before anything is published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.gate import Gate, staged_job
from helpers.hub import wired
from hubpress.errors import HubError
from hubpress.rehearsal.faults import break_requests
from hubpress.rehearsal.store import Store
from hubpress.schemas.hub_faults import FREE_ACCOUNT

pytestmark = pytest.mark.usefixtures("prover")

SAID = "hubpress: The Hub wants a paid plan for a Gradio Space (402): spaces/{} is a static one, which browsers run.\n"


@pytest.fixture
def gate(store: Store, url: str) -> Iterator[Gate]:
    """Releases whose proofs take no time."""
    store.add_organisation("acme")
    with wired(url) as wire:
        yield Gate(wire, store, url)


@pytest.fixture
def without_a_plan(store: Store) -> Iterator[None]:
    """The Hub creates static Spaces only."""
    break_requests(store.folder, [FREE_ACCOUNT])
    yield
    break_requests(store.folder, [])


def space_of(gate: Gate, repo_id: str) -> tuple[str | None, set[str]]:
    """Return the kind of a Space on the Hub, and its files."""
    info = gate.api.space_info(repo_id)
    return info.sdk, {file.rfilename for file in info.siblings or ()}


@pytest.mark.usefixtures("without_a_plan")
@pytest.mark.parametrize("through_gate", [True, False])
def test_without_a_plan_the_release_goes_on_with_a_static_space(
    through_gate: bool, gate: Gate, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """It says so in a sentence; a second release finds the Space as it is, and asks for no other."""
    name = f"titles-{through_gate}".lower()
    job = staged_job(tmp_path, "acme", repo_name=name)
    release = gate.release if through_gate else gate.push
    released = release(job)
    assert capfd.readouterr().err.count(SAID.format(job.repo_id)) == 1
    sdk, files = space_of(gate, job.repo_id)
    assert sdk == "static" and {"index.html", "page.json", "space.json"} <= files and "app.py" not in files
    assert released.space and released.space.sha == gate.api.space_info(job.repo_id).sha
    again = release(job)
    assert "402" not in capfd.readouterr().err and not any(push.changed for push in again.pushes)


@pytest.mark.usefixtures("without_a_plan")
@pytest.mark.parametrize("through_gate", [True, False])
def test_a_recipe_that_insists_on_gradio_stops_before_anything_is_published(
    through_gate: bool, gate: Gate, tmp_path: Path
) -> None:
    """In one sentence with the Hub's own, and what to do."""
    job = staged_job(tmp_path, "acme", repo_name="insisting", **{"space.sdk": "gradio"})
    with pytest.raises(HubError) as raised:
        (gate.release if through_gate else gate.push)(job)
    said = str(raised.value)
    assert "The Hub wants a paid plan for" in said and "Static Spaces are free for everyone" in said
    assert "Nothing was published." in said and "`space.sdk: static`" in said and "\n" not in said.strip()
    assert not gate.api.repo_exists(job.repo_id) and not gate.api.repo_exists(job.repo_id, repo_type="space")


def test_a_space_keeps_its_kind_unless_the_recipe_names_one(gate: Gate, tmp_path: Path) -> None:
    """One that is static stays so where Gradio could be had, and becomes what it is told to."""
    told = staged_job(tmp_path / "static", "acme", **{"space.sdk": "static"})
    gate.release(told)
    assert space_of(gate, told.repo_id)[0] == "static"
    left_open = staged_job(tmp_path / "auto", "acme")
    gate.release(left_open)
    assert space_of(gate, told.repo_id)[0] == "static"
    insisting = staged_job(tmp_path / "gradio", "acme", **{"space.sdk": "gradio"})
    gate.release(insisting)
    sdk, files = space_of(gate, told.repo_id)
    assert sdk == "gradio" and "app.py" in files and not {"index.html", "page.json"} & files
