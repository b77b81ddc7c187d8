"""Rates from a confusion matrix: for each class, or as one number for all of them.

Each class in turn is the positive one, and all others are negative. All functions take

matrix         confusion_matrix(labels, predicted), (C, C)
average        None        a value for each class, (C,)
               "micro"     the four counts are summed over the classes first: all samples count
                           equally. Over all classes, micro recall = precision = F1 = the share of
                           samples predicted correctly, which is what "top-1 accuracy" means
               "macro"     the mean of the classes' values: all classes count equally
               "weighted"  their mean weighted by the number of samples of each class
zero_division  the value of a rate whose denominator is 0: recall and F1 of a class never seen,
               precision of one never predicted, specificity if no other class was seen. A number;
               or "omit": macro and weighted means leave such classes out; or "raise"
classes        the numbers (c,) of the classes to measure; all by default
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tinyalex.metrics.checks import checked_classes
from tinyalex.metrics.confusion import Counts, one_against_rest

Formula = Callable[[Counts], tuple[np.ndarray, np.ndarray]]  # numerator and denominator
Average = str | None
Value = float | str  # of a fraction 0/0
Classes = np.ndarray | None  # None: all of them
Rate = np.ndarray | float


def accuracy(
    matrix: np.ndarray, average: Average = None, zero_division: Value = 0.0, classes: Classes = None
) -> Rate:
    """(TP + TN) / all: the share of samples correctly called this class, or correctly not.

    With many classes it is near 1 for any classifier, as most samples are correctly called "another
    class".
    """
    return _rate(lambda c: (c.tp + c.tn, sum(c)), matrix, average, zero_division, classes)


def recall(
    matrix: np.ndarray, average: Average = None, zero_division: Value = 0.0, classes: Classes = None
) -> Rate:
    """TP / (TP + FN): the share of a class's samples that is found."""
    return _rate(lambda c: (c.tp, c.tp + c.fn), matrix, average, zero_division, classes)


sensitivity = recall  # its name in medicine


def precision(
    matrix: np.ndarray, average: Average = None, zero_division: Value = 0.0, classes: Classes = None
) -> Rate:
    """TP / (TP + FP): the share of the samples called this class that belong to it."""
    return _rate(lambda c: (c.tp, c.tp + c.fp), matrix, average, zero_division, classes)


def specificity(
    matrix: np.ndarray, average: Average = None, zero_division: Value = 0.0, classes: Classes = None
) -> Rate:
    """TN / (TN + FP): the share of the other classes' samples that is not called this class."""
    return _rate(lambda c: (c.tn, c.tn + c.fp), matrix, average, zero_division, classes)


def false_positive_rate(
    matrix: np.ndarray, average: Average = None, zero_division: Value = 0.0, classes: Classes = None
) -> Rate:
    """FP / (FP + TN) = 1 − specificity."""
    return _rate(lambda c: (c.fp, c.fp + c.tn), matrix, average, zero_division, classes)


def f1(
    matrix: np.ndarray, average: Average = None, zero_division: Value = 0.0, classes: Classes = None
) -> Rate:
    """2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall."""
    return _rate(
        lambda c: (2 * c.tp, 2 * c.tp + c.fp + c.fn), matrix, average, zero_division, classes
    )


def youden_j(
    matrix: np.ndarray, average: Average = None, zero_division: Value = 0.0, classes: Classes = None
) -> Rate:
    """Sensitivity + specificity − 1: 0 for guessing, 1 for no mistakes.

    As one fraction, (TP · TN − FP · FN) / ((TP + FN)(TN + FP)): undefined if either of the two
    rates is.
    """
    return _rate(
        lambda c: (c.tp * c.tn - c.fp * c.fn, (c.tp + c.fn) * (c.tn + c.fp)),
        matrix,
        average,
        zero_division,
        classes,
    )


RATES = {
    "accuracy": accuracy,
    "recall": recall,
    "precision": precision,
    "specificity": specificity,
    "f1": f1,
    "youden_j": youden_j,
    "false_positive_rate": false_positive_rate,
}


def _rate(
    formula: Formula, matrix: np.ndarray, average: Average, zero_division: Value, classes: Classes
) -> Rate:
    _check_choices(average, zero_division)
    counts = one_against_rest(matrix)
    chosen = checked_classes(classes, len(counts.tp))
    counts = Counts(*(count[chosen] for count in counts))
    if average == "micro":
        counts = Counts(*(count.sum(keepdims=True) for count in counts))
    weights = counts.tp + counts.fn if average == "weighted" else np.ones(len(counts.tp))
    numerator, denominator = formula(counts)
    defined = denominator != 0
    if zero_division == "raise" and not defined.all():
        which = "all classes together" if average == "micro" else f"class {chosen[~defined][0]}"
        raise ValueError(f"0/0 for {which}: give zero_division a number, or measure other classes")
    if zero_division == "omit":
        numerator, denominator, weights = (a[defined] for a in (numerator, denominator, weights))
        defined = defined[defined]
    values = np.full(len(defined), 0.0 if isinstance(zero_division, str) else float(zero_division))
    np.divide(numerator, denominator, out=values, where=defined)
    if average is None:
        return values
    if not weights.any():  # nothing to average: no class is defined, or none has samples
        if isinstance(zero_division, str):
            raise ValueError("0/0 for every class: there is nothing to average")
        return float(zero_division)
    return float((weights * values).sum() / weights.sum())


def _check_choices(average: Average, zero_division: Value) -> None:
    if average not in (None, "micro", "macro", "weighted"):
        raise ValueError(f"average is {average!r}: give None, 'micro', 'macro' or 'weighted'")
    if isinstance(zero_division, str) and zero_division not in ("omit", "raise"):
        raise ValueError(f"zero_division is {zero_division!r}: give a number, 'omit' or 'raise'")
    if not isinstance(zero_division, str) and not np.isfinite(zero_division):
        raise ValueError(f"zero_division is {zero_division}: give a number, 'omit' or 'raise'")
    if zero_division == "omit" and average is None:
        raise ValueError("zero_division 'omit' needs an average: for single classes give a number")
