"""Calibration: are the probabilities right? Of all answers given with 80%, 80% should be right."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tinyalex.metrics.checks import checked_scores

BINS = 15  # as in Guo et al. 2017
LARGEST = 100.0  # temperatures from 1/100 to 100 are tried
HALVINGS = 60


class Reliability(NamedTuple):
    """Answers by confidence, in bins of equal width between 0 and 1.

    count (bins,): answers in the bin. confidence, accuracy (bins,): their mean probability and the
    share of them that is right; NaN in an empty bin.
    """

    count: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray


def reliability(labels: np.ndarray, probabilities: np.ndarray, bins: int = BINS) -> Reliability:
    """What a reliability diagram shows, for each sample's most likely class.

    labels (n,), probabilities (n, C). Bin b holds confidences in (b/bins, (b+1)/bins].
    ValueError if the rows are not probabilities.
    """
    labels, p = _checked(labels, probabilities)
    if bins < 1:
        raise ValueError(f"bins must be at least 1; got {bins}")
    confidence, right = p.max(axis=1), p.argmax(axis=1) == labels
    place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    count = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        means = [np.bincount(place, what, bins) / count for what in (confidence, right)]
    return Reliability(count, *means)


def expected_calibration_error(
    labels: np.ndarray, probabilities: np.ndarray, bins: int = BINS
) -> float:
    """ECE = Σ_b (n_b / n) · |accuracy_b − confidence_b|  (Guo et al. 2017, equation 3).

    0 is perfect. It depends on `bins`, and few samples make it too large: compare only values of
    the same number of samples and bins.
    """
    count, confidence, accuracy = reliability(labels, probabilities, bins)
    filled = count > 0
    return float(count[filled] @ np.abs(accuracy - confidence)[filled] / count.sum())


def negative_log_likelihood(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """The mean of −ln p[label], in nats. A probability of 0 counts as the smallest normal float."""
    labels, p = _checked(labels, probabilities)
    return float(-_log(p)[np.arange(len(labels)), labels].mean())


def with_temperature(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """softmax(ln p / T): what the network would say with its logits divided by T. T > 0.

    The order of the classes stays, so top-k errors do not change.
    """
    if not temperature > 0:
        raise ValueError(f"temperature must be above 0; got {temperature}")
    z = _log(np.asarray(probabilities)) / temperature
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def fit_temperature(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """The T with the smallest negative log-likelihood of softmax(z / T) (Guo et al. 2017, 4.2).

    With β = 1/T the loss is convex, with slope mean(Σ_c p_c · z_c − z[label]): T is found by
    bisection. Above 1, the network was too sure. Fit it on samples that are not reported.
    ValueError if no T between 1/100 and 100 is best, as when every answer is right.
    """
    labels, p = _checked(labels, probabilities)
    z = _log(p)
    own = z[np.arange(len(labels)), labels]

    def slope(log_beta: float) -> float:
        tempered = with_temperature(p, float(np.exp(-log_beta)))
        return float(((tempered * z).sum(axis=1) - own).mean())

    low, high = -np.log(LARGEST), np.log(LARGEST)
    if not slope(low) < 0 < slope(high):
        raise ValueError(
            f"no temperature between {1 / LARGEST:g} and {LARGEST:g} fits best: "
            f"{(p.argmax(axis=1) == labels).sum()} of {len(labels)} answers are right"
        )
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if slope(middle) > 0 else (middle, high)
    return float(np.exp(-(low + high) / 2))


def _checked(labels, probabilities) -> tuple[np.ndarray, np.ndarray]:
    labels, p = checked_scores(labels, probabilities)
    p = p.astype(np.float64)
    off = np.abs(p.sum(axis=1) - 1)
    if p.min() < 0 or off.max() > 1e-3:
        raise ValueError(
            "probabilities must be at least 0, and each row must sum to 1; "
            f"the smallest is {p.min():g}, row {off.argmax()} sums to {p[off.argmax()].sum():g}"
        )
    return labels, p


def _log(p: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(p, np.finfo(np.float64).tiny))
