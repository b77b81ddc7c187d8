"""Lesson 12: measuring.

The text is README.md. To check your work: python -m tinyalex.check 12
"""

import numpy as np

from tinyalex.metrics.checks import checked_pair, checked_scores


def top_k_error(labels: np.ndarray, scores: np.ndarray, k: int = 1, ties: str = "against") -> float:
    """The share of samples whose class is not among the k with the highest scores.

    labels (n,), scores (n, C). If the class ties with others for the last of the k slots, it counts

    ties  "against"  as missed: a network that gives all classes the same score gets nothing right
          "share"    as (slots left / tied classes) found, the mean over all orders of the tied
                     classes; the paper's own program of 2012 did this
    """
    labels, scores = checked_scores(labels, scores)  # given: ValueError for what cannot be measured
    if not 1 <= k <= scores.shape[1]:
        raise ValueError(f"k is {k}: with {scores.shape[1]} classes give 1 to {scores.shape[1]}")
    if ties not in ("against", "share"):
        raise ValueError(f"ties is {ties!r}: give 'against' or 'share'")
    # 1. Take the score of each sample's own class, as a column.
    # 2. Count the classes that score higher, and those that score the same, itself included.
    # 3. The higher classes take their slots first. Give each sample a credit from 0 to 1 for the
    #    slots that are left; the error is 1 minus the mean credit.
    raise NotImplementedError("task 12.1: top_k_error")


def average_ranks(scores: np.ndarray) -> np.ndarray:
    """Ranks 1..n of scores (n,) in ascending order; equal scores share their mean rank."""
    # 1. Find the groups of equal scores, in ascending order, and the size of each.
    # 2. The groups take up consecutive ranks: compute the mean rank of each group.
    # 3. Give every sample the mean rank of its group.
    raise NotImplementedError("task 12.2: average_ranks")


def auc(positive: np.ndarray, scores: np.ndarray) -> float:
    """The area under the ROC curve, (S − n₊(n₊ + 1)/2) / (n₊ n₋), in O(n log n).

    positive (n,) bool, scores (n,). S is the sum of the positives' ranks in ascending order, ties
    at their average. The area is P(s₊ > s₋) + ½ P(s₊ = s₋): how often a positive sample scores
    higher than a negative one (Mann and Whitney). ValueError if either kind is missing.
    """
    positive, scores = checked_pair(positive, scores)  # given: ValueError where a kind is missing
    # 1. Rank all samples together: with your average_ranks, or tinyalex.metrics.average_ranks.
    # 2. Sum the ranks of the positive samples.
    # 3. Subtract n₊(n₊ + 1)/2, the rank sum if all positives had the lowest ranks. Divide by the
    #    number of pairs.
    raise NotImplementedError("task 12.3: auc")
