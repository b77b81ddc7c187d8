"""Lesson 01: right functions pass, however they are written.

`test_lessons.py` has what holds for every lesson.
"""

import numpy as np
import pytest

from tinyalex.coursework.engine.checker import check_task
from tinyalex.coursework.lesson_01.task import LESSON
from tinyalex.gradcheck import largest_relative_error, numerical_gradient
from tinyalex.layers import ReLU

GRADIENT, ERROR = LESSON.tasks


def test_numerical_gradient_by_formula():
    x, dy = np.random.default_rng(1).normal(size=(2, 3, 4))
    found = numerical_gradient(np.sin, x, dy)
    np.testing.assert_allclose(found, dy * np.cos(x), rtol=1e-8, atol=1e-9)
    squares = numerical_gradient(lambda x: float((x**2).sum()), x)
    np.testing.assert_allclose(squares, 2 * x, rtol=1e-8, atol=1e-9)


def test_what_the_lesson_says_of_relu():
    """At its kink the central difference gives ½; with dy all ones a backward without dy passes."""
    assert numerical_gradient(ReLU().forward, np.zeros((1, 1)), np.ones((1, 1))) == 0.5
    x, dy = np.array([[1.0, -2.0, 3.0]]), np.array([[0.7, -1.2, 1.4]])
    mask = (x > 0).astype(float)
    same = numerical_gradient(ReLU().forward, x, np.ones_like(x))
    other = numerical_gradient(ReLU().forward, x, dy)
    assert largest_relative_error(mask, same) < 1e-9
    assert largest_relative_error(mask, other) > 0.2
    assert largest_relative_error(mask * dy, other) < 1e-9


def gradient_in_place(f, x, dy=1.0, epsilon=1e-5):
    """On one copy, whose numbers are moved and put back."""
    _refuse_other_than_float64(x)
    x, gradient = x.copy(), np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        before = x[i]
        x[i] = before + epsilon
        right = np.array(f(x))
        x[i] = before - epsilon
        left = np.array(f(x))
        x[i] = before
        _refuse_other_shape(right, dy)
        gradient[i] = (dy * (right - left)).sum() / (2 * epsilon)
    return gradient


def gradient_of_loss(f, x, dy=1.0, epsilon=1e-5):
    """Differences of L = Σ dy · f(x), flat, with the rows of a unit matrix as directions."""
    _refuse_other_than_float64(x)

    def loss(flat):
        y = np.asarray(f(flat.reshape(x.shape)))
        _refuse_other_shape(y, dy)
        return np.vdot(dy, y)

    flat, steps = x.reshape(-1), epsilon * np.eye(x.size)
    slopes = [(loss(flat + step) - loss(flat - step)) / (2 * epsilon) for step in steps]
    return np.array(slopes, dtype=float).reshape(x.shape)


def gradient_by_nditer(f, x, dy=1.0, epsilon=1e-5):
    _refuse_other_than_float64(x)
    gradient = np.empty_like(x)
    if x.size == 0:
        return gradient
    walk = np.nditer(x, flags=["multi_index"], order="C")
    for _ in walk:
        ends = []
        for sign in (1, -1):
            moved = np.array(x)
            moved[walk.multi_index] += sign * epsilon
            y = np.copy(f(moved))
            _refuse_other_shape(y, dy)
            ends.append(np.einsum("i,i->", np.ravel(dy), y.ravel()))
        gradient[walk.multi_index] = 0.5 * (ends[0] - ends[1]) / epsilon
    return gradient


def error_by_loops(analytic, numeric, floor=1e-8):
    if np.shape(analytic) != np.shape(numeric):
        raise ValueError("shapes differ")
    worst = 0.0
    for a, n in zip(np.ravel(analytic), np.ravel(numeric), strict=True):
        error = abs(a - n) / max(abs(a), abs(n), floor)
        if np.isnan(a) or np.isnan(n):
            return float("nan")
        worst = max(worst, error)
    return worst


def error_by_stack(analytic, numeric, floor=1e-8):
    if np.shape(analytic) != np.shape(numeric):
        raise ValueError("shapes differ")
    both = np.stack([analytic, numeric])
    size = np.abs(both).max(axis=0)
    shares = np.abs(np.diff(both, axis=0))[0] / np.where(size < floor, floor, size)
    return np.max(shares, initial=0.0)


def error_by_clip(analytic, numeric, floor=1e-8):
    a, n = np.array(analytic, dtype=float), np.array(numeric, dtype=float)
    if a.shape != n.shape:
        raise ValueError("shapes differ")
    if a.size == 0:
        return 0.0
    size = np.where(np.abs(a) > np.abs(n), np.abs(a), np.abs(n)).clip(min=floor)
    return float(np.amax(np.abs((a - n) / size)))


def _refuse_other_than_float64(x):
    if x.dtype != "float64":
        raise ValueError("x is not float64")


def _refuse_other_shape(y, dy):
    if np.shape(y) != np.shape(dy):
        raise ValueError("dy is of another shape")


RIGHT = [
    (GRADIENT, gradient_in_place),
    (GRADIENT, gradient_of_loss),
    (GRADIENT, gradient_by_nditer),
    (ERROR, error_by_loops),
    (ERROR, error_by_stack),
    (ERROR, error_by_clip),
]


@pytest.mark.slow
@pytest.mark.parametrize(("task", "written"), RIGHT, ids=[f.__name__ for _, f in RIGHT])
def test_right_functions_pass_however_they_are_written(task, written):
    for seed in range(10):
        verdict = check_task(written, task, seed)
        assert verdict.passed, str(verdict)
