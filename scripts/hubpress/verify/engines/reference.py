"""A fresh process that answers by transformers' stock pipeline(), and by ONNX Runtime without transformers.

Run as ``python -m hubpress.verify.engines.reference JOB OUT``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hubpress.errors import HubpressError
from hubpress.inference.inputs import ModelInput
from hubpress.inference.onnx import computing_by
from hubpress.inference.pipeline import load_pipeline
from hubpress.layout import ONNX, QUANTIZED
from hubpress.schemas.engines import EngineAnswers, EnginesJob, Scores
from hubpress.verify.engines.plain_onnx import PlainOnnx, special_ids


def answers_to(job: EnginesJob) -> EngineAnswers:
    """Return the answers to a job's inputs. Raises HubpressError for a model that cannot be loaded."""
    pipe = load_pipeline(job.repo_id, task=job.task, adapter=job.adapter, revision=job.sha, threads=job.threads)
    files = Path(job.files)
    by_weights = tuple(_asked(pipe, one) for one in job.inputs)
    opened = {name: PlainOnnx(files, name) for name in (ONNX, QUANTIZED) if (files / name).is_file()}
    in_place = None
    if QUANTIZED in opened:
        with computing_by(pipe, files / QUANTIZED):
            in_place = tuple(_asked(pipe, one) for one in job.inputs)
    plain = {name: tuple(file.answer(one) for one in job.inputs) for name, file in opened.items()}
    first = next(iter(opened.values()), None)
    config = pipe.model.config
    return EngineAnswers(
        pipeline=by_weights,
        pipeline_int8=in_place,
        fp32=plain.get(ONNX),
        int8=plain.get(QUANTIZED),
        cut=tuple(first.is_cut(one) if first else False for one in job.inputs),
        labels=tuple(config.id2label[number] for number in range(config.num_labels)),
        problem_type=config.problem_type,
    )


def _asked(pipe: Any, given: ModelInput) -> Scores:
    """Return what a stock pipeline answers to one input: the scores of all labels, or each token's tag."""
    if pipe.task != "token-classification":
        return {entry["label"]: float(entry["score"]) for entry in pipe(given, top_k=None, truncation=True)}
    special = special_ids(pipe.tokenizer.backend_tokenizer)
    ids = pipe.tokenizer(given, truncation=True)["input_ids"]
    found = pipe(given, ignore_labels=[], aggregation_strategy="none")
    return {f"{one['index']} {one['entity']}": float(one["score"]) for one in found if ids[one["index"]] not in special}


def main(job_file: str, out_file: str) -> int:
    """Read the job and write the answers; a problem that is not ours becomes one line on stderr and exit code 1."""
    try:
        answers_to(EnginesJob.load(Path(job_file))).save(Path(out_file))
    except HubpressError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
