"""The area under the ROC curve for many classes: by pairs, and each class against the rest."""

from __future__ import annotations

import numpy as np

from tinyalex.metrics.checks import checked_classes, checked_scores
from tinyalex.metrics.ranking import auc


def pairwise_auc(
    labels: np.ndarray, scores: np.ndarray, classes: np.ndarray | None = None
) -> np.ndarray:
    """A[i, j] = A(i|j): how often a sample of class i scores higher for i than one of class j.

    labels (n,), scores (n, C); returns (C, C), or (c, c) for the `classes` chosen. Ties count
    half, so the diagonal is ½. Ranking only the samples of i and j by their score for i,
    A(i|j) = (S_i − n_i(n_i + 1)/2) / (n_i n_j), where S_i is the sum of i's ranks (Hand and Till
    2001, equation 3). ValueError if a class has no samples.

    The numerator counts the pairs that i wins. A score's position among the sorted scores of i
    shows how many of them it loses to, whatever its own class, so one sort and n searches serve all
    j. This takes O(|C| n log n) for n samples; ranking each pair separately takes O(|C|² n log n).
    """
    labels, scores, classes = _with_samples(labels, scores, classes)
    place = np.full(scores.shape[1], -1)
    place[classes] = np.arange(len(classes))
    kept = place[labels] >= 0
    labels, scores = labels[kept], scores[kept]
    counts = np.bincount(place[labels], minlength=len(classes))
    A = np.empty((len(classes), len(classes)))
    for i, number in enumerate(classes):
        column = np.ascontiguousarray(scores[:, number])
        own = np.sort(column[labels == number])
        below = np.searchsorted(own, column, "left")
        not_above = np.searchsorted(own, column, "right")
        wins = len(own) - (below + not_above) / 2  # of i's samples over each one; ties half
        A[i] = np.bincount(place[labels], wins, minlength=len(classes)) / (len(own) * counts)
    return A


def hand_till(labels: np.ndarray, scores: np.ndarray, absent: str = "raise") -> float:
    """M = 2 / (c(c − 1)) Σ_{i<j} ½ (A(i|j) + A(j|i)): all pairs of classes count equally.

    Hand and Till 2001; insensitive to how common the classes are. labels (n,), scores (n, C).
    For two classes it is the area under the ROC curve. The definition costs O(|C|² n log n), this
    function O(|C| n log n): see `pairwise_auc`.

    absent: for a class without samples "raise" a ValueError, or "omit" it from the mean.
    """
    labels, scores = checked_scores(labels, scores)
    A = pairwise_auc(labels, scores, _to_average(labels, scores, absent))
    c = len(A)
    return float((A.sum() - A.trace()) / (c * (c - 1)))


def one_against_rest_auc(
    labels: np.ndarray, scores: np.ndarray, classes: np.ndarray | None = None
) -> np.ndarray:
    """The area under the ROC curve of each class against all others, (C,), in O(|C| n log n).

    labels (n,), scores (n, C). classes: the numbers (c,) of the classes wanted; the result is then
    (c,). ValueError if a class has no samples or all of them.
    """
    labels, scores, classes = _with_samples(labels, scores, classes)
    return np.array([auc(labels == k, scores[:, k]) for k in classes])


def provost_domingos(labels: np.ndarray, scores: np.ndarray, absent: str = "raise") -> float:
    """Σ_k p(k) AUC(k against the rest), where p(k) is class k's share of the samples.

    Provost and Domingos 2001; common classes count more. labels (n,), scores (n, C).
    O(|C| n log n). absent: as for `hand_till`; an omitted class has no weight anyway.
    """
    labels, scores = checked_scores(labels, scores)
    classes = _to_average(labels, scores, absent)
    shares = np.bincount(labels, minlength=scores.shape[1])[classes] / len(labels)
    return float(shares @ one_against_rest_auc(labels, scores, classes))


def _with_samples(
    labels: np.ndarray, scores: np.ndarray, classes: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All three checked; ValueError if one of the classes has no samples."""
    labels, scores = checked_scores(labels, scores)
    classes = checked_classes(classes, scores.shape[1])
    missing = np.setdiff1d(classes, labels)
    if len(missing):
        raise ValueError(
            f"class {missing[0]} has no samples, so it has no AUC: pass `classes` without it"
        )
    return labels, scores, classes


def _to_average(labels: np.ndarray, scores: np.ndarray, absent: str) -> np.ndarray:
    """The classes that a mean is taken over."""
    if absent not in ("raise", "omit"):
        raise ValueError(f"absent is {absent!r}: give 'raise' or 'omit'")
    seen = np.unique(labels)
    if absent == "raise" and len(seen) < scores.shape[1]:
        missing = np.setdiff1d(np.arange(scores.shape[1]), seen)[0]
        raise ValueError(f"class {missing} has no samples: absent='omit' leaves such classes out")
    if len(seen) < 2:
        raise ValueError("the samples are all of one class: an AUC needs two")
    return seen
