"""Gradients by finite differences in their plainest form. Lesson 01 writes them.

`check_gradients` does the same with more care: steps in the array's own size, kinks, rounding.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tinyalex.kernels.underflow import allow_underflow


@allow_underflow
def numerical_gradient(f: Callable, x: np.ndarray, dy=1.0, epsilon: float = 1e-5) -> np.ndarray:
    """The gradient of Σ dy · f(x) by central differences: two calls of f for each number of x.

    gradient[i] = Σ dy · (f(x with x[i] + ε) − f(x with x[i] − ε)) / 2ε
    x: float64 of any shape; it is not changed. dy has the shape of f(x); if f(x) is a single
    number, so is dy.
    f may return its argument itself, or an array that it uses again in the next call.
    ValueError if x is not float64, or if dy does not have f(x)'s shape.
    """
    dy = np.asarray(dy)
    if not hasattr(x, "dtype"):
        raise ValueError(f"numerical_gradient needs an array x; got a {type(x).__name__}")
    if x.dtype != np.float64:
        raise ValueError(f"numerical_gradient needs a float64 x; got {x.dtype}")
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        right, left = x.copy(), x.copy()
        right[i] += epsilon
        left[i] -= epsilon
        difference = np.array(f(right)) - np.array(f(left))
        if difference.shape != dy.shape:
            raise ValueError(f"dy must be of f(x)'s shape {difference.shape}; got {dy.shape}")
        gradient[i] = np.sum(dy * difference) / (2 * epsilon)
    return gradient


@allow_underflow
def largest_relative_error(analytic, numeric, floor: float = 1e-8) -> float:
    """The largest of |a − n| / max(|a|, |n|, floor), each pair of numbers on its own.

    A NaN in either array makes the result NaN, which no tolerance accepts. Empty arrays give 0.
    ValueError if the shapes differ, even where they would broadcast.
    """
    a, n = np.asarray(analytic), np.asarray(numeric)
    if a.shape != n.shape:
        raise ValueError(f"gradients of different shapes: {a.shape} and {n.shape}")
    size = np.maximum(np.maximum(np.abs(a), np.abs(n)), floor)
    return float((np.abs(a - n) / size).max(initial=0.0))
