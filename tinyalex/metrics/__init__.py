"""Metrics of classifiers: functions of NumPy arrays, usable without the rest of tinyalex.

labels are integers (n,), scores are (n, classes), higher for a more likely class; lists also
work. Read in this order: confusion, rates, ranking, many_classes, top_k,
calibration.
"""

from tinyalex.metrics.calibration import (
    Reliability,
    expected_calibration_error,
    fit_temperature,
    negative_log_likelihood,
    reliability,
)
from tinyalex.metrics.confusion import Counts, confusion_matrix, one_against_rest
from tinyalex.metrics.many_classes import (
    hand_till,
    one_against_rest_auc,
    pairwise_auc,
    provost_domingos,
)
from tinyalex.metrics.ranking import auc, average_ranks, roc_curve
from tinyalex.metrics.rates import (
    RATES,
    accuracy,
    f1,
    false_positive_rate,
    precision,
    recall,
    sensitivity,
    specificity,
    youden_j,
)
from tinyalex.metrics.top_k import top_k_error

__all__ = [
    "RATES",
    "Counts",
    "Reliability",
    "accuracy",
    "auc",
    "average_ranks",
    "confusion_matrix",
    "expected_calibration_error",
    "f1",
    "false_positive_rate",
    "fit_temperature",
    "hand_till",
    "negative_log_likelihood",
    "one_against_rest",
    "one_against_rest_auc",
    "pairwise_auc",
    "precision",
    "provost_domingos",
    "recall",
    "reliability",
    "roc_curve",
    "sensitivity",
    "specificity",
    "top_k_error",
    "youden_j",
]
