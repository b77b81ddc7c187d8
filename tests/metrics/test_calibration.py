"""Calibration: worked cases, brute force, what must hold for any numbers, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinyalex.metrics import (
    expected_calibration_error,
    fit_temperature,
    negative_log_likelihood,
    reliability,
)

quick = settings(max_examples=60, deadline=None)


def softmax(z):
    p = np.exp(z - z.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


@st.composite
def problems(draw, most=6):
    """Logits (n, C), and labels that are drawn from their probabilities at some temperature."""
    C, n = draw(st.integers(2, most)), draw(st.integers(1, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    z = rng.normal(0, draw(st.floats(0.1, 5)), (n, C))
    p = softmax(z / draw(st.floats(0.3, 3)))
    return z, np.array([rng.choice(C, p=row) for row in p])


def by_loops(p, labels, bins):
    """ECE as the paper writes it: over the bins, each with the samples whose confidence it has."""
    total = 0.0
    for b in range(bins):
        members = [i for i in range(len(p)) if b / bins < max(p[i]) <= (b + 1) / bins]
        if members:
            accuracy = sum(list(p[i]).index(max(p[i])) == labels[i] for i in members) / len(members)
            confidence = sum(max(p[i]) for i in members) / len(members)
            total += len(members) / len(p) * abs(accuracy - confidence)
    return total


def test_a_worked_case():
    """Two bins: .9 and .8, of which one is right; .4, which is right."""
    p = np.array([[0.9, 0.1, 0.0], [0.1, 0.8, 0.1], [0.4, 0.3, 0.3]])
    labels = np.array([0, 2, 0])
    found = reliability(p, labels, bins=2)
    assert found.count.tolist() == [1, 2]
    assert found.confidence == pytest.approx([0.4, 0.85])
    assert found.accuracy == pytest.approx([1, 0.5])
    expected = 1 / 3 * 0.6 + 2 / 3 * 0.35
    assert expected_calibration_error(p, labels, bins=2) == pytest.approx(expected)


def test_an_edge_belongs_to_the_bin_below():
    p = np.array([[0.5, 0.5], [0.6, 0.4], [1.0, 0.0]])
    assert reliability(p, [0, 0, 0], bins=10).count.tolist() == [0, 0, 0, 0, 1, 1, 0, 0, 0, 1]


def test_empty_bins_are_nan_and_do_not_count():
    found = reliability([[1.0, 0.0]], [0], bins=4)
    assert np.isnan(found.accuracy).tolist() == [True, True, True, False]
    assert expected_calibration_error([[1.0, 0.0]], [0]) == 0
    assert expected_calibration_error([[1.0, 0.0]], [1]) == 1


@quick
@given(problems(), st.integers(1, 30))
def test_ece_by_loops(problem, bins):
    p, labels = softmax(problem[0]), problem[1]
    found = expected_calibration_error(p, labels, bins)
    assert found == pytest.approx(by_loops(p, labels, bins), abs=1e-12)
    assert 0 <= found <= 1
    assert reliability(p, labels, bins).count.sum() == len(p)


@quick
@given(problems())
def test_one_bin_compares_the_means(problem):
    p, labels = softmax(problem[0]), problem[1]
    gap = abs((p.argmax(axis=1) == labels).mean() - p.max(axis=1).mean())
    assert expected_calibration_error(p, labels, bins=1) == pytest.approx(gap, abs=1e-12)


@quick
@given(problems(), st.floats(0.1, 10))
def test_the_loss_is_what_it_is_called(problem, T):
    z, labels = problem
    own = softmax(z / T)[np.arange(len(z)), labels]
    assert negative_log_likelihood(z, labels, T) == pytest.approx(-np.log(own).mean())


@quick
@given(problems())
def test_no_temperature_of_a_grid_has_a_lower_loss(problem):
    z, labels = problem
    T = fit_temperature(z, labels)
    least = negative_log_likelihood(z, labels, T)
    for other in np.geomspace(1e-3, 1e3, 121):
        assert least <= negative_log_likelihood(z, labels, other) + 1e-9


@quick
@given(problems(), st.floats(0.2, 5))
def test_log_probabilities_do_and_scaled_logits_scale_the_temperature(problem, factor):
    z, labels = problem
    T = fit_temperature(z, labels)
    assert fit_temperature(np.log(softmax(z)), labels) == pytest.approx(T, rel=1e-5)
    if 0.01 < T < 100:
        assert fit_temperature(factor * z, labels) == pytest.approx(factor * T, rel=1e-5)


def test_two_classes_by_hand():
    """Logits (2, 0), right 3 times of 4: the best p is 3/4, so 2 / T = ln 3."""
    z = np.array([[2.0, 0.0]] * 4)
    assert fit_temperature(z, [0, 0, 0, 1]) == pytest.approx(2 / np.log(3))


def test_a_known_temperature_is_found():
    rng = np.random.default_rng(0)
    z = rng.normal(0, 2, (20_000, 5))
    labels = (z + rng.gumbel(size=z.shape)).argmax(axis=1)  # drawn from softmax(z)
    assert fit_temperature(3 * z, labels) == pytest.approx(3, rel=0.03)
    assert expected_calibration_error(softmax(z), labels) < 0.02
    assert expected_calibration_error(softmax(3 * z), labels) > 0.1


def test_the_ends_of_the_range():
    assert fit_temperature([[1.0, 0.0]], [0]) == 1e-3  # always right
    assert fit_temperature([[1.0, 0.0]], [1]) == 1e3  # always wrong
    assert fit_temperature([[1.0, 1.0]], [0]) == 1e3  # undecided: no temperature matters


def test_classes_of_probability_0_have_no_part():
    z = np.array([[2.0, 0.0, -np.inf]] * 4)
    assert fit_temperature(z, [0, 0, 0, 1]) == pytest.approx(2 / np.log(3))
    assert negative_log_likelihood(z, [2, 0, 0, 0]) == np.inf


@pytest.mark.parametrize(
    ("p", "labels", "words"),
    [
        ([[0.5, 0.6]], [0], "sample 0 have the sum 1.1, not 1"),
        ([[1.5, -0.5]], [0], r"probabilities\[0, 0\] is 1.5: it must be from 0 to 1"),
        ([[-0.5, 1.5]], [0], r"probabilities\[0, 0\] is -0.5"),
        ([[0.5, 0.5]], [2], r"labels\[0\] is 2"),
        ([[0.5, 0.5]], [0, 1], "2 labels and scores for 1 samples"),
        ([[np.nan, 1.0]], [0], "NaN"),
        ([0.5, 0.5], [0, 1], r"shape \(2,\)"),
        (np.zeros((0, 2)), np.zeros(0, int), "empty"),
    ],
)
def test_wrong_probabilities_are_refused(p, labels, words):
    for measure in (expected_calibration_error, reliability):
        with pytest.raises(ValueError, match=words):
            measure(p, labels)


@pytest.mark.parametrize("bins", [0, -1, 2.5, True, "many", None])
def test_wrong_bins_are_refused(bins):
    with pytest.raises(ValueError, match=f"bins must be .* got {bins!r}"):
        expected_calibration_error([[0.5, 0.5]], [0], bins)


def test_wrong_logits_and_temperatures_are_refused():
    with pytest.raises(ValueError, match=r"logits\[1, 0\], of the label, is −∞"):
        fit_temperature([[0.0, 1.0], [-np.inf, 1.0]], [0, 0])
    for bad in (np.inf, -np.inf):
        with pytest.raises(ValueError, match=f"largest logit of sample 0 is {bad}"):
            fit_temperature([[bad, bad]], [0])
    for T in (0, -1, np.inf, np.nan):
        with pytest.raises(ValueError, match=f"positive number; got {T}"):
            negative_log_likelihood([[0.0, 1.0]], [0], T)
