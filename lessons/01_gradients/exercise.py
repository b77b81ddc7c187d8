"""Lesson 01: checking gradients.

The text is README.md. To check your work: python -m tinyalex.check 01
"""

from collections.abc import Callable

import numpy as np


def numerical_gradient(f: Callable, x: np.ndarray, dy=1.0, epsilon: float = 1e-5) -> np.ndarray:
    """The gradient of Σ dy · f(x) by central differences: two calls of f for each number of x.

    gradient[i] = Σ dy · (f(x with x[i] + ε) − f(x with x[i] − ε)) / 2ε
    x: float64 of any shape; it is not changed. dy has the shape of f(x); if f(x) is a single
    number, so is dy.
    f may return its argument itself, or an array that it uses again in the next call.
    ValueError if x is not float64, or if dy does not have f(x)'s shape.
    """
    # 1. Refuse an x that is not float64.
    # 2. For every index i of x, whatever its number of dimensions: make two copies of x and move
    #    x[i] by +ε in one and by −ε in the other.
    # 3. Call f on both. Copy each result before the next call. Refuse a dy of a different shape.
    # 4. gradient[i] is the sum of dy times the difference, divided by the distance 2ε.
    raise NotImplementedError("task 01.1: numerical_gradient")


def largest_relative_error(analytic, numeric, floor: float = 1e-8) -> float:
    """The largest of |a − n| / max(|a|, |n|, floor), each pair of numbers on its own.

    A NaN in either array makes the result NaN, which no tolerance accepts. Empty arrays give 0.
    ValueError if the shapes differ, even where they would broadcast.
    """
    # 1. Refuse different shapes.
    # 2. Divide each |a − n| by the largest of |a|, |n| and the floor.
    # 3. Return the largest quotient, as a float.
    raise NotImplementedError("task 01.2: largest_relative_error")
