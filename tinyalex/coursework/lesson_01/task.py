"""Lesson 01: gradients, and how to check them."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.engine.drawn import KINDS, drawn_numbers
from tinyalex.coursework.engine.pairs import every_pair
from tinyalex.coursework.engine.task import FunctionTask, Lesson
from tinyalex.coursework.lesson_01 import mistakes
from tinyalex.coursework.mistakes import mistakes_in
from tinyalex.gradcheck import largest_relative_error, numerical_gradient


def product_and_square(x: np.ndarray) -> np.ndarray:
    """(x0 · x1, x0²): the worked example."""
    return np.array([x[0] * x[1], x[0] ** 2])


def log_sum_exp(x: np.ndarray) -> float:
    """One number out of all of x, every number of which takes part."""
    return float(np.log(np.exp(x).sum()))


def itself(x: np.ndarray) -> np.ndarray:
    """Returns the array it was handed, as a layer that only changes shapes does."""
    return x.reshape(len(x), -1)


# What the checker's messages call them.
log_sum_exp.words = "np.log(np.exp(x).sum())"
itself.words = "x.reshape(len(x), -1)"


class SameBuffer:
    """sin(x), always written into the same array."""

    words = "np.sin(x), written into the same array every time"

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.y = np.empty(shape)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return np.sin(x, out=self.y)


class Product:
    """tanh(x) · W: every output reads several inputs, and bends."""

    words = "np.tanh(x) @ W"

    def __init__(self, W: np.ndarray) -> None:
        self.W = W

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return np.tanh(x) @ self.W


SHAPES = ((3,), (), (1, 4), (2, 3, 2), (7, 1), (2, 2), (9, 2), (1, 3, 4, 2), (2, 4, 3, 9))


def functions(rng: np.random.Generator) -> list[tuple]:
    """f, x, dy and ε. A step of 1e-4 is large enough for the digits to be the same everywhere."""
    x, strided = rng.normal(size=(3, 4)), rng.normal(size=(2, 4, 3))[:, ::2]
    options = {"shape": SHAPES, "x": KINDS, "dy": KINDS, "step": (1e-3, 1e-2, 1e-4, 0.9)}
    drawn = [
        (np.sin, *(drawn_numbers(choice[name], choice["shape"], rng) for name in ("x", "dy")),
         choice["step"])
        for choice in every_pair(options, rng)
    ]  # fmt: skip
    return [
        *drawn,
        (Product(rng.normal(size=(4, 2))), x, rng.normal(size=(3, 2)), 1e-4),
        (log_sum_exp, rng.normal(size=(2, 3)), -2.5, 1e-3),
        (log_sum_exp, rng.normal(size=(2, 3))),  # dy and ε by default
        (itself, rng.normal(size=(2, 3)), rng.normal(size=(2, 3)), 1e-4),
        (SameBuffer((2, 2, 3)), strided, rng.normal(size=(2, 2, 3)), 1e-4),
        (np.tanh, np.asfortranarray(x), rng.normal(size=(3, 4)), 1e-3),
        (np.sum, np.zeros((0, 3)), 1.0, 1e-4),
    ]


def pairs(rng: np.random.Generator) -> list[tuple]:
    """Two gradients and a floor: one tiny number wrong, zeros, signs, NaN, nothing at all."""
    a = rng.normal(size=(4, 5)) * 10.0 ** rng.integers(-3, 4, (4, 5))
    tiny = a.copy()
    tiny[np.unravel_index(np.abs(a).argmin(), a.shape)] *= 1.5
    lower = np.array([1.0, 2.0, 3.0])
    drawn = []
    options = {"shape": SHAPES, "one": KINDS, "other": KINDS, "floor": (1e-8, 1e-3, 0.9)}
    for shape, kind, other, floor in (tuple(c.values()) for c in every_pair(options, rng)):
        one = drawn_numbers(kind, shape, rng)
        drawn.append((one, one * (1 + 1e-3 * drawn_numbers(other, shape, rng)), floor))
    zeros, broken = np.zeros((2, 3)), np.array([1.0, np.nan, 2.0])
    return [
        *drawn,
        (a, tiny, 1e-8),
        (lower, lower * [1.1, 1, 1], 1e-8),
        (lower, -lower, 1e-8),
        (zeros, zeros, 1e-8),
        (zeros, zeros + 1e-12, 1e-8),
        (zeros, zeros + 1e-3, 1e-2),
        (broken, lower, 1e-8),
        (lower, broken, 1e-8),
        (np.zeros((0, 3)), np.zeros((0, 3)), 1e-8),
        (2.0, 3.0, 1e-8),
    ]


GRADIENT = FunctionTask(
    ids={"": "01.1"},
    reference=numerical_gradient,
    cases=functions,
    hand=(
        (product_and_square, np.array([2.0, 3.0]), np.array([1.0, 10.0]), 0.5),
        np.array([43.0, 2.0]),
    ),
    mistakes=mistakes_in(mistakes, of="numerical_gradient"),
    raises=(
        (np.tanh, np.ones(3, "float32"), np.ones(3), 1e-4),
        (np.tanh, np.arange(3), np.ones(3), 1e-4),
        (np.tanh, np.ones(3, "complex128"), np.ones(3), 1e-4),
        (np.tanh, np.ones((2, 3)), np.ones(3), 1e-4),
        (np.tanh, np.ones(3), np.ones((2, 3)), 1e-4),
    ),
)

ERROR = FunctionTask(
    ids={"": "01.2"},
    reference=largest_relative_error,
    cases=pairs,
    hand=((np.array([10.0, 0.02, 0.0]), np.array([10.1, 0.01, 0.0])), 0.5),
    mistakes=mistakes_in(mistakes, of="largest_relative_error"),
    raises=(
        (np.ones(3), np.ones((3, 1))),
        (np.ones((2, 3)), np.ones(3)),
        (np.ones((3, 1)), np.ones(3)),
    ),
)

LESSON = Lesson("01", "01_gradients", "Gradients and how to check them", (GRADIENT, ERROR))
