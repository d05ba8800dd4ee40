"""A release whose files agree with one another, staged without training, and hands that change what is published."""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

import hubpress
from helpers.hub import listed
from helpers.paths import SAMPLES
from hubpress.assemble.config import model_config
from hubpress.card.write import write_card
from hubpress.content import pipeline_files
from hubpress.evaluate.measure import revision_of
from hubpress.manifest import Manifest
from hubpress.recipe.recipe import Recipe
from hubpress.release.job import Job
from hubpress.schemas.space import UNPUBLISHED
from hubpress.schemas.training import BaseModelFacts
from hubpress.space.build import build_space
from hubpress.train.bill_of_materials import write_bill_of_materials
from hubpress.train.record import stated_settings

MODEL = "arxiv-interest"  # it has a threshold, code of its own and a positive label
Change = Callable[[Path], None]


@dataclass(frozen=True)
class Kind:
    """One way to tamper with a release: the change, and what the proof says of it, with the row's name before it."""

    change: Change
    named: str


def staged_release(build: Path, owner: str) -> Job:
    """Stage a whole release as the stages would, with a card of real facts and weights of zeros."""
    recipe = hubpress.load_recipe(MODEL, sample=True)
    job = Job.of(recipe, build_dir=build, owner=owner, quiet=True)
    shutil.copytree(SAMPLES / "card" / MODEL, job.repo)
    for name in ("model.safetensors", "tokenizer.json", "onnx/model.onnx", "onnx/model_quantized.onnx"):
        (job.repo / name).parent.mkdir(exist_ok=True)
        (job.repo / name).write_bytes(name.encode() + bytes(2_000))
    (job.repo / "tokenizer_config.json").write_text('{"model_max_length": 128}\n', encoding="utf-8")
    for file in pipeline_files(recipe.custom_files):
        shutil.copy(file, job.repo)
    _agree(recipe, job.repo)
    names = [path.relative_to(job.repo).as_posix() for path in job.repo.rglob("*") if path.is_file()]
    write_card(recipe, job.repo_id, job.repo, names, job.manifest)
    build_space(recipe, job.repo, job.space, repo_id=job.repo_id, revision=UNPUBLISHED)
    return job


def _agree(recipe: Recipe, repo: Path) -> None:
    """Write what this recipe gives into the facts of a sample, which were measured with another version of it."""
    config = repo / "config.json"
    before = json.loads(config.read_text(encoding="utf-8"))
    splits: Any = type("Splits", (), {"labels": list(before["id2label"].values()), "parents": {}})
    made = model_config(recipe, splits).with_threshold(before["threshold"])
    made.lay_over({"architectures": ["BertForSequenceClassification"], "model_type": "bert"}, config)
    stated = {**stated_settings(recipe), "max_length": recipe.tokenizer.max_length}
    named = recipe.starts_from
    base = BaseModelFacts(id=named.id, revision=named.revision, config={}, sha256="0" * 64)
    edited(repo / "training.json", lambda facts: facts.update(stated=stated, base_model=base.as_json()))
    write_bill_of_materials(recipe, repo / "sbom.cdx.json", base=base)
    edited(repo / "evaluation.json", lambda facts: facts.update(revision=revision_of(repo, recipe)))


def edited(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a JSON file, and leave it written as it was."""
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def replaced(name: str, before: str, after: str, *, pattern: bool = False) -> Change:
    """Return the change of one place in a text file, which has to be there."""

    def change(repo: Path) -> None:
        text = (repo / name).read_text(encoding="utf-8")
        found = re.subn(before, after, text, count=1) if pattern else (text.replace(before, after, 1), before in text)
        assert found[1], f"{name} has no {before!r}"
        (repo / name).write_text(found[0], encoding="utf-8")

    return change


def in_json(name: str, change: Callable[[dict[str, Any]], object]) -> Change:
    return lambda repo: edited(repo / name, change)


def added(name: str, content: bytes) -> Change:
    def change(repo: Path) -> None:
        (repo / name).write_bytes(content)

    return change


def flipped(name: str) -> Change:
    """Return the change of one bit in the middle of a file."""

    def change(repo: Path) -> None:
        content = bytearray((repo / name).read_bytes())
        content[len(content) // 2] ^= 1
        (repo / name).write_bytes(content)

    return change


def tampered(honest: Path, folder: Path, changes: Mapping[str, Kind], *, lists: bool = True) -> Path:
    """Return a copy of a staged folder with some kinds of tampering; its list of files is made to fit by *lists*."""
    shutil.copytree(honest, folder)
    for kind in changes.values():
        kind.change(folder)
    if lists:
        listed(folder)
    return folder


def commit(api: HfApi, repo: str, folder: Path, *, kind: str = "model", revision: str | None = None) -> str:
    """Make a revision hold a folder's files, by huggingface_hub; return the commit."""
    here = {entry.path for entry in Manifest.of_folder(folder).files}
    there = set(api.list_repo_files(repo, repo_type=kind, revision=revision)) - {".gitattributes"}
    operations: list[Any] = [
        CommitOperationAdd(name, io.BytesIO((folder / name).read_bytes())) for name in sorted(here)
    ]
    operations += [CommitOperationDelete(name) for name in sorted(there - here)]
    made = api.create_commit(repo, operations, commit_message="By hand", repo_type=kind, revision=revision)
    return str(made.oid)
