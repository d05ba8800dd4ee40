"""What a release claims, tried one by one: by its files alone, and by what was measured of it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from hubpress.card.front_matter import widget_entry
from hubpress.card.notebook import notebook_of
from hubpress.card.render import rendered
from hubpress.layout import CARD, MANIFEST, NOTEBOOK, SIGNATURE
from hubpress.manifest import Manifest, ManifestError
from hubpress.metrics.names import METRIC_NAMES
from hubpress.schemas.evaluation import Figures, Remeasured
from hubpress.schemas.training import TrainingFacts
from hubpress.text import counted
from hubpress.verify.agreement import claims_of_agreement
from hubpress.verify.beside import loaded_with, names_beside, words_on
from hubpress.verify.by_hand import ByHand, edits_by_hand
from hubpress.verify.card_again import claims_of_card
from hubpress.verify.downloaded import DownloadedRelease
from hubpress.verify.eval_results import claims_of_results_file, measured_results, unmeasured_results
from hubpress.verify.figures import compare_figures, count_of_figures, of_test_alone
from hubpress.verify.proof import WIDGET_TOLERANCE, Claim, compare
from hubpress.verify.published_split import PublishedSplit
from hubpress.verify.records import Records
from hubpress.verify.static_baseline import without_its_figures

_EPOCH = "released epoch"
_PROBE = "released probe"
_CHOSEN = (_EPOCH, _PROBE)
_TEST_ALONE = "it takes the train and validation splits, which are not published; give the records with --data FILE"
_HALF_PRECISION = 0.01  # of a metric between bfloat16 and float32; 0.0002 was seen on ASJC subjects


def claims_of_files(
    release: DownloadedRelease,
    records: Records,
    manifest: Manifest | None,
    published: PublishedSplit | None,
    downloaded: Manifest,
) -> list[Claim]:
    """Try what can be told from the files alone, and of the test split that was *published* beside them.

    The first claim is of their bytes, of which *downloaded* is the list.
    """
    evaluation = release.evaluation
    again = rendered(release.recipe, release.commit.repo.id, release.files)
    published_list = manifest or _published_list(release.files)
    by_hand = edits_by_hand(release.files, published_list, again.texts) if published_list else ByHand()
    return [
        _claim_of_bytes(release, downloaded, published_list, by_hand, is_known=manifest is not None),
        *claims_of_card(release, again),
        *claims_of_results_file(release),
        *by_hand.claims(),
        *claims_of_agreement(release),
        Claim(
            "data",
            f"fingerprint of {records.what}, {counted(evaluation.data.count, 'record')}",
            records.differences(evaluation.data),
            None if records.folder else records.why,
        ),
        *([published.claim(evaluation.data.count)] if published else ()),
        Claim("notebook", "made again from the card, with the snippets as its cells", _compare_notebook(release)),
    ]


def claims_of_figures(release: DownloadedRelease, measured: Remeasured, without_static: str | None) -> list[Claim]:
    """Hold every figure and answer of a commit against what was measured of it again.

    By the test split alone, what takes the others stays unproved; so does the static baseline where *without_static*
    says why it was not measured.
    """
    evaluation, front = release.evaluation, release.front_matter
    is_whole = measured.validation is not None
    whole = without_its_figures(evaluation) if without_static else evaluation
    claimed = whole if is_whole else of_test_alone(evaluation)
    widget: list[JsonValue] = [widget_entry(release.recipe, example) for example in measured.widget]
    differences = [
        compare_figures(claimed, measured, evaluation.tolerance),
        _compare_index(front, measured, evaluation.tolerance),
        _compare_epoch(release, measured),
        [
            *compare(front.get("widget"), widget, "widget", WIDGET_TOLERANCE),
            *compare(evaluation.widget, measured.widget, "evaluation.widget", WIDGET_TOLERANCE),
        ],
    ]
    tried = zip(_words_of(release, claimed), differences, strict=True)
    claims = [
        Claim(what, how, found) for (what, how), found in tried if what not in _CHOSEN or _was_trained_here(release)
    ]
    claims += measured_results(release, measured)
    if is_whole:
        left = count_of_figures(evaluation) - count_of_figures(whole)
        how = f"{counted(left, 'figure')} of the model of static embeddings beside it"
        return [*claims, *([Claim("static baseline", how, unproved=without_static)] if left else [])]
    others = count_of_figures(evaluation) - count_of_figures(claimed)
    how = f"{counted(others, 'figure')} of baselines, and of what was chosen on validation"
    return [
        *(replace(claim, unproved=_TEST_ALONE) if claim.what in _CHOSEN else claim for claim in claims),
        *([Claim("other splits", how, unproved=_TEST_ALONE)] if others else []),
    ]


def unmeasured(release: DownloadedRelease, why: str) -> list[Claim]:
    """Return the same claims where nothing could be measured again, and why not."""
    return [
        Claim(what, how, unproved=why)
        for what, how in _words_of(release, release.evaluation)
        if what not in _CHOSEN or _was_trained_here(release)
    ] + unmeasured_results(release, why)


def _words_of(release: DownloadedRelease, claimed: Figures) -> tuple[tuple[str, str], ...]:
    evaluation = release.evaluation
    figures, tolerance = count_of_figures(claimed), evaluation.tolerance
    values = counted(len(evaluation.metrics), "value")
    is_probe = isinstance(release.training, TrainingFacts) and release.training.is_linear_probe
    chosen, told = (_PROBE, "released probe") if is_probe else (_EPOCH, "training table")
    return (
        ("figures", f"{counted(figures, 'figure')} measured again through pipeline(), within {tolerance:g}"),
        ("model-index", f"{values} of the front matter against the same measurement"),
        (chosen, f"validation metrics of the {told}, within {_epoch_tolerance(release):g}"),
        ("widget", f"{counted(len(evaluation.widget), 'answer')} reproduced within {WIDGET_TOLERANCE:g}"),
    )


def _published_list(files: Path) -> Manifest | None:
    try:
        return Manifest.load(files / MANIFEST)
    except (OSError, ManifestError):
        return None


def _claim_of_bytes(
    release: DownloadedRelease, downloaded: Manifest, published: Manifest | None, by_hand: ByHand, *, is_known: bool
) -> Claim:
    """Compare with what was pushed from here (*is_known*), or with the published list, which lacks itself.

    What is in neither is named, and so are texts that people have edited beyond what the release says. The list of an
    older release lacks its card, too.
    """
    if published is None:
        return Claim("files", f"{counted(len(downloaded.files), 'file')}", [f"{MANIFEST} is missing or unreadable"])
    beside = names_beside(published, downloaded)
    edited = by_hand.only_theirs(downloaded.by_path(), published)
    unlisted = () if is_known else (CARD, MANIFEST, SIGNATURE)
    foreign = [name for name in beside if name not in unlisted]
    differences = [
        *published.without(edited).differences(downloaded.without(edited), beside=beside),
        *loaded_with(release.files, foreign, is_adapter=release.recipe.is_adapter),
    ]
    count = len(downloaded.files) - len(foreign)
    compared = (
        "what was pushed from here" if is_known else f"the published {MANIFEST} alone; what was pushed is not known"
    )
    said = f"; edited by people since: {', '.join(sorted(edited))}" if edited else ""
    return Claim("files", f"{counted(count, 'file')} against {compared}{words_on(foreign)}{said}", differences)


def _compare_notebook(release: DownloadedRelease) -> list[str]:
    path = release.files / NOTEBOOK
    published = path.read_text(encoding="utf-8") if path.is_file() else ""
    expected = notebook_of(release.made_card, release.recipe, release.commit.repo.id)
    return [] if published == expected else [f"{NOTEBOOK} is not the one that the card makes"]


def _compare_index(front: Mapping[str, Any], measured: Remeasured, tolerance: float) -> list[str]:
    found = {METRIC_NAMES[name].title: value for name, value in measured.metrics.items()}
    claimed: dict[str, Any] = {}
    for model in front.get("model-index", []):
        for result in model.get("results", []):
            for metric in result.get("metrics", []):
                if (name := metric.get("name")) in found:
                    claimed.setdefault(name, metric.get("value"))  # those of others come below the release's own
    return compare(claimed, found, "model-index", tolerance)


def _was_trained_here(release: DownloadedRelease) -> bool:
    return isinstance(release.training, TrainingFacts)


def _compare_epoch(release: DownloadedRelease, measured: Remeasured) -> list[str]:
    if not isinstance(release.training, TrainingFacts) or measured.validation is None:
        return []
    return compare(release.training.released.metrics, measured.validation, "epoch", _epoch_tolerance(release))


def _epoch_tolerance(release: DownloadedRelease) -> float:
    """Training in half precision also evaluates its epochs so, and scores near a threshold fall on its other side."""
    used = release.training.hyperparameters if isinstance(release.training, TrainingFacts) else {}
    half = any(used.get(name) for name in ("bf16", "fp16"))
    return max(release.evaluation.tolerance, _HALF_PRECISION) if half else release.evaluation.tolerance
