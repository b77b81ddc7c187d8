"""Lesson 12: right functions pass, however they are written.

`test_lessons.py` has what holds for every lesson.
"""

import numpy as np
import pytest

from tinyalex.coursework.engine.checker import check_task
from tinyalex.coursework.lesson_12 import intervals, measured
from tinyalex.coursework.lesson_12.task import LESSON
from tinyalex.metrics import RATES, auc

TOP_K, RANKS, AUC = LESSON.tasks


def assert_known(ties):
    if ties not in ("against", "share"):
        raise ValueError("no such ties")


def top_k_by_loops(labels, scores, k=1, ties="against"):
    if not 1 <= k <= np.shape(scores)[1]:
        raise ValueError("no such k")
    assert_known(ties)
    missed = 0.0
    for label, row in zip(labels, scores, strict=True):
        higher = sum(s > row[label] for s in row)
        equal = sum(s == row[label] for s in row)
        if higher + equal <= k:
            continue
        slots = max(0, k - higher)
        missed += 1 if ties == "against" else 1 - slots / equal
    return missed / len(labels)


def top_k_by_sorting(labels, scores, k=1, ties="against"):
    if not 1 <= k <= scores.shape[1]:
        raise ValueError("no such k")
    assert_known(ties)
    last_in = np.sort(scores, axis=1)[:, -k]  # the k-th highest
    own = scores[np.arange(len(labels)), labels]
    tied = (scores == last_in[:, None]).sum(axis=1)
    above = (scores > last_in[:, None]).sum(axis=1)
    at_the_edge = (k - above) / tied
    if ties == "against":
        at_the_edge = at_the_edge == 1
    return float(1 - np.where(own > last_in, 1, np.where(own == last_in, at_the_edge, 0)).mean())


def top_k_by_orders(labels, scores, k=1, ties="against"):
    """argsort with the own class pushed behind its equals; shared credit as slots / equals."""
    if not 1 <= k <= scores.shape[1]:
        raise ValueError("no such k")
    assert_known(ties)
    C = scores.shape[1]
    is_own = np.arange(C) == np.asarray(labels)[:, None]
    worst = np.array([np.lexsort((own, -row)) for row, own in zip(scores, is_own, strict=True)])
    place = (worst == np.asarray(labels)[:, None]).argmax(axis=1)  # behind all its equals
    if ties == "against":
        return np.mean(place >= k)
    equal = (scores == scores[is_own][:, None]).sum(axis=1)
    first = place - equal + 1
    return 1 - np.mean([np.clip(k - f, 0, e) / e for f, e in zip(first, equal, strict=True)])


def ranks_by_counting(scores):
    scores = np.asarray(scores)
    below = (scores[None] < scores[:, None]).sum(axis=1)
    equal = (scores[None] == scores[:, None]).sum(axis=1)
    return below + (equal + 1) / 2


def ranks_by_walking(scores):
    order = sorted(range(len(scores)), key=lambda n: scores[n])
    ranks, start = [0.0] * len(scores), 0
    while start < len(order):
        end = start
        while end < len(order) and scores[order[end]] == scores[order[start]]:
            end += 1
        for n in order[start:end]:
            ranks[n] = (start + 1 + end) / 2
        start = end
    return np.array(ranks)


def ranks_by_searchsorted(scores):
    line = np.sort(scores)
    left, right = (np.searchsorted(line, scores, side) for side in ("left", "right"))
    return (left + 1 + right) / 2


def auc_by_pairs(positive, scores):
    wins = pairs = 0
    for s, p in zip(scores, positive, strict=True):
        for t, q in zip(scores, positive, strict=True):
            if p and not q:
                pairs += 1
                wins += 1 if s > t else 0.5 if s == t else 0
    if not pairs:
        raise ValueError("one kind is missing")
    return wins / pairs


