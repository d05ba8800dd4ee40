"""Simple models that a release is measured beside, by scikit-learn; fitted without the test split."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from hubpress.errors import HubpressError
from hubpress.inference.inputs import ModelInput, texts_of
from hubpress.tasks.inputs import inputs_in

if TYPE_CHECKING:
    from datasets import Dataset

Predict = Callable[[list[ModelInput]], np.ndarray]

# A linear model holds a weight for every label and feature: for thousands of labels, tens of gigabytes.
_MOST_LABELS = 1000
_ALPHAS = (0.1, 1.0, 10.0)  # of ridge regression, of which cross-validation takes one
_FOLDS = 5


class TextFeatures:
    """Texts as the rows of a sparse matrix, by a vectorizer of scikit-learn.

    Of pairs the columns stand four times: for the first text, for the second, for what both share (the product) and
    for what one has of the other (the absolute difference); and once for the cosine of the two.
    """

    def __init__(self, vectorizer: Any) -> None:
        self._vectorizer, self._of_pairs = vectorizer, False

    @property
    def words(self) -> str:
        """What a baseline's title says of pairs, behind what its columns are."""
        return ", of both texts, their product and difference" if self._of_pairs else ""

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


def most_frequent(splits: Mapping[str, Dataset], *, classes: int, kept: int) -> tuple[str, Predict]:
    """Return a function from texts to the commonest classes (texts, kept) of train and validation, in that order."""
    targets = [*splits["train"]["label"], *splits["validation"]["label"]]
    ranked = np.argsort(-np.bincount(targets, minlength=classes), kind="stable")[:kept]
    return "Most frequent class", lambda texts: np.tile(ranked, (len(texts), 1))


def tfidf_svm(splits: Mapping[str, Dataset], *, classes: int, kept: int) -> tuple[str, Predict]:
    """Return a function from texts to the best classes (texts, kept) of a linear SVM, on train and validation."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_union
    from sklearn.svm import LinearSVC

    _refuse_many(classes)
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    features, model = TextFeatures(make_union(words, characters)), LinearSVC(random_state=0)
    texts = [*inputs_in(splits["train"]), *inputs_in(splits["validation"])]
    model.fit(features.fit(texts), [*splits["train"]["label"], *splits["validation"]["label"]])
    known = model.classes_

    def predict(texts: list[ModelInput]) -> np.ndarray:
        margins = model.decision_function(features.of(texts))
        if margins.ndim == 1:  # of two classes scikit-learn gives the second one's margin
            margins = np.stack([-margins, margins], axis=1)
        ranked: np.ndarray = known[np.argsort(-margins, axis=1, kind="stable")[:, :kept]]
        return ranked

    return f"TF-IDF (words and characters{features.words}) + linear SVM", predict


def tfidf_scores(
    texts: list[ModelInput], targets: sparse.csr_matrix | np.ndarray, *, class_weight: str | None = None
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
    features = TextFeatures(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2 if len(texts) > 1000 else 1)
    )
    model: Any = LogisticRegression(C=10, solver="liblinear", class_weight=class_weight)
    model = OneVsRestClassifier(model) if targets.ndim == 2 else model
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Label not")  # a label without records is never answered
        model.fit(features.fit(texts), targets)

    def predict(texts: list[ModelInput]) -> np.ndarray:
        found: np.ndarray = model.predict_proba(features.of(texts))
        return found if targets.ndim == 2 else found[:, 1]

    return predict


def mean_of_train(splits: Mapping[str, Dataset]) -> tuple[str, Predict]:
    """Return a function from texts to the mean numbers of train and validation (texts, numbers)."""
    mean = np.array([*splits["train"]["targets"], *splits["validation"]["targets"]]).mean(axis=0)
    return "Mean of the training records", lambda texts: np.tile(mean, (len(texts), 1))


def tfidf_ridge(splits: Mapping[str, Dataset]) -> tuple[str, Predict]:
    """Return a function from texts to numbers (texts, numbers) by ridge regression, on train and validation."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_union

    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    features, model = TextFeatures(make_union(words, characters)), RidgeCV(alphas=_ALPHAS, cv=_FOLDS)
    texts = [*inputs_in(splits["train"]), *inputs_in(splits["validation"])]
    targets = np.array([*splits["train"]["targets"], *splits["validation"]["targets"]])
    if len(texts) < _FOLDS:
        model.cv = None
    model.fit(features.fit(texts), targets)

    def predict(texts: list[ModelInput]) -> np.ndarray:
        found: np.ndarray = model.predict(features.of(texts)).reshape(len(texts), -1)
        return found

    return f"TF-IDF (words and characters{features.words}) + ridge regression", predict


def _refuse_many(classes: int) -> None:
    if classes > _MOST_LABELS:
        raise HubpressError(
            f"tfidf_linear holds one weight for each feature and label, too much for {classes} labels.",
            where="evaluation.baselines",
            hint=f"Take it out; it is for at most {_MOST_LABELS}.",
        )
