"""Wrong nonlinearities."""

from __future__ import annotations

from tinyalex.coursework.mistakes.mistake import Example, Mistake
from tinyalex.layers import ReLU, Sigmoid, Tanh

EXAMPLE = Example(lambda rng: {}, shape=(2, 3, 2, 2))


class ReLUIgnoresUpstream(ReLU):
    """ReLU's backward returns the mask of ones and zeros and forgets to multiply by dy."""

    def backward(self, dy):
        (y,) = self.recall(dy)
        return (y > 0).astype(y.dtype)


class ReLUMaskFromUpstream(ReLU):
    """ReLU's mask is taken from dy; it belongs to x: dy > 0 in the place of x > 0."""

    def backward(self, dy):
        self.recall(dy)
        return dy * (dy > 0)


class ReLUWithoutMask(ReLU):
    """ReLU's backward lets all of dy through."""

    def backward(self, dy):
        self.recall(dy)
        return dy + 0


class ReLUMaskInverted(ReLU):
    """ReLU's backward lets dy through where x was negative."""

    def backward(self, dy):
        (y,) = self.recall(dy)
        return dy * (y <= 0)


class ReLUChangesInput(ReLU):
    """ReLU sets the negative values of x itself to zero: x belongs to the caller."""

    def forward(self, x, training: bool = False):
        x[x < 0] = 0
        return super().forward(x, training)


class ReLUChangesUpstream(ReLU):
    """ReLU sets values of dy itself to zero: dy belongs to the caller."""

    def backward(self, dy):
        (y,) = self.recall(dy)
        dy[y <= 0] = 0
        return dy


class TanhNotSquared(Tanh):
    """tanh' is taken to be 1 − y; it is 1 − y²."""

    def backward(self, dy):
        (y,) = self.recall(dy)
        return dy * (1 - y)


class TanhSquaresInput(Tanh):
    """tanh' is taken to be 1 − x²; it is 1 − y², with the output y."""

    def forward(self, x, training: bool = False):
        y = super().forward(x, training)
        return self.remember(y, x)

    def backward(self, dy):
        (x,) = self.recall(dy)
        return dy * (1 - x * x)


class SigmoidOnlyOutput(Sigmoid):
    """sigmoid' is taken to be y; it is y · (1 − y)."""

    def backward(self, dy):
        (y,) = self.recall(dy)
        return dy * y


class SigmoidIgnoresUpstream(Sigmoid):
    """sigmoid's backward returns y · (1 − y) and forgets to multiply by dy."""

    def backward(self, dy):
        (y,) = self.recall(dy)
        return y * (1 - y)


MISTAKES = [
    Mistake("relu-ignores-dy", "ReLU", ReLUIgnoresUpstream),
    Mistake("relu-mask-from-dy", "ReLU", ReLUMaskFromUpstream),
    Mistake("relu-no-mask", "ReLU", ReLUWithoutMask),
    Mistake("relu-mask-inverted", "ReLU", ReLUMaskInverted),
    Mistake("relu-changes-x", "ReLU", ReLUChangesInput),
    Mistake("relu-changes-dy", "ReLU", ReLUChangesUpstream),
    Mistake("tanh-not-squared", "Tanh", TanhNotSquared),
    Mistake("tanh-squares-x", "Tanh", TanhSquaresInput),
    Mistake("sigmoid-only-y", "Sigmoid", SigmoidOnlyOutput),
    Mistake("sigmoid-ignores-dy", "Sigmoid", SigmoidIgnoresUpstream),
]