def auc_by_trapezoids(positive, scores):
    if positive.all() or not positive.any():
        raise ValueError("one kind is missing")
    thresholds = [np.inf, *np.unique(scores)[::-1]]
    tpr = np.array([(scores[positive] >= t).mean() for t in thresholds])
    fpr = np.array([(scores[~positive] >= t).mean() for t in thresholds])
    return float(((tpr[1:] + tpr[:-1]) / 2 * np.diff(fpr)).sum())


def auc_by_own_ranks(positive, scores):
    p = int(positive.sum())
    m = len(positive) - p
    if p * m == 0:
        raise ValueError("one kind is missing")
    return (ranks_by_counting(scores)[positive].sum() - p * (p + 1) / 2) / (p * m)


RIGHT = [
    *((TOP_K, f) for f in (top_k_by_loops, top_k_by_sorting, top_k_by_orders)),
    *((RANKS, f) for f in (ranks_by_counting, ranks_by_walking, ranks_by_searchsorted)),
    *((AUC, f) for f in (auc_by_pairs, auc_by_trapezoids, auc_by_own_ranks)),
]


@pytest.mark.slow
@pytest.mark.parametrize(("task", "written"), RIGHT, ids=[f.__name__ for _, f in RIGHT])
def test_right_functions_pass(task, written):
    for seed in range(10):
        verdict = check_task(written, task, seed)
        assert verdict.passed, str(verdict)


def test_intervals_of_the_text():
    assert np.round(intervals.wilson(0, 100), 3).tolist() == [0, 0.037]
    errors = [(0.407, 50_000, 0.0022), (0.375, 150_000, 0.0013), (0.26, 3925, 0.007)]
    assert all(round(intervals.standard_error(e, n), 4) == size for e, n, size in errors)
    positive, scores = np.array([0, 1, 0, 0, 1, 1], bool), np.array([1, 2, 2, 3, 4, 5])
    assert round(intervals.error_of_area(positive, scores), 2) == 0.19
    assert round((300 - 261) ** 2 / 561, 1) == 2.7
    assert intervals.mcnemar(300, 261) > 0.05 > intervals.mcnemar(310, 250)
    assert intervals.mcnemar(5, 0) == 2 / 32


def test_the_error_of_an_area_is_that_of_many_draws():
    rng, positive = np.random.default_rng(0), np.arange(60) < 20
    drawn = [rng.normal(size=60) + positive for _ in range(2000)]
    spread = np.std([auc(positive, scores) for scores in drawn])
    assert np.isclose(intervals.error_of_area(positive, drawn[0]), spread, rtol=0.25)


def test_which_means_agree_for_equal_class_sizes():
    matrix = np.array([[40, 8, 2], [10, 35, 5], [3, 20, 27]])
    agree = {
        name for name, f in RATES.items() if np.isclose(f(matrix, "macro"), f(matrix, "micro"))
    }
    others = {"sensitivity"} & set(RATES)
    same = {"accuracy", "recall", "specificity", "youden_j", "false_positive_rate"}
    assert agree == same | others


def test_seeds_of_the_text():
    kept, without = (100 * np.array(errors) for errors in measured.ERRORS.values())
    assert [round(x, 1) for x in (kept.mean(), without.mean())] == [44.0, 47.3]
    assert [round(x, 1) for x in (np.ptp(kept), without.min() - kept.max())] == [4.3, -0.6]
    assert round(without.max() - kept.min(), 1) == 8.4
    error = np.sqrt((kept.var(ddof=1) + without.var(ddof=1)) / 8)
    assert round(error, 1) == 0.8


def test_calibration_of_the_text():
    for bins, error in zip(measured.RELIABILITY.values(), (0.205, 0.033), strict=True):
        share, confidence, accuracy = np.array(bins).T
        assert np.isclose(share.sum(), 1, atol=0.005)
        assert np.isclose((share * np.abs(confidence - accuracy)).sum(), error, atol=0.001)
