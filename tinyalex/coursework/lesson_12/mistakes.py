"""Lesson 12: wrong measures. Each docstring is what the student reads."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.mistakes.mistake import mistake
from tinyalex.metrics import auc, average_ranks, top_k_error
from tinyalex.metrics.checks import checked_pair, checked_scores


@mistake("12-top_k_accuracy", of="top_k_error")
def top_k_accuracy(labels, scores, k=1, ties="against"):
    """the result is the accuracy; the error is 1 minus that."""
    return 1 - top_k_error(labels, scores, k, ties)


@mistake("12-top_k_percent", of="top_k_error")
def top_k_percent(labels, scores, k=1, ties="against"):
    """the result is a percentage; it should be a share between 0 and 1."""
    return 100 * top_k_error(labels, scores, k, ties)


@mistake("12-top_k_ties_for", of="top_k_error")
def top_k_ties_for(labels, scores, k=1, ties="against"):
    """ties count in favor of the class, so a network with equal scores for all classes looks
    perfect."""
    if ties == "share":
        return top_k_error(labels, scores, k, ties)
    labels, scores = checked_scores(labels, scores)
    top_k_error(labels, scores, k)  # for its check of k
    own = np.take_along_axis(scores, labels[:, None], axis=1)
    return float(((scores > own).sum(axis=1) >= k).mean())


@mistake("12-top_k_lowest", of="top_k_error")
def top_k_lowest(labels, scores, k=1, ties="against"):
    """the k lowest scores are used: argsort sorts in ascending order."""
    return top_k_error(labels, -np.asarray(scores), k, ties)


@mistake("12-top_k_only_the_kth", of="top_k_error")
def top_k_only_the_kth(labels, scores, k=1, ties="against"):
    """only the k-th guess counts; any of the first k is enough."""
    error = top_k_error(labels, scores, k, ties)
    return error if k == 1 else 1 - (top_k_error(labels, scores, k - 1, ties) - error)


@mistake("12-top_k_always_half", of="top_k_error")
def top_k_always_half(labels, scores, k=1, ties="against"):
    """with "share" every tie gets half; the credit is the slots left / the classes that tie."""
    if ties == "against":
        return top_k_error(labels, scores, k)
    shared, strict = (top_k_error(labels, scores, k, t) for t in ("share", "against"))
    if shared == strict:
        return shared
    labels, scores = checked_scores(labels, scores)
    own = np.take_along_axis(scores, labels[:, None], axis=1)
    higher, equal = (scores > own).sum(axis=1), (scores == own).sum(axis=1)
    credit = np.where(higher + equal <= k, 1, np.where(higher < k, 0.5, 0))
    return float((1 - credit).mean())


@mistake("12-ranks_from_zero", of="average_ranks")
def ranks_from_zero(scores):
    """ranks start at 0; the formula for the area needs them to start at 1."""
    return average_ranks(scores) - 1


@mistake("12-ranks_ordinal", of="average_ranks")
def ranks_ordinal(scores):
    """equal scores get different ranks, by their order in the array; they should share the mean."""
    order = np.argsort(scores, kind="stable")
    ranks = np.empty(len(order))
    ranks[order] = np.arange(1, len(order) + 1)
    return ranks


@mistake("12-ranks_lowest", of="average_ranks")
def ranks_lowest(scores):
    """equal scores all get the lowest of their ranks; they should share the mean."""
    scores = np.asarray(scores)
    return np.array([1.0 + (scores < score).sum() for score in scores])


@mistake("12-ranks_dense", of="average_ranks")
def ranks_dense(scores):
    """equal scores use up only one rank; a group of three uses up three."""
    return 1.0 + np.unique(scores, return_inverse=True)[1]


@mistake("12-ranks_one_argsort", of="average_ranks")
def ranks_one_argsort(scores):
    """a single argsort gives the sample at each rank, not the rank of each sample."""
    return np.argsort(scores, kind="stable") + 1.0


@mistake("12-ranks_downwards", of="average_ranks")
def ranks_downwards(scores):
    """rank 1 goes to the highest score; it belongs to the lowest."""
    return average_ranks(-np.asarray(scores))


@mistake("12-auc_counts_positives", of="auc")
def auc_counts_positives(positive, scores):
    """S is the number of positive samples, a slip seen in print; it should be the sum of their
    ranks."""
    positive, _ = checked_pair(positive, scores)
    p, m = positive.sum(), (~positive).sum()
    return float((p - p * (p + 1) / 2) / (p * m))


@mistake("12-auc_downwards", of="auc")
def auc_downwards(positive, scores):
    """samples are ranked from the highest score down, which gives 1 − AUC."""
    return 1 - auc(positive, scores)


@mistake("12-auc_ties_ordinal", of="auc")
def auc_ties_ordinal(positive, scores):
    """tied samples get different ranks, so the area depends on the order of the samples."""
    positive, scores = checked_pair(positive, scores)
    return _area(positive, ranks_ordinal(scores))


@mistake("12-auc_ties_lose", of="auc")
def auc_ties_lose(positive, scores):
    """a tie counts as lost; it should count half."""
    positive, scores = checked_pair(positive, scores)
    return float((scores[positive][:, None] > scores[~positive]).mean())


@mistake("12-auc_ties_win", of="auc")
def auc_ties_win(positive, scores):
    """a tie counts as won; it should count half."""
    positive, scores = checked_pair(positive, scores)
    return float((scores[positive][:, None] >= scores[~positive]).mean())


@mistake("12-auc_nothing_taken_away", of="auc")
def auc_nothing_taken_away(positive, scores):
    """n₊(n₊ + 1)/2 is not subtracted; it is the rank sum that the lowest n₊ places would have."""
    positive, scores = checked_pair(positive, scores)
    S = average_ranks(scores)[positive].sum()
    return float(S / (positive.sum() * (~positive).sum()))


@mistake("12-auc_ranks_from_zero", of="auc")
def auc_ranks_from_zero(positive, scores):
    """the ranks start at 0, but n₊(n₊ + 1)/2 assumes ranks that start at 1."""
    positive, scores = checked_pair(positive, scores)
    return _area(positive, average_ranks(scores) - 1)


@mistake("12-auc_wrong_pairs", of="auc")
def auc_wrong_pairs(positive, scores):
    """the sum is divided by n² / 4; there are n₊ · n₋ pairs."""
    positive, scores = checked_pair(positive, scores)
    pairs = positive.sum() * (~positive).sum()
    return float(auc(positive, scores) * pairs / (len(positive) ** 2 / 4))


def _area(positive, ranks):
    p, m = positive.sum(), (~positive).sum()
    return float((ranks[positive].sum() - p * (p + 1) / 2) / (p * m))
