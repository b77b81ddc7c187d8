"""Right layers that are built unlike ours: where parameters are, what x is, how they draw."""

import random

import numpy as np
from gradcheck_cases import Affine, Case, Square, vectors

from tinyalex.layers import Conv2d, Dropout, Linear, MaxPool2d, ReLU
from tinyalex.models import Sequential


class Scaled:
    """y = a · x² with whatever `params` and `grads` the test asks for."""

    def __init__(self, params, read, leave):
        self.params, self.read, self.leave, self.grads = params, read, leave, {}

    def forward(self, x, training=False):
        self.x = x
        return self.read(self.params) * x**2

    def backward(self, dy):
        self.grads = self.leave((dy * self.x**2).sum(axis=0))
        return 2 * self.x * dy * self.read(self.params)


def scaled(make, read, leave):
    return lambda rng: Case(Scaled(make(rng.normal(size=3)), read, leave), vectors(rng))


def read_only(array):
    array.flags.writeable = False
    return array


class Late(Square):
    """Makes its weights when it sees the first x."""

    def __init__(self, rng):
        self.params, self.grads, self.rng = {}, {}, rng

    def forward(self, x, training=False):
        if not self.params:
            self.params["W"] = self.rng.normal(size=(x.shape[-1], 2))
        self.x = x
        return x @ self.params["W"]

    def backward(self, dy):
        self.grads["W"] = self.x.T @ dy
        return dy @ self.params["W"].T


class Tied:
    """y = x W W, or x W Wᵀ; each use's own gradient under its own name."""

    def __init__(self, rng, transposed, together=False):
        W = rng.normal(size=(3, 3))
        self.params = {"W": W, "V": W.T if transposed else W}
        self.grads, self.transposed, self.together = {}, transposed, together

    def forward(self, x, training=False):
        self.x, self.h = x, x @ self.params["W"]
        return self.h @ self.params["V"]

    def backward(self, dy):
        dh = dy @ self.params["V"].T
        dW, dV = self.x.T @ dh, self.h.T @ dy
        if self.together:
            total = dW + (dV.T if self.transposed else dV)
            dW, dV = total, total.T if self.transposed else total
        self.grads = {"W": dW, "V": dV}
        return dh @ self.params["W"].T


class Embedding:
    """Rows of a table by their numbers."""

    def __init__(self, rng):
        self.params, self.grads = {"W": rng.normal(size=(7, 3))}, {}

    def forward(self, x, training=False):
        self.x = x
        return self.params["W"][x]

    def backward(self, dy):
        self.grads["W"] = np.zeros_like(self.params["W"])
        np.add.at(self.grads["W"], self.x, dy)


class Product:
    def forward(self, a, b, training=False):
        self.a, self.b = a, b
        return a * b

    def backward(self, dy):
        return dy * self.b, dy * self.a


class ProductOfPair(Product):
    def forward(self, pair, training=False):
        return super().forward(*pair)


class Noisy(Square):
    """Multiplies by a random number that `draw(layer)` gives."""

    def __init__(self, source, draw):
        self.source, self.draw = source, draw

    def forward(self, x, training=False):
        self.x, self.factor = x, 1 + self.draw(self.source) ** 2
        return self.factor * x**2

    def backward(self, dy):
        return 2 * self.factor * self.x * dy


class Congruential:
    """A generator of somebody's own."""

    def __init__(self, seed):
        self.state = seed

    def random(self):
        self.state = (1103515245 * self.state + 12345) % 2**31
        return self.state / 2**31


def noisy(make, draw):
    return lambda rng: Case(Noisy(make(), draw), vectors(rng))


class Running(Square):
    """Keeps a running mean that forward only looks at in use."""

    def __init__(self):
        self.mean = np.zeros(3)

    def forward(self, x, training=False):
        if training:
            self.mean = 0.9 * self.mean + 0.1 * x.mean(axis=0)
        self.x = x - (0 if training else self.mean)
        return self.x**2


class OneSize(Square):
    """Takes the shape it was built for, and C order, and nothing else."""

    def forward(self, x, training=False):
        if x.shape != (4, 3) or not x.flags.c_contiguous:
            raise ValueError("x must be (4, 3), row by row")
        return super().forward(x)

    def backward(self, dy):
        if not dy.flags.c_contiguous:
            raise ValueError("dy must lie row by row")
        return super().backward(dy)


