"""Top-1 and top-5 error, ImageNet's own measures."""

from __future__ import annotations

import numpy as np

from tinyalex.metrics.checks import checked_scores


def top_k_error(labels: np.ndarray, scores: np.ndarray, k: int = 1, ties: str = "against") -> float:
    """The share of samples whose class is not among the k with the highest scores.

    labels (n,), scores (n, C). If the class ties with others for the last of the k slots, it counts

    ties  "against"  as missed: a network that gives all classes the same score gets nothing right
          "share"    as (slots left / tied classes) found, the mean over all orders of the tied
                     classes; the paper's own program of 2012 did this
    """
    labels, scores = checked_scores(labels, scores)
    if not 1 <= k <= scores.shape[1]:
        raise ValueError(f"k is {k}: with {scores.shape[1]} classes give 1 to {scores.shape[1]}")
    if ties not in ("against", "share"):
        raise ValueError(f"ties is {ties!r}: give 'against' or 'share'")
    own = np.take_along_axis(scores, labels[:, None], axis=1)
    higher = (scores > own).sum(axis=1)
    equal = (scores == own).sum(axis=1)  # itself included
    slots = np.clip(k - higher, 0, equal)
    credit = slots == equal if ties == "against" else slots / equal
    return float((1 - credit).mean())
