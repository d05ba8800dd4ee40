"""The forms in which a repository has its weights."""

from __future__ import annotations

from collections.abc import Iterator

from hubpress.audit.audited import Audited, Found
from hubpress.check.kind import Kind

# By what transformers 4 called them; 5 reads neither.
_OF_OTHER_FRAMEWORKS = {"tf_model.h5": "TensorFlow", "flax_model.msgpack": "Flax"}


def weights(audited: Audited) -> Iterator[Found]:
    """The weights are safetensors: safe to load, and in a form that every version of transformers reads."""
    names = audited.staged.files.keys()
    if audited.staged.kind is not Kind.TRANSFORMERS or any(name.endswith(".safetensors") for name in names):
        return
    others = {name: framework for name, framework in _OF_OTHER_FRAMEWORKS.items() if name in names}
    if others and not any(name.endswith(".bin") for name in names):
        for name, framework in others.items():
            text = (
                f"The weights are {framework}'s alone, which transformers 5 no longer loads. Save them as safetensors."
            )
            yield Found("error", name, text)
