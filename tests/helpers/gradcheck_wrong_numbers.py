"""Wrong layers whose mistake hides in rounding, or in parameters that nobody is told of."""

import numpy as np
from gradcheck_cases import Affine, Case, Elementwise, LayerNorm, Square, vectors


def narrow(array):
    return array.astype("float32").astype("float64")


class NarrowDx(Square):
    def backward(self, dy):
        return narrow(super().backward(dy))


class NarrowX(Affine):
    def backward(self, dy):
        self.x = narrow(self.x)
        return super().backward(dy)


class NarrowW(Affine):
    def backward(self, dy):
        dx = super().backward(dy)
        return dx * 0 + dy @ narrow(self.params["W"]).T


class NarrowForward(Affine):
    def forward(self, x, training=False):
        return narrow(super().forward(x))


class NarrowDb(Affine):
    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["b"] = narrow(self.grads["b"])
        return dx


class NarrowNorm(LayerNorm):
    def forward(self, x, training=False):
        y = super().forward(x)
        self.sigma = narrow(self.sigma)
        return y


class Offset(Elementwise):
    """f(x) + 1e8: all of f is in the last digits."""

    def __init__(self, f, slope, factor, offset=1e8):
        super().__init__(lambda x: f(x) + offset, lambda x: factor * slope(x))


class OffsetAffine(Affine):
    def __init__(self, rng):
        super().__init__(rng)
        self.params["b"] += 1e8

    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["W"] *= 1.05
        return dx


class UnevenColumns(Affine):
    """Columns of 1e-8 beside 1e8; the small one's gradient is 1% off."""

    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["W"][0] *= 1.01
        return dx


class WrongReciprocal(Elementwise):
    def __init__(self, factor):
        super().__init__(lambda x: 1 / x, lambda x: -factor / x**2)


class HiddenWeight(Square):
    """A weight that is no member of params."""

    def __init__(self, rng):
        self.scale = rng.normal(size=3)

    def forward(self, x, training=False):
        self.x = x
        return self.scale * x**2

    def backward(self, dy):
        return 2 * self.x * dy * self.scale


class HiddenChild:
    """A child whose parameters it keeps to itself."""

    def __init__(self, rng):
        self.params, self.grads, self.child = {}, {}, Affine(rng)

    def forward(self, x, training=False):
        return self.child.forward(x)

    def backward(self, dy):
        return self.child.backward(dy)


class LateWeight(Square):
    """Makes its weight at the first forward, and its gradient is wrong."""

    def __init__(self, rng):
        self.params, self.grads, self.rng = {}, {}, rng

    def forward(self, x, training=False):
        if not self.params:
            self.params["a"] = self.rng.normal(size=x.shape[-1])
        self.x = x
        return self.params["a"] * x**2

    def backward(self, dy):
        self.grads = {"a": 2 * (dy * self.x**2).sum(axis=0)}
        return 2 * self.x * dy * self.params["a"]


class NeverOpen(Elementwise):
    """max(x − 1000, 0), whose slope is given as 3."""

    def __init__(self):
        super().__init__(lambda x: np.maximum(x - 1e3, 0), lambda x: 3 * (x > 1e3))


class ScalarWrong(Square):
    """One number as its parameter, with a wrong gradient."""

    def __init__(self):
        self.params, self.grads = {"a": 1.5}, {}

    def forward(self, x, training=False):
        self.x = x
        return self.params["a"] * x**2

    def backward(self, dy):
        self.grads = {"a": float((dy * self.x).sum())}
        return 2 * self.x * dy * self.params["a"]


class ListWrong:
    """Parameters in a list, gradients in a list in the other order."""

    def __init__(self, rng):
        self.params, self.grads = [rng.normal(size=3), rng.normal(size=3)], []

    def forward(self, x, training=False):
        self.x = x
        return self.params[0] * x + self.params[1]

    def backward(self, dy):
        self.grads = [dy.sum(axis=0), (dy * self.x).sum(axis=0)]
        return dy * self.params[0]


class TiedWrong:
    """One array under two names; the second use is forgotten."""

    def __init__(self, rng):
        W = rng.normal(size=(3, 3))
        self.params, self.grads = {"W": W, "V": W}, {}

    def forward(self, x, training=False):
        self.x, self.h = x, x @ self.params["W"]
        return self.h @ self.params["V"]

    def backward(self, dy):
        dh = dy @ self.params["V"].T
        self.grads = {"W": self.x.T @ dh, "V": 0 * self.params["V"]}
        return dh @ self.params["W"].T


class AddsWrong:
    """Two inputs; the second one's gradient is the first one's."""

    def forward(self, a, b, training=False):
        self.a, self.b = a, b
        return a * b

    def backward(self, dy):
        return dy * self.b, dy * self.b


WRONG_NUMBERS = {
    "dx in float32": lambda rng: Case(NarrowDx(), vectors(rng)),
    "x in float32 in backward": lambda rng: Case(NarrowX(rng), vectors(rng)),
    "W in float32 in backward": lambda rng: Case(NarrowW(rng), vectors(rng)),
    "db in float32": lambda rng: Case(NarrowDb(rng), vectors(rng)),
    "y in float32": lambda rng: Case(NarrowForward(rng), vectors(rng)),
    "sigma in float32": lambda rng: Case(NarrowNorm(), vectors(rng, (4, 5))),
    "3x + 1e8, dx 5% wrong": lambda rng: Case(
        Offset(lambda x: 3 * x, lambda x: 3 + 0 * x, 1.05), vectors(rng)
    ),
    "tanh x + 1e8, dx 5% wrong": lambda rng: Case(
        Offset(np.tanh, lambda x: 1 - np.tanh(x) ** 2, 1.05), vectors(rng)
    ),
    "Linear with b near 1e8, dW 5% wrong": lambda rng: Case(OffsetAffine(rng), vectors(rng)),
    "columns of 1e-8 and 1e8": lambda rng: Case(
        UnevenColumns(rng), vectors(rng) * [1e-8, 1e8, 1.0]
    ),
    "1/x at 1e-4, 0.1% wrong": lambda rng: Case(
        WrongReciprocal(1.001), vectors(rng, scale=1e-5) + 1e-4
    ),
    "a weight outside params": lambda rng: Case(
        HiddenWeight(rng), vectors(rng), note=r"scale.*not in params"
    ),
    "a child outside params": lambda rng: Case(
        HiddenChild(rng), vectors(rng), note=r"child\.params.*not in params"
    ),
    "a weight made late, da doubled": lambda rng: Case(LateWeight(rng), vectors(rng)),
    "never open": lambda rng: Case(NeverOpen(), vectors(rng), note=r"dx is 0 everywhere"),
    "a number as parameter": lambda rng: Case(ScalarWrong(), vectors(rng)),
    "a list of parameters": lambda rng: Case(ListWrong(rng), vectors(rng)),
    "tied weights, one use forgotten": lambda rng: Case(TiedWrong(rng), vectors(rng)),
    "two inputs": lambda rng: Case(AddsWrong(), (vectors(rng), vectors(rng))),
}
