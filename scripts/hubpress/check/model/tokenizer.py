"""The tokenizer: complete, loadable, and without settings that would follow its users unasked."""

from __future__ import annotations

from collections.abc import Iterator

from hubpress.check.problem import Problem
from hubpress.check.staged import Staged
from hubpress.hub.loose_values import as_mapping
from hubpress.hub.vocabulary import HEAD_TAGS
from hubpress.inference.transformers_4 import NEW_TOKENIZER_CLASSES
from hubpress.layout import ONNX, TOKENIZER, TOKENIZER_CONFIG
from hubpress.text import quoted

_READS_TEXT = (
    *HEAD_TAGS,
    "ForQuestionAnswering",
    "ForMaskedLM",
    "ForCausalLM",
)
_VOCABULARIES = {"vocab.txt", "vocab.json", "spiece.model", "sentencepiece.bpe.model", "tokenizer.model", "spm.model"}
_OF_CHARACTERS = ("CanineTokenizer", "ByT5Tokenizer", "PerceiverTokenizer")  # without a vocabulary, or any file of one
LONGEST = 10_000_000  # tokens; transformers writes 1e30 where it knows no limit


def tokenizer_files(staged: Staged) -> Iterator[Problem]:
    """Both files of the tokenizer are there, and the `tokenizers` library loads the first.

    A tokenizer in Python has no tokenizer.json, which a release without ONNX files can do without.
    """
    names = {entry.name for entry in staged.entries}
    in_python = bool(names & _VOCABULARIES) or staged.mapping(TOKENIZER_CONFIG).get("tokenizer_class") in _OF_CHARACTERS
    for name in (TOKENIZER, TOKENIZER_CONFIG):
        if name not in names and not (name == TOKENIZER and in_python and ONNX not in names):
            yield Problem(name, "It is missing, and without it no text is read. Save the tokenizer into the folder.")
    document = staged.documents.get(TOKENIZER)
    if document and not document.problems:
        yield from _loaded(staged)


def any_tokenizer(staged: Staged) -> Iterator[Problem]:
    """A model that reads texts has a tokenizer, in any form that transformers loads; a tokenizer.json loads."""
    if staged.architecture.endswith(_READS_TEXT) and not staged.has_tokenizer and not staged.has_processor:
        yield Problem(TOKENIZER, "No tokenizer is in the folder, so no text is read. Save it with save_pretrained.")
    document = staged.documents.get(TOKENIZER)
    if document and not document.problems:
        yield from _loaded(staged)


def _loaded(staged: Staged) -> Iterator[Problem]:
    from tokenizers import Tokenizer  # late: a folder without a tokenizer is checked without it

    try:
        tokenizer = Tokenizer.from_str(staged.texts[TOKENIZER])
    except Exception as error:  # noqa: BLE001 - tokenizers raises nothing more special than Exception
        yield Problem(TOKENIZER, f"`tokenizers` does not load it ({error}). Save the tokenizer anew.")
        return
    room = staged.config.get("vocab_size")
    if isinstance(room, int) and tokenizer.get_vocab_size() > room:
        text = f"It has {tokenizer.get_vocab_size():,} tokens, but `vocab_size` in config.json is {room:,}."
        yield Problem(TOKENIZER, f"{text} Save the tokenizer that the model was trained with.")


def padding(staged: Staged) -> Iterator[Problem]:
    """tokenizer.json pads nothing: the `tokenizers` library would obey, and lengthen every text."""
    if staged.mapping(TOKENIZER).get("padding") is not None:
        yield Problem(TOKENIZER, "Padding is baked in. Call `no_padding()` on the tokenizer before it is saved.")


def tokenizer_class(staged: Staged) -> Iterator[Problem]:
    """tokenizer_config.json is one that transformers 4 reads as transformers 5 does."""
    settings = staged.mapping(TOKENIZER_CONFIG)
    given = settings.get("tokenizer_class")
    if isinstance(given, str) and given in NEW_TOKENIZER_CLASSES:
        older = NEW_TOKENIZER_CLASSES[given]
        text = f"`tokenizer_class` is {quoted(given)}, which transformers 4 does not know. Write {quoted(older)}, "
        yield Problem(TOKENIZER_CONFIG, f"{text}which 4 and 5 both know.")
    if isinstance(settings.get("extra_special_tokens"), list):
        text = "`extra_special_tokens` is a list, at which transformers 4 fails. Call it `additional_special_tokens`."
        yield Problem(TOKENIZER_CONFIG, text)


def longest_text(staged: Staged) -> Iterator[Problem]:
    """`model_max_length` is what the model can take, and nothing truncates below it."""
    if not staged.mapping(TOKENIZER_CONFIG):
        return
    longest = staged.mapping(TOKENIZER_CONFIG).get("model_max_length")
    if not staged.is_ours and "max_position_embeddings" not in staged.config:  # then there may be no limit
        return
    if not isinstance(longest, (int, float)) or isinstance(longest, bool) or not 0 < longest < LONGEST:
        text = f"`model_max_length` is {quoted(longest)}. Write how many tokens the model takes, such as 512."
        yield Problem(TOKENIZER_CONFIG, text)
        return
    positions = staged.config.get("max_position_embeddings")
    if isinstance(positions, int) and longest > positions:
        text = f"`model_max_length` is {longest}, but the model has {positions} positions. Write at most that."
        yield Problem(TOKENIZER_CONFIG, text)
    if not staged.is_ours:  # the tokenizers of transformers are told anew at each call
        return
    cut = as_mapping(staged.mapping(TOKENIZER).get("truncation")).get("max_length")
    if isinstance(cut, int) and cut < longest:
        text = f"It truncates at {cut} tokens, though the model takes {longest}. Call `no_truncation()` before saving."
        yield Problem(TOKENIZER, text)
