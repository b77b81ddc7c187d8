"""Lesson 03: right layers pass, however they are written.

`test_lessons.py` has what holds for every lesson.
"""

import numpy as np
import pytest

from tinyalex import layers
from tinyalex.coursework.engine.checker import check_task
from tinyalex.coursework.lesson_03.first_weights import RULES, sizes
from tinyalex.coursework.lesson_03.task import LESSON
from tinyalex.layers import ReLU, Tanh

RELU, TANH = LESSON.tasks


class ReLUByMaximum(layers.ReLU):
    def forward(self, x, training=False):
        self.y = np.maximum(x, 0)
        return self.y

    def backward(self, dy):
        return dy * (self.y > 0)


class ReLUByMask(layers.ReLU):
    """Keeps a mask of booleans, and selects with it."""

    def forward(self, x, training=False):
        self.active = x > 0
        return np.where(self.active, x, x.dtype.type(0))

    def backward(self, dy):
        dx = np.zeros_like(dy)
        dx[self.active] = dy[self.active]
        return dx


class ReLUFromAbsolute(layers.ReLU):
    def forward(self, x, training=False):
        self.x = x.copy()
        return (x + np.abs(x)) / 2

    def backward(self, dy):
        dx = dy.copy()
        np.putmask(dx, self.x <= 0, 0)
        return dx


class TanhByNumPy(layers.Tanh):
    def forward(self, x, training=False):
        self.y = np.tanh(x)
        return self.y

    def backward(self, dy):
        return dy * (1 - self.y**2)


class TanhFromX(layers.Tanh):
    """Keeps x, and takes 1 − tanh² once more in backward."""

    def forward(self, x, training=False):
        self.x = np.array(x)
        return np.tanh(x)

    def backward(self, dy):
        return dy - dy * np.square(np.tanh(self.x))


class TanhWithSlope(layers.Tanh):
    """By e^−2|x|, which cannot overflow; the slope is made in forward: 4 e / (1 + e)²."""

    def forward(self, x, training=False):
        shrunk = np.exp(-2 * np.abs(x))
        self.slope = 4 * shrunk / (1 + shrunk) ** 2
        return np.sign(x) * (1 - shrunk) / (1 + shrunk)

    def backward(self, dy):
        return np.einsum("...,...->...", dy, self.slope)


RIGHT = [
    (RELU, ReLUByMaximum),
    (RELU, ReLUByMask),
    (RELU, ReLUFromAbsolute),
    (TANH, TanhByNumPy),
    (TANH, TanhFromX),
    (TANH, TanhWithSlope),
]


@pytest.mark.slow
@pytest.mark.parametrize(("task", "written"), RIGHT, ids=[c.__name__ for _, c in RIGHT])
def test_right_layers_pass_however_they_are_written(task, written):
    for seed in range(3):
        verdict = check_task(written, task, seed)
        assert verdict.passed, str(verdict)


@pytest.mark.parametrize(
    ("rule", "kind", "least"), [("σ² = 2/n", ReLU, 0.7), ("σ² = 1/n", Tanh, 0.1)]
)
def test_each_activation_keeps_the_size_with_its_own_rule(rule, kind, least):
    for size in sizes(RULES[rule], kind):
        assert least < size.min() <= size.max() < 1.5


def test_other_rules_lose_the_signal():
    too_small, _ = sizes(RULES["σ² = 1/n"], ReLU)
    np.testing.assert_allclose(too_small[1:] / too_small[:-1], 0.5**0.5, rtol=0.1)
    fixed, gradients = sizes(RULES["σ = 0.01"], ReLU)
    assert max(fixed[-1], gradients[0]) < 1e-14
