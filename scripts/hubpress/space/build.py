"""Facts of a staged model -> ``space/``: its app, or its page, with the model's settings, ready to run anywhere."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from pydantic import JsonValue

from hubpress.content import content_dir, pipeline_files, templates
from hubpress.errors import HubpressError
from hubpress.files import write_text
from hubpress.hub.marks import marked
from hubpress.hub.vocabulary import LONGEST_DESCRIPTION
from hubpress.layout import CARD, EVALUATION, MANIFEST, REQUIREMENTS, SPACE
from hubpress.manifest import Manifest
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.evaluation import Evaluation
from hubpress.schemas.space import Limits, SpaceExample, SpaceSettings
from hubpress.space.static_page import write_page
from hubpress.text import beginning, shortened

Sdk = Literal["gradio", "static"]
"""The kinds of Spaces that a release may come with."""

_PIPELINE_CODE = ("record_text.py", "decision.py")
_STYLE = "page.css"
_PINNED_RUNTIME = "runtime.json"
ENDPOINTS = {"token-classification": "tag", "text-regression": "predict"}
"""What a Space's endpoint for one input is called, by the task of its settings; it is ``classify`` of all others."""
_EXAMPLE = "A text to classify"
_LONGEST = 80  # characters of a text in the README's code
_LIMITS = Limits(rows=10_000, file_mb=20, characters=100_000)


def sdk_of(recipe: Recipe) -> Sdk:
    """Return the kind of Space that a recipe asks for: Gradio, where it leaves that open."""
    return "static" if recipe.space.sdk == "static" else "gradio"


def space_sources(recipe: Recipe, sdk: Sdk) -> list[Path]:
    """Return the files that a Space is made of, besides what is written for the model."""
    spaces = content_dir("spaces")
    folders = [spaces / name for name in (recipe.kind.app_folders if sdk == "gradio" else ["static"])]
    files = sorted(path for folder in folders for path in folder.iterdir() if path.is_file())
    shared = pipeline_files(_PIPELINE_CODE) if sdk == "gradio" else [spaces / "shared" / _STYLE]
    return [spaces / f"{CARD}.j2", *(path for path in files if path.name != _PINNED_RUNTIME), *shared]


def build_space(
    recipe: Recipe,
    repo: Path,
    folder: Path,
    *,
    repo_id: str,
    revision: str,
    sdk: Sdk | None = None,
    versions: dict[str, str] | None = None,
    vendored: Path | None = None,
) -> list[str]:
    """Write the Space of the model staged in *repo* into *folder*, anew; return the names of its files.

    *repo_id* names the model and its Space; *revision* is the model's commit that the Space is pinned to. *sdk* is by
    default what the recipe asks for. *versions* are by default those installed here, with which a Gradio Space is tried
    before it is published. *vendored* is a folder that has what a static one carries; without it that comes from npm.
    """
    sdk = sdk or sdk_of(recipe)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _, *files = space_sources(recipe, sdk)
    versions = tested_versions(recipe) if sdk == "gradio" and versions is None else versions or {}
    for file in files:
        text = file.read_text(encoding="utf-8")
        write_text(folder / file.name, _pinned(text, versions) if file.name == REQUIREMENTS else text)
    evaluation = Evaluation.load(repo / EVALUATION)
    _settings(recipe, sdk, evaluation, repo_id, revision).save(folder / SPACE, sort_keys=False)
    if sdk == "static":
        write_page(recipe, folder, vendored=vendored)
    text = card_of_space(recipe, evaluation, repo_id=repo_id, revision=revision, sdk=sdk, versions=versions)
    write_text(folder / CARD, text)
    # By this list the next push tells what a person has changed or added on the Hub meanwhile.
    Manifest.of_folder(folder).save(folder / MANIFEST)
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def card_of_space(
    recipe: Recipe, evaluation: Evaluation, *, repo_id: str, revision: str, sdk: Sdk, versions: dict[str, str]
) -> str:
    """Return README.md of the Space of the model *repo_id* at a commit; *versions* are those of a Gradio Space."""
    settings = _settings(recipe, sdk, evaluation, repo_id, revision)
    return marked(_readme(recipe, settings, sdk, versions, space_sources(recipe, sdk)[0]))


