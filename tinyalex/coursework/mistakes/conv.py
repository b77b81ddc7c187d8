"""Wrong convolutions.

Each keeps the correct layer's constructor. `_gradients` computes all three correct gradients; most
mistakes then spoil one of them.
"""

from __future__ import annotations

import numpy as np

from tinyalex import backend
from tinyalex.coursework.mistakes.mistake import Example, another_form, mistake
from tinyalex.coursework.mistakes.overlaps import keeps_one_window
from tinyalex.layers import Conv2d

# Overlapping windows, strides of 2 and 1, unequal padding, a map that is not square, two groups.
EXAMPLE = Example(
    lambda rng: {
        "in_channels": 4,
        "out_channels": 4,
        "kernel_size": 3,
        "stride": (2, 1),
        "padding": (1, 0, 1, 1),
        "groups": 2,
        "dtype": "float64",
        "rng": rng,
    },
    shape=(2, 4, 3, 4),
)


def _gradients(layer, x, dy):
    """The correct dx, dW and db."""
    Conv2d.forward(layer, x)
    dx = Conv2d.backward(layer, dy)
    return dx, layer.grads["W"], layer.grads["b"]


@mistake("conv-dw-flipped-dy", of="Conv2d")
class FlippedUpstream(Conv2d):
    """dW uses dy flipped vertically and horizontally."""

    def backward(self, dy):
        (x,) = self.recall(dy)
        _, wrong_dW, _ = _gradients(self, x, dy[:, ::-1, ::-1])
        dx, _, db = _gradients(self, x, dy)
        self.grads = {"W": wrong_dW, "b": db}
        return dx


@mistake("conv-dw-channels-reversed", of="Conv2d")
class OutputChannelsReversed(Conv2d):
    """dW has its output channels in reverse order."""

    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["W"] = self.grads["W"][..., ::-1].copy()
        return dx


@mistake("conv-dw-transposed", of="Conv2d")
class WeightRowsAndColumnsSwapped(Conv2d):
    """dW has the kernel's rows and columns swapped."""

    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["W"] = self.grads["W"].transpose(1, 0, 2, 3).copy()
        return dx


@mistake("conv-dw-averaged", of="Conv2d")
class WeightGradientAveraged(Conv2d):
    """dW is divided by the batch size, but the loss has already done that."""

    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["W"] /= len(dy)
        return dx


@mistake("conv-dw-averaged-over-places", of="Conv2d")
class WeightGradientAveragedOverPlaces(Conv2d):
    """dW is the mean over the places of all pictures; they share the weights, so it is the sum."""

    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["W"] /= dy[..., 0].size
        return dx


@mistake("conv-dw-first-picture", of="Conv2d")
class WeightGradientOfFirstPicture(Conv2d):
    """dW comes from the first picture only; it must be summed over the batch."""

    def backward(self, dy):
        (x,) = self.recall(dy)
        dx, _, db = _gradients(self, x, dy)
        _, first_dW, _ = _gradients(self, x[:1], dy[:1])
        self.grads = {"W": first_dW, "b": db}
        return dx


@mistake("conv-dw-no-stride", of="Conv2d")
class WeightGradientWithoutStride(Conv2d):
    """dW ignores the stride: it reads the windows of x one pixel apart."""

    def backward(self, dy):
        (x,) = self.recall(dy)
        dx, _, db = _gradients(self, x, dy)
        stride, self.stride = self.stride, (1, 1)
        spread = backend.xp.zeros(self.output_shape(x.shape), dtype=dy.dtype)
        spread[:, : dy.shape[1], : dy.shape[2]] = dy
        _, wrong_dW, _ = _gradients(self, x, spread)
        self.stride = stride
        self.grads = {"W": wrong_dW, "b": db}
        return dx


@mistake("conv-dw-no-padding", of="Conv2d")
class WeightGradientWithoutPadding(Conv2d):
    """dW ignores the padding at the top: it reads the windows of x one row too low."""

    def backward(self, dy):
        (x,) = self.recall(dy)
        dx, _, db = _gradients(self, x, dy)
        shifted = backend.xp.zeros_like(x)
        shifted[:, :-1] = x[:, 1:]
        _, wrong_dW, _ = _gradients(self, shifted, dy)
        self.grads = {"W": wrong_dW, "b": db}
        return dx


@mistake("conv-db-averaged", of="Conv2d")
class BiasGradientAveraged(Conv2d):
    """db is the mean of dy; it should be the sum."""

    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["b"] = self._mean(dy)
        return dx

    def _mean(self, dy):
        return dy.mean(axis=(0, 1, 2))


@another_form(of=BiasGradientAveraged)
class BiasGradientAveragedOverPictures(BiasGradientAveraged):
    def _mean(self, dy):
        return dy.sum(axis=(1, 2)).mean(axis=0)


@another_form(of=BiasGradientAveraged)
class BiasGradientAveragedOverPlaces(BiasGradientAveraged):
    def _mean(self, dy):
        return dy.mean(axis=(1, 2)).sum(axis=0)


@mistake("conv-db-missing", of="Conv2d")
class BiasGradientMissing(Conv2d):
    """db stays zero."""

    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["b"] = backend.xp.zeros_like(self.params["b"])
        return dx


@mistake("conv-bias-not-added", of="Conv2d")
class BiasNotAdded(Conv2d):
    """forward forgets to add b."""

    def forward(self, x, training: bool = False):
        return super().forward(x, training) - self.params["b"]


@mistake("conv-dx-flipped-kernel", of="Conv2d")
class InputGradientFromFlippedKernel(Conv2d):
    """dx uses the kernel flipped vertically and horizontally."""

    def backward(self, dy):
        (x,) = self.recall(dy)
        W = self.params["W"]
        self.params["W"] = backend.xp.ascontiguousarray(W[::-1, ::-1])
        wrong_dx, _, _ = _gradients(self, x, dy)
        self.params["W"] = W
        _gradients(self, x, dy)
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
        _gradients(self, x, dy)
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


@mistake("conv-dw-groups-swapped", of="Conv2d")
class WeightGroupsSwapped(Conv2d):
    """dW has its groups in the wrong order: each group gets the other's gradient."""

    def backward(self, dy):
        dx = super().backward(dy)
        dW = self.grads["W"]
        grouped = dW.reshape(*dW.shape[:3], self.groups, -1)
        self.grads["W"] = grouped[:, :, :, ::-1].reshape(dW.shape)
        return dx


@mistake("conv-accumulates", of="Conv2d")
class GradientsAccumulate(Conv2d):
    """backward adds to the gradients of the previous call, as in PyTorch; it should overwrite
    them."""

    keys = ("W", "b")

    def backward(self, dy):
        before = self.grads
        dx = super().backward(dy)
        for key in self.keys:
            if before[key] is not None:
                self.grads[key] = self.grads[key] + before[key]
        return dx


@another_form(of=GradientsAccumulate)
class WeightGradientAccumulates(GradientsAccumulate):
    keys = ("W",)


@another_form(of=GradientsAccumulate)
class BiasGradientAccumulates(GradientsAccumulate):
    keys = ("b",)


@mistake("conv-changes-dy", of="Conv2d")
class UpstreamChanged(Conv2d):
    """backward divides dy by the batch size in place, but dy belongs to the caller."""

    def backward(self, dy):
        dy /= len(dy)
        return super().backward(dy)


@mistake("conv-float32", of="Conv2d")
class Float32Leaks(Conv2d):
    """dx is always float32: an array was created without dtype=x.dtype."""

    def backward(self, dy):
        return super().backward(dy).astype("float32")
