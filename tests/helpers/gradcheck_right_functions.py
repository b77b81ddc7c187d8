"""Right layers whose numbers are hard: steep, flat, near a pole, of very unlike sizes."""

import numpy as np
from gradcheck_cases import Affine, Case, Elementwise, LayerNorm, Normalize, vectors

from tinyalex.layers import LocalResponseNorm, SoftmaxCrossEntropy, Tanh


def logistic(x):
    return 1 / (1 + np.exp(-x))


def function(f, slope):
    """A case at x of the usual size."""
    return lambda rng: Case(Elementwise(f, slope), vectors(rng))


def near(centre, f, slope):
    """A case at x close to `centre`."""
    return lambda rng: Case(
        Elementwise(f, slope), centre * (1 + 0.2 * vectors(rng, scale=0.5)).astype("float64")
    )


def spread(f, slope):
    """A case at x between 1e-5 and 1, of all magnitudes."""
    return lambda rng: Case(Elementwise(f, slope), 10 ** rng.uniform(-5, 0, (4, 3)))


def strict_log(x):
    if (x <= 0).any():
        raise ValueError("log of a number that is not positive")
    return np.log(x)


class Uneven:
    """y = a · x² with a of 1e-8, 1 and 1e8."""

    def __init__(self):
        self.params, self.grads = {"a": np.array([1e-8, 1.0, 1e8])}, {}

    def forward(self, x, training=False):
        self.x = x
        return self.params["a"] * x**2

    def backward(self, dy):
        self.grads = {"a": (dy * self.x**2).sum(axis=0)}
        return 2 * dy * self.params["a"] * self.x


class Softmax:
    def forward(self, x, training=False):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.y = e / e.sum(axis=1, keepdims=True)
        return self.y

    def backward(self, dy):
        return self.y * (dy - (dy * self.y).sum(axis=1, keepdims=True))


class NarrowConstant(Affine):
    """A fixed matrix kept in float32: its values are rounded, its layer is not."""

    def __init__(self, rng):
        super().__init__(rng)
        self.fixed = rng.normal(size=(3, 3)).astype("float32")

    def forward(self, x, training=False):
        return super().forward(x @ self.fixed)

    def backward(self, dy):
        return super().backward(dy) @ self.fixed.T


def with_bias(bias):
    def build(rng):
        layer = Affine(rng)
        layer.params["b"] += bias
        return Case(layer, vectors(rng))

    return build


def columns(rng):
    return Case(Affine(rng), vectors(rng) * [1e-8, 1e8, 1.0])


def uneven_weights(rng):
    layer = Affine(rng)
    layer.params["W"] *= np.array([[1e-8], [1e8], [1.0]])
    return Case(layer, vectors(rng))


def logits(scale):
    def build(rng):
        return Case(SoftmaxCrossEntropy(), vectors(rng, scale=scale), {"labels": [0, 2, 1, 1]})

    return build


