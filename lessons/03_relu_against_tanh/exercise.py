"""Lesson 03: ReLU and tanh.

The text is README.md. To check your work: python -m tinyalex.check 03
"""

import numpy as np

from tinyalex import layers


class ReLU(layers.ReLU):
    """y = max(x, 0). Backward: dx = dy where y > 0, else 0 (at exactly 0 the gradient is 0)."""

    def forward(self, x, training: bool = False):
        # 1. y = the larger of x and 0, elementwise, in a new array of x's dtype.
        # 2. Keep what backward needs.
        raise NotImplementedError("task 03.1: ReLU.forward")

    def backward(self, dy):
        # 1. dx is dy where the unit was active and 0 elsewhere. Do not change dy itself.
        raise NotImplementedError("task 03.2: ReLU.backward")


class Tanh(layers.Tanh):
    """y = tanh(x). Backward: dx = dy · (1 − y²)."""

    def forward(self, x, training: bool = False):
        # 1. y = tanh(x), even where e^x would overflow.
        # 2. Keep what backward needs; y is enough.
        raise NotImplementedError("task 03.3: Tanh.forward")

    def backward(self, dy):
        # 1. dx is dy times the slope of tanh, computed from y.
        raise NotImplementedError("task 03.4: Tanh.backward")
