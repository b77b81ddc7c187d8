"""From maps to vectors."""

from __future__ import annotations

import math

from tinyalex.layers.base import Layer


class Flatten(Layer):
    """(N, H, W, C) as (N, H·W·C), channels fastest. Backward gives dy the shape of x."""

    def forward(self, x, training: bool = False):
        self.check_input(x, dimensions=None)
        return self.remember(x.reshape(self.output_shape(x.shape)), x.shape)

    def backward(self, dy):
        (shape,) = self.recall(dy)
        return dy.reshape(shape)

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return (shape[0], math.prod(shape[1:]))
