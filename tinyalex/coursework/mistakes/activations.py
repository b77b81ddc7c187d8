"""Wrong nonlinearities."""

from __future__ import annotations

from tinyalex.coursework.mistakes.mistake import Example, mistake
from tinyalex.layers import ReLU, Sigmoid, Tanh

EXAMPLE = Example(lambda rng: {}, shape=(2, 3, 2, 2))


@mistake("relu-ignores-dy", of="ReLU")
class ReLUIgnoresUpstream(ReLU):
    """ReLU's backward returns the mask of ones and zeros without multiplying it by dy."""

    def backward(self, dy):
        (y,) = self.recall(dy)
        return (y > 0).astype(y.dtype)


@mistake("relu-mask-from-dy", of="ReLU")
class ReLUMaskFromUpstream(ReLU):
    """ReLU's mask is dy > 0; it should be x > 0."""

    def backward(self, dy):
        self.recall(dy)
        return dy * (dy > 0)


@mistake("relu-no-mask", of="ReLU")
class ReLUWithoutMask(ReLU):
    """ReLU's backward passes all of dy; it must be 0 where x was negative."""

    def backward(self, dy):
        self.recall(dy)
        return dy + 0


@mistake("relu-mask-inverted", of="ReLU")
class ReLUMaskInverted(ReLU):
    """ReLU's backward passes dy where x was negative instead of where it was positive."""

    def backward(self, dy):
        (y,) = self.recall(dy)
        return dy * (y <= 0)


@mistake("relu-changes-x", of="ReLU")
class ReLUChangesInput(ReLU):
    """ReLU sets negative values to zero in x itself, but x belongs to the caller."""

    def forward(self, x, training: bool = False):
        x[x < 0] = 0
        return super().forward(x, training)


@mistake("relu-changes-dy", of="ReLU")
class ReLUChangesUpstream(ReLU):
    """ReLU sets values to zero in dy itself, but dy belongs to the caller."""

    def backward(self, dy):
        (y,) = self.recall(dy)
        dy[y <= 0] = 0
        return dy


@mistake("tanh-not-squared", of="Tanh")
class TanhNotSquared(Tanh):
    """tanh′ is computed as 1 − y; it is 1 − y²."""

    def backward(self, dy):
        (y,) = self.recall(dy)
        return dy * (1 - y)


@mistake("tanh-squares-x", of="Tanh")
class TanhSquaresInput(Tanh):
    """tanh′ is computed as 1 − x²; it is 1 − y², from the output y."""

    def forward(self, x, training: bool = False):
        y = super().forward(x, training)
        return self.remember(y, x)

    def backward(self, dy):
        (x,) = self.recall(dy)
        return dy * (1 - x * x)


@mistake("sigmoid-only-y", of="Sigmoid")
class SigmoidOnlyOutput(Sigmoid):
    """sigmoid′ is computed as y; it is y · (1 − y)."""

    def backward(self, dy):
        (y,) = self.recall(dy)
        return dy * y


@mistake("sigmoid-ignores-dy", of="Sigmoid")
class SigmoidIgnoresUpstream(Sigmoid):
    """sigmoid's backward returns y · (1 − y) without multiplying it by dy."""

    def backward(self, dy):
        (y,) = self.recall(dy)
        return y * (1 - y)