RIGHT_FUNCTIONS = {
    "1/x at 1e-4": near(1e-4, lambda x: 1 / x, lambda x: -1 / x**2),
    "1/x at 1": near(1.0, lambda x: 1 / x, lambda x: -1 / x**2),
    "1/x of all magnitudes": spread(lambda x: 1 / x, lambda x: -1 / x**2),
    "log of all magnitudes": spread(np.log, lambda x: 1 / x),
    "sqrt of all magnitudes": spread(np.sqrt, lambda x: 0.5 / np.sqrt(x)),
    "1/x² at 1e-3": near(1e-3, lambda x: x**-2, lambda x: -2 * x**-3),
    "log at 2e-5": near(2e-5, np.log, lambda x: 1 / x),
    "log at 2e-5, refusing others": near(2e-5, strict_log, lambda x: 1 / x),
    "sqrt at 3e-5": near(3e-5, np.sqrt, lambda x: 0.5 / np.sqrt(x)),
    "sqrt at 1e6": near(1e6, np.sqrt, lambda x: 0.5 / np.sqrt(x)),
    "sin(4096 pi x)": function(
        lambda x: np.sin(4096 * np.pi * x), lambda x: 4096 * np.pi * np.cos(4096 * np.pi * x)
    ),
    "sin(100 x)": function(lambda x: np.sin(100 * x), lambda x: 100 * np.cos(100 * x)),
    "exp": function(np.exp, np.exp),
    "exp of large": near(50.0, np.exp, np.exp),
    "x to the 9th": function(lambda x: x**9, lambda x: 9 * x**8),
    "acosh": near(3.0, np.arccosh, lambda x: 1 / np.sqrt(x**2 - 1)),
    "atanh": near(0.5, np.arctanh, lambda x: 1 / (1 - x**2)),
    "tanh": function(np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "tanh where it is flat": near(9.0, np.tanh, lambda x: 1 / np.cosh(x) ** 2),
    "swish": function(
        lambda x: x * logistic(x), lambda x: logistic(x) * (1 + x * (1 - logistic(x)))
    ),
    "softplus": function(lambda x: np.log1p(np.exp(x)), logistic),
    "elu": function(
        lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
        lambda x: np.where(x > 0, 1, np.exp(np.minimum(x, 0))),
    ),
    "leaky": function(lambda x: np.where(x > 0, x, 0.01 * x), lambda x: np.where(x > 0, 1, 0.01)),
    "relu6": function(lambda x: np.clip(x, 0, 6), lambda x: (x > 0) & (x < 6)),
    "hard tanh at 2.5": function(lambda x: np.clip(x, -2.5, 2.5), lambda x: np.abs(x) < 2.5),
    "limit at 20": function(lambda x: np.clip(x, -20, 20), lambda x: np.abs(x) < 20),
    "absolute value": function(np.abs, np.sign),
    "triangle wave": function(
        lambda x: np.abs((x * 8) % 2 - 1), lambda x: 8 * np.sign((x * 8) % 2 - 1)
    ),
    "constant": function(lambda x: 0 * x + 3, lambda x: 0 * x),
    "tiny": function(lambda x: 1e-12 * x**2, lambda x: 2e-12 * x),
    "huge": function(lambda x: 1e12 * x**2, lambda x: 2e12 * x),
    "tanh x + 1e8": function(lambda x: np.tanh(x) + 1e8, lambda x: 1 - np.tanh(x) ** 2),
    "3x + 1e8": function(lambda x: 3 * x + 1e8, lambda x: 3 + 0 * x),
    "x² at 1e4": lambda rng: Case(Elementwise(np.square, lambda x: 2 * x), vectors(rng, scale=1e4)),
    "tanh at 1e-6": lambda rng: Case(Tanh(), vectors(rng, scale=1e-6)),
    "Linear with b near 1e8": with_bias(1e8),
    "columns of 1e-8 beside 1e8": columns,
    "weights of 1e-8 beside 1e8": uneven_weights,
    "slopes of 1e-8 beside 1e8": lambda rng: Case(Uneven(), vectors(rng)),
    "layer norm": lambda rng: Case(LayerNorm(), vectors(rng, (4, 5))),
    "layer norm, spread 1 about 1e6": lambda rng: Case(LayerNorm(), vectors(rng, (4, 5)) + 1e6),
    "layer norm, spread 1e-4 about 1": lambda rng: Case(
        LayerNorm(), 1 + vectors(rng, (4, 5), scale=1e-4)
    ),
    "batch norm": lambda rng: Case(Normalize(), vectors(rng, (5, 3))),
    "batch norm, spread 1e-3 about 100": lambda rng: Case(
        Normalize(), 100 + vectors(rng, (5, 3), scale=1e-3)
    ),
    "softmax": lambda rng: Case(Softmax(), vectors(rng, (4, 5))),
    "softmax, very sure": lambda rng: Case(Softmax(), vectors(rng, (4, 5), scale=30)),
    "loss": logits(1),
    "loss, very sure": logits(30),
    "response norm of tiny x": lambda rng: Case(
        LocalResponseNorm(), vectors(rng, (2, 2, 2, 6), scale=1e-3)
    ),
    "a constant matrix in float32": lambda rng: Case(NarrowConstant(rng), vectors(rng)),
}
