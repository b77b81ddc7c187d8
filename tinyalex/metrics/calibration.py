"""Calibration: of the answers given with 80% confidence, are 80% right?

probabilities are (n, classes), each row of sum 1; the confidence of an answer is its largest
probability. Equations and names as in Guo et al. 2017, "On Calibration of Modern Neural Networks".
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tinyalex.metrics.checks import checked_scores

SMALLEST, LARGEST = 1e-3, 1e3  # temperatures


class Reliability(NamedTuple):
    """Per bin of confidence, each array (bins,): confidence and accuracy are NaN where count is 0.

    Bin i holds the samples with i / bins < confidence ≤ (i + 1) / bins.
    """

    count: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray


def reliability(probabilities: np.ndarray, labels: np.ndarray, bins: int = 15) -> Reliability:
    """How many answers are in each bin, their mean confidence, and the share that is right."""
    labels, p = checked_probabilities(labels, probabilities)
    if isinstance(bins, bool) or not isinstance(bins, int | np.integer) or bins < 1:
        raise ValueError(f"bins must be a whole number of at least 1; got {bins!r}")
    confidence, right = p.max(axis=1), p.argmax(axis=1) == labels
    # Which bin is decided by comparison with its edges, not by rounding a product.
    edges = np.arange(1, bins) / bins
    place = np.searchsorted(edges, confidence, side="left")
    count = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        means = [np.bincount(place, what, bins) / count for what in (confidence, right)]
    return Reliability(count, *means)


def expected_calibration_error(
    probabilities: np.ndarray, labels: np.ndarray, bins: int = 15
) -> float:
    """ECE = Σ_b (count_b / n) · |accuracy_b − confidence_b| (Naeini et al. 2015; Guo et al. 2017).

    0 for answers that are right as often as their confidence says. It depends on the bins: too few
    hide errors of opposite sign, and too many compare single answers.
    """
    count, confidence, accuracy = reliability(probabilities, labels, bins)
    seen = count > 0
    gaps = np.abs(accuracy - confidence)[seen]
    return float(gaps @ count[seen] / count.sum())


def negative_log_likelihood(
    logits: np.ndarray, labels: np.ndarray, temperature: float = 1.0
) -> float:
    """The mean of −ln p(label), with p = softmax(logits / temperature).

    Of probabilities, pass the logarithms. Infinite if a label's probability is 0.
    """
    labels, z = _checked_logits(labels, logits)
    if not 0 < temperature < np.inf:
        raise ValueError(f"the temperature must be a positive number; got {temperature}")
    z = z / temperature
    return float(np.mean(np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), labels]))


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The T that minimizes the mean of −ln softmax(logits / T)[label] (Guo et al. 2017, 4.2).

    logits: (n, classes), or the logarithms of probabilities, which differ from the logits by a
    constant in each row. T changes no answer, only its confidence. With s = 1 / T the mean is
    convex, and its slope in s is the mean of Σ_k p_k z_k − z_label. Newton's method finds where
    that is 0, with bisection where a step goes too far. Where there is no such place, T is the end
    of the range of 0.001 to 1,000: the least if all answers are right, the most if the confidences
    are no better than a guess.
    """
    labels, z = _checked_logits(labels, logits)
    own = z[np.arange(len(z)), labels]
    if np.isneginf(own).any():
        place = int(np.isneginf(own).argmax())
        raise ValueError(
            f"logits[{place}, {labels[place]}], of the label, is −∞: no temperature mends that"
        )
    finite = np.where(np.isneginf(z), 0.0, z)  # a class of probability 0 has no part in the mean

    def slopes(s: float) -> tuple[float, float]:
        """The first and second derivative of the mean in s."""
        p = np.exp(s * z)
        p /= p.sum(axis=1, keepdims=True)
        mean = (p * finite).sum(axis=1)
        variance = (p * finite**2).sum(axis=1) - mean**2
        return float(np.mean(mean - own)), float(np.mean(variance))

    low, high, s = 1 / LARGEST, 1 / SMALLEST, 1.0
    if slopes(low)[0] >= 0:
        return LARGEST
    if slopes(high)[0] <= 0:
        return SMALLEST
    for _ in range(200):
        slope, curvature = slopes(s)
        low, high = (s, high) if slope < 0 else (low, s)
        last, s = s, s - slope / curvature if curvature > 0 else 0.0
        if not low < s < high:  # Newton's step leaves the bracket: halve it instead
            s = float(np.sqrt(low * high))
        if abs(s - last) <= 1e-12 * s:
            break
    return float(1 / s)


def checked_probabilities(
    labels: np.ndarray, probabilities: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """labels (n,) and float64 probabilities (n, classes), from 0 to 1 and of sum 1 in each row."""
    labels, p = checked_scores(labels, probabilities)
    p = p.astype(np.float64)
    outside = (p < 0) | (p > 1 + 1e-6)
    if outside.any():
        i, k = np.argwhere(outside)[0]
        raise ValueError(f"probabilities[{i}, {k}] is {p[i, k]:g}: it must be from 0 to 1")
    sums = p.sum(axis=1)
    off = np.abs(sums - 1) > 1e-3
    if off.any():
        i = int(off.argmax())
        raise ValueError(f"the probabilities of sample {i} have the sum {sums[i]:g}, not 1")
    return labels, p


def _checked_logits(labels: np.ndarray, logits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """labels, and the logits as float64 with a maximum of 0 in each row."""
    labels, z = checked_scores(labels, logits)
    z = z.astype(np.float64)
    top = z.max(axis=1, keepdims=True)
    if not np.isfinite(top).all():
        i = int((~np.isfinite(top)).argmax())
        raise ValueError(f"the largest logit of sample {i} is {top[i, 0]:g}: it must be finite")
    return labels, z - top
