"""LeNet-5's squashing function."""

from __future__ import annotations

from tinyalex import backend
from tinyalex.kernels.underflow import allow_underflow
from tinyalex.layers.base import Layer

AMPLITUDE = 1.7159
SLOPE = 2 / 3


class ScaledTanh(Layer):
    """y = A · tanh(S · x) with A = 1.7159 and S = 2/3, so that f(±1) = ±1 (to four digits).

    Backward: dx = dy · A · S · (1 − tanh²(S · x)) = dy · S · (A − y² / A).
    """

    @allow_underflow
    def forward(self, x, training: bool = False):
        self.check_input(x, dimensions=None)
        y = AMPLITUDE * backend.xp.tanh(SLOPE * x)
        return self.remember(y, y)

    @allow_underflow
    def backward(self, dy):
        (y,) = self.recall(dy)
        return dy * (SLOPE * (AMPLITUDE - y * y / AMPLITUDE))
