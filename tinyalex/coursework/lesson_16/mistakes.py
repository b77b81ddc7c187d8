"""Wrong means of a map, and wrong 1 × 1 convolutions."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.mistakes.mistake import Mistake
from tinyalex.layers import GlobalAvgPool2d


class SummedNotAveraged(GlobalAvgPool2d):
    """y is the sum over the places, and dx all of dy; both lack the division by H · W."""

    def forward(self, x, training: bool = False):
        return super().forward(x, training) * (x.shape[1] * x.shape[2])

    def backward(self, dy):
        ((_, H, W, _),) = self._memory
        return super().backward(dy) * (H * W)


class ChannelsTakenFirst(GlobalAvgPool2d):
    """x is read as (N, C, H, W); here the channels come last."""

    def forward(self, x, training: bool = False):
        N, H, W, C = x.shape
        y = np.ascontiguousarray(x).reshape(N, C, H * W).mean(axis=2)
        return self.remember(y, x.shape)

    def backward(self, dy):
        ((N, H, W, C),) = self.recall(dy)
        return np.repeat(dy / (H * W), H * W, axis=1).reshape(N, H, W, C)


class SharesInTheWrongOrder(GlobalAvgPool2d):
    """dx repeats each number of dy H · W times in a row: that would be channels first."""

    def backward(self, dy):
        ((N, H, W, C),) = self.recall(dy)
        return np.repeat(dy / (H * W), H * W, axis=1).reshape(N, H, W, C)


class MaximumInstead(GlobalAvgPool2d):
    """y is the largest value of each map; it should be the mean."""

    def forward(self, x, training: bool = False):
        super().forward(x, training)
        return x.max(axis=(1, 2))


class DividedByHeightOnly(GlobalAvgPool2d):
    """dy is divided by H · H; the map need not be square: it has H · W places."""

    def backward(self, dy):
        ((_, H, W, _),) = self._memory
        return super().backward(dy) * W / H


class AllToTheFirstPlace(GlobalAvgPool2d):
    """dy goes to the first place alone; every place has its share of the mean."""

    def backward(self, dy):
        dx = super().backward(dy)
        first = np.zeros_like(dx)
        first[:, 0, 0] = dy
        return first


def bias_forgotten(x, W, b):
    """The bias is not added."""
    return x @ W


def weights_transposed(x, W, b):
    """Wᵀ in the place of W: W is (C, K), and x's channels meet its first axis."""
    return x @ W.T + b


def channels_first(x, W, b):
    """x is read as (N, C, H, W); here the channels come last."""
    N, H, W_, C = x.shape
    rows = x.reshape(N, C, H * W_).transpose(0, 2, 1)
    return (rows @ W + b).reshape(N, H, W_, -1)


def with_relu(x, W, b):
    """A ReLU stands behind it; the convolution itself has none."""
    return np.maximum(x @ W + b, 0)


def dx_without_transpose(dy, x, W):
    """dx is dy · W; it should be dy · Wᵀ."""
    return dy @ W, _dW(dy, x), dy.sum(axis=(0, 1, 2))


def dW_transposed(dy, x, W):
    """dW is dyᵀ · x; it should be xᵀ · dy, of W's shape."""
    return dy @ W.T, _dW(dy, x).T, dy.sum(axis=(0, 1, 2))


def dW_averaged(dy, x, W):
    """dW is a mean over the places; every place uses the same weights, so they add up."""
    places = x.shape[0] * x.shape[1] * x.shape[2]
    return dy @ W.T, _dW(dy, x) / places, dy.sum(axis=(0, 1, 2))


def db_averaged(dy, x, W):
    """db is the mean of dy over the places; it should be the sum."""
    return dy @ W.T, _dW(dy, x), dy.mean(axis=(0, 1, 2))


def db_of_each_picture(dy, x, W):
    """db has a row for each picture; it must be summed over the pictures, too."""
    return dy @ W.T, _dW(dy, x), dy.sum(axis=(1, 2))


def dW_of_first_picture(dy, x, W):
    """dW comes from the first picture alone and is not summed over the batch."""
    return dy @ W.T, _dW(dy[:1], x[:1]), dy.sum(axis=(0, 1, 2))


def _dW(dy, x):
    return np.einsum("nhwc,nhwk->ck", x, dy)


GLOBAL_AVERAGE = (
    Mistake("globalavg-summed", "GlobalAvgPool2d", SummedNotAveraged),
    Mistake("globalavg-channels-first", "GlobalAvgPool2d", ChannelsTakenFirst),
    Mistake("globalavg-dx-order", "GlobalAvgPool2d", SharesInTheWrongOrder),
    Mistake("globalavg-maximum", "GlobalAvgPool2d", MaximumInstead),
    Mistake("globalavg-height-only", "GlobalAvgPool2d", DividedByHeightOnly),
    Mistake("globalavg-first-place", "GlobalAvgPool2d", AllToTheFirstPlace),
)
FORWARD = {
    "conv1x1-no-bias": bias_forgotten,
    "conv1x1-transposed": weights_transposed,
    "conv1x1-channels-first": channels_first,
    "conv1x1-with-relu": with_relu,
}
BACKWARD = {
    "conv1x1-dx-no-transpose": dx_without_transpose,
    "conv1x1-dw-transposed": dW_transposed,
    "conv1x1-dw-averaged": dW_averaged,
    "conv1x1-db-averaged": db_averaged,
    "conv1x1-db-not-summed": db_of_each_picture,
    "conv1x1-dw-first-picture": dW_of_first_picture,
}
