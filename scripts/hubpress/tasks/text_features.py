"""Texts and pairs as rows of numbers for a linear model: TF-IDF, or static embeddings."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from hubpress.inference.inputs import ModelInput, texts_of
from hubpress.inference.static_embeddings import StaticEmbeddings

_OF_PAIRS = "of both texts, their product and difference"


class TfidfFeatures:
    """Texts as the rows of a sparse matrix, by a vectorizer of scikit-learn.

    Of pairs the columns stand four times: for the first text, for the second, for what both share (the product) and
    for what one has of the other (the absolute difference); and once for the cosine of the two.
    """

    setting = "evaluation.baselines"

    def __init__(self, vectorizer: Any, title: str, inside: str = "") -> None:
        self._vectorizer, self._title, self._inside, self._of_pairs = vectorizer, title, inside, False

    @classmethod
    def of_words(cls, *, min_df: int) -> TfidfFeatures:
        """Return TF-IDF of words and pairs of words that stand in so many texts."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        return cls(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=min_df), "TF-IDF")

    @classmethod
    def of_words_and_characters(cls) -> TfidfFeatures:
        """Return TF-IDF of words, pairs of words, and runs of characters."""
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.pipeline import make_union

        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
        characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
        return cls(make_union(words, characters), "TF-IDF", "words and characters")

    @property
    def title(self) -> str:
        """What the columns are."""
        inside = [self._inside, *([_OF_PAIRS] if self._of_pairs else [])]
        return f"{self._title} ({', '.join(inside)})" if self._inside else self._title

    def fit(self, inputs: list[ModelInput]) -> sparse.csr_matrix:
        """Learn the columns from inputs; return their rows."""
        texts = texts_of(inputs)
        self._of_pairs = len(texts) > 1
        self._vectorizer.fit([text for column in texts for text in column])
        return self.of(inputs)

    def of(self, inputs: list[ModelInput]) -> sparse.csr_matrix:
        """Return the rows of inputs."""
        parts = [self._vectorizer.transform(column).tocsr() for column in texts_of(inputs)]
        if len(parts) == 1:
            return parts[0]
        first, second = parts
        shared = first.multiply(second)
        cosine = sparse.csr_matrix(shared.sum(axis=1))
        return sparse.hstack([first, second, shared, abs(first - second), cosine], format="csr")


class StaticFeatures:
    """Texts as the vectors of a model of static embeddings, each column brought to mean 0 and deviation 1.

    Of pairs the columns stand as those of :class:`TfidfFeatures`.
    """

    setting = "evaluation.static_model"

    def __init__(self, embeddings: StaticEmbeddings) -> None:
        from sklearn.preprocessing import StandardScaler

        self._embeddings, self._of_pairs, self._scaler = embeddings, False, StandardScaler()

    @property
    def title(self) -> str:
        """What the columns are."""
        return f"Static embeddings ({_OF_PAIRS})" if self._of_pairs else "Static embeddings"

    def fit(self, inputs: list[ModelInput]) -> np.ndarray:
        """Learn the scale of the columns from inputs; return their rows."""
        self._of_pairs = len(texts_of(inputs)) > 1
        self._scaler.fit(self._rows(inputs))
        return self.of(inputs)

    def of(self, inputs: list[ModelInput]) -> np.ndarray:
        """Return the rows of inputs."""
        scaled: np.ndarray = self._scaler.transform(self._rows(inputs))
        return scaled

    def _rows(self, inputs: list[ModelInput]) -> np.ndarray:
        parts = [self._embeddings.vectors(column) for column in texts_of(inputs)]
        if len(parts) == 1:
            return parts[0]
        first, second = parts
        lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
        shared = first * second
        cosine = shared.sum(axis=1) / np.where(lengths > 0, lengths, 1)
        return np.hstack([first, second, shared, np.abs(first - second), cosine[:, None]])
