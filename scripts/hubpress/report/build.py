"""The splits of a model -> data_report.json."""

from __future__ import annotations

import logging
from pathlib import Path

from hubpress.errors import HubpressError, first_line
from hubpress.recipe.contradictions import Facts, contradictions, examples_of
from hubpress.recipe.recipe import Recipe
from hubpress.report.damaged import damaged_texts
from hubpress.report.duplicates import duplicates
from hubpress.report.entities import entity_facts
from hubpress.report.findings import findings
from hubpress.report.labels import label_facts
from hubpress.report.languages import languages, scripts, texts_of
from hubpress.report.lengths import base_tokenizer, cut_texts, lengths
from hubpress.report.texts import Records
from hubpress.schemas.data_report import DataReport

logger = logging.getLogger(__name__)


def data_report(recipe: Recipe, folder: Path) -> DataReport:
    """Return what the splits below *folder* say; the same splits and settings give the same report.

    Raises DocumentError where there are none.
    """
    logger.info("reading the splits")
    records = Records.read(recipe, folder)
    limits = recipe.data.report
    logger.info("looking for texts that stand twice")
    repeated = duplicates(records, max_leak=limits.max_leak)
    logger.info("measuring the texts")
    tokenizer, why = None, None
    try:
        tokenizer = base_tokenizer(recipe)
    except HubpressError as error:
        why = first_line(error)
    measured = lengths(recipe, records, tokenizer, why)
    texts = texts_of(records)
    leak = next(leak for leak in repeated.across if leak.split == "test")
    facts = records.facts
    report = DataReport(
        fingerprints=facts.fingerprints,
        counts=facts.counts,
        dropped=facts.dropped,
        groups=facts.groups,
        notes=facts.notes,
        label_counts=facts.label_counts,
        targets=facts.targets,
        labels=label_facts(recipe, records),
        lengths=measured,
        duplicates=repeated,
        scripts=scripts(texts),
        languages=languages(recipe, texts),
        entities=entity_facts(records, tokenizer) if recipe.task == "token" else None,
        damaged=damaged_texts(records),
        findings=(),
        leak=leak if leak.share > leak.limit else None,
        cut=cut_texts(measured, max_cut=limits.max_cut),
    )
    said = Facts.of(facts.label_counts, examples_of(recipe), facts.parents)
    return report.model_copy(update={"findings": findings(report, contradictions(recipe, said))})
