"""Wrong pooling layers. Most look right with 2 × 2 windows at stride 2, so the example overlaps."""

from __future__ import annotations

import numpy as np

from tinyalex import backend
from tinyalex.coursework.mistakes.mistake import Example, mistake
from tinyalex.coursework.mistakes.overlaps import keeps_one_window
from tinyalex.layers import AvgPool2d, GlobalAvgPool2d, MaxPool2d

EXAMPLE = Example(
    lambda rng: {"kernel_size": 3, "stride": 2, "padding": (1, 0, 1, 0)}, shape=(2, 6, 5, 2)
)
GLOBAL_EXAMPLE = Example(lambda rng: {}, shape=(2, 3, 4, 2))


def places(layer, shape):
    """Yields (position in the window, rows, columns of the padded map that it reads)."""
    _, OH, OW, _ = layer.output_shape(shape)
    (KH, KW), (SH, SW) = layer.kernel_size, layer.stride
    for i in range(KH):
        for j in range(KW):
            rows = slice(i, i + SH * (OH - 1) + 1, SH)
            yield i * KW + j, rows, slice(j, j + SW * (OW - 1) + 1, SW)


def padded_zeros(layer, shape, dtype):
    """A padded map of zeros, and a view of it without the padding."""
    N, H, W, C = shape
    (top, bottom), (left, right) = layer.padding
    padded = backend.xp.zeros((N, H + top + bottom, W + left + right, C), dtype)
    return padded, padded[:, top : top + H, left : left + W]


@mistake("maxpool-assigns", of="MaxPool2d", shown_by=keeps_one_window(MaxPool2d, EXAMPLE))
class MaxAssigns(MaxPool2d):
    """dx is set with =, not +=; where two windows share a maximum, only one of them counts."""

    def backward(self, dy):
        positions, shape = self.recall(dy)
        padded, dx = padded_zeros(self, shape, dy.dtype)
        for position, rows, columns in places(self, shape):
            here = positions == position
            padded[:, rows, columns] = backend.xp.where(here, dy, padded[:, rows, columns])
        return dx.copy()


@mistake("maxpool-assigns-windows", of="MaxPool2d")
class MaxAssignsByWindow(MaxPool2d):
    """dx is set with =, not +=; where two windows share a maximum, only the last one counts."""

    def backward(self, dy):
        positions, shape = self.recall(dy)
        padded, dx = padded_zeros(self, shape, dy.dtype)
        KW, (SH, SW) = self.kernel_size[1], self.stride
        for n, oh, ow, c in np.ndindex(dy.shape):
            i, j = divmod(int(positions[n, oh, ow, c]), KW)
            padded[n, oh * SH + i, ow * SW + j, c] = dy[n, oh, ow, c]
        return dx.copy()


@mistake("maxpool-to-all", of="MaxPool2d")
class MaxToAll(MaxPool2d):
    """dy goes to every value in the window; it should go to the maximum only."""

    def backward(self, dy):
        _, shape = self.recall(dy)
        padded, dx = padded_zeros(self, shape, dy.dtype)
        for _, rows, columns in places(self, shape):
            padded[:, rows, columns] += dy
        return dx.copy()


@mistake("maxpool-last-position", of="MaxPool2d")
class MaxToLastPosition(MaxPool2d):
    """dy always goes to the last value in the window; it should go to the maximum."""

    def backward(self, dy):
        positions, shape = self.recall(dy)
        last = backend.xp.full_like(positions, self.kernel_size[0] * self.kernel_size[1] - 1)
        self.remember(dy, last, shape)
        return super().backward(dy)


@mistake("maxpool-shared", of="MaxPool2d")
class MaxShared(MaxPool2d):
    """dy is divided by the window's size, as in average pooling."""

    def backward(self, dy):
        return super().backward(dy) / (self.kernel_size[0] * self.kernel_size[1])


@mistake("maxpool-ignores-dy", of="MaxPool2d")
class MaxIgnoresUpstream(MaxPool2d):
    """the maximum receives 1; it should receive dy."""

    def backward(self, dy):
        return super().backward(backend.xp.ones_like(dy))


@mistake("maxpool-shifted", of="MaxPool2d")
class MaxShifted(MaxPool2d):
    """dx ignores the padding: everything is one pixel too low and too far right."""

    def backward(self, dy):
        dx = super().backward(dy)
        shifted = backend.xp.zeros_like(dx)
        shifted[:, 1:, 1:] = dx[:, :-1, :-1]
        return shifted


@mistake("maxpool-cut-to-nothing", of="MaxPool2d")
class MaxCutToMinusZero(MaxPool2d):
    """dx is cropped with [top:-bottom], which is empty when bottom is 0; use [top : top + H]."""

    def backward(self, dy):
        (top, bottom), (left, right) = self.padding
        padded = backend.xp.pad(super().backward(dy), ((0, 0), *self.padding, (0, 0)))
        return padded[:, top:-bottom, left:-right]


@mistake("maxpool-no-stride", of="MaxPool2d")
class MaxWithoutStride(MaxPool2d):
    """backward ignores the stride: it places the windows one pixel apart."""

    def backward(self, dy):
        positions, shape = self.recall(dy)
        padded, dx = padded_zeros(self, shape, dy.dtype)
        _, OH, OW, _ = dy.shape
        for position, rows, columns in places(self, shape):
            i, j = rows.start, columns.start
            padded[:, i : i + OH, j : j + OW] += dy * (positions == position)
        return dx.copy()


@mistake("avgpool-not-divided", of="AvgPool2d")
class AverageNotDivided(AvgPool2d):
    """each value receives all of dy; it should receive dy / (KH · KW)."""

    def backward(self, dy):
        return super().backward(dy) * (self.kernel_size[0] * self.kernel_size[1])


@mistake("avgpool-assigns", of="AvgPool2d", shown_by=keeps_one_window(AvgPool2d, EXAMPLE))
class AverageAssigns(AvgPool2d):
    """dx is set with =, not +=; where windows overlap, only one of them counts."""

    def backward(self, dy):
        (shape,) = self.recall(dy)
        padded, dx = padded_zeros(self, shape, dy.dtype)
        for _, rows, columns in places(self, shape):
            padded[:, rows, columns] = dy / (self.kernel_size[0] * self.kernel_size[1])
        return dx.copy()


@mistake("avgpool-divided-by-stride", of="AvgPool2d")
class AverageDividedByStride(AvgPool2d):
    """dy is divided by the product of the strides; it should be divided by KH · KW."""

    def backward(self, dy):
        KH, KW = self.kernel_size
        return super().backward(dy) * (KH * KW) / (self.stride[0] * self.stride[1])


@mistake("globalavg-not-divided", of="GlobalAvgPool2d")
class GlobalAverageNotDivided(GlobalAvgPool2d):
    """each position receives all of dy; it should receive dy / (H · W)."""

    def backward(self, dy):
        (shape,) = self._memory
        return super().backward(dy) * (shape[1] * shape[2])


@mistake("globalavg-divided-by-batch", of="GlobalAvgPool2d")
class GlobalAverageDividedByBatch(GlobalAvgPool2d):
    """dy is divided by N · H · W; the mean is over H · W values only."""

    def backward(self, dy):
        return super().backward(dy) / len(dy)
