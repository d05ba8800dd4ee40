"""The names of a release's files, of a Space's and of a build folder's: each stands here once."""

from __future__ import annotations

# A model's repository.
CARD = "README.md"
REPORT = "REPORT.md"
MANIFEST = "manifest.json"
NOTEBOOK = "notebook.ipynb"
RECIPE = "recipe.yaml"
TRAINING = "training.json"
EVALUATION = "evaluation.json"
BILL_OF_MATERIALS = "sbom.cdx.json"
CHANGELOG = "CHANGELOG.md"
SIGNATURE = "model.sig"
CONFIG = "config.json"
WEIGHTS = "model.safetensors"
# Of a release that is an adapter, in place of all weights.
ADAPTER_CONFIG = "adapter_config.json"
ADAPTER_WEIGHTS = "adapter_model.safetensors"
TOKENIZER = "tokenizer.json"
TOKENIZER_CONFIG = "tokenizer_config.json"
# What else tokenizers of transformers are saved as.
TOKENIZER_FILES = (
    "added_tokens.json",
    "chat_template.jinja",
    "merges.txt",
    "sentencepiece.bpe.model",
    "special_tokens_map.json",
    "spiece.model",
    "spm.model",
    "tokenizer.model",
    "vocab.json",
    "vocab.txt",
)
MODEL_FILES = (CONFIG, WEIGHTS, TOKENIZER, TOKENIZER_CONFIG)
ONNX = "onnx/model.onnx"
QUANTIZED = "onnx/model_quantized.onnx"
WEIGHT_ONLY = "onnx/model_int8.onnx"
CHARTS = "figures"
# The Hub's own folder, in which other people's entries may lie too, and the release's one file there.
EVAL_RESULTS_FOLDER = ".eval_results"
EVAL_RESULTS = f"{EVAL_RESULTS_FOLDER}/hubpress.yaml"
# A benchmark's, in its data set.
EVAL_YAML = "eval.yaml"
# The folder with the texts as a release made them, where people have written into those above it.
GENERATED = "generated"
GENERATED_TEXTS = (f"{GENERATED}/{CARD}", f"{GENERATED}/{REPORT}")

# A Space's.
SPACE = "space.json"
APP = "app.py"
REQUIREMENTS = "requirements.txt"
# Of a static one.
PAGE = "index.html"
PAGE_SETTINGS = "page.json"
VENDOR = "vendor"

# A data set's.
TEST_RECORDS = "data/test.parquet"

# The Hub's own file: it adds a line to it for each large file that no line covers.
ATTRIBUTES = ".gitattributes"

# A build folder's.
ADAPTER_FOLDER = "adapter"
SPLITS_FACTS = "data.json"
DATA_REPORT = "data_report.json"
DATA_PAGE = "data.html"
RELEASED = "released.json"
FAMILY_PAGE = "index.html"
