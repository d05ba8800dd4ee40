"""A model at hand and a published commit of it -> what changes: figures, labels, counts, settings, files."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from hubpress.hub.goal import same_bytes
from hubpress.hub.ownership import RemoteFile
from hubpress.layout import ATTRIBUTES, CHANGELOG, EVALUATION, MANIFEST, SIGNATURE, TRAINING
from hubpress.manifest import Manifest
from hubpress.metrics.calibration import ECE
from hubpress.metrics.names import METRIC_NAMES
from hubpress.metrics.selective import COVERAGE, SELECTIVE_ACCURACY
from hubpress.schemas.document import DocumentError
from hubpress.schemas.evaluation import Evaluation
from hubpress.schemas.training import TrainedFacts, TrainingFacts, load_training
from hubpress.schemas.version_diff import CountChange, FigureChange, FileChanges, SettingChange
from hubpress.versions.paired import OTHER_RECORDS, Paired, paired_answers

_FOLLOWING = frozenset({ATTRIBUTES, CHANGELOG, MANIFEST, SIGNATURE})
_DECISION = ("rule", "threshold", "top_k", "positive", "abstain_below", "temperature")
_SAME = 1e-6  # figures are counted twice, by scikit-learn and from the answers


@dataclass(frozen=True)
class Facts:
    """What a version says of itself."""

    evaluation: Evaluation
    training: TrainingFacts | TrainedFacts

    @classmethod
    def read(cls, folder: Path) -> Facts | None:
        """Return the facts in a folder, None where they are not there or cannot be read."""
        try:
            return cls(Evaluation.load(folder / EVALUATION), load_training(folder / TRAINING))
        except DocumentError:
            return None

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, the types of entities, or the names of numbers."""
        return self.evaluation.labels

    @property
    def settings(self) -> dict[str, JsonValue]:
        """What the recipe says of base model, training and decision, by keys with dots."""
        base, decision = self.training.base_model, self.evaluation.decision
        return {
            "base_model.id": base.id,
            "base_model.revision": base.revision,
            **_trained(self.training),
            **dict(_leaves("training", self.training.stated)),
            **dict(_leaves("decision", decision.as_json(), only=_DECISION)),
        }


def _trained(training: TrainingFacts | TrainedFacts) -> dict[str, JsonValue]:
    if isinstance(training, TrainingFacts):
        return {}
    return {"trained.id": training.trained.id, "trained.sha256": training.trained.sha256}


def changed_figures(before: Facts, after: Facts) -> tuple[FigureChange, ...]:
    """Return the figures that both versions have, the main one first, each with its test or why there is none."""
    one, other = before.evaluation, after.evaluation
    names = [name for name in other.metrics if name in one.metrics]
    names.sort(key=lambda name: name != other.main_metric)
    paired = paired_answers(one, other)
    return (*(_changed(name, one, other, paired) for name in names), *_beside_metrics(one, other))


def _beside_metrics(before: Evaluation, after: Evaluation) -> Iterator[FigureChange]:
    """Yield what is measured of both beside the metrics, for which single answers tell too little."""
    figures, others = _further_figures(before), _further_figures(after)
    why = "the published answers do not give this figure"
    for name in others:
        if name in figures:
            yield FigureChange(name=name, before=figures[name], after=others[name], is_main=False, untested=why)


def _further_figures(evaluation: Evaluation) -> dict[str, float]:
    calibration, abstention = evaluation.calibration, evaluation.abstention
    found = {ECE: calibration.error} if calibration else {}
    return found | (
        {COVERAGE: abstention.coverage, SELECTIVE_ACCURACY: abstention.selective_accuracy} if abstention else {}
    )


def _changed(name: str, before: Evaluation, after: Evaluation, paired: Paired | str) -> FigureChange:
    test = None
    if isinstance(paired, Paired):
        untested = _unfit(name, before, after, paired)
        if untested is None:
            test = paired.tested(name, samples=after.bootstrap_samples, confidence=after.confidence)
    else:
        untested = paired
    return FigureChange(
        name=name,
        before=before.metrics[name],
        after=after.metrics[name],
        is_main=name == after.main_metric,
        lower_is_better=METRIC_NAMES[name].lower_is_better or None,
        test=test,
        untested=untested,
    )


def _unfit(name: str, before: Evaluation, after: Evaluation, paired: Paired) -> str | None:
    """Return why the answers cannot speak for a figure: they have to give the one that was published."""
    for recorded, evaluation in ((paired.before, before), (paired.after, after)):
        try:
            counted = recorded.metrics((name,))[name]
        except KeyError:
            return "the published answers do not give this figure"
        if abs(counted - evaluation.metrics[name]) > _SAME:
            return "the published answers give another figure"
    return None


def changed_labels(before: Facts, after: Facts) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the labels that were added, and those that were removed."""
    added = tuple(label for label in after.labels if label not in before.labels)
    return added, tuple(label for label in before.labels if label not in after.labels)


def counts_of(before: Facts, after: Facts) -> tuple[CountChange, ...]:
    """Return how many records each split has."""
    one, other = before.evaluation.data.counts, after.evaluation.data.counts
    return tuple(
        CountChange(split=split, before=one.get(split, 0), after=other.get(split, 0)) for split in {**other, **one}
    )


def same_records(before: Facts, after: Facts) -> bool:
    """Return whether both were measured on the same test records."""
    one, other = before.evaluation, after.evaluation
    return one.data.fingerprint == other.data.fingerprint and paired_answers(one, other) != OTHER_RECORDS


def changed_settings(before: Facts, after: Facts) -> tuple[SettingChange, ...]:
    """Return the settings that differ."""
    one, other = before.settings, after.settings
    keys = sorted(key for key in {**one, **other} if one.get(key) != other.get(key))
    return tuple(SettingChange(key=key, before=one.get(key), after=other.get(key)) for key in keys)


def changed_files(
    folder: Path, manifest: Manifest, there: Mapping[str, RemoteFile], *, released: Collection[str] | None
) -> FileChanges:
    """Return how the staged files differ from those that a release put into a commit; *released* None means all of it.

    The Hub's own file is left out, and so is what follows from the others: changelog, list of files, signature.
    """
    entries = {path: entry for path, entry in manifest.by_path().items() if path not in _FOLLOWING}
    ours = there.keys() if released is None else there.keys() & set(released)
    return FileChanges(
        added=tuple(sorted(entries.keys() - there.keys())),
        removed=tuple(sorted(ours - entries.keys() - _FOLLOWING)),
        changed=tuple(
            path
            for path, entry in sorted(entries.items())
            if path in there and not same_bytes(folder, entry, there[path])
        ),
    )


def _leaves(key: str, value: JsonValue, *, only: tuple[str, ...] = ()) -> Iterator[tuple[str, JsonValue]]:
    if isinstance(value, dict):
        for name, part in value.items():
            if not only or name in only:
                yield from _leaves(f"{key}.{name}", part)
    else:
        yield key, value
