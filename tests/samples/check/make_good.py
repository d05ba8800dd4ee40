"""Write the binary and the generated files of `good/`: run `python tests/samples/check/make_good.py` after changing it.

The weights are three random tensors with a classifier for three labels; the tokenizer knows eight words; the picture
is one grey point. The rest of the folder is written by hand.
"""

import struct
import zlib
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, pre_tokenizers

from hubpress.files import CARD, MANIFEST, Manifest

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


if __name__ == "__main__":
    weights(GOOD / "model.safetensors")
    tokenizer(GOOD / "tokenizer.json")
    picture(GOOD / "figures" / "confusion.png")
    Manifest.of_folder(GOOD, leave_out=(CARD, MANIFEST)).save(GOOD / MANIFEST)
