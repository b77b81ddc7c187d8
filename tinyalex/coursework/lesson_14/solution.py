"""The simplest classifiers on features: what a network knows without being trained further."""

from __future__ import annotations

import numpy as np


def class_means(features: np.ndarray, labels: np.ndarray, num_classes: int) -> np.ndarray:
    """The mean of every class's features: (num_classes, d).

    features: (n, d), labels: (n,) whole numbers 0 … num_classes − 1. ValueError for a class
    without samples, which has no mean.
    """
    counts = np.bincount(labels, minlength=num_classes)
    if not counts.all():
        raise ValueError(f"class {int(counts.argmin())} has no samples, and so no mean")
    sums = np.zeros((num_classes, features.shape[1]), features.dtype)
    np.add.at(sums, labels, features)
    return sums / counts[:, None]


def nearest_class(features: np.ndarray, means: np.ndarray) -> np.ndarray:
    """For each sample the class whose mean is nearest, by Euclidean distance: (n,).

    features: (n, d), means: (C, d). In a tie, the first class wins.
    """
    distances = ((features[:, None] - means) ** 2).sum(axis=2)
    return distances.argmin(axis=1)


def linear_probe(
    features: np.ndarray, labels: np.ndarray, num_classes: int, decay: float
) -> tuple[np.ndarray, np.ndarray]:
    """W (d, C) and b (C,) that minimize  mean ‖f·W + b − e‖² + decay · ‖W‖²,  in closed form.

    features: (n, d), labels: (n,); e is 1 at the sample's class and 0 elsewhere; the mean is over
    the samples. decay > 0, and ValueError otherwise. b is not shrunk: with their means
    F and E subtracted from f and e,

        W = (fᵀf / n + decay · I)⁻¹ fᵀe / n        b = E − F·W
    """
    if decay <= 0:
        raise ValueError(f"decay must be above 0; got {decay}")
    n, d = features.shape
    one_hot = np.eye(num_classes)[labels]
    F, E = features.mean(axis=0), one_hot.mean(axis=0)
    f, e = features - F, one_hot - E
    W = np.linalg.solve(f.T @ f / n + decay * np.eye(d), f.T @ e / n)
    return W, E - F @ W
