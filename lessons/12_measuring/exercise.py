"""Lesson 12: measuring. The text is README.md; python -m tinyalex.check 12 checks."""

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
    # 1. Of every sample take the score of its own class, as a column.
    # 2. Count the classes that score higher, and those that score the same, itself included.
    # 3. The higher ones take their slots first. Give each sample its credit, from 0 to 1, for the
    #    slots that are left; the error is 1 less their mean.
    raise NotImplementedError("task 12.1: top_k_error")


def average_ranks(scores: np.ndarray) -> np.ndarray:
    """Ranks 1..n of scores (n,) in ascending order; equal scores share their mean rank."""
    # 1. Find the groups of equal scores, in ascending order, and how large each is.
    # 2. The ranks of a group are the next ones in line: take their mean.
    # 3. Give every sample the rank of its group.
    raise NotImplementedError("task 12.2: average_ranks")


def auc(positive: np.ndarray, scores: np.ndarray) -> float:
    """The area under the ROC curve, (S − n₊(n₊ + 1)/2) / (n₊ n₋), in O(n log n).

    positive (n,) bool, scores (n,). S is the sum of the positives' ranks in ascending order, ties
    at their average. The area is P(s₊ > s₋) + ½ P(s₊ = s₋): how often a positive sample scores
    higher than a negative one (Mann and Whitney). ValueError if either kind is missing.
    """
    positive, scores = checked_pair(positive, scores)  # given: ValueError where a kind is missing
    # 1. Rank all samples together: with your average_ranks, or tinyalex.metrics.average_ranks.
    # 2. Sum up the ranks of the positive ones.
    # 3. Take away what they would have if all of them stood last, and divide by the pairs.
    raise NotImplementedError("task 12.3: auc")
