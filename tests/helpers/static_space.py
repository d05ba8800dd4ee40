"""Static Spaces for tests, and what Python answers beside them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from helpers.processes import SECONDS
from helpers.space import assemble_space, space_settings

# By the modules of the Gradio Space, whose model gives each token the logits of its id.
_PYTHON = """
import json, sys
import numpy as np
from tokenizers import Tokenizer
from model import TextModel
from settings import Settings
from tagger import Tagger
asked = json.load(sys.stdin)
table = np.array(asked["logits"], dtype=np.float32)
class Model(TextModel):
    def __init__(self):
        folder = asked["tokenizer"]
        self.config, self.max_length = asked["config"], 64
        self.tokenizer_config = json.load(open(folder + "/tokenizer_config.json"))
        self.tokenizer = Tokenizer.from_file(folder + "/tokenizer.json")
        self.tokenizer.no_padding()
        self.stride(True)
    def stride(self, overlapping):
        size = self.max_length - self.tokenizer.num_special_tokens_to_add(False)
        self.tokenizer.enable_truncation(self.max_length, stride=min(size // 3, 128) if overlapping else 0)
    def logits(self, encodings):
        return [table[encoding.ids] for encoding in encodings]
model = Model()
tagger = Tagger(model, Settings.load())
def window(encoding):
    marks = zip(encoding.offsets, encoding.special_tokens_mask)
    return {"ids": encoding.ids, "places": [None if special else list(place) for place, special in marks]}
windows = [model.encode(text) for text in asked["texts"]]
found = {
    "single": [{"ids": one[0].ids, "cut": len(one) > 1} for one in windows],
    "windows": [[window(one) for one in each] for each in windows],
    "entities": [tagger.entities(text) for text in asked["texts"]],
}
model.stride(False)
pairs = [model.encode_pair(*pair) for pair in asked["pairs"]]
found["pairs"] = [{"ids": one.ids, "types": one.type_ids, "cut": cut} for one, cut in pairs]
json.dump(found, sys.stdout)
"""


def python_entities(
    tokenizer: Path, config: dict[str, Any], logits: np.ndarray, texts: Sequence[str], pairs: Sequence[Sequence[str]]
) -> dict[str, Any]:
    """Return what the Gradio Space's modules make of texts and pairs, where each token has the logits of its id."""
    folder = assemble_space(tokenizer.parent / "python", space_settings("token-classification"))
    asked = {"tokenizer": str(tokenizer), "config": config, "logits": logits.tolist(), "texts": texts, "pairs": pairs}
    ran = subprocess.run(
        [sys.executable, "-c", _PYTHON],
        input=json.dumps(asked), capture_output=True, text=True, cwd=folder, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found
