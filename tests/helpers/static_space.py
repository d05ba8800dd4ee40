"""Static Spaces for tests, and what Python answers beside them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.paths import TESTS
from helpers.processes import SECONDS
from helpers.space import SPACES, assemble_space, space_settings
from hubpress.files import write_json
from hubpress.layout import VENDOR
from hubpress.schemas.space import SpaceSettings
from hubpress.schemas.static_page import Reads, StaticPage
from hubpress.space.runtime import copy_runtime, in_space, pinned_runtime
from hubpress.space.static_server import Site
from hubpress.space.template_steps import steps_of

MODULES = Path(os.environ.get("HUBPRESS_NODE_MODULES") or TESTS / "transformers_js" / "node_modules")
needs_transformers_js = pytest.mark.skipif(
    not (MODULES / "@huggingface" / "transformers").is_dir(),
    reason=f"There is no Transformers.js: npm ci --ignore-scripts --prefix {TESTS / 'transformers_js'}",
)

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


def static_site(
    folder: Path,
    model: Path,
    settings: dict[str, Any],
    template: str,
    monkeypatch: pytest.MonkeyPatch,
    *,
    text_pair: str | None = None,
) -> Site:
    """Put a static Space together that carries its runtime, as it is published; return it with its model."""
    monkeypatch.setenv("HUBPRESS_NODE_MODULES", str(MODULES))
    folder.mkdir(parents=True)
    for source in (*(SPACES / "static").iterdir(), SPACES / "shared" / "page.css"):
        if source.name != "runtime.json":
            shutil.copy(source, folder / source.name)
    templates = tuple(map(steps_of, filter(None, (template, text_pair))))
    fields = tuple(dict.fromkeys(field for one in templates for field in one.fields))
    reads = Reads(fields=fields, plain=len(fields) == len(templates), templates=templates)
    StaticPage(reads=reads, runtime=in_space(pinned_runtime())).save(folder / "page.json")
    copy_runtime(pinned_runtime(), folder / VENDOR)
    examples = [{"output": [], **example} for example in settings["examples"]]
    write_json(folder / "space.json", settings | {"examples": examples})
    return Site(folder, model, SpaceSettings.load(folder / "space.json"))
