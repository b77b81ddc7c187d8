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
    result["calibration"] = calibration(labels, probabilities)
    never = np.flatnonzero(matrix.sum(axis=0) == 0)
    result["never_predicted"] = [classes[k] for k in np.intersect1d(never, seen)]
    result["per_class"] = _per_class(matrix, seen, areas, classes)
    return result


def calibration(labels: np.ndarray, probabilities: np.ndarray) -> dict:
    """ECE and NLL of all pictures; and a temperature fitted on every other picture of each class,
    with ECE and NLL of the others before and after it. None for these with too few pictures.

    A label's probability of 0 is taken as the least positive float64 (its NLL is 708).
    """
    logs = np.log(np.maximum(probabilities, np.finfo(np.float64).tiny))
    result: dict[str, Any] = _of(logs, labels, 1.0)
    order = np.argsort(labels, kind="stable")
    fitted, held = order[::2], order[1::2]
    result |= {"temperature": None, "held_out_before": None, "held_out_after": None}
    if len(held):
        T = fit_temperature(logs[fitted], labels[fitted])
        result |= {
            "temperature": T,
            "fitted_on": len(fitted),
            "held_out": len(held),
            "held_out_before": _of(logs[held], labels[held], 1.0),
            "held_out_after": _of(logs[held], labels[held], T),
        }
    return result


def _of(logs: np.ndarray, labels: np.ndarray, T: float) -> dict[str, float]:
    p = np.exp((logs - logs.max(axis=1, keepdims=True)) / T)
    p /= p.sum(axis=1, keepdims=True)
    return {
        "ece": expected_calibration_error(p, labels),
        "nll": negative_log_likelihood(logs, labels, T),
    }


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
