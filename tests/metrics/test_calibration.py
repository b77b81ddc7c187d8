"""Calibration: worked cases, a second way of computing each measure, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinyalex import metrics
from tinyalex.figures.reliability import draw_reliability

quick = settings(max_examples=60, deadline=None)

# Two answers with .9 of which one is right, two with .6 which are both right.
P = np.array([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.4, 0.6]])
LABELS = np.array([0, 1, 0, 1])


def drawn(seed, n=400, C=4, sure=1.0):
    """Calibrated probabilities, labels drawn from them, then logits times `sure`."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, C)) * 2
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    labels = np.array([rng.choice(C, p=row) for row in p])
    return labels, metrics.with_temperature(p, 1 / sure)


def test_a_worked_example():
    count, confidence, accuracy = metrics.reliability(LABELS, P, bins=5)
    assert count.tolist() == [0, 0, 2, 0, 2]  # .6 belongs to (.4, .6]
    np.testing.assert_allclose(confidence[[2, 4]], [0.6, 0.9])
    np.testing.assert_allclose(accuracy[[2, 4]], [1, 0.5])
    assert np.isnan(confidence[[0, 1, 3]]).all()
    error = metrics.expected_calibration_error(LABELS, P, bins=5)
    assert error == pytest.approx((2 * 0.4 + 2 * 0.4) / 4)
    expected = -np.log([0.9, 0.1, 0.6, 0.6]).mean()
    assert metrics.negative_log_likelihood(LABELS, P) == pytest.approx(expected)


@quick
@given(st.integers(0, 10**6), st.integers(1, 30), st.integers(1, 20), st.integers(2, 5))
def test_the_error_sample_by_sample(seed, n, bins, C):
    labels, p = drawn(seed, n, C)
    groups = {}
    for label, row in zip(labels, p, strict=True):
        place = next(b for b in range(bins) if row.max() <= (b + 1) / bins or b == bins - 1)
        groups.setdefault(place, []).append((row.max(), row.argmax() == label))
    expected = sum(
        abs(sum(right for _, right in group) - sum(sure for sure, _ in group))
        for group in groups.values()
    )
    assert metrics.expected_calibration_error(labels, p, bins) == pytest.approx(expected / n)


@pytest.mark.parametrize("sure", [0.3, 1.0, 2.5])
def test_the_temperature_takes_back_what_was_too_sure(sure):
    labels, p = drawn(1, n=6000, sure=sure)
    temperature = metrics.fit_temperature(labels, p)
    assert temperature == pytest.approx(sure, rel=0.1)
    best = metrics.negative_log_likelihood(labels, metrics.with_temperature(p, temperature))
    for factor in (0.8, 0.99, 1.01, 1.2):
        other = metrics.with_temperature(p, temperature * factor)
        assert metrics.negative_log_likelihood(labels, other) > best
    if sure != 1:
        errors = [
            metrics.expected_calibration_error(labels, q)
            for q in (p, metrics.with_temperature(p, temperature))
        ]
        assert errors[1] < errors[0] / 2


def test_a_temperature_keeps_the_order():
    _, p = drawn(2)
    for temperature in (0.1, 1, 7):
        q = metrics.with_temperature(p, temperature)
        np.testing.assert_array_equal(q.argsort(axis=1), p.argsort(axis=1))
        np.testing.assert_allclose(q.sum(axis=1), 1)
    np.testing.assert_allclose(metrics.with_temperature(p, 1), p)


def test_a_probability_of_0_has_a_finite_loss():
    p = np.array([[1.0, 0.0], [0.0, 1.0]])
    assert 300 < metrics.negative_log_likelihood([1, 1], p) < 400
    assert np.isfinite(metrics.with_temperature(p, 3)).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: metrics.reliability([0], [[0.5, 0.6]]), "row 0 sums to 1.1"),
        (lambda: metrics.reliability([0], [[1.5, -0.5]]), "the smallest is -0.5"),
        (lambda: metrics.reliability([0], [[0.5, 0.5]], bins=0), "got 0"),
        (lambda: metrics.with_temperature(P, 0.0), "above 0; got 0.0"),
        (lambda: metrics.fit_temperature([0, 0], P[:2]), "2 of 2 answers are right"),
        (lambda: metrics.fit_temperature([1, 1], P[:2]), "0 of 2 answers are right"),
        (lambda: metrics.negative_log_likelihood([2], P[:1]), "0 to 1"),
    ],
)
def test_what_is_refused(call, words):
    with pytest.raises(ValueError, match=words.replace(".", r"\.")):
        call()


def test_the_diagram_is_drawn(tmp_path):
    labels, p = drawn(3, sure=2.5)
    error = metrics.expected_calibration_error(labels, p)
    draw_reliability(metrics.reliability(labels, p), error, tmp_path / "r.png")
    assert (tmp_path / "r.png").stat().st_size > 5000
