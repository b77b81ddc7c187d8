"""A layer as a student writes it, and ways to spoil it."""

import numpy as np

from tinyalex.layers import Linear


def rng(seed=0):
    return np.random.default_rng(seed)


def linear(seed=0):
    return Linear(3, 2, dtype="float64", rng=rng(seed))


class Student:
    """A layer of a student's own, without our base class: y = a · x², one a for each feature."""

    def __init__(self):
        self.params = {"a": np.array([0.5, -1.0, 2.0])}
        self.grads = {}

    def forward(self, x, training=False):
        self.x = x
        return self.params["a"] * x**2

    def backward(self, dy):
        self.grads = {"a": (dy * self.x**2).sum(axis=0)}
        return 2 * dy * self.params["a"] * self.x


def spoiled(method, change, base=Student):
    """A Student whose forward or backward result is passed through `change(layer, result)`."""

    def replacement(self, argument, *rest, **options):
        return change(self, getattr(base, method)(self, argument, *rest, **options))

    return type("Spoiled", (base,), {method: replacement})()
