"""Activation functions. Section 3.1 of the paper compares the first two."""

from __future__ import annotations

from tinyalex import backend
from tinyalex.kernels.underflow import allow_underflow
from tinyalex.layers.base import Layer


class ReLU(Layer):
    """y = max(x, 0). Backward: dx = dy where y > 0, else 0 (at exactly 0 the gradient is 0)."""

    def forward(self, x, training: bool = False):
        self.check_input(x, dimensions=None)
        y = backend.kernels.relu(x)
        return self.remember(y, y)

    def backward(self, dy):
        (y,) = self.recall(dy)
        return backend.kernels.relu_backward(dy, y)


class Tanh(Layer):
    """y = tanh(x). Backward: dx = dy · (1 − y²)."""

    @allow_underflow
    def forward(self, x, training: bool = False):
        self.check_input(x, dimensions=None)
        y = backend.xp.tanh(x)
        return self.remember(y, y)

    @allow_underflow
    def backward(self, dy):
        (y,) = self.recall(dy)
        return dy * (1 - y * y)


class Sigmoid(Layer):
    """y = 1 / (1 + e^−x). Backward: dx = dy · y · (1 − y)."""

    @allow_underflow
    def forward(self, x, training: bool = False):
        self.check_input(x, dimensions=None)
        # The same function as 1 / (1 + e^−x), without an overflow for large negative x.
        y = 0.5 * (1 + backend.xp.tanh(0.5 * x))
        return self.remember(y, y)

    @allow_underflow
    def backward(self, dy):
        (y,) = self.recall(dy)
        return dy * y * (1 - y)
