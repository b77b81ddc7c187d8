"""The measures: worked cases, what must hold for any numbers, and what is refused."""

import subprocess
import sys
import time
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tinyalex import metrics

# Three classes, ten samples; class 2 is never predicted.
LABELS = np.array([0, 0, 0, 0, 0, 1, 1, 1, 2, 2])
PREDICTED = np.array([0, 0, 0, 0, 1, 1, 1, 0, 0, 1])
MATRIX = metrics.confusion_matrix(LABELS, PREDICTED, 3)
quick = settings(max_examples=60, deadline=None)


@st.composite
def problems(draw, most=6):
    """Labels (n,) of which some class may be absent, and scores (n, C) with many ties."""
    C, n = draw(st.integers(2, most)), draw(st.integers(2, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    labels = rng.integers(0, C, n)
    assume(len(np.unique(labels)) > 1)
    return labels, rng.integers(0, draw(st.integers(2, 50)), (n, C)) / 7


class TestRates:
    def test_the_matrix_counts_true_classes_in_rows(self):
        assert MATRIX.tolist() == [[4, 1, 0], [1, 2, 0], [1, 1, 0]]
        assert metrics.confusion_matrix(LABELS, PREDICTED).shape == (3, 3)
        assert metrics.confusion_matrix(LABELS, PREDICTED, 5).sum() == 10

    def test_each_class_against_the_rest(self):
        counts = metrics.one_against_rest(MATRIX)
        assert [count.tolist() for count in counts] == [
            [4, 2, 0],
            [2, 2, 0],
            [1, 1, 2],
            [3, 5, 8],
        ]

    @pytest.mark.parametrize(
        ("rate", "per_class", "micro"),
        [
            (metrics.accuracy, [7 / 10, 7 / 10, 8 / 10], 22 / 30),
            (metrics.recall, [4 / 5, 2 / 3, 0], 6 / 10),
            (metrics.precision, [4 / 6, 2 / 4, 0], 6 / 10),
            (metrics.specificity, [3 / 5, 5 / 7, 1], 16 / 20),
            (metrics.false_positive_rate, [2 / 5, 2 / 7, 0], 4 / 20),
            (metrics.f1, [8 / 11, 4 / 7, 0], 6 / 10),
            (metrics.youden_j, [2 / 5, 2 / 3 + 5 / 7 - 1, 0], 6 / 10 + 16 / 20 - 1),
        ],
    )
    def test_worked_by_hand(self, rate, per_class, micro):
        np.testing.assert_allclose(rate(MATRIX), per_class, rtol=1e-14)
        assert rate(MATRIX, "micro") == pytest.approx(micro, rel=1e-14)
        assert rate(MATRIX, "macro") == pytest.approx(sum(per_class) / 3, rel=1e-14)
        weighted = np.dot([5, 3, 2], per_class) / 10
        assert rate(MATRIX, "weighted") == pytest.approx(weighted, rel=1e-14)

    def test_sensitivity_is_recall(self):
        assert metrics.sensitivity is metrics.recall

    def test_zero_by_zero_is_a_choice(self):
        assert metrics.precision(MATRIX)[2] == 0
        assert metrics.precision(MATRIX, zero_division=1)[2] == 1
        assert metrics.precision(MATRIX, "macro") == pytest.approx((4 / 6 + 2 / 4) / 3)
        omitted = metrics.precision(MATRIX, "macro", zero_division="omit")
        assert omitted == pytest.approx((4 / 6 + 2 / 4) / 2)
        omitted = metrics.precision(MATRIX, "weighted", zero_division="omit")
        assert omitted == pytest.approx((5 * 4 / 6 + 3 * 2 / 4) / 8)
        with pytest.raises(ValueError, match="0/0 for class 2"):
            metrics.precision(MATRIX, "macro", zero_division="raise")

    def test_a_class_never_seen(self):
        matrix = metrics.confusion_matrix([0, 0, 1], [0, 1, 1], 3)
        assert metrics.recall(matrix).tolist() == [0.5, 1, 0]
        assert metrics.youden_j(matrix, zero_division=-1).tolist()[2] == -1
        assert metrics.recall(matrix, "macro", "omit") == 0.75
        assert metrics.recall(matrix, "macro", classes=[0, 1]) == 0.75
        assert metrics.recall(matrix, "weighted") == pytest.approx(2 / 3)
        assert metrics.recall(matrix, "weighted", 0.3, classes=[2]) == 0.3

    def test_only_one_class_has_no_specificity(self):
        matrix = metrics.confusion_matrix([1, 1], [1, 1], 2)
        assert metrics.specificity(matrix).tolist() == [1, 0]
        assert metrics.false_positive_rate(matrix, zero_division=0.5).tolist() == [0, 0.5]
        with pytest.raises(ValueError, match="nothing to average"):
            metrics.specificity(matrix, "macro", "omit", classes=[1])

    @pytest.mark.slow
    @quick
    @given(problems())
    def test_what_holds_for_any_numbers(self, problem):
        labels, scores = problem
        C = scores.shape[1]
        predicted = scores.argmax(axis=1)
        matrix = metrics.confusion_matrix(labels, predicted, C)
        right = (labels == predicted).mean()
        for rate in (metrics.recall, metrics.precision, metrics.f1):
            assert rate(matrix, "micro") == pytest.approx(right)
        assert metrics.recall(matrix, "weighted") == pytest.approx(right)
        seen = np.unique(labels)
        J = metrics.recall(matrix) + metrics.specificity(matrix) - 1
        np.testing.assert_allclose(metrics.youden_j(matrix)[seen], J[seen], atol=1e-14)
        np.testing.assert_allclose(
            metrics.false_positive_rate(matrix)[seen], 1 - metrics.specificity(matrix)[seen]
        )
        order = np.random.default_rng(0).permutation(C)
        renamed = matrix[np.ix_(order, order)]
        for rate in metrics.RATES.values():
            np.testing.assert_array_equal(rate(renamed), rate(matrix)[order])
            assert np.isfinite(rate(matrix)).all()
            for average in ("micro", "macro", "weighted"):
                assert rate(renamed, average) == pytest.approx(rate(matrix, average))


class TestRanking:
    def test_equal_scores_share_their_rank(self):
        assert metrics.average_ranks(np.array([3, 1, 3, 2, 3])).tolist() == [4, 1, 4, 2, 4]

    def test_area_by_hand(self):
        # Of 2 × 3 pairs the positives win 4 and tie 1.
        assert metrics.auc([1, 1, 0, 0, 0], [0.9, 0.5, 0.5, 0.7, 0.1]) == pytest.approx(4.5 / 6)

    def test_extremes(self):
        assert metrics.auc([True, True, False], [3, 2, 1]) == 1
        assert metrics.auc([True, True, False], [1, 2, 3]) == 0
        assert metrics.auc([True, True, False], [7, 7, 7]) == 0.5
        assert metrics.auc([True, False], [np.inf, -np.inf]) == 1

    def test_curve_by_hand(self):
        fpr, tpr, thresholds = metrics.roc_curve([1, 0, 1, 0], [0.9, 0.8, 0.8, 0.1])
        assert fpr.tolist() == [0, 0, 0.5, 1]
        assert tpr.tolist() == [0, 0.5, 1, 1]
        assert thresholds.tolist() == [np.inf, 0.9, 0.8, 0.1]

    @quick
    @given(problems(most=2))
    def test_area_is_the_share_of_pairs_won_and_the_area_under_the_curve(self, problem):
        labels, scores = problem
        s = scores[:, 1]
        won = np.sign(s[labels == 1][:, None] - s[labels == 0])
        area = metrics.auc(labels, s)
        assert area == pytest.approx((1 + won.mean()) / 2)
        fpr, tpr, thresholds = metrics.roc_curve(labels, s)
        assert np.sum(np.diff(fpr) * (tpr[1:] + tpr[:-1]) / 2) == pytest.approx(area)
        assert (np.diff(thresholds) < 0).all()
        for x, y, threshold in zip(fpr, tpr, thresholds, strict=True):
            assert y == pytest.approx((s[labels == 1] >= threshold).mean())
            assert x == pytest.approx((s[labels == 0] >= threshold).mean())
        assert metrics.auc(labels, np.exp(s)) == pytest.approx(area)  # only the order matters
        assert metrics.auc(1 - labels, s) == pytest.approx(1 - area)


class TestManyClasses:
    @quick
    @given(problems())
    def test_pairs_are_ranked_alone(self, problem):
        labels, scores = problem
        seen = np.unique(labels)
        A = metrics.pairwise_auc(labels, scores, seen)
        assert np.array_equal(A.diagonal(), np.full(len(seen), 0.5))
        for a, b in permutations(range(len(seen)), 2):
            i, j = seen[a], seen[b]
            pair = (labels == i) | (labels == j)
            expected = metrics.auc(labels[pair] == i, scores[pair, i])
            assert A[a, b] == pytest.approx(expected, rel=1e-13)

    @quick
    @given(problems(most=2))
    def test_two_classes_are_the_binary_case(self, problem):
        labels, scores = problem
        scores = np.stack([-scores[:, 1], scores[:, 1]], axis=1)
        area = metrics.auc(labels, scores[:, 1])
        assert metrics.hand_till(labels, scores) == pytest.approx(area)
        assert metrics.provost_domingos(labels, scores) == pytest.approx(area)

    @quick
    @given(problems())
    def test_absent_classes_are_left_out_as_if_there_were_none(self, problem):
        labels, scores = problem
        seen, renamed = np.unique(labels, return_inverse=True)
        for measure in (metrics.hand_till, metrics.provost_domingos):
            expected = measure(renamed, scores[:, seen])
            assert measure(labels, scores, absent="omit") == pytest.approx(expected, rel=1e-13)

    def test_hand_tills_m_does_not_mind_how_common_a_class_is(self):
        rng = np.random.default_rng(0)
        labels, scores = np.repeat([0, 1, 2], 20), rng.integers(0, 9, (60, 3))
        more = np.concatenate([labels, np.repeat(labels[:20], 4)])
        again = np.concatenate([scores, np.repeat(scores[:20], 4, axis=0)])
        ours = metrics.hand_till(labels, scores)
        assert metrics.hand_till(more, again) == pytest.approx(ours, rel=1e-13)
        assert abs(metrics.provost_domingos(more, again) - ours) > 0.003

    @pytest.mark.slow
    def test_a_hundred_classes_take_seconds(self):
        rng = np.random.default_rng(0)
        labels, scores = rng.integers(0, 100, 50_000), rng.random((50_000, 100))
        started = time.process_time()
        M = metrics.hand_till(labels, scores)
        assert time.process_time() - started < 10
        assert abs(M - 0.5) < 0.005


class TestTopK:
    SCORES = np.array([[0.5, 0.2, 0.2, 0.1], [0.25, 0.25, 0.25, 0.25], [0.1, 0.2, 0.3, 0.4]])

    def test_by_hand(self):
        error = [metrics.top_k_error([0, 1, 1], self.SCORES, k) for k in (1, 2, 3, 4)]
        assert error == pytest.approx([2 / 3, 2 / 3, 1 / 3, 0])
        shared = [metrics.top_k_error([0, 1, 1], self.SCORES, k, "share") for k in (1, 2, 3, 4)]
        assert shared == pytest.approx([(0 + 3 / 4 + 1) / 3, (0 + 1 / 2 + 1) / 3, 1 / 12, 0])

    @quick
    @given(problems(most=4), st.integers(1, 2))
    def test_shared_credit_is_the_mean_over_all_orders_of_the_tied(self, problem, k):
        labels, scores = problem
        misses = []
        for order in permutations(range(scores.shape[1])):
            shuffled = scores[:, order]
            best = np.array(order)[np.argsort(-shuffled, axis=1, kind="stable")[:, :k]]
            misses.append(1 - (best == labels[:, None]).any(axis=1).mean())
        shared = metrics.top_k_error(labels, scores, k, ties="share")
        assert shared == pytest.approx(np.mean(misses), abs=1e-12)
        assert metrics.top_k_error(labels, scores, k) >= max(misses) - 1e-12


LINE_OF_SCORES = np.array([[0.1, 0.9], [0.6, 0.4]])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: metrics.confusion_matrix([0, 1], [0]), "2 labels and 1 predictions"),
        (lambda: metrics.confusion_matrix([0, 3], [0, 1], 3), r"labels\[1\] is 3.*0 to 2"),
        (lambda: metrics.confusion_matrix([0, -1], [0, 1]), r"labels\[1\] is -1.*0 or more"),
        (lambda: metrics.confusion_matrix([0, 1], [0, 9], 3), r"predicted\[1\] is 9"),
        (lambda: metrics.confusion_matrix([], []), "integers"),
        (lambda: metrics.confusion_matrix(np.array([], int), np.array([], int)), "are empty"),
        (lambda: metrics.confusion_matrix([0.0, 1.0], [0, 1]), "labels must be integers"),
        (lambda: metrics.confusion_matrix([[0, 1]], [0, 1]), r"shape \(1, 2\)"),
        (lambda: metrics.recall(np.ones((2, 3), int)), r"shape \(2, 3\)"),
        (lambda: metrics.recall(np.eye(3)), "must hold integer counts"),
        (lambda: metrics.recall(np.zeros((3, 3), int)), "only zeros"),
        (lambda: metrics.recall(np.array([[1, -1], [0, 1]])), "negative counts"),
        (lambda: metrics.recall(MATRIX, "mean"), "average is 'mean'"),
        (lambda: metrics.recall(MATRIX, zero_division="nan"), "zero_division is 'nan'"),
        (lambda: metrics.recall(MATRIX, zero_division=np.nan), "zero_division is nan"),
        (lambda: metrics.recall(MATRIX, zero_division="omit"), "needs an average"),
        (lambda: metrics.recall(MATRIX, classes=[0, 3]), r"classes\[1\] is 3"),
        (lambda: metrics.recall(MATRIX, classes=[1, 1]), "occurs twice"),
        (lambda: metrics.auc([1, 1], [0.1, 0.2]), "no sample is negative"),
        (lambda: metrics.roc_curve([0, 0], [0.1, 0.2]), "no sample is positive"),
        (lambda: metrics.auc([0, 2], [0.1, 0.2]), "True or False"),
        (lambda: metrics.auc([0, 1], [0.1, np.nan]), r"scores\[1\] is NaN"),
        (lambda: metrics.auc([0, 1], [0.1]), "2 labels and scores for 1"),
        (lambda: metrics.auc([0, 1], LINE_OF_SCORES), r"shape \(2, 2\)"),
        (lambda: metrics.hand_till([0, 0], LINE_OF_SCORES), "class 1 has no samples"),
        (lambda: metrics.hand_till([0, 0], LINE_OF_SCORES, "omit"), "all of one class"),
        (lambda: metrics.hand_till([0, 1], LINE_OF_SCORES, "skip"), "absent is 'skip'"),
        (lambda: metrics.hand_till([0, 1, 0], LINE_OF_SCORES), "3 labels and scores for 2"),
        (lambda: metrics.hand_till([0, 1], [0.1, 0.9]), r"shape \(n, classes\)"),
        (lambda: metrics.provost_domingos([1, 1], LINE_OF_SCORES), "class 0 has no samples"),
        (lambda: metrics.one_against_rest_auc([1, 1], LINE_OF_SCORES), "class 0 has no samples"),
        (lambda: metrics.pairwise_auc([1, 1], LINE_OF_SCORES), "class 0 has no samples"),
        (lambda: metrics.top_k_error([0, 1], LINE_OF_SCORES, 3), "k is 3.*give 1 to 2"),
        (lambda: metrics.top_k_error([0, 1], LINE_OF_SCORES, 0), "k is 0"),
        (lambda: metrics.top_k_error([0, 1], LINE_OF_SCORES, 1, "half"), "ties is 'half'"),
        (lambda: metrics.top_k_error([0, 2], LINE_OF_SCORES), r"labels\[1\] is 2"),
        (lambda: metrics.top_k_error([0, 1], LINE_OF_SCORES * np.nan), r"scores\[0, 0\] is NaN"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(call, message):
    with pytest.raises(ValueError, match=message) as refused:
        call()
    assert "\n" not in str(refused.value)


def test_usable_without_the_rest():
    code = (
        "import sys; from tinyalex import metrics; print(sorted(name for name in sys.modules if "
        "name.split('.')[0] in ('tinyalex', 'numba', 'matplotlib', 'PIL')))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    ).stdout
    needed = eval(shown)
    extra = [name for name in needed if not name.startswith("tinyalex.metrics")]
    assert extra == ["tinyalex", "tinyalex.backend"]
