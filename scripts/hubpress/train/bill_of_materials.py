"""What a model was made with -> sbom.cdx.json, a CycloneDX bill of materials: one environment, one file."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution, packages_distributions
from pathlib import Path
from typing import TYPE_CHECKING

from hubpress import __version__
from hubpress.files import write_json
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.splits import DatasetFacts
from hubpress.schemas.training import BaseModelFacts

if TYPE_CHECKING:
    from cyclonedx.model.component import Component
    from packageurl import PackageURL

_MADE_WITH = (
    *("accelerate", "datasets", "evaluate", "huggingface_hub", "numpy", "onnx", "onnxruntime", "onnxscript", "pyarrow"),
    *("safetensors", "scikit-learn", "scipy", "seqeval", "tokenizers", "torch", "transformers"),
)
"""What reads the records, trains, exports and measures; the rest of the environment has no part in a model."""


def write_bill_of_materials(
    recipe: Recipe, path: Path, *, base: BaseModelFacts, dataset: DatasetFacts | None = None
) -> None:
    """Write what a model is made with: the base and the data set at their commits, and each package by its version.

    Nothing in it is of this machine or of the hour, so that the same environment gives the same file.
    """
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.output.json import JsonV1Dot6

    bill = Bom()
    model = Component(name=recipe.repo_name, type=ComponentType.MACHINE_LEARNING_MODEL, bom_ref=recipe.repo_name)
    bill.metadata.component = model
    bill.metadata.tools.components.add(Component(name="hubpress", version=__version__, type=ComponentType.APPLICATION))
    roots = _roots(recipe)
    packages = {_package(found).name: found for found in _closure(roots)}
    components = {name: _package(found) for name, found in packages.items()}
    beside = [_base(base), *([_dataset(dataset)] if dataset else []), _python()]
    bill.components.update([*components.values(), *beside])
    bill.register_dependency(model, [*beside, *(components[name] for name in _named(roots))])
    for name, found in packages.items():
        bill.register_dependency(components[name], [components[other] for other in _named(_required_by(found))])
    document = json.loads(JsonV1Dot6(bill).output_as_string())
    del document["serialNumber"], document["metadata"]["timestamp"]  # others each time
    write_json(path, document)


def _roots(recipe: Recipe) -> tuple[str, ...]:
    package = recipe.starts_from.package
    return (*_MADE_WITH, *(_packages_of(package.module) if package else ()))


# What is installed stays so while a process runs, and reading it takes longer than everything else here.
@cache
def _packages_of(module: str) -> tuple[str, ...]:
    return tuple(packages_distributions().get(module, ()))


@cache
def _named(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of those packages that are installed, each once and as they call themselves."""
    return tuple(sorted({found.name for found in map(_found, names) if found}))


def _closure(roots: tuple[str, ...]) -> Iterator[Distribution]:
    """Yield the installed packages of these names, and all that they need, each once."""
    from packaging.utils import canonicalize_name

    seen: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in seen:
            continue
        seen.add(name)
        if found := _found(name):
            yield found
            waiting += _required_by(found)


@cache
def _found(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:  # what another platform needs, or an extra that is not here
        return None


@cache
def _required_by(found: Distribution) -> tuple[str, ...]:
    """Return the names of what a package needs here, without its extras."""
    from packaging.requirements import Requirement

    needs = map(Requirement, found.requires or ())
    return tuple(need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""}))


@cache
def _package(found: Distribution) -> Component:
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.model.license import LicenseExpression
    from packageurl import PackageURL

    # Only where it is an expression of SPDX; what stands in the older field may be a whole text.
    said = found.metadata.json.get("license_expression")
    url = PackageURL("pypi", None, found.name, found.version)
    return Component(
        name=found.name,
        version=found.version,
        type=ComponentType.LIBRARY,
        bom_ref=url.to_string(),
        purl=url,
        licenses=[LicenseExpression(str(said))] if said else None,
    )


def _base(base: BaseModelFacts) -> Component:
    from cyclonedx.model import HashAlgorithm, HashType
    from cyclonedx.model.component import Component, ComponentType

    return Component(
        name=base.id or "base model",
        version=base.commit,
        type=ComponentType.MACHINE_LEARNING_MODEL,
        bom_ref="base model",
        purl=_on_hub(base.id, base.commit) if base.id and base.commit else None,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=base.sha256)] if base.sha256 else None,
    )


def _dataset(dataset: DatasetFacts) -> Component:
    from cyclonedx.model.component import Component, ComponentType

    return Component(name=dataset.path, version=dataset.commit, type=ComponentType.DATA, bom_ref="data set")


def _python() -> Component:
    from cyclonedx.model.component import Component, ComponentType

    name = platform.python_implementation()
    return Component(name=name, version=platform.python_version(), type=ComponentType.PLATFORM, bom_ref=name)


def _on_hub(repo_id: str, commit: str) -> PackageURL:
    from packageurl import PackageURL

    owner, _, name = repo_id.rpartition("/")
    return PackageURL("huggingface", owner or None, name, commit)
