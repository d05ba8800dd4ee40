"""What transformers 4 reads otherwise than 5: how a release is written so that both load it alike.

Seen in 4.57.3, the last of its line.
"""

from __future__ import annotations

from pydantic import JsonValue

from hubpress.files import JsonObject

_WITH_A_HEAD = """
albert apertus arcee bart bert big_bird bigbird_pegasus biogpt bloom bros camembert canine code_llama convbert ctrl
data2vec-text deberta deberta-v2 deepseek_v2 deepseek_v3 diffllama distilbert doge electra ernie ernie_m esm exaone4
falcon flaubert fnet funnel gemma gemma2 gemma3 gemma3_text glm glm4 gpt-sw3 gpt2 gpt_bigcode gpt_neo gpt_neox gpt_oss
gptj helium hunyuan_v1_dense hunyuan_v1_moe ibert jamba jetmoe layoutlm layoutlmv2 layoutlmv3 led lilt llama
longformer luke markuplm mbart mega megatron-bert minimax ministral mistral mixtral mobilebert modernbert
modernbert-decoder mpnet mpt mra mt5 mvp nemotron nezha nystromformer open-llama openai-gpt opt perceiver persimmon
phi phi3 phimoe plbart qdqbert qwen2 qwen2_moe qwen3 qwen3_moe qwen3_next reformer rembert roberta
roberta-prelayernorm roc_bert roformer seed_oss smollm3 squeezebert stablelm starcoder2 t5 t5gemma tapas transfo-xl
umt5 xlm xlm-roberta xlm-roberta-xl xlnet xmod yoso zamba zamba2
"""

NEW_TOKENIZER_CLASSES = {"TokenizersBackend": "PreTrainedTokenizerFast", "PythonBackend": "PreTrainedTokenizer"}
"""Names of classes that transformers 5 has given what was there before, and transformers 4 does not know."""

MODEL_TYPES = frozenset(_WITH_A_HEAD.split())
"""The kinds of models (``model_type``) for which transformers 4 has a head for texts or for tokens."""


def tokenizer_config_for_both(settings: JsonObject) -> JsonObject:
    """Return a tokenizer_config.json that both read alike.

    Classes have the name that both know, and the extra special tokens the key under which transformers 4 has them.
    """
    own = dict(settings)
    given = own.get("tokenizer_class")
    own["tokenizer_class"] = NEW_TOKENIZER_CLASSES.get(given, given) if isinstance(given, str) else given
    if isinstance(own.get("extra_special_tokens"), list):
        own["additional_special_tokens"] = own.pop("extra_special_tokens")
    own.pop("backend", None)  # what the tokenizer was loaded with here
    return own


def config_for_both(settings: JsonObject) -> JsonObject:
    """Return a config.json in which transformers 4 finds the rotary positions where it looks for them.

    transformers 5 writes all of them into ``rope_parameters``, which transformers 4 leaves unread: it would go on with
    its own defaults, without a word.
    """
    given = settings.get("rope_parameters")
    if not isinstance(given, dict):
        return settings
    return {**settings, **(_by_layer(settings, given) if _is_by_layer(given) else _flat(given))}


def needs_transformers_5(settings: JsonObject) -> bool:
    """Return whether no transformers 4 loads a model with this config.json as it is meant.

    A model with code of its own, and one whose kind cannot be told, may be loaded by any.
    """
    kind, given = settings.get("model_type"), settings.get("rope_parameters")
    if not isinstance(kind, str) or "auto_map" in settings:
        return False
    if kind not in MODEL_TYPES:
        return True
    if not isinstance(given, dict):
        return False
    older = _by_layer(settings, given) if _is_by_layer(given) else _flat(given)
    return not older or any(settings.get(name) != value for name, value in older.items())


def _is_by_layer(given: JsonObject) -> bool:
    return any(isinstance(value, dict) for value in given.values())


def _flat(given: JsonObject) -> dict[str, JsonValue]:
    scaling = {name: value for name, value in given.items() if name not in ("rope_theta", "partial_rotary_factor")}
    own = {name: given[name] for name in ("rope_theta", "partial_rotary_factor") if given.get(name) is not None}
    return {**own, "rope_scaling": None if scaling.get("rope_type", "default") == "default" else scaling}


def _by_layer(settings: JsonObject, given: JsonObject) -> dict[str, JsonValue]:
    """Return the keys of ModernBERT, the one encoder with two kinds of layers in transformers 4; none for others.

    There every n-th layer is a global one, the first of all.
    """
    kinds = settings.get("layer_types")
    if settings.get("model_type") != "modernbert" or not isinstance(kinds, list):
        return {}
    every = (kinds[1:].index("full_attention") + 1) if "full_attention" in kinds[1:] else len(kinds)
    if [("full_attention" if number % every == 0 else "sliding_attention") for number in range(len(kinds))] != kinds:
        return {}
    found: dict[str, JsonValue] = {"global_attn_every_n_layers": every}
    for name, kind in (("global_rope_theta", "full_attention"), ("local_rope_theta", "sliding_attention")):
        part = given.get(kind)
        if isinstance(part, dict) and part.get("rope_type", "default") == "default":
            found[name] = part.get("rope_theta")
        elif kind in kinds:
            return {}
    return found