class ClosesOnce(Affine):
    """Drops what it kept with every backward."""

    def backward(self, dy):
        dx = super().backward(dy)
        del self.x
        return dx


def frozen_net(rng):
    net = Sequential(
        [("fc1", Affine(rng)), ("relu", ReLU()), ("fc2", Linear(2, 2, dtype="float64"))]
    )
    net.freeze(["fc1"])
    return Case(net, vectors(rng))


def x_only_read(rng):
    return Case(Affine(rng), read_only(vectors(rng)))


def small_net(rng):
    settings = {"dtype": "float64", "rng": rng, "bias_init": "uniform"}
    layers = [("conv", Conv2d(2, 3, 3, **settings)), ("relu", ReLU()), ("pool", MaxPool2d(2, 1))]
    return Case(Sequential(layers), vectors(rng, (2, 5, 4, 2)))


RIGHT_CONTRACTS = {
    "a number as parameter": lambda rng: Case(
        Scaled({"a": 1.5}, lambda p: p["a"], lambda g: {"a": float(g.sum())}), vectors(rng)
    ),
    "an array without axes as parameter": lambda rng: Case(
        Scaled({"a": np.array(1.5)}, lambda p: p["a"], lambda g: {"a": g.sum()}), vectors(rng)
    ),
    "a NumPy number as parameter": lambda rng: Case(
        Scaled({"a": np.float64(1.5)}, lambda p: p["a"], lambda g: {"a": g.sum()}), vectors(rng)
    ),
    "a list of parameters": scaled(lambda a: [a], lambda p: p[0], lambda g: [g]),
    "nested parameters": scaled(
        lambda a: {"in": {"a": a}}, lambda p: p["in"]["a"], lambda g: {"in": {"a": g}}
    ),
    "a read-only parameter": scaled(
        lambda a: {"a": read_only(a)}, lambda p: p["a"], lambda g: {"a": g}
    ),
    "a frozen read-only parameter": scaled(
        lambda a: {"a": read_only(a)}, lambda p: p["a"], lambda g: {}
    ),
    "a counter among the parameters": scaled(
        lambda a: {"a": a, "n": np.array(3)}, lambda p: p["a"], lambda g: {"a": g}
    ),
    "made late": lambda rng: Case(Late(rng), vectors(rng)),
    "tied weights": lambda rng: Case(Tied(rng, False), vectors(rng)),
    "tied and transposed": lambda rng: Case(Tied(rng, True), vectors(rng)),
    "tied, gradients added up": lambda rng: Case(Tied(rng, False, True), vectors(rng)),
    "whole numbers as x": lambda rng: Case(Embedding(rng), rng.integers(0, 7, (2, 4))),
    "two inputs": lambda rng: Case(Product(), (vectors(rng), vectors(rng))),
    "two inputs as one": lambda rng: Case(ProductOfPair(), (vectors(rng), vectors(rng))),
    "frozen layers": frozen_net,
    "read-only x": x_only_read,
    "random.Random": noisy(lambda: random.Random(3), lambda source: source.random()),
    "a bit generator": noisy(
        lambda: np.random.PCG64(3), lambda source: np.random.Generator(source).random()
    ),
    "a generator of its own": noisy(lambda: Congruential(3), lambda source: source.random()),
    "running mean in training": lambda rng: Case(Running(), vectors(rng), {"training": True}),
    "running mean in use": lambda rng: Case(Running(), vectors(rng)),
    "one size only": lambda rng: Case(OneSize(), vectors(rng)),
    "forgets after backward": lambda rng: Case(ClosesOnce(rng), vectors(rng)),
    "dropout": lambda rng: Case(Dropout(0.4, rng=rng), vectors(rng), {"training": True}),
    "one example": lambda rng: Case(Affine(rng), vectors(rng, (1, 3))),
    "one number": lambda rng: Case(Square(), vectors(rng, (1,))),
    "a number without axes": lambda rng: Case(Square(), np.array(1.3)),
    "a small network": small_net,
    "a network, by projection": lambda rng: small_net(rng)._replace(options={"mode": "projection"}),
}
