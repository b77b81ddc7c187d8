"""Wrong layers that keep what belonged to an earlier batch, or break from the second call on."""

import numpy as np
from gradcheck_cases import Affine, Case, Normalize, Square, vectors

from tinyalex.layers import MaxPool2d, ReLU, Tanh


class FirstX(Square):
    def forward(self, x, training=False):
        self.x = getattr(self, "x", x)
        return x**2


class FirstShape(Square):
    """Keeps x until another shape comes."""

    def forward(self, x, training=False):
        if not hasattr(self, "x") or self.x.shape != x.shape:
            self.x = x.copy()
        return x**2


class FirstMask:
    def forward(self, x, training=False):
        self.mask = getattr(self, "mask", x > 0)
        return np.maximum(x, 0)

    def backward(self, dy):
        return dy * self.mask


class FirstArgmax:
    """The largest value of every row."""

    def forward(self, x, training=False):
        self.shape = x.shape
        if not hasattr(self, "best"):
            self.best = x.argmax(axis=1)
        return x.max(axis=1)

    def backward(self, dy):
        dx = np.zeros(self.shape)
        dx[np.arange(len(dx)), self.best] = dy
        return dx


class FirstSigma(Normalize):
    def forward(self, x, training=False):
        kept = getattr(self, "sigma", None)
        y = super().forward(x)
        if kept is not None and kept.shape == self.sigma.shape:
            self.sigma = kept
        return y


class FirstTranspose(Affine):
    def backward(self, dy):
        dx = super().backward(dy)
        if not hasattr(self, "WT"):
            self.WT = self.params["W"].T.copy()
        return dx * 0 + dy @ self.WT


class TransposeOfBuild(Affine):
    def __init__(self, rng):
        super().__init__(rng)
        self.WT = self.params["W"].T.copy()

    def backward(self, dy):
        super().backward(dy)
        return dy @ self.WT


class FirstBatchSize(Affine):
    """Remembers the first batch's size and divides by it."""

    def forward(self, x, training=False):
        self.count = getattr(self, "count", len(x))
        return super().forward(x) / len(x)

    def backward(self, dy):
        return super().backward(dy / self.count)


class HardCodedBatch(Affine):
    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["b"] = dy[:4].sum(axis=0)
        return dx


class SameObject(Square):
    """Takes an x that it has seen for unchanged."""

    def forward(self, x, training=False):
        if getattr(self, "seen", None) is not x:
            self.seen, self.kept = x, x.copy()
        return x**2

    def backward(self, dy):
        return 2 * self.kept * dy


class FirstOutput(Tanh):
    def forward(self, x, training=False):
        y = np.tanh(x)
        self.y = getattr(self, "y", y)
        return y

    def backward(self, dy):
        return dy * (1 - self.y**2)


class FromCall:
    """Right at first; `spoil` sets in with the given call of `method`."""

    def __init__(self, call, method, spoil):
        self.call, self.method, self.spoil, self.calls = call, method, spoil, 0

    def _spoil(self, method, given, result):
        if method == self.method:
            self.calls += 1
            if self.calls >= self.call:
                return self.spoil(given, result)
        return result

    def forward(self, x, training=False):
        self.x = x.copy()
        return self._spoil("forward", x, x**2)

    def backward(self, dy):
        return self._spoil("backward", dy, 2 * self.x * dy)


def doubles(given, result):
    given *= 2
    return result


def trebles_result(given, result):
    return 3 * result


class WritesIntoY:
    """Uses the y that it returned as scratch paper in backward."""

    def forward(self, x, training=False):
        self.y = np.exp(x)
        return self.y

    def backward(self, dy):
        self.y *= dy
        return self.y.copy()


class ReusesY:
    """Returns one and the same array at every call."""

    def forward(self, x, training=False):
        self.x = x
        if not hasattr(self, "y") or self.y.shape != x.shape:
            self.y = np.empty(x.shape)
        np.multiply(x, x, out=self.y)
        return self.y

    def backward(self, dy):
        return 2 * self.x * dy


class FirstPool(MaxPool2d):
    """Keeps what its first forward remembered."""

    def remember(self, y, *values):
        self.first = getattr(self, "first", values)
        return super().remember(y, *self.first)


class FirstMaskOfRelu(ReLU):
    def remember(self, y, *values):
        self.first = getattr(self, "first", values)
        return super().remember(y, *self.first)


PICTURES = (2, 5, 5, 2)

WRONG_KEPT = {
    "first x": lambda rng: Case(FirstX(), vectors(rng)),
    "first x of each shape": lambda rng: Case(FirstShape(), vectors(rng)),
    "first mask": lambda rng: Case(FirstMask(), vectors(rng)),
    "first mask, one example": lambda rng: Case(FirstMask(), vectors(rng, (1, 8))),
    "first mask of our ReLU": lambda rng: Case(FirstMaskOfRelu(), vectors(rng)),
    "first argmax": lambda rng: Case(FirstArgmax(), vectors(rng, (4, 5))),
    "first argmax of our max-pool": lambda rng: Case(FirstPool(3, 2), vectors(rng, PICTURES)),
    "first sigma": lambda rng: Case(FirstSigma(), vectors(rng)),
    "first y": lambda rng: Case(FirstOutput(), vectors(rng)),
    "first transpose": lambda rng: Case(FirstTranspose(rng), vectors(rng)),
    "transpose of the constructor": lambda rng: Case(TransposeOfBuild(rng), vectors(rng)),
    "first batch's size": lambda rng: Case(FirstBatchSize(rng), vectors(rng)),
    "only the first four examples": lambda rng: Case(HardCodedBatch(rng), vectors(rng)),
    "the same object": lambda rng: Case(SameObject(), vectors(rng)),
    "x changed from the second forward on": lambda rng: Case(
        FromCall(2, "forward", doubles), vectors(rng)
    ),
    "x changed from the third forward on": lambda rng: Case(
        FromCall(3, "forward", doubles), vectors(rng)
    ),
    "dy changed from the second backward on": lambda rng: Case(
        FromCall(2, "backward", doubles), vectors(rng)
    ),
    "dy changed from the third backward on": lambda rng: Case(
        FromCall(3, "backward", doubles), vectors(rng)
    ),
    "dx wrong from the third backward on": lambda rng: Case(
        FromCall(3, "backward", trebles_result), vectors(rng)
    ),
    "writes into its y in backward": lambda rng: Case(WritesIntoY(), vectors(rng)),
    "one y for all calls": lambda rng: Case(ReusesY(), vectors(rng)),
}
