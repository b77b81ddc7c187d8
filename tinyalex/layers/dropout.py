"""Dropout. Section 4.2 of the paper."""

from __future__ import annotations

import numpy as np

from tinyalex import backend
from tinyalex.kernels.underflow import allow_underflow
from tinyalex.layers.base import Layer


class Dropout(Layer):
    """In training y is 0 with probability p and x / (1 − p) otherwise; at test time y = x.

    The paper instead leaves training values as they are and multiplies by 1 − p at test time. The
    two agree in expectation; this "inverted" form, used by PyTorch and Caffe, costs nothing at test
    time.

    p: in [0, 1). rng: the numpy.random.Generator that draws the masks.
    `mask` is the last one drawn: 0 or 1 / (1 − p), of x's shape. Backward: dx = dy · mask.
    """

    def __init__(self, p: float = 0.5, *, rng: np.random.Generator | None = None) -> None:
        super().__init__()
        if not 0 <= p < 1:
            raise ValueError(f"Dropout: p must be at least 0 and below 1; got {p}")
        self.p = p
        self.rng = np.random.default_rng() if rng is None else rng
        self.mask = None

    @allow_underflow
    def forward(self, x, training: bool = False):
        self.check_input(x, dimensions=None)
        if training and self.p > 0:
            y, self.mask = backend.kernels.dropout(x, self.p, self.rng)
        else:
            y, self.mask = x + 0, None  # a copy: y is never the caller's own array
        return self.remember(y, self.mask)

    @allow_underflow
    def backward(self, dy):
        (mask,) = self.recall(dy)
        return dy + 0 if mask is None else dy * mask
