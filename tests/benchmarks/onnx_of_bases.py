"""Which tiny bases are exported as ONNX: the last column of the table in docs/bases.md, in some minutes.

``python tests/benchmarks/onnx_of_bases.py [BASE …]``
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # for helpers

from helpers.bases import BASES, save_base
from hubpress.content import content_dir
from hubpress.data.prepare import prepare
from hubpress.data.sources import source_files
from hubpress.errors import HubpressError
from hubpress.preflight.base import ask_base
from hubpress.recipe.load import load_recipe


def main(names: list[str]) -> None:
    """Ask each base for one label with ONNX files, and print what comes of it."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name in names or BASES:
            base = save_base(name, folder / "bases" / name)
            words = [f"base_model={{path: {base}}}", "tokenizer.max_length=60", "training.freeze=[]"]
            recipe = load_recipe("conference-titles", models_dir=content_dir("models"), sample=True, overrides=words)
            if not (folder / "data").is_dir():
                prepare(recipe, source_files(recipe), folder / "data", cache_dir=folder / "cache")
            try:
                ask_base(recipe, folder / "data", folder / "asked")
                said = "yes"
            except HubpressError as error:
                said = f"no: {error}"
            print(f"{name}: {said}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
