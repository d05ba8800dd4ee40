"""What a model was made with, as CycloneDX: the packages, the base, the data set, and nothing of this machine."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from helpers.faults import GOOD
from hubpress.recipe.load import load_recipe
from hubpress.schemas.splits import DatasetFacts
from hubpress.schemas.training import BaseModelFacts
from hubpress.train.bill_of_materials import write_bill_of_materials

COMMIT = "c0ffee" + "0" * 34
BASE = BaseModelFacts(id="acme/base", revision="main", config={}, commit=COMMIT)


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The bill of the model "pets" on a base and a data set on the Hub; written twice, the same."""
    folder = tmp_path_factory.mktemp("bill")
    recipe = load_recipe(GOOD.name, models_dir=GOOD.parent)
    dataset = DatasetFacts(path="acme/pets", name=None, commit=COMMIT[::-1])
    for name in ("one", "two"):
        write_bill_of_materials(recipe, folder / name, base=BASE, dataset=dataset)
    assert (folder / "one").read_bytes() == (folder / "two").read_bytes()
    text = (folder / "one").read_text(encoding="utf-8")
    assert str(Path.home()) not in text
    assert platform.node() not in text
    return json.loads(text)


def test_it_is_what_cyclonedx_asks(bill: Any) -> None:
    pytest.importorskip("jsonschema")
    try:
        assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bill)) is None
    except ImportError as error:
        pytest.skip(f"cyclonedx's validator is not installed: {error}")
    assert "serialNumber" not in bill
    assert "timestamp" not in bill["metadata"]


def test_it_names_what_the_model_was_made_with_and_no_more(bill: Any) -> None:
    found = {one["name"]: one.get("version") for one in bill["components"]}
    for name in ("torch", "transformers", "tokenizers", "datasets", "numpy"):
        assert found[name] == version(name)
    assert found["acme/base"] == COMMIT
    assert found["acme/pets"] == COMMIT[::-1]
    assert not {"pytest", "ruff", "mkdocs", "gradio"} & found.keys()
    base = next(one for one in bill["components"] if one["name"] == "acme/base")
    assert base["purl"] == f"pkg:huggingface/acme/base@{COMMIT}"


def test_every_package_is_reached_from_the_model(bill: Any) -> None:
    needs = {one["ref"]: one.get("dependsOn", []) for one in bill["dependencies"]}
    waiting, reached = [bill["metadata"]["component"]["bom-ref"]], set()
    while waiting:
        if (ref := waiting.pop()) not in reached:
            reached.add(ref)
            waiting += needs.get(ref, [])
    assert {one["bom-ref"] for one in bill["components"]} <= reached
