"""The card stage's work: all that a staged folder has beside the model, and the lists of its files."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hubpress.card.eval_results import eval_results
from hubpress.card.notebook import notebook_of
from hubpress.card.render import rendered
from hubpress.errors import HubpressError
from hubpress.files import write_text
from hubpress.hub.hand_edits import write_edits
from hubpress.hub.merging import Edited
from hubpress.layout import CHANGELOG, EVAL_RESULTS, EVALUATION, MANIFEST, NOTEBOOK, RECIPE, SIGNATURE
from hubpress.manifest import FileEntry, Manifest, ManifestError
from hubpress.recipe.published import published_text
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.evaluation import Evaluation
from hubpress.signature import sign_release


@dataclass(frozen=True)
class Written:
    """What the card stage wrote."""

    names: tuple[str, ...]
    """The files in the repository, by their paths in it."""
    lines: int
    """Of the card."""
    charts: int


def write_card(
    recipe: Recipe,
    repo_id: str,
    repo: Path,
    assembled: Sequence[str],
    manifest_path: Path,
    *,
    changelog: Path | None = None,
    edits: Mapping[str, Edited] | None = None,
    ours_first: bool = False,
) -> Written:
    """Write a staged folder's card, charts, notebook, recipe and published manifest, and its whole manifest beside it.

    *assembled* names the files of the model in *repo*; the person's own, which the recipe names, are copied there, and
    so is the *changelog* where there is one. *edits* are what people have written into the texts of the release before,
    with *ours_first* as far as this one leaves room for it.
    Files that the manifest at *manifest_path* lists from before and that belong no more are deleted. Raises
    EditConflict for an edit that cannot be kept, HubpressError for facts that lack something, a template that does not
    render, a file of the person's own with the name of another, or no key for a signature that the recipe asks for,
    OSError for a file that is missing.
    """
    made_of = rendered(recipe, repo_id, repo)
    charts = made_of.pictures
    before = _listed_before(manifest_path)
    drawn = {path: content for chart in charts.values() for path, content in chart.files.items()}
    results = eval_results(recipe, Evaluation.load(repo / EVALUATION))
    texts = {**made_of.texts, **({EVAL_RESULTS: results} if results else {})}
    made = {*texts, NOTEBOOK, RECIPE, MANIFEST, SIGNATURE, *drawn, *assembled, EVALUATION}
    noted = _copy_changelog(recipe, repo, changelog)
    made |= {*noted}
    own = _copy_own_files(recipe, repo, made)
    for name, text in texts.items():
        (repo / name).parent.mkdir(exist_ok=True)
        write_text(repo / name, text)
    generated = write_edits(repo, edits or {}, ours_first=ours_first)
    made |= {*generated}
    write_text(repo / NOTEBOOK, notebook_of(made_of.card, recipe, repo_id))
    write_text(repo / RECIPE, published_text(recipe))
    for name, content in drawn.items():
        path = repo / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    signature = (SIGNATURE,) if recipe.provenance.sign else ()
    kept = {*made, *own} - {SIGNATURE} | {*signature}
    for stale in {*before.by_path(), SIGNATURE} - kept:
        _remove(repo, stale)
    _write_manifests(repo, {*made, *own} - {MANIFEST, SIGNATURE}, manifest_path, sign=recipe.provenance.sign)
    return Written(
        (*texts, *generated, NOTEBOOK, RECIPE, MANIFEST, *noted, *signature, *drawn, *own),
        len(made_of.card.splitlines()),
        len(charts),
    )


def _copy_changelog(recipe: Recipe, repo: Path, changelog: Path | None) -> tuple[str, ...]:
    """Copy the changelog into the staged folder, unless the person brings one; return its name there, if any."""
    if changelog is None or CHANGELOG.lower() in {name.lower() for name in recipe.own_files}:
        return ()
    shutil.copyfile(changelog, repo / CHANGELOG)
    return (CHANGELOG,)


def _copy_own_files(recipe: Recipe, repo: Path, made: Collection[str]) -> Sequence[str]:
    """Copy the person's own files into the staged folder, readable by everybody; return their names there."""
    taken = {name.lower() for name in made}
    for name, source in recipe.own_files.items():
        if name.lower() in taken:
            what = f"{name!r} is a name that hubpress writes itself."
            raise HubpressError(what, where=f"{recipe.name}: files", hint="Give yours another.")
        path = repo / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, path)
        path.chmod(0o644)
    return tuple(recipe.own_files)


def _remove(repo: Path, name: str) -> None:
    """Delete a file of the staged folder, and the folders that are empty without it."""
    (repo / name).unlink(missing_ok=True)
    for parent in list((repo / name).parents):
        if parent == repo or not parent.is_dir() or any(parent.iterdir()):
            break
        parent.rmdir()


def _write_manifests(repo: Path, names: Iterable[str], manifest_path: Path, *, sign: bool) -> None:
    """Write the published list, its signature, then the list that has these too."""
    entries = {name: FileEntry.of(repo, name) for name in names}
    # With the card: by this list the next push tells what a person has written into it on the Hub meanwhile.
    Manifest(tuple(entries[name] for name in sorted(entries))).save(repo / MANIFEST)
    if sign:
        sign_release(repo)
    for name in (MANIFEST, SIGNATURE) if sign else (MANIFEST,):
        entries[name] = FileEntry.of(repo, name)
    Manifest(tuple(entries[name] for name in sorted(entries))).save(manifest_path)


def _listed_before(path: Path) -> Manifest:
    """Return the manifest that this one replaces; a torn one lists nothing that could be stale."""
    try:
        return Manifest.load(path)
    except (OSError, ManifestError):
        return Manifest(())
