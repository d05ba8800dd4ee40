"""Whether a training multiplies in bfloat16: where the processor or GPU has it, unless the recipe says otherwise."""

from __future__ import annotations

from typing import Any

import torch

from hubpress.recipe.recipe import Recipe

_SETTINGS = ("bf16", "fp16")
_INSTRUCTIONS = ("avx512_bf16", "amx_bf16", "bf16")  # of x86 and of Arm; without them torch only imitates it
_WIDE = 256  # numbers of a token; below that, turning them into another format costs more than it saves


def settle_precision(arguments: Any, recipe: Recipe, model: Any) -> None:
    """Set ``bf16`` in TrainingArguments where the recipe says nothing of precision and bfloat16 is the faster one.

    That is autocast: weights, their gradients and the optimizer stay in single precision. Models of less than 256
    numbers a token stay in it as a whole, and so does a linear probe, of which nothing is trained by steps.
    """
    if not recipe.training.takes_steps:
        return
    if any(name in recipe.training.arguments for name in _SETTINGS) or not _has_bfloat16(arguments.device):
        return
    if getattr(model.config, "hidden_size", 0) >= _WIDE:
        arguments.bf16 = True
        arguments.mixed_precision = "bf16"  # which Trainer reads, and TrainingArguments has drawn from bf16 before


def _has_bfloat16(device: torch.device) -> bool:
    """Tell whether a device multiplies in bfloat16 by instructions of its own."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type != "cpu":
        return False
    can = torch.cpu.get_capabilities()
    return any(can.get(name) for name in _INSTRUCTIONS)
