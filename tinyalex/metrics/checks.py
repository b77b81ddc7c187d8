"""Checks of the metrics' arguments. Each raises ValueError with a clear message."""

from __future__ import annotations

import numpy as np


def checked_labels(labels: np.ndarray, num_classes: int | None, what: str = "labels") -> np.ndarray:
    """labels as int64 (n,), each in 0..num_classes-1 (None: no upper limit)."""
    labels = _array(labels, what)
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise ValueError(
            f"{what} must be integers, one per sample, shape (n,); "
            f"got {labels.dtype} of shape {labels.shape}"
        )
    if len(labels) == 0:
        raise ValueError(f"{what} are empty: at least one sample is needed")
    labels = labels.astype(np.int64)
    outside = (labels < 0) | (labels >= (np.inf if num_classes is None else num_classes))
    if outside.any():
        place = int(outside.argmax())
        allowed = "0 or more" if num_classes is None else f"0 to {num_classes - 1}"
        raise ValueError(f"{what}[{place}] is {labels[place]}: a class is a number {allowed}")
    return labels


def checked_scores(labels: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """labels (n,) and scores (n, classes), which may be infinite but not NaN."""
    scores = _array(scores, "scores")
    if scores.ndim != 2 or scores.dtype.kind not in "fiu":
        raise ValueError(
            "scores must be numbers, one row per sample and one column per class, shape "
            "(n, classes); "
            f"got {scores.dtype} of shape {scores.shape}"
        )
    labels = checked_labels(labels, scores.shape[1])
    _same_length(labels, scores)
    _no_nan(scores)
    return labels, scores


def checked_pair(positive: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """positive as bool (n,), with both kinds present, and scores (n,)."""
    positive, scores = _array(positive, "positive"), _array(scores, "scores")
    if (
        positive.ndim != 1
        or positive.dtype.kind not in "biu"
        or not np.isin(positive, (0, 1)).all()
    ):
        raise ValueError(
            "positive must be True or False (or 1 or 0) for each sample, shape (n,); "
            f"got {positive.dtype} of shape {positive.shape}"
        )
    if scores.ndim != 1 or scores.dtype.kind not in "fiu":
        raise ValueError(
            "scores must be numbers, one per sample, shape (n,); "
            f"got {scores.dtype} of shape {scores.shape}"
        )
    _same_length(positive, scores)
    _no_nan(scores)
    positive = positive.astype(bool)
    if positive.all() or not positive.any():
        kind = "negative" if positive.any() else "positive"
        raise ValueError(f"no sample is {kind}: a ROC curve and its area need both kinds")
    return positive, scores


def checked_matrix(matrix: np.ndarray) -> np.ndarray:
    """A confusion matrix (classes, classes) of counts, as int64."""
    matrix = _array(matrix, "a confusion matrix")
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.dtype.kind not in "iu":
        raise ValueError(
            "a confusion matrix must hold integer counts, shape (classes, classes); "
            f"got {matrix.dtype} of shape {matrix.shape}"
        )
    matrix = matrix.astype(np.int64)
    if (matrix < 0).any() or not matrix.any():
        raise ValueError("a confusion matrix must not have negative counts or only zeros")
    return matrix


def checked_classes(classes: np.ndarray | None, num_classes: int) -> np.ndarray:
    """The classes to measure, as distinct numbers; None means all of them."""
    if classes is None:
        return np.arange(num_classes)
    classes = checked_labels(classes, num_classes, "classes")
    if len(np.unique(classes)) < len(classes):
        raise ValueError("classes must be distinct; one of them occurs twice")
    return classes


def _array(values, what: str) -> np.ndarray:
    """An array made of an array or any sequence; ValueError if its rows differ in length."""
    try:
        return np.asarray(values)
    except ValueError:
        raise ValueError(f"{what}: the rows must all have the same length") from None


def _same_length(labels: np.ndarray, scores: np.ndarray) -> None:
    if len(labels) != len(scores):
        raise ValueError(f"there are {len(labels)} labels and scores for {len(scores)} samples")


def _no_nan(scores: np.ndarray) -> None:
    bad = np.isnan(scores)
    if bad.any():
        place = ", ".join(map(str, np.argwhere(bad)[0]))
        raise ValueError(f"scores[{place}] is NaN, which cannot be ranked")
