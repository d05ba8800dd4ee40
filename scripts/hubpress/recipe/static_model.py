"""``evaluation.static_model``: a model of static embeddings that the release is measured beside."""

from __future__ import annotations

from pathlib import Path

from pydantic import model_validator

from hubpress.recipe.values import Block, HubId, Text


class StaticModel(Block):
    """A model of static embeddings that model2vec loads: a repository on the Hub, or a folder on this machine.

    A folder may come with the id of the model that it holds a copy of.
    """

    id: HubId | None = None
    """The model's name on the Hub."""
    revision: Text | None = None
    """A commit, a branch or a tag of it; without one the newest."""
    path: Path | None = None
    """A folder with a saved model of model2vec, from the recipe's folder on."""

    @model_validator(mode="after")
    def _has_a_place(self) -> StaticModel:
        if not (self.id or self.path):
            raise ValueError("needs an id (a model on the Hub) or a path")
        if self.revision and not self.id:
            raise ValueError("has a revision, which only a model on the Hub (id) has")
        return self
