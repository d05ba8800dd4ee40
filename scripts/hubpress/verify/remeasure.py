"""A fresh process that measures a commit again, then runs its card's snippets.

Run as ``python -m hubpress.verify.remeasure JOB OUT SNIPPET…``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from huggingface_hub import hf_hub_download

from hubpress.errors import HubpressError
from hubpress.evaluate.measure import measure, validate
from hubpress.inference.pipeline import load_pipeline
from hubpress.layout import SPLITS_FACTS
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.evaluation import Remeasured
from hubpress.schemas.remeasure_job import RemeasureJob
from hubpress.schemas.splits import SplitFacts
from hubpress.verify import run_snippets as snippets


def remeasure(job: RemeasureJob) -> Remeasured:
    """Return the figures and widget answers of a commit, loaded through the Hub."""
    recipe, data_folder = Recipe.model_validate(job.recipe), Path(job.data_folder)
    pipe = load_pipeline(
        job.repo_id, task=recipe.stock_task, adapter=recipe.is_adapter, revision=job.sha, threads=job.threads
    )
    is_whole = not SplitFacts.load(data_folder / SPLITS_FACTS).is_test_alone
    validated = validate(recipe, data_folder, pipe) if is_whole else None

    def published(name: str) -> Path:
        return Path(hf_hub_download(job.repo_id, name, revision=job.sha))

    figures, _ = measure(
        recipe, data_folder, pipe, published, examples=job.widget, validated=validated, onnx_files=job.onnx_files
    )
    return Remeasured(**dict(figures), validation=validated.metrics if validated else None)


def main(job_file: str, out_file: str, *scripts: str) -> int:
    """Read the job, write the result, then run the snippets and print which fail.

    A problem that is not ours becomes one line on stderr and exit code 1, without a result.
    """
    try:
        remeasure(RemeasureJob.load(Path(job_file))).save(Path(out_file))
    except HubpressError as error:
        print(error, file=sys.stderr)
        return 1
    return snippets.main(scripts)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
