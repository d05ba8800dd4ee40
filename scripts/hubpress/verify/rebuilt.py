"""A published Space held byte for byte against what ``space build`` makes for its model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from hubpress.errors import HubpressError
from hubpress.hub.hand_edits import text_in
from hubpress.hub.merging import EditConflict, Edited, changed_inside, merged
from hubpress.hub.readme import read_card
from hubpress.hub.withdrawn import say_withdrawn, withdrawn_of
from hubpress.layout import ATTRIBUTES, CARD, GENERATED, MANIFEST, RECIPE, REQUIREMENTS, VENDOR
from hubpress.manifest import Manifest, ManifestError
from hubpress.schemas.evaluation import Evaluation
from hubpress.schemas.space import SpaceSettings
from hubpress.space.build import Sdk, build_space, tested_versions
from hubpress.verify.beside import in_the_way, names_beside, words_on
from hubpress.verify.downloaded import published_recipe
from hubpress.verify.proof import Claim

_WHAT = "build"
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+!_-]{0,40}")
_PINNED = re.compile(rf"(?P<name>[A-Za-z0-9._-]+)==(?P<version>{_VERSION.pattern})")


def claims_of_build(
    settings: SpaceSettings, evaluation: Evaluation, model: Path, files: Path, dest: Path
) -> tuple[Claim, ...]:
    """Build the Space of a model whose commit lies in *model* again in *dest*, and compare a Space's *files* with it.

    The versions of packages are those that the Space names: they are of the machine that it was built on. A row of
    their own says where they are not those that are installed here. A model of an older hubpress carries no recipe, and
    nothing can be built.
    """
    if not (model / RECIPE).is_file():
        how = "every file as `hubpress space` builds it"
        return (Claim(_WHAT, how, unproved=f"the model carries no {RECIPE} by which its Space could be built"),)
    recipe = published_recipe(evaluation, model)
    if not recipe.has_space:
        raise HubpressError("its recipe wants no Space.", where=f"{settings.model} at {settings.revision[:7]}")
    sdk = published_sdk(files)
    tested, named = (tested_versions(recipe), _versions_of(files)) if sdk == "gradio" else ({}, {})
    versions = tested | {name: version for name, version in named.items() if name in tested}
    build_space(
        recipe, model, dest, repo_id=settings.model, revision=settings.revision, sdk=sdk, versions=versions,
        vendored=files / VENDOR,
    )  # fmt: skip
    withdrawn = withdrawn_of(_card_of(files))
    if withdrawn:
        say_withdrawn(dest, *withdrawn)
    built, published = Manifest.of_folder(dest), Manifest.of_folder(files, leave_out={ATTRIBUTES})
    here, there = built.by_path(), published.by_path()
    beside = names_beside(built, published)
    edited = _edited_alone(dest, files)
    changed = [name for name in sorted(here.keys() & there.keys()) if here[name] != there[name]]
    if edited:
        beside = tuple(name for name in beside if name != f"{GENERATED}/{CARD}")
        changed = [name for name in changed if name not in (CARD, MANIFEST)]
        changed += [MANIFEST] if _list_of(dest) != _list_of(files) else []
    differences = [
        *(f"{name} is missing" for name in sorted(here.keys() - there.keys())),
        *(f"{name} is not what `hubpress space` makes" for name in changed),
        *in_the_way(beside),
    ]
    how = f"{len(here)} files byte for byte as `hubpress space` builds them{words_on(beside)}"
    how += "; its card was edited by people, outside of what is built" if edited else ""
    how += f"; the card says that {withdrawn[0]} has been withdrawn" if withdrawn else ""
    claim = Claim(_WHAT, how, differences)
    return (claim, _claim_of_versions(tested, versions)) if sdk == "gradio" else (claim,)


def _edited_alone(built: Path, files: Path) -> bool:
    """Return whether a Space's card is the one that is built with what people have written into it, and no other."""
    made, theirs, kept = text_in(built / CARD), text_in(files / CARD), text_in(files / GENERATED / CARD)
    if made is None or theirs is None or theirs == made or kept not in (None, made):
        return False
    try:
        merged(Edited(made, theirs), made, name=CARD)
    except EditConflict:
        return False
    return kept is not None or not changed_inside(Edited(made, theirs), name=CARD)


def _list_of(folder: Path) -> Manifest | None:
    """Return the list of a Space's files without its card, None where it cannot be read."""
    try:
        return Manifest.load(folder / MANIFEST).without({CARD, f"{GENERATED}/{CARD}"})
    except (OSError, ManifestError):
        return None


def _claim_of_versions(tested: Mapping[str, str], named: Mapping[str, str]) -> Claim:
    """Hold the versions that a Space is pinned to against those here: nothing tells which ones it was tried with."""
    others = [f"{name} {version} (here {tested[name]})" for name, version in named.items() if tested[name] != version]
    why = f"it is pinned to {', '.join(others)}: nobody here has tried that" if others else None
    return Claim(
        "versions", f"of Python, Gradio and {len(tested) - 2} packages, as they are installed here", unproved=why
    )


def published_sdk(files: Path) -> Sdk:
    """Return the kind of a published Space, by its README."""
    return "static" if read_card(_card_of(files)).data.get("sdk") == "static" else "gradio"


def _versions_of(files: Path) -> dict[str, str]:
    """Return the versions that a Space names, where they are versions: Gradio's, Python's and those of packages."""
    front = read_card(_card_of(files)).data
    told = {"gradio": front.get("sdk_version"), "python": front.get("python_version")}
    found = {name: str(value) for name, value in told.items() if _VERSION.fullmatch(str(value or ""))}
    requirements = files / REQUIREMENTS
    lines = requirements.read_text(encoding="utf-8").splitlines() if requirements.is_file() else []
    return found | {pinned["name"]: pinned["version"] for line in lines if (pinned := _PINNED.fullmatch(line))}


def _card_of(files: Path) -> str:
    card = files / CARD
    return card.read_text(encoding="utf-8") if card.is_file() else ""
