"""Lesson 03: right layers pass, however they are written.

`test_lessons.py` has what holds for every lesson.
"""

import numpy as np
import pytest

from tinyalex import layers
from tinyalex.coursework.engine.checker import check_task
from tinyalex.coursework.lesson_03.first_weights import RULES, WIDTH, sizes
from tinyalex.coursework.lesson_03.task import LESSON

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


@pytest.mark.parametrize("seed", range(3))
def test_two_over_n_keeps_the_size_of_relus_in_both_directions(seed):
    for values in sizes(layers.ReLU, RULES["2/n"], seed):
        assert 0.1 < values.min() < values.max() < 10


@pytest.mark.parametrize("name", ["1/n", "0.01²"])
def test_smaller_weights_shrink_relus_by_half_of_n_times_their_variance(name):
    factor = WIDTH * RULES[name] / 2
    for values in sizes(layers.ReLU, RULES[name]):
        measured = (values[-1] / values[0]) ** (1 / (len(values) - 1))
        assert measured == pytest.approx(factor, rel=0.1)


def test_tanh_keeps_its_gradient_better_with_one_over_n_than_with_two():
    (_, one), (_, two) = (sizes(layers.Tanh, RULES[name]) for name in ("1/n", "2/n"))
    assert one[9] == pytest.approx(1, abs=0.5)
    assert two[9] > 2
