"""The confusion matrix, and its counts for each class against all others."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tinyalex.metrics.checks import checked_labels, checked_matrix


def confusion_matrix(
    labels: np.ndarray, predicted: np.ndarray, num_classes: int | None = None
) -> np.ndarray:
    """matrix[i, j]: how many samples of class i were predicted as class j; int64 (C, C).

    num_classes: C; by default the highest label or prediction plus 1.
    """
    labels = checked_labels(labels, num_classes)
    predicted = checked_labels(predicted, num_classes, "predicted")
    if len(labels) != len(predicted):
        raise ValueError(f"there are {len(labels)} labels and {len(predicted)} predictions")
    C = num_classes or int(max(labels.max(), predicted.max())) + 1
    return np.bincount(labels * C + predicted, minlength=C * C).reshape(C, C)


class Counts(NamedTuple):
    """Each class against the rest: true and false positives and negatives, (C,) each."""

    tp: np.ndarray
    fp: np.ndarray
    fn: np.ndarray
    tn: np.ndarray


def one_against_rest(matrix: np.ndarray) -> Counts:
    """The four counts of every class in a confusion matrix (C, C)."""
    matrix = checked_matrix(matrix)
    tp = matrix.diagonal()
    fp, fn = matrix.sum(axis=0) - tp, matrix.sum(axis=1) - tp
    return Counts(tp, fp, fn, matrix.sum() - tp - fp - fn)
