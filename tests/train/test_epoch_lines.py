"""What a person learns while a model trains."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest

from hubpress.train.progress import EpochLines


def test_every_step_is_logged_and_every_epoch_printed(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Steps go to whoever shows the stage; an epoch is a line of its own, on the first process alone."""
    lines = EpochLines("f1")
    arguments = SimpleNamespace(num_train_epochs=2)
    state = SimpleNamespace(epoch=0.5, global_step=8, max_steps=32, is_world_process_zero=True)
    with caplog.at_level(logging.INFO, logger="hubpress"):
        lines.on_step_end(arguments, state, None)
        lines.on_prediction_step(arguments, state, None, eval_dataloader=range(9))
    measuring = "measuring on validation after step 8 of 32, 1 of 9 batches"
    assert caplog.messages == ["step 8 of 32, epoch 0.5 of 2", measuring]
    caplog.clear()
    with caplog.at_level(logging.INFO, logger="hubpress"):
        lines.on_prediction_step(arguments, SimpleNamespace(global_step=0, max_steps=0), None, eval_dataloader=range(9))
    assert caplog.messages == ["measuring on validation after step 0, 2 of 9 batches"]
    evaluation = {"eval_loss": 0.25, "eval_f1": 0.75, "epoch": 1.0}
    lines.on_log(arguments, state, None, logs={"loss": 0.5})
    lines.on_log(arguments, state, None, logs=evaluation)
    state.is_world_process_zero = False
    lines.on_log(arguments, state, None, logs=evaluation)
    assert capfd.readouterr().err == "  epoch 1/2: training loss 0.5000, validation loss 0.2500, f1 0.7500\n"
