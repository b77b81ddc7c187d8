"""Lesson 16: wrong global averages and 1 × 1 convolutions."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.mistakes.mistake import mistake
from tinyalex.layers import GlobalAvgPool2d


@mistake("globalavg-summed", of="GlobalAvgPool2d")
class SummedNotAveraged(GlobalAvgPool2d):
    """y is the sum over the places and dx is all of dy; both must be divided by H · W."""

    def forward(self, x, training: bool = False):
        return super().forward(x, training) * (x.shape[1] * x.shape[2])

    def backward(self, dy):
        ((_, H, W, _),) = self._memory
        return super().backward(dy) * (H * W)


@mistake("globalavg-channels-first", of="GlobalAvgPool2d")
class ChannelsTakenFirst(GlobalAvgPool2d):
    """x is read as (N, C, H, W); here the channels come last."""

    def forward(self, x, training: bool = False):
        N, H, W, C = x.shape
        y = np.ascontiguousarray(x).reshape(N, C, H * W).mean(axis=2)
        return self.remember(y, x.shape)

    def backward(self, dy):
        ((N, H, W, C),) = self.recall(dy)
        return np.repeat(dy / (H * W), H * W, axis=1).reshape(N, H, W, C)


@mistake("globalavg-dx-order", of="GlobalAvgPool2d")
class SharesInTheWrongOrder(GlobalAvgPool2d):
    """dx repeats each number of dy H · W times in a row, which is right for channels first; here
    the channels come last."""

    def backward(self, dy):
        ((N, H, W, C),) = self.recall(dy)
        return np.repeat(dy / (H * W), H * W, axis=1).reshape(N, H, W, C)


@mistake("globalavg-maximum", of="GlobalAvgPool2d")
class MaximumInstead(GlobalAvgPool2d):
    """y is the largest value of each map; it should be the mean."""

    def forward(self, x, training: bool = False):
        super().forward(x, training)
        return x.max(axis=(1, 2))


@mistake("globalavg-height-only", of="GlobalAvgPool2d")
class DividedByHeightOnly(GlobalAvgPool2d):
    """dy is divided by H · H; the map has H · W places and need not be square."""

    def backward(self, dy):
        ((_, H, W, _),) = self._memory
        return super().backward(dy) * W / H


@mistake("globalavg-first-place", of="GlobalAvgPool2d")
class AllToTheFirstPlace(GlobalAvgPool2d):
    """dy goes to the first place only; every place must receive its share."""

    def backward(self, dy):
        dx = super().backward(dy)
        first = np.zeros_like(dx)
        first[:, 0, 0] = dy
        return first


@mistake("conv1x1-no-bias", of="conv1x1")
def bias_forgotten(x, W, b):
    """the bias is not added."""
    return x @ W


@mistake("conv1x1-transposed", of="conv1x1")
def weights_transposed(x, W, b):
    """Wᵀ is used instead of W; W is (C, K), and its first axis belongs to x's channels."""
    return x @ W.T + b


@mistake("conv1x1-channels-first", of="conv1x1")
def channels_first(x, W, b):
    """x is read as (N, C, H, W); here the channels come last."""
    N, H, W_, C = x.shape
    rows = x.reshape(N, C, H * W_).transpose(0, 2, 1)
    return (rows @ W + b).reshape(N, H, W_, -1)


@mistake("conv1x1-with-relu", of="conv1x1")
def with_relu(x, W, b):
    """a ReLU follows the convolution; conv1x1 itself has none."""
    return np.maximum(x @ W + b, 0)


@mistake("conv1x1-dx-no-transpose", of="conv1x1_backward")
def dx_without_transpose(dy, x, W):
    """dx is dy · W; it should be dy · Wᵀ."""
    return dy @ W, _dW(dy, x), dy.sum(axis=(0, 1, 2))


@mistake("conv1x1-dw-transposed", of="conv1x1_backward")
def dW_transposed(dy, x, W):
    """dW is dyᵀ · x; it should be xᵀ · dy, of W's shape."""
    return dy @ W.T, _dW(dy, x).T, dy.sum(axis=(0, 1, 2))


@mistake("conv1x1-dw-averaged", of="conv1x1_backward")
def dW_averaged(dy, x, W):
    """dW is the mean over the places; all places share the weights, so it must be the sum."""
    places = x.shape[0] * x.shape[1] * x.shape[2]
    return dy @ W.T, _dW(dy, x) / places, dy.sum(axis=(0, 1, 2))


@mistake("conv1x1-db-averaged", of="conv1x1_backward")
def db_averaged(dy, x, W):
    """db is the mean of dy over the places; it should be the sum."""
    return dy @ W.T, _dW(dy, x), dy.mean(axis=(0, 1, 2))


@mistake("conv1x1-db-not-summed", of="conv1x1_backward")
def db_of_each_picture(dy, x, W):
    """db has one row per picture; it must be summed over the pictures too."""
    return dy @ W.T, _dW(dy, x), dy.sum(axis=(1, 2))


@mistake("conv1x1-dw-first-picture", of="conv1x1_backward")
def dW_of_first_picture(dy, x, W):
    """dW comes from the first picture only; it must be summed over the batch."""
    return dy @ W.T, _dW(dy[:1], x[:1]), dy.sum(axis=(0, 1, 2))


def _dW(dy, x):
    return np.einsum("nhwc,nhwk->ck", x, dy)
