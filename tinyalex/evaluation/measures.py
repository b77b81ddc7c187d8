"""All measures of a network's predictions, named as in metrics.json."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinyalex.metrics import (
    RATES,
    confusion_matrix,
    expected_calibration_error,
    fit_temperature,
    hand_till,
    negative_log_likelihood,
    one_against_rest_auc,
    provost_domingos,
    top_k_error,
    with_temperature,
)

# Rates over the pictures of other classes: undefined if all pictures are of one class.
NEEDS_OTHERS = ("specificity", "youden_j", "false_positive_rate")


def measure(labels: np.ndarray, probabilities: np.ndarray, classes: Sequence[str]) -> dict:
    """All measures, JSON-serializable. labels (n,), probabilities (n, C).

    Micro rates count over all classes of the network. Macro and weighted means, and the areas,
    cover the classes that have pictures here; those never predicted have precision 0 and are listed
    in "never_predicted". Undefined values are None: areas, specificity and the measures derived
    from it, if all pictures are of one class.
    """
    C = len(classes)
    predicted = probabilities.argmax(axis=1)
    matrix = confusion_matrix(labels, predicted, C)
    seen = np.flatnonzero(matrix.sum(axis=1))
    result: dict[str, Any] = {"pictures": len(labels), "classes": C, "classes_seen": len(seen)}
    for k in (1, 5):
        error = top_k_error(labels, probabilities, min(k, C))
        result |= {f"top{k}": 1 - error, f"top{k}_error": error}
    result |= calibration(labels, probabilities)
    for average, of in (("micro", None), ("macro", seen), ("weighted", seen)):
        result[average] = {
            name: None if _undefined(name, average, seen) else rate(matrix, average, classes=of)
            for name, rate in RATES.items()
        }
    areas: Sequence[float | None] = [None]
    result |= {"mean_auc": None, "hand_till": None, "provost_domingos": None}
    if len(seen) > 1:
        areas = one_against_rest_auc(labels, probabilities, seen).tolist()
        result["mean_auc"] = float(np.mean(areas))
        result["hand_till"] = hand_till(labels, probabilities, absent="omit")
        result["provost_domingos"] = provost_domingos(labels, probabilities, absent="omit")
    never = np.flatnonzero(matrix.sum(axis=0) == 0)
    result["never_predicted"] = [classes[k] for k in np.intersect1d(never, seen)]
    result["per_class"] = _per_class(matrix, seen, areas, classes)
    return result


def calibration(labels: np.ndarray, probabilities: np.ndarray) -> dict[str, Any]:
    """Negative log-likelihood, calibration error, and what one temperature would change.

    The temperature is fitted on every second picture, and "after" is measured on the others, so
    that no picture judges what it has chosen. None where there is none to fit.
    """
    result: dict[str, Any] = {
        "nll": negative_log_likelihood(labels, probabilities),
        "ece": expected_calibration_error(labels, probabilities),
        "temperature": None,
    }
    fitted, judged = slice(0, None, 2), slice(1, None, 2)
    if len(labels) < 2:
        return result
    try:
        temperature = fit_temperature(labels[fitted], probabilities[fitted])
    except ValueError:  # every answer is right, or none
        return result
    others, before = labels[judged], probabilities[judged]
    after = with_temperature(before, temperature)
    result["temperature"] = {
        "value": temperature,
        "pictures": len(others),
        "nll_before": negative_log_likelihood(others, before),
        "nll_after": negative_log_likelihood(others, after),
        "ece_before": expected_calibration_error(others, before),
        "ece_after": expected_calibration_error(others, after),
    }
    return result


def _per_class(
    matrix: np.ndarray, seen: np.ndarray, areas: Sequence[float | None], classes: Sequence[str]
) -> list[dict]:
    """One row for each class that has pictures."""
    rates = {name: rate(matrix) for name, rate in RATES.items()}
    rows = []
    for k, area in zip(seen.tolist(), areas, strict=True):
        row: dict[str, Any] = {
            "class": classes[k],
            "pictures": int(matrix[k].sum()),
            "predicted": int(matrix[:, k].sum()),
            "right": int(matrix[k, k]),
        }
        for name, values in rates.items():
            row[name] = None if _undefined(name, None, seen) else float(values[k])
        wrong = matrix[k].copy()
        wrong[k] = 0
        taken_for = int(wrong.argmax())
        row["auc"] = area
        row["most_often_taken_for"] = classes[taken_for] if wrong[taken_for] else None
        row["times"] = int(wrong[taken_for])
        rows.append(row)
    return rows


def _undefined(name: str, average: str | None, seen: np.ndarray) -> bool:
    return name in NEEDS_OTHERS and average != "micro" and len(seen) == 1
