"""A fresh process that measures a commit again, then runs its card's snippets.

Run as ``python -m hubpress.verify.remeasure JOB OUT SNIPPET…``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from huggingface_hub import hf_hub_download

from hubpress.errors import HubpressError
from hubpress.evaluate.measure import decision_facts, measure, validate, widget_answers
from hubpress.evaluate.onnx import measure_onnx
from hubpress.files import read_json, write_json
from hubpress.inference.pipeline import load_pipeline
from hubpress.layout import SPLITS_FACTS
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.splits import SplitFacts
from hubpress.verify import run_snippets as snippets


def remeasure(job: dict[str, Any]) -> dict[str, Any]:
    """Return the figures and widget answers of ``job["repo_id"]`` at commit ``job["sha"]``, loaded through the Hub.

    ``job["config"]`` is the commit's config.json, ``job["widget"]`` its examples without their answers.
    """
    recipe = Recipe.model_validate(job["recipe"])
    data_folder = Path(job["data_folder"])
    pipe = load_pipeline(job["repo_id"], task=recipe.stock_task, revision=job["sha"], threads=job["threads"])
    validation, chosen = validate(recipe, data_folder, pipe)
    measured, widget = measure(recipe, data_folder, pipe), widget_answers(recipe, pipe, job["widget"])

    def published(name: str) -> Path:
        return Path(hf_hub_download(job["repo_id"], name, revision=job["sha"]))

    # Last of all: from here on the pipeline computes by the ONNX files.
    onnx = measure_onnx(recipe, data_folder, pipe, published, ours=measured["metrics"], widget=widget)
    return {
        **measured,
        "validation": validation,
        "decision": decision_facts(SplitFacts.load(data_folder / SPLITS_FACTS), job["config"], chosen),
        "widget": widget,
        **onnx,
    }


def main(job_file: str, out_file: str, *scripts: str) -> int:
    """Read the job, write the result, then run the snippets and print which fail.

    A problem that is not ours becomes one line on stderr and exit code 1, without a result.
    """
    try:
        write_json(Path(out_file), remeasure(read_json(Path(job_file))))
    except HubpressError as error:
        print(error, file=sys.stderr)
        return 1
    return snippets.main(scripts)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
