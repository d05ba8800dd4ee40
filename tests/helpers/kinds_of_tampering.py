"""What can be tampered with in a release, and by which row of a proof it is named: no kind hides another."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from helpers.tampering import Kind, added, edited, flipped, in_json, replaced

CARD, REPORT = "README.md", "REPORT.md"
CONFIG, EVALUATION, TRAINING = "config.json", "evaluation.json", "training.json"


def _other_picture(repo: Path) -> None:
    shutil.copy(repo / "figures" / "training.png", repo / "figures" / "curve.png")


def _older_torch(bill: dict[str, Any]) -> None:
    next(one for one in bill["components"] if one["name"] == "torch")["version"] = "1.0.0"


def _line_in_the_app(space: Path) -> None:
    with (space / "app.py").open("a", encoding="utf-8") as app:
        app.write("print('evil')\n")


ON_THE_CARD = {
    "figure": Kind(replaced(CARD, "| F1 | 0.314", "| F1 | 0.914"), "card: the card says '| F1 | 0.914"),
    "interval": Kind(replaced(CARD, "0.136", "0.186"), "card: the card says '| Precision | 0.186"),
    "verdict": Kind(
        replaced(CARD, "interval -7.9 to +4.1", "interval +1.9 to +4.1"),
        "card: the card says 'the difference is -1.9 points,",
    ),
    "figure of the report": Kind(
        replaced(REPORT, "| Recall | **1.000**", "| Recall | **0.999**"), "card: REPORT.md says '| Recall | **0.999**"
    ),
    "figure in prose": Kind(
        replaced(CARD, "by -1.9 points", "by +1.9 points"), "card: the card says 'F1 changes by +1.9 points"
    ),
    "count in prose": Kind(
        replaced(REPORT, "split\n(150 records)", "split\n(15000 records)"), "card: REPORT.md says 'The epoch was"
    ),
    "claim in prose": Kind(
        replaced(CARD, "Recommending papers", "It is right in 99% of cases. Recommending papers"),
        "card: the card says '- It is right in 99% of cases.'",
    ),
    "link": Kind(
        replaced(CARD, "huggingface.co/spaces/acme", "huggingface.co/spaces/evil"),
        "card: the card says '23.0 MB) · **Demo:**",
    ),
    "model-index": Kind(
        replaced(CARD, "value: 0.7409", "value: 0.9409"), "card: model-index[0].results[0].metrics[3].value"
    ),
    "licence": Kind(replaced(CARD, "license: apache-2.0", "license: mit"), "card: license: published mit"),
    "base": Kind(
        replaced(CARD, "\nbase_model: sentence-transformers/", "\nbase_model: evil/"), "card: base_model: published"
    ),
    "widget answer": Kind(
        replaced(CARD, r"score: 0\.\d+", "score: 0.999", pattern=True), "card: widget[0].output[0].score"
    ),
    "snippet": Kind(replaced(CARD, "from transformers import pipeline", "import evil"), "card: snippet 1 (python)"),
    "picture": Kind(_other_picture, "pictures: figures/curve.png does not show"),
    "words of a picture": Kind(
        replaced("figures/curve.svg", "</svg>", "<text>all of it</text></svg>"),
        "pictures: figures/curve.svg does not show",
    ),
    "notebook": Kind(
        replaced("notebook.ipynb", "transformers torch", "transformers torch evil"), "notebook: notebook.ipynb"
    ),
}

IN_THE_FACTS = {
    "label name": Kind(
        replaced(CONFIG, '"0": "not interesting"', '"0": "harmless"'), "settings: config.json says labels[0]"
    ),
    "label order": Kind(
        in_json(CONFIG, lambda one: one.update(label2id={"not interesting": 1, "interesting": 0})),
        "settings: config.json says label2id.interesting 0",
    ),
    "decision": Kind(
        in_json(CONFIG, lambda one: one["decision"].update(positive="not interesting")),
        "settings: config.json says decision.positive 'not interesting'",
    ),
    "threshold": Kind(
        in_json(CONFIG, lambda one: one["decision"].update(threshold=0.9)),
        "settings: config.json says decision.threshold 0.9",
    ),
    "template": Kind(replaced(CONFIG, "{{ abstract }}", "{{ title }}"), "settings: config.json says input_template"),
    "other pipeline": Kind(
        replaced(CONFIG, "binary.Binary", "evil.Binary"), "code: config.json names another pipeline"
    ),
    "auto_map": Kind(
        in_json(CONFIG, lambda one: one.update(auto_map={"AutoModel": "evil--x.Y"})), "code: config.json has auto_map"
    ),
    "pipeline's code": Kind(replaced("binary.py", "import", "import os\nimport"), "code: binary.py is not the one of"),
    "measured figure": Kind(
        in_json(EVALUATION, lambda one: one["metrics"].update(f1=0.99)), "card: the card lacks '| F1 |"
    ),
    "tolerance": Kind(
        in_json(EVALUATION, lambda one: one.update(tolerance=0.9)), "settings: evaluation.json says tolerance 0.9"
    ),
    "training": Kind(
        in_json(TRAINING, lambda one: one["stated"].update(seed=7)), "settings: training.json says stated.seed 7"
    ),
    "released epoch": Kind(
        in_json(TRAINING, lambda one: one["epochs"][1]["metrics"].update(f1=0.987)), "card: REPORT.md lacks '| 2"
    ),
    "base weights": Kind(replaced("sbom.cdx.json", "0" * 64, "1" * 64), "settings: sbom.cdx.json says base model[1]"),
    "package": Kind(in_json("sbom.cdx.json", _older_torch), "settings: sbom.cdx.json says torch '1.0.0'"),
    "recipe": Kind(
        replaced("recipe.yaml", "\ntraining:", "\ntraining:\n  max_grad_norm: 9.0"),
        "max_grad_norm",
    ),
    "pickle": Kind(added("pytorch_model.bin", b"\x80\x04K\x01."), "files: pytorch_model.bin is pickled, and runs code"),
    "adapter": Kind(added("adapter_config.json", b"{}"), "files: adapter_config.json would be loaded with the model"),
}

IN_THE_BYTES = {
    "weights": flipped("model.safetensors"),
    "tokenizer": flipped("tokenizer.json"),
    "tokenizer's settings": in_json("tokenizer_config.json", lambda one: one.update(model_max_length=8)),
    "int8 of another model": flipped("onnx/model_quantized.onnx"),
    "fp32 of another model": flipped("onnx/model.onnx"),
    "parents": in_json(CONFIG, lambda one: one.update(parents={"interesting": "Good", "not interesting": "Bad"})),
}

IN_THE_SPACE = {
    "app": Kind(_line_in_the_app, "build: app.py is not what"),
    "requirements": Kind(
        replaced("requirements.txt", "numpy", "evil==1.0\nnumpy"), "build: requirements.txt is not what"
    ),
    "front matter": Kind(
        replaced(CARD, "title:", "app_build_command: sh evil.sh\ntitle:"), "build: README.md is not what"
    ),
    "example's answer": Kind(
        replaced("space.json", r'"score": 0\.\d+', '"score": 0.999', pattern=True), "pinned: examples[0]"
    ),
    "its list": Kind(
        lambda space: edited(space / "manifest.json", lambda one: one["files"].pop()),
        "build: manifest.json is not what",
    ),
    "module": Kind(added("numpy.py", b"import evil\n"), "build: numpy.py would be imported in place of"),
}
