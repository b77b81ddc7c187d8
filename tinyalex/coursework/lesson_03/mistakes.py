"""More wrong nonlinearities of lesson 03, beside those of activations.py."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.mistakes.mistake import mistake
from tinyalex.layers import ReLU, Tanh


@mistake("relu-absolute", of="ReLU")
class ReLUAbsolute(ReLU):
    """y is |x|: negative values should become 0, not positive."""

    def forward(self, x, training: bool = False):
        return super().forward(np.abs(x), training)


@mistake("relu-leaks", of="ReLU")
class ReLULeaks(ReLU):
    """y is 0.01 · x where x is negative: that is the leaky ReLU; here it is 0."""

    def forward(self, x, training: bool = False):
        return super().forward(x, training) + 0.01 * np.minimum(x, 0)


@mistake("relu-saturates", of="ReLU")
class ReLUSaturates(ReLU):
    """y is cut off at 1; the ReLU has no upper end, and that is its point."""

    def forward(self, x, training: bool = False):
        return np.minimum(super().forward(x, training), 1)


@mistake("relu-passes-at-zero", of="ReLU")
class ReLUPassesAtZero(ReLU):
    """dy is let through where x is exactly 0; here the gradient is 0 there."""

    def forward(self, x, training: bool = False):
        y = super().forward(x, training)
        return self.remember(y, x)

    def backward(self, dy):
        (x,) = self.recall(dy)
        return dy * (x >= 0)


@mistake("tanh-ignores-dy", of="Tanh")
class TanhIgnoresUpstream(Tanh):
    """tanh's backward returns 1 − y² and forgets to multiply by dy."""

    def backward(self, dy):
        (y,) = self.recall(dy)
        return 1 - y * y


@mistake("tanh-plus", of="Tanh")
class TanhSignOfSquare(Tanh):
    """tanh' is taken to be 1 + y²; it is 1 − y²."""

    def backward(self, dy):
        (y,) = self.recall(dy)
        return dy * (1 + y * y)


@mistake("tanh-twice", of="Tanh")
class TanhTwice(Tanh):
    """tanh is taken again, of y, in backward: 1 − tanh(y)². It is 1 − y²: y is tanh(x) already."""

    def backward(self, dy):
        (y,) = self.recall(dy)
        return dy * (1 - np.tanh(y) ** 2)


@mistake("tanh-slope-of-sigmoid", of="Tanh")
class TanhSlopeOfSigmoid(Tanh):
    """tanh' is taken to be y · (1 − y), the sigmoid's; it is 1 − y²."""

    def backward(self, dy):
        (y,) = self.recall(dy)
        return dy * y * (1 - y)


@mistake("tanh-overflows", of="Tanh")
class TanhOverflows(Tanh):
    """e^x overflows where x is large, and ∞/∞ is not a number: use tanh itself."""

    def forward(self, x, training: bool = False):
        grown, shrunk = np.exp(x), np.exp(-x)
        y = (grown - shrunk) / (grown + shrunk)
        return self.remember(y, y)
