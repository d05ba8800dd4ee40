"""The logits of texts, as a pipeline's model gives them before anything is made of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from hubpress.inference.classifier import ClassifierPipeline


class LogitsPipeline(ClassifierPipeline):
    """Reads as ``TextClassificationPipeline`` does; answers with the logits of each text (labels,) in float32."""

    @classmethod
    def beside(cls, pipe: Any) -> LogitsPipeline:
        """Return that of the model and tokenizer of another pipeline."""
        return cls(model=pipe.model, tokenizer=pipe.tokenizer, device=pipe.device)

    def postprocess(self, model_outputs: Any, **_: Any) -> np.ndarray:
        """Return the logits of one text."""
        row: np.ndarray = model_outputs["logits"][0].float().numpy()
        return row
