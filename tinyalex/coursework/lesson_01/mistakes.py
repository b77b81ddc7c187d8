"""Wrong numerical gradients and wrong comparisons. Lesson 01."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.mistakes.mistake import mistake


def _differences(f, x, right_step: float, left_step: float):
    """Yields every index i and f(x with x[i] + right_step) − f(x with x[i] − left_step)."""
    for i in np.ndindex(x.shape):
        right, left = x.copy(), x.copy()
        right[i] += right_step
        left[i] -= left_step
        yield i, np.array(f(right)) - np.array(f(left))


def _gradient(f, x, dy, right_step, left_step, divisor):
    gradient = np.zeros(x.shape)
    for i, difference in _differences(f, x, right_step, left_step):
        gradient[i] = np.sum(dy * difference) / divisor
    return gradient


@mistake("gradient-one-sided", of="numerical_gradient")
def one_sided(f, x, dy=1.0, epsilon=1e-5):
    """the difference is one-sided, f(x + ε) − f(x), so its error shrinks like ε, not like ε²."""
    return _gradient(f, x, dy, epsilon, 0.0, epsilon)


@mistake("gradient-not-halved", of="numerical_gradient")
def not_halved(f, x, dy=1.0, epsilon=1e-5):
    """the difference is divided by ε, but the two points are 2ε apart."""
    return _gradient(f, x, dy, epsilon, epsilon, epsilon)


@mistake("gradient-uneven", of="numerical_gradient")
def uneven(f, x, dy=1.0, epsilon=1e-5):
    """the left point is x − 2ε, 3ε from the right one; it should be x − ε."""
    return _gradient(f, x, dy, epsilon, 2 * epsilon, 2 * epsilon)


@mistake("gradient-sign", of="numerical_gradient")
def sign_swapped(f, x, dy=1.0, epsilon=1e-5):
    """the sign is wrong: subtract the left value from the right one."""
    return -_gradient(f, x, dy, epsilon, epsilon, 2 * epsilon)


@mistake("gradient-ignores-dy", of="numerical_gradient")
def upstream_ignored(f, x, dy=1.0, epsilon=1e-5):
    """dy is ignored: the differences are summed as if dy were 1 everywhere."""
    return _gradient(f, x, 1.0, epsilon, epsilon, 2 * epsilon)


@mistake("gradient-averaged", of="numerical_gradient")
def averaged(f, x, dy=1.0, epsilon=1e-5):
    """dy times the difference is averaged; it must be summed."""
    return _gradient(f, x, dy / max(np.size(dy), 1), epsilon, epsilon, 2 * epsilon)


@mistake("gradient-fixed-step", of="numerical_gradient")
def epsilon_fixed(f, x, dy=1.0, epsilon=1e-5):
    """the step is always 1e-5; it should be epsilon."""
    return _gradient(f, x, dy, 1e-5, 1e-5, 2e-5)


@mistake("gradient-whole-array", of="numerical_gradient")
def whole_array_moved(f, x, dy=1.0, epsilon=1e-5):
    """all of x is moved at once, which is right only where each output reads one input."""
    difference = np.array(f(x + epsilon)) - np.array(f(x - epsilon))
    slopes = dy * difference / (2 * epsilon)
    return slopes if slopes.shape == x.shape else np.full(x.shape, slopes.sum())


@mistake("gradient-rows", of="numerical_gradient")
def rows_moved(f, x, dy=1.0, epsilon=1e-5):
    """the loop runs over the first axis only, so whole rows move at once."""
    gradient = np.zeros(x.shape)
    for i in range(len(x)):
        right, left = x.copy(), x.copy()
        right[i] += epsilon
        left[i] -= epsilon
        gradient[i] = np.sum(dy * (np.array(f(right)) - np.array(f(left)))) / (2 * epsilon)
    return gradient


@mistake("gradient-not-put-back", of="numerical_gradient")
def not_put_back(f, x, dy=1.0, epsilon=1e-5):
    """x is moved in place and not restored, so every later slope is taken at another point."""
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        x[i] += epsilon
        right = np.array(f(x))
        x[i] -= 2 * epsilon
        gradient[i] = np.sum(dy * (right - np.array(f(x)))) / (2 * epsilon)
    return gradient


@mistake("gradient-not-copied", of="numerical_gradient")
def result_not_copied(f, x, dy=1.0, epsilon=1e-5):
    """f's result is not copied and changes with the next call, so the difference is 0."""
    gradient, moved = np.zeros(x.shape), x.copy()
    for i in np.ndindex(x.shape):
        moved[i] = x[i] + epsilon
        right = f(moved)
        moved[i] = x[i] - epsilon
        left = f(moved)
        moved[i] = x[i]
        gradient[i] = np.sum(dy * (right - left)) / (2 * epsilon)
    return gradient


def _shares(a, n, floor):
    a, n = np.asarray(a), np.asarray(n)
    return np.abs(a - n) / np.maximum(np.maximum(np.abs(a), np.abs(n)), floor)


@mistake("error-norms", of="largest_relative_error")
def error_of_norms(analytic, numeric, floor=1e-8):
    """the norm of the difference is divided by the norms, so small entries can be all wrong."""
    a, n = np.linalg.norm(analytic), np.linalg.norm(numeric)
    difference = np.linalg.norm(np.asarray(analytic) - np.asarray(numeric))
    return float(difference / max(a, n, floor))


@mistake("error-mean", of="largest_relative_error")
def error_averaged(analytic, numeric, floor=1e-8):
    """the errors are averaged, which hides a single wrong number: take the largest."""
    shares = _shares(analytic, numeric, floor)
    return float(shares.mean()) if shares.size else 0.0


@mistake("error-absolute", of="largest_relative_error")
def error_absolute(analytic, numeric, floor=1e-8):
    """the error is absolute: divide each difference by the larger of |a|, |n| and the floor."""
    return float(np.abs(np.asarray(analytic) - np.asarray(numeric)).max(initial=0.0))


@mistake("error-signed", of="largest_relative_error")
def error_signed(analytic, numeric, floor=1e-8):
    """the difference keeps its sign, so a negative one is never the largest: take |a − n|."""
    a, n = np.asarray(analytic), np.asarray(numeric)
    size = np.maximum(np.maximum(np.abs(a), np.abs(n)), floor)
    return float(((a - n) / size).max(initial=0.0))


@mistake("error-no-floor", of="largest_relative_error")
def error_without_floor(analytic, numeric, floor=1e-8):
    """the floor is missing: where both numbers are 0, the quotient is 0/0, which is NaN."""
    return float(_shares(analytic, numeric, 0.0).max(initial=0.0))


@mistake("error-largest", of="largest_relative_error")
def error_of_the_largest(analytic, numeric, floor=1e-8):
    """all differences are divided by the largest number; divide each by the size of its pair."""
    a, n = np.asarray(analytic), np.asarray(numeric)
    largest = np.abs([a, n]).max(initial=floor)
    return float((np.abs(a - n) / largest).max(initial=0.0))


@mistake("error-skips-nan", of="largest_relative_error")
def error_skips_nan(analytic, numeric, floor=1e-8):
    """NaN is skipped, so a gradient that is NaN passes."""
    return float(np.nanmax(_shares(analytic, numeric, floor), initial=0.0))
