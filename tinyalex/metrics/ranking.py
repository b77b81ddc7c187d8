"""Two classes ranked by a score: ranks, the area under the ROC curve, and the curve itself."""

from __future__ import annotations

import numpy as np

from tinyalex.metrics.checks import checked_pair


def average_ranks(scores: np.ndarray) -> np.ndarray:
    """Ranks 1..n of scores (n,) in ascending order; equal scores share their mean rank."""
    _, group, counts = np.unique(scores, return_inverse=True, return_counts=True)
    last = counts.cumsum()  # a group of equal scores has the ranks last - count + 1 .. last
    return (last - (counts - 1) / 2)[group]


def auc(positive: np.ndarray, scores: np.ndarray) -> float:
    """The area under the ROC curve, (S − n₊(n₊ + 1)/2) / (n₊ n₋), in O(n log n).

    positive (n,) bool, scores (n,). S is the sum of the positives' ranks in ascending order, ties
    at their average. The area is P(s₊ > s₋) + ½ P(s₊ = s₋): how often a positive sample scores
    higher than a negative one (Mann and Whitney). ValueError if either kind is missing.
    """
    positive, scores = checked_pair(positive, scores)
    n_positive = int(positive.sum())
    n_negative = len(positive) - n_positive
    S = average_ranks(scores)[positive].sum()
    return float((S - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative))


def roc_curve(
    positive: np.ndarray, scores: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """False and true positive rates when all scores of at least a threshold are called positive.

    positive (n,) bool, scores (n,). Returns (fpr, tpr, thresholds), each (distinct scores + 1,):
    from (0, 0) at threshold infinity to (1, 1). Equal scores form one slanted step, so the
    trapezoids under the curve add up to `auc`. ValueError if either kind is missing.
    """
    positive, scores = checked_pair(positive, scores)
    values, group = np.unique(scores, return_inverse=True)
    at_least = np.stack(
        [np.bincount(group, ~positive), np.bincount(group, positive)]
    )  # negatives and positives of each distinct score
    at_least = at_least[:, ::-1].cumsum(axis=1)
    fpr, tpr = np.concatenate([np.zeros((2, 1)), at_least / at_least[:, -1:]], axis=1)
    return fpr, tpr, np.concatenate([[np.inf], values[::-1].astype(float)])
