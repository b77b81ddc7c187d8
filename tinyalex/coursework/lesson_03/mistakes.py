"""More wrong activations for lesson 03, in addition to those in activations.py."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.mistakes.mistake import mistake
from tinyalex.layers import ReLU, Tanh


@mistake("relu-absolute", of="ReLU")
class ReLUAbsolute(ReLU):
    """y is |x|; negative values should become 0, not positive."""

    def forward(self, x, training: bool = False):
        return super().forward(np.abs(x), training)


@mistake("relu-leaks", of="ReLU")
class ReLULeaks(ReLU):
    """y is 0.01 · x where x is negative, which is the leaky ReLU; here y is 0 there."""

    def forward(self, x, training: bool = False):
        return super().forward(x, training) + 0.01 * np.minimum(x, 0)


@mistake("relu-saturates", of="ReLU")
class ReLUSaturates(ReLU):
    """y is capped at 1; the ReLU never saturates for positive x, and that is its point."""

    def forward(self, x, training: bool = False):
        return np.minimum(super().forward(x, training), 1)


@mistake("relu-passes-at-zero", of="ReLU")
class ReLUPassesAtZero(ReLU):
    """dy passes where x is exactly 0; here the gradient is 0 there."""

    def forward(self, x, training: bool = False):
        y = super().forward(x, training)
        return self.remember(y, x)

    def backward(self, dy):
        (x,) = self.recall(dy)
        return dy * (x >= 0)


@mistake("tanh-ignores-dy", of="Tanh")
class TanhIgnoresUpstream(Tanh):
    """tanh's backward returns 1 − y² without multiplying it by dy."""

    def backward(self, dy):
        (y,) = self.recall(dy)
        return 1 - y * y


@mistake("tanh-plus", of="Tanh")
class TanhSignOfSquare(Tanh):
    """tanh′ is computed as 1 + y²; it is 1 − y²."""

    def backward(self, dy):
        (y,) = self.recall(dy)
        return dy * (1 + y * y)


@mistake("tanh-twice", of="Tanh")
class TanhTwice(Tanh):
    """backward applies tanh to y again, 1 − tanh(y)²; y is tanh(x) already, so it is 1 − y²."""

    def backward(self, dy):
        (y,) = self.recall(dy)
        return dy * (1 - np.tanh(y) ** 2)


@mistake("tanh-slope-of-sigmoid", of="Tanh")
class TanhSlopeOfSigmoid(Tanh):
    """tanh′ is computed as y · (1 − y), which is the sigmoid's; it is 1 − y²."""

    def backward(self, dy):
        (y,) = self.recall(dy)
        return dy * y * (1 - y)


@mistake("tanh-overflows", of="Tanh")
class TanhOverflows(Tanh):
    """e^x overflows for large x, and ∞/∞ is NaN: use np.tanh."""

    def forward(self, x, training: bool = False):
        grown, shrunk = np.exp(x), np.exp(-x)
        y = (grown - shrunk) / (grown + shrunk)
        return self.remember(y, y)