def tested_versions(recipe: Recipe) -> dict[str, str]:
    """Return the versions that a Gradio Space built here is pinned to, by package; Python's and Gradio's too."""
    requirements = next(path for path in space_sources(recipe, "gradio") if path.name == REQUIREMENTS)
    lines = requirements.read_text(encoding="utf-8").splitlines()
    names = [_package(line) for line in lines if line and not line.startswith("#")]
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return {"python": python, **{name: version(name) for name in ("gradio", *names)}}


def _pinned(text: str, versions: dict[str, str]) -> str:
    lines = [
        f"{line}=={versions[_package(line)]}" if _package(line) in versions else line for line in text.splitlines()
    ]
    return "\n".join(lines) + "\n"


def _package(line: str) -> str:
    """Return the name of a line of requirements, without its extras: Gradio has one version, with them or not."""
    return line.partition("[")[0]


def _settings(recipe: Recipe, sdk: Sdk, evaluation: Evaluation, repo_id: str, revision: str) -> SpaceSettings:
    """Return what app or page read from space.json. The examples' outputs are those of the ONNX file that it runs."""
    if evaluation.onnx is None:
        raise HubpressError("it has no ONNX figures.", where=EVALUATION, hint="Evaluate the model again.")
    examples = tuple(
        SpaceExample.of(example, answer)
        for example, answer in zip(evaluation.widget, evaluation.onnx.answers_of(sdk), strict=True)
    )
    return SpaceSettings(
        model=repo_id,
        revision=revision,
        endpoint=None,
        onnx=evaluation.onnx.used_by(sdk),
        task=recipe.kind.app,
        title=recipe.space.title or recipe.title,
        summary=recipe.card.summary,
        space=repo_id,
        examples=examples,
        limits=_LIMITS,
        sample=recipe.is_sample or None,
    )


def _licence_link(recipe: Recipe, model: str) -> str | None:
    """Return where the licence can be read from the Space: a file of the model's repository by its address there."""
    link = recipe.license_link
    return f"https://huggingface.co/{model}/blob/main/{quote(link)}" if link in recipe.own_files else link


def _call_of(settings: SpaceSettings) -> dict[str, str]:
    """Return what a Gradio Space's README says of how its endpoint is called: by the shortest of the examples."""
    endpoint, host = ENDPOINTS.get(settings.task, "classify"), re.sub(r"[^a-z0-9]+", "-", settings.space.lower())
    chosen = min(settings.examples, key=lambda one: len(one.text), default=None)
    given: JsonValue = _EXAMPLE
    if chosen and endpoint != "tag" and (chosen.record or chosen.text_pair is not None):
        texts = chosen.record or {"text": chosen.text, "text_pair": str(chosen.text_pair)}
        given = {name: shortened(text, _LONGEST) for name, text in texts.items()}
    elif chosen:
        given = shortened(chosen.text, _LONGEST)
    # JSON's texts, and objects of texts, are Python's too. No two braces: the Hub's template marks look like that.
    literal, data = (
        json.dumps(one, ensure_ascii=False).replace("{{", "{\\u007b").replace("{%", "\\u007b%")
        for one in (given, {"data": [given]})
    )
    return {
        "endpoint": endpoint,
        "host": f"https://{host}.hf.space",
        "example": literal,
        "example_data": shlex.quote(data),
    }


def _readme(recipe: Recipe, settings: SpaceSettings, sdk: Sdk, versions: dict[str, str], template: Path) -> str:
    spec = recipe.space
    return (
        templates(template.parent)
        .get_template(template.name)
        .render(
            settings.as_json(),
            sdk=sdk,
            sample=recipe.is_sample,
            emoji=spec.emoji,
            color_from=spec.colorFrom,
            color_to=spec.colorTo,
            sdk_version=versions.get("gradio"),
            python_version=versions.get("python"),
            short_description=spec.short_description or beginning(recipe.card.summary, LONGEST_DESCRIPTION),
            licences=recipe.licences,
            license_name=recipe.license_name,
            license_link=_licence_link(recipe, settings.model),
            tags=recipe.hub_tags,
            card_url=f"https://huggingface.co/{settings.model}",
            **_call_of(settings),
        )
    )
