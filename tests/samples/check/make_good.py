"""Write the binary and the generated files of `good/`: run `python tests/samples/check/make_good.py` after changing it.

The weights are three random tensors with a classifier for three labels; the tokenizer knows eight words; the picture
is one grey point; the ONNX files add up the ids of a text and weigh the sum for each label. Their sizes go to
evaluation.json. The rest of the folder is written by hand.
"""

import struct
import zlib
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, pre_tokenizers

from hubpress.layout import CARD
from hubpress.layout import EVALUATION
from hubpress.layout import MANIFEST
from hubpress.layout import ONNX
from hubpress.layout import QUANTIZED
from hubpress.manifest import Manifest
from hubpress.files import read_json
from hubpress.files import write_json

GOOD = Path(__file__).parent / "good"
WORDS = ("[PAD]", "[UNK]", "query", "web", "circuit", "parallel", "database", "amplifier")


def weights(path: Path) -> None:
    numbers = np.random.default_rng(0)
    shapes = {"bert.embeddings.word_embeddings.weight": (8, 4), "classifier.weight": (3, 4), "classifier.bias": (3,)}
    tensors = {name: numbers.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    save_file(tensors, path, metadata={"format": "pt"})
    path.chmod(0o644)


def tokenizer(path: Path) -> None:
    words = {word: number for number, word in enumerate(WORDS)}
    made = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.save(str(path))


def picture(path: Path) -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)  # one point, eight bits of grey
    point = zlib.compress(b"\0\x80")
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", point) + chunk(b"IEND", b""))


def onnx_file(path: Path, *, int8: bool) -> None:
    free = ("batch", "length")
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, free) for name in ("input_ids", "attention_mask")]
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ("batch", 3))
    nodes = [
        helper.make_node("Mul", ["input_ids", "attention_mask"], ["read"]),
        helper.make_node("Cast", ["read"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["numbers"], ["mean"], axes=[1]),
        helper.make_node("MatMul", ["mean", "weight"], ["logits"]),
    ]
    weights = [numpy_helper.from_array(np.array([[0.5, -0.25, 0.125]], np.float32), "weight")]
    if int8:
        nodes.insert(3, helper.make_node("DequantizeLinear", ["bytes", "scale"], ["weight"]))
        bytes_ = numpy_helper.from_array(np.array([[4, -2, 1]], np.int8), "bytes")
        weights = [bytes_, numpy_helper.from_array(np.array(0.125, np.float32), "scale")]
    graph = helper.make_graph(nodes, "tiny", inputs, [logits], weights)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.parent.mkdir(exist_ok=True)
    onnx.save(made, str(path))


def sizes(folder: Path) -> None:
    evaluation = read_json(folder / EVALUATION)
    for entry in evaluation["onnx"]["files"]:
        entry["bytes"] = (folder / entry["path"]).stat().st_size
    write_json(folder / EVALUATION, evaluation)


if __name__ == "__main__":
    weights(GOOD / "model.safetensors")
    tokenizer(GOOD / "tokenizer.json")
    picture(GOOD / "figures" / "confusion.png")
    onnx_file(GOOD / ONNX, int8=False)
    onnx_file(GOOD / QUANTIZED, int8=True)
    sizes(GOOD)
    Manifest.of_folder(GOOD, leave_out=(CARD, MANIFEST)).save(GOOD / MANIFEST)
