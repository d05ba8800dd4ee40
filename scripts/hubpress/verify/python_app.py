"""The answers that a static Space is held against: those of the Gradio app's own modules, from the same ONNX file."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from hubpress.content import content_dir, pipeline_files
from hubpress.errors import HubpressError
from hubpress.files import JsonObject, write_json
from hubpress.layout import SPACE
from hubpress.recipe.kinds import KINDS
from hubpress.schemas.space import SpaceSettings
from hubpress.this_machine import plain_environment

_SECONDS = 900
_CODE = ("record_text.py", "decision.py")
# Reads inputs from standard input, with the tokens and logits that a page has of each. Prints the answer to each, as
# the endpoints give it; the answer that the page's logits come to; and whether its tokens are the same.
_ANSWER = """
import json, sys
import numpy as np
from model import TextModel
from settings import Problem, Settings
settings = Settings.load()
model = TextModel(settings)
if settings.task == "token-classification":
    from tagger import Tagger
    tagger = Tagger(model, settings)
    answer = lambda given: {"text": given, "entities": tagger.entities(given)}
elif settings.task == "text-regression":
    from scorer import Scorer
    answer = Scorer(model, settings).answer
else:
    from classifier import Classifier
    answer = Classifier(model, settings).answer
def answered(given):
    if hasattr(tagger := getattr(answer, "__self__", None), "_remembered"):
        tagger._remembered.clear()
    try:
        return answer(given)
    except Problem as problem:
        return {"problem": str(problem)}
own, found = model.logits, []
for given, windows in json.load(sys.stdin):
    one = {"own": answered(given), "same_tokens": True}
    left = list(windows)
    def logits(encodings):
        theirs = [left.pop(0) if left else {"ids": None, "logits": [[]]} for _ in encodings]
        one["same_tokens"] &= [window["ids"] for window in theirs] == [encoding.ids for encoding in encodings]
        if not one["same_tokens"]:
            return own(encodings)
        rows = [np.array(window["logits"], dtype=np.float32) for window in theirs]
        return rows if settings.task == "token-classification" else [each[0] for each in rows]
    model.logits = logits
    one["of_page"] = answered(given)
    model.logits = own
    found.append(one)
json.dump(found, sys.stdout)
"""


def python_answers(
    settings: SpaceSettings,
    model: Path,
    asked: Sequence[str | JsonObject],
    windows: Sequence[Sequence[JsonObject]],
    scratch: Path,
) -> list[JsonObject]:
    """Return what the Gradio app of a Space's task answers to inputs, by the model in a folder: ``own``.

    *windows* are the tokens and the logits that a page has of each: ``of_page`` is what the app answers by those
    logits, ``same_tokens`` whether the tokens are its own, too. It is hubpress's own code, run in a process without
    torch. Raises HubpressError where it ends with an error.
    """
    folder, spaces = scratch / "python-app", content_dir("spaces")
    folder.mkdir(parents=True)
    kind = next(kind for kind in KINDS.values() if kind.app == settings.task)
    files = [path for name in kind.app_folders for path in (spaces / name).iterdir() if path.is_file()]
    for file in (*files, *pipeline_files(_CODE)):
        shutil.copyfile(file, folder / file.name)
    write_json(folder / SPACE, settings.as_json())
    ran = subprocess.run(
        [sys.executable, "-c", _ANSWER],
        input=json.dumps(list(zip(asked, windows, strict=True))).encode(),
        capture_output=True,
        cwd=folder,
        env=plain_environment(scratch / "nobody") | {"MODEL_DIR": str(model.resolve()), "HF_HUB_OFFLINE": "1"},
        timeout=_SECONDS,
        check=False,
    )
    if ran.returncode:
        said = (ran.stderr.decode("utf-8", "replace").strip().splitlines() or ["it said nothing"])[-1]
        raise HubpressError(f"the model does not answer in Python: {said}", where=settings.onnx)
    answers: list[JsonObject] = json.loads(ran.stdout)
    return answers
