"""Simple models that a release is measured beside, by scikit-learn; fitted without the test split."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from hubpress.errors import HubpressError

if TYPE_CHECKING:
    from datasets import Dataset

Predict = Callable[[list[str]], np.ndarray]

# A linear model holds a weight for every label and feature: for thousands of labels, tens of gigabytes.
_MOST_LABELS = 1000


def most_frequent(splits: Mapping[str, Dataset], *, classes: int, kept: int) -> tuple[str, Predict]:
    """Return a function from texts to the commonest classes (texts, kept) of train and validation, in that order."""
    targets = [*splits["train"]["label"], *splits["validation"]["label"]]
    ranked = np.argsort(-np.bincount(targets, minlength=classes), kind="stable")[:kept]
    return "Most frequent class", lambda texts: np.tile(ranked, (len(texts), 1))


def tfidf_svm(splits: Mapping[str, Dataset], *, classes: int, kept: int) -> tuple[str, Predict]:
    """Return a function from texts to the best classes (texts, kept) of a linear SVM, on train and validation."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    _refuse_many(classes)
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    model = make_pipeline(make_union(words, characters), LinearSVC(random_state=0))
    texts = [*splits["train"]["text"], *splits["validation"]["text"]]
    model.fit(texts, [*splits["train"]["label"], *splits["validation"]["label"]])
    known = model[-1].classes_

    def predict(texts: list[str]) -> np.ndarray:
        margins = model.decision_function(texts)
        if margins.ndim == 1:  # of two classes scikit-learn gives the second one's margin
            margins = np.stack([-margins, margins], axis=1)
        ranked: np.ndarray = known[np.argsort(-margins, axis=1, kind="stable")[:, :kept]]
        return ranked

    return "TF-IDF (words and characters) + linear SVM", predict


def tfidf_scores(
    texts: list[str], targets: sparse.csr_matrix | np.ndarray, *, class_weight: str | None = None
) -> Predict:
    """Return a function from texts to probabilities by logistic regression on TF-IDF of words and pairs of words.

    *targets* (texts, labels) of 0 and 1 make it one-vs-rest with probabilities (texts, labels); truth (texts,) of one
    label gives that label's probabilities (texts,).
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier

    if targets.ndim == 2:
        _refuse_many(targets.shape[1])
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2 if len(texts) > 1000 else 1)
    model: Any = LogisticRegression(C=10, solver="liblinear", class_weight=class_weight)
    model = OneVsRestClassifier(model) if targets.ndim == 2 else model
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Label not")  # a label without records is never answered
        model.fit(vectorizer.fit_transform(texts), targets)

    def predict(texts: list[str]) -> np.ndarray:
        found: np.ndarray = model.predict_proba(vectorizer.transform(texts))
        return found if targets.ndim == 2 else found[:, 1]

    return predict


def _refuse_many(classes: int) -> None:
    if classes > _MOST_LABELS:
        raise HubpressError(
            f"tfidf_linear holds one weight for each feature and label, too much for {classes} labels.",
            where="evaluation.baselines",
            hint=f"Take it out; it is for at most {_MOST_LABELS}.",
        )
