"""``python -m hubpress.release.elsewhere.prepared FOLDER``: train what the order in a build folder says."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from hubpress.environment import settle_environment
from hubpress.errors import HubpressError
from hubpress.release.elsewhere.order import FAILURE, read_order
from hubpress.release.elsewhere.processes import run_torchrun
from hubpress.schemas.elsewhere import TrainingFailure
from hubpress.tokens import hidden_tokens, print_traceback


def train_prepared(folder: Path) -> int:
    """Train in a build folder; return 0 where the weights and the receipt of the stage are left in it.

    Else what ended it is kept there: the same sentence is told where the training was asked for.
    """
    with hidden_tokens():
        try:
            settle_environment()
            job, processes = read_order(folder)
            if "RANK" in os.environ:
                from hubpress.release.distributed import train_on_many

                train_on_many(job, is_prepared=True)
                return 0
            processes = processes or _gpus()
            if processes > 1:
                return run_torchrun(folder, processes, logs=None)
            from hubpress.release.runner import run_stage
            from hubpress.release.stages import TRAIN

            run_stage(job, TRAIN)
        except HubpressError as error:
            print(f"hubpress: {error}", file=sys.stderr, flush=True)
            # The first one to fail has the cause; the others lose their connection to it.
            if not (folder / FAILURE).exists():
                TrainingFailure.of(error).save(folder / FAILURE)
            return 1
    return 0


def _gpus() -> int:
    import torch

    return max(1, torch.cuda.device_count())


if __name__ == "__main__":
    sys.excepthook = print_traceback
    sys.exit(train_prepared(Path(sys.argv[1])))
