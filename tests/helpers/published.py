"""A staged release whose test split is published beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from datasets import Dataset, Features, Value

from helpers.gate import restage, staged_job
from hubpress.card.records import card_of_records
from hubpress.data.published import write_records
from hubpress.data.stored import fingerprint
from hubpress.files import read_json, write_json
from hubpress.layout import TEST_RECORDS
from hubpress.manifest import Manifest
from hubpress.release.job import Job
from hubpress.schemas.evaluation import Evaluation
from hubpress.schemas.model_config import ModelConfig

TITLES = ("Joins", "Antennas", "Shading", "Routing")
"""The texts of a test split; the first has the first label, and so on."""


def staged_with_records(build: Path, owner: str, **overrides: str) -> Job:
    """Return the job of a staged release without a Space that publishes its test split, the titles."""
    job = staged_job(build, owner, **{"space.publish": "false", "publish_data": "{license: cc-by-4.0}", **overrides})
    stage_records(job, TITLES)
    return job


def stage_records(job: Job, texts: Sequence[str]) -> None:
    """Let some texts be the test split of a staged release, and its data set."""
    measured, labels = job.repo / "evaluation.json", range(len(texts))
    facts = read_json(measured)
    facts["data"] |= {"count": len(texts), "fingerprint": fingerprint(zip(texts, labels, strict=True))}
    write_json(measured, facts)
    features = Features({"text": Value("string"), "label": Value("int64"), "row": Value("int64")})
    split = Dataset.from_dict({"text": list(texts), "label": [*labels], "row": [*labels]}, features=features)
    write_records(job.recipe, ModelConfig.load(job.repo / "config.json").labels, split, job.test_data / TEST_RECORDS)
    (job.test_data / "manifest.json").unlink(missing_ok=True)
    card = card_of_records(job.recipe, str(job.data_id), job.repo_id, Evaluation.load(measured))
    (job.test_data / "README.md").write_text(card, encoding="utf-8")
    Manifest.of_folder(job.test_data).save(job.test_data / "manifest.json")
    restage(job)
