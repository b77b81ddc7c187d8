"""What the wrong and the right layers of the checker's corpus are built from."""

from typing import Any, NamedTuple

import numpy as np

from tinyalex.gradcheck import sample_input
from tinyalex.layers import Linear


class Case(NamedTuple):
    """A layer and the input to check it at.

    note: what the report must say, for mistakes that cannot show in the numbers.
    """

    layer: Any
    x: Any
    options: dict | None = None
    note: str | None = None


def vectors(rng, shape=(4, 3), **how):
    return sample_input(shape, rng, **how)


class Elementwise:
    """y = f(x), with f's derivative beside it."""

    def __init__(self, f, slope):
        self.f, self.slope = f, slope

    def forward(self, x, training=False):
        self.x = x
        return self.f(x)

    def backward(self, dy):
        return dy * self.slope(self.x)


class Affine(Linear):
    """A Linear(3, 2) in float64: y = x W + b."""

    def __init__(self, rng):
        super().__init__(3, 2, dtype="float64", rng=rng, bias_init="uniform")

    def forward(self, x, training=False):
        self.x = x
        return x @ self.params["W"] + self.params["b"]

    def backward(self, dy):
        self.grads = {"W": self.x.T @ dy, "b": dy.sum(axis=0)}
        return dy @ self.params["W"].T


class Square:
    """y = x²."""

    def forward(self, x, training=False):
        self.x = x
        return x**2

    def backward(self, dy):
        return 2 * self.x * dy


class Normalize:
    """Each feature less its mean, over its σ, both of the batch."""

    axis = 0

    def forward(self, x, training=False):
        centred = x - x.mean(axis=self.axis, keepdims=True)
        self.sigma = np.sqrt((centred**2).mean(axis=self.axis, keepdims=True))
        self.y = centred / self.sigma
        return self.y

    def backward(self, dy):
        mean, along = (a.mean(axis=self.axis, keepdims=True) for a in (dy, dy * self.y))
        return (dy - mean - self.y * along) / self.sigma


class LayerNorm(Normalize):
    """The same of each example."""

    axis = -1
