"""Training in which the head has a learning rate of its own."""

from __future__ import annotations

from typing import Any

from torch.optim import Optimizer
from transformers import Trainer

from hubpress.train.lora import is_adapted


class HeadRateTrainer(Trainer):  # type: ignore[misc]
    """Trainer whose head, all that is outside the base's encoder, learns at *head_learning_rate*.

    The schedule is that of ``learning_rate``, in proportion. None leaves both at one rate.
    """

    def __init__(self, *args: Any, head_learning_rate: float | None = None, **kwargs: Any) -> None:
        self._head_learning_rate = head_learning_rate
        super().__init__(*args, **kwargs)

    def create_optimizer(self, model: Any = None) -> Optimizer:
        """Return Trainer's optimizer, whose groups of parameters are split in two: the encoder's and the head's."""
        is_new = self.optimizer is None
        optimizer: Optimizer = super().create_optimizer(model)
        if is_new and self._head_learning_rate is not None:
            _split(optimizer, _encoder_of(self.model), self._head_learning_rate)
        return optimizer


def _encoder_of(model: Any) -> Any:
    trained = model.get_base_model() if is_adapted(model) else model
    return trained.base_model


def _split(optimizer: Optimizer, encoder: Any, rate: float) -> None:
    inside = {id(parameter) for parameter in encoder.parameters()}
    groups = list(optimizer.param_groups)
    optimizer.param_groups.clear()
    for group in groups:
        for is_head in (False, True):
            chosen = [one for one in group["params"] if (id(one) not in inside) == is_head]
            if chosen:
                optimizer.add_param_group({**group, "params": chosen, **({"lr": rate} if is_head else {})})
