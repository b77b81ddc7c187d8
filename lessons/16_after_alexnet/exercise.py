"""Lesson 16: the building blocks of NIN.

The text is README.md. To check your work: python -m tinyalex.check 16
"""

import numpy as np

from tinyalex import layers


class GlobalAvgPool2d(layers.GlobalAvgPool2d):
    """y[n, c] = the mean of channel c over all places. (N, H, W, C) → (N, C)."""

    def forward(self, x, training: bool = False):
        # 1. Take the mean over rows and columns only.
        # 2. Return self.remember(y, x.shape): the shape is all that backward needs.
        raise NotImplementedError("task 16.1: GlobalAvgPool2d.forward")

    def backward(self, dy):
        # 1. (shape,) = self.recall(dy). Each place contributed 1 / (H · W) of the mean, so that is
        #    its share of dy.
        # 2. Give every place in the map its share: (N, C) becomes (N, H, W, C).
        raise NotImplementedError("task 16.2: GlobalAvgPool2d.backward")


def conv1x1(x, W, b):
    """y[n, h, w, k] = b[k] + Σ_c x[n, h, w, c] · W[c, k]: a fully connected layer at each place.

    x: (N, H, W, C). W: (C, K). b: (K,). Returns (N, H, W, K).
    """
    # 1. Reshape x to a matrix with one row for each place in each picture.
    # 2. Multiply, add the bias, and reshape the rows back to maps.
    raise NotImplementedError("task 16.3: conv1x1")


def conv1x1_backward(dy, x, W):
    """The gradients of conv1x1: (dx, dW, db), of the shapes of x, W and b.

    dy: (N, H, W, K). x: (N, H, W, C). W: (C, K). The weights are shared by all places of all
    pictures, so dW and db are sums over them.
    """
    # 1. dx: dy times the transpose of W, at each place.
    # 2. dW: reshape x and dy to matrices with one row per place; take the product with W's shape.
    # 3. db: sum dy over all places of all pictures.
    raise NotImplementedError("task 16.4: conv1x1_backward")
