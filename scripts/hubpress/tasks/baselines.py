"""Simple models that a release is measured beside, by scikit-learn; fitted without the test split."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from scipy import sparse

from hubpress.errors import HubpressError
from hubpress.inference.inputs import ModelInput
from hubpress.tasks.inputs import inputs_in
from hubpress.tasks.text_features import TfidfFeatures

if TYPE_CHECKING:
    from datasets import Dataset

Predict = Callable[[list[ModelInput]], np.ndarray]

# A linear model holds a weight for every label and feature: for thousands of labels, tens of gigabytes.
_MOST_LABELS = 1000
_ALPHAS = (0.1, 1.0, 10.0)  # of ridge regression, of which cross-validation takes one
_FOLDS = 5
_STEPS = 1000  # of lbfgs, which ends long before on features of one scale


class Features(Protocol):
    """What makes rows of numbers of texts or pairs, for a linear model."""

    @property
    def title(self) -> str:
        """What the columns are; asked behind :meth:`fit`."""

    @property
    def setting(self) -> str:
        """Where a recipe asks for them."""

    def fit(self, inputs: list[ModelInput]) -> Any:
        """Learn the columns from inputs; return their rows."""

    def of(self, inputs: list[ModelInput]) -> Any:
        """Return the rows of inputs."""


def most_frequent(splits: Mapping[str, Dataset], *, classes: int, kept: int) -> tuple[str, Predict]:
    """Return a function from texts to the commonest classes (texts, kept) of train and validation, in that order."""
    targets = [*splits["train"]["label"], *splits["validation"]["label"]]
    ranked = np.argsort(-np.bincount(targets, minlength=classes), kind="stable")[:kept]
    return "Most frequent class", lambda texts: np.tile(ranked, (len(texts), 1))


def best_classes(
    splits: Mapping[str, Dataset], *, classes: int, kept: int, features: Features | None = None
) -> tuple[str, Predict]:
    """Return a function from texts to the best classes (texts, kept) of a linear model, on train and validation.

    Without *features* it is a linear SVM on TF-IDF, else logistic regression on them.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC

    of: Features = features or TfidfFeatures.of_words_and_characters()
    _refuse_many(classes, of)
    model: Any = LogisticRegression(max_iter=_STEPS) if features else LinearSVC(random_state=0)
    texts = [*inputs_in(splits["train"]), *inputs_in(splits["validation"])]
    model.fit(of.fit(texts), [*splits["train"]["label"], *splits["validation"]["label"]])
    known = model.classes_

    def predict(texts: list[ModelInput]) -> np.ndarray:
        margins = model.decision_function(of.of(texts))
        if margins.ndim == 1:  # of two classes scikit-learn gives the second one's margin
            margins = np.stack([-margins, margins], axis=1)
        ranked: np.ndarray = known[np.argsort(-margins, axis=1, kind="stable")[:, :kept]]
        return ranked

    return f"{of.title} + {'logistic regression' if features else 'linear SVM'}", predict


def label_scores(
    texts: list[ModelInput],
    targets: sparse.csr_matrix | np.ndarray,
    *,
    features: Features | None = None,
    class_weight: str | None = None,
) -> tuple[str, Predict]:
    """Return what the columns are, and a function from texts to probabilities by logistic regression.

    Without *features* it is on TF-IDF of words and pairs of words. *targets* (texts, labels) of 0 and 1 make it
    one-vs-rest with probabilities (texts, labels); truth (texts,) of one label gives that label's probabilities
    (texts,).
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier

    of: Features = features or TfidfFeatures.of_words(min_df=2 if len(texts) > 1000 else 1)
    if targets.ndim == 2:
        _refuse_many(targets.shape[1], of)
    model: Any = (
        LogisticRegression(max_iter=_STEPS, class_weight=class_weight)
        if features
        else LogisticRegression(C=10, solver="liblinear", class_weight=class_weight)
    )
    model = OneVsRestClassifier(model) if targets.ndim == 2 else model
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Label not")  # a label without records is never answered
        model.fit(of.fit(texts), targets)

    def predict(texts: list[ModelInput]) -> np.ndarray:
        found: np.ndarray = model.predict_proba(of.of(texts))
        return found if targets.ndim == 2 else found[:, 1]

    return of.title, predict


def mean_of_train(splits: Mapping[str, Dataset]) -> tuple[str, Predict]:
    """Return a function from texts to the mean numbers of train and validation (texts, numbers)."""
    mean = np.array([*splits["train"]["targets"], *splits["validation"]["targets"]]).mean(axis=0)
    return "Mean of the training records", lambda texts: np.tile(mean, (len(texts), 1))


def ridge(splits: Mapping[str, Dataset], *, features: Features | None = None) -> tuple[str, Predict]:
    """Return a function from texts to numbers (texts, numbers) by ridge regression, on train and validation.

    Without *features* it is on TF-IDF of words and characters.
    """
    from sklearn.linear_model import RidgeCV

    of, model = features or TfidfFeatures.of_words_and_characters(), RidgeCV(alphas=_ALPHAS, cv=_FOLDS)
    texts = [*inputs_in(splits["train"]), *inputs_in(splits["validation"])]
    targets = np.array([*splits["train"]["targets"], *splits["validation"]["targets"]])
    if len(texts) < _FOLDS:
        model.cv = None
    model.fit(of.fit(texts), targets)

    def predict(texts: list[ModelInput]) -> np.ndarray:
        found: np.ndarray = model.predict(of.of(texts)).reshape(len(texts), -1)
        return found

    return f"{of.title} + ridge regression", predict


def _refuse_many(classes: int, features: Features) -> None:
    if classes > _MOST_LABELS:
        raise HubpressError(
            f"a linear model holds one weight for each feature and label, too much for {classes} labels.",
            where=features.setting,
            hint=f"Take it out; it is for at most {_MOST_LABELS}.",
        )
