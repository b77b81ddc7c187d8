"""Wrong convolutions: mistakes in dx."""

from __future__ import annotations

import numpy as np

from tinyalex import backend
from tinyalex.coursework.mistakes.conv import EXAMPLE, gradients
from tinyalex.coursework.mistakes.mistake import mistake
from tinyalex.coursework.mistakes.overlaps import keeps_one_window
from tinyalex.layers import Conv2d


@mistake("conv-dx-flipped-kernel", of="Conv2d")
class InputGradientFromFlippedKernel(Conv2d):
    """dx uses the kernel flipped vertically and horizontally."""

    def backward(self, dy):
        (x,) = self.recall(dy)
        W = self.params["W"]
        self.params["W"] = backend.xp.ascontiguousarray(W[::-1, ::-1])
        wrong_dx, _, _ = gradients(self, x, dy)
        self.params["W"] = W
        gradients(self, x, dy)
        return wrong_dx


@mistake("conv-dx-corner-lost", of="Conv2d")
class CornerPixelLost(Conv2d):
    """dx is zero at the top-left pixel."""

    def backward(self, dy):
        dx = super().backward(dy)
        dx[:, 0, 0] = 0
        return dx


class _Assigns(Conv2d):
    def backward(self, dy):
        (x,) = self.recall(dy)
        gradients(self, x, dy)
        N, H, W, C = x.shape
        (top, bottom), (left, right) = self.padding
        OH, OW = dy.shape[1:3]
        padded = backend.xp.zeros((N, H + top + bottom, W + left + right, C), dy.dtype)
        dy_matrix, weights = (
            array.reshape(-1, self.groups, array.shape[-1] // self.groups).transpose(1, 0, 2)
            for array in (dy, self.params["W"])
        )
        columns = backend.xp.matmul(dy_matrix, weights.transpose(0, 2, 1))
        columns = columns.reshape(self.groups, N, OH, OW, *self.kernel_size, C // self.groups)
        windows = columns.transpose(1, 2, 3, 4, 5, 0, 6).reshape(N, OH, OW, *self.kernel_size, C)
        self._assign(windows, padded)
        return padded[:, top : top + H, left : left + W]


@mistake("conv-dx-assigns-windows", of="Conv2d", shown_by=keeps_one_window(Conv2d, EXAMPLE))
class AssignsByWindow(_Assigns):
    """dx is set with =, not +=; where windows overlap, only one of them counts."""

    def _assign(self, windows, padded):
        (KH, KW), (SH, SW) = self.kernel_size, self.stride
        for oh, ow in np.ndindex(windows.shape[1:3]):
            rows = slice(oh * SH, oh * SH + KH)
            padded[:, rows, ow * SW : ow * SW + KW] = windows[:, oh, ow]


@mistake("conv-dx-assigns-positions", of="Conv2d")
class AssignsByPosition(_Assigns):
    """dx is set with =, not +=; of all kernel positions that read a pixel, only the last counts."""

    def _assign(self, windows, padded):
        (SH, SW), (OH, OW) = self.stride, windows.shape[1:3]
        for i, j in np.ndindex(self.kernel_size):
            rows = slice(i, i + SH * (OH - 1) + 1, SH)
            padded[:, rows, j : j + SW * (OW - 1) + 1 : SW] = windows[:, :, :, i, j]


@mistake("conv-dx-shifted", of="Conv2d")
class PaddingCutOnWrongSide(Conv2d):
    """dx keeps the padding at the top and loses its last row: everything is one row too low."""

    def backward(self, dy):
        dx = super().backward(dy)
        shifted = backend.xp.zeros_like(dx)
        shifted[:, 1:] = dx[:, :-1]
        return shifted


@mistake("conv-dx-padding-left", of="Conv2d")
class PaddingNotCut(Conv2d):
    """dx still includes the padding, so its shape differs from x's."""

    def backward(self, dy):
        dx = super().backward(dy)
        return backend.xp.pad(dx, ((0, 0), *self.padding, (0, 0)))


@mistake("conv-dx-cut-to-nothing", of="Conv2d")
class PaddingCutToMinusZero(Conv2d):
    """dx is cropped with [top:-bottom], which is empty when bottom is 0; use [top : top + H]."""

    def backward(self, dy):
        dx = super().backward(dy)
        (top, bottom), (left, right) = self.padding
        return backend.xp.pad(dx, ((0, 0), *self.padding, (0, 0)))[:, top:-bottom, left:-right]


@mistake("conv-dx-groups-swapped", of="Conv2d")
class InputGroupsSwapped(Conv2d):
    """dx has its channel groups in the wrong order."""

    def backward(self, dy):
        dx = super().backward(dy)
        N, H, W, C = dx.shape
        grouped = dx.reshape(N, H, W, self.groups, C // self.groups)
        return grouped[:, :, :, ::-1].reshape(N, H, W, C)
