"""Wrong versions of im2col and of a convolution's forward pass."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.mistakes.mistake import mistake
from tinyalex.kernels.reference import im2col
from tinyalex.kernels.windows import window_counts
from tinyalex.layers import Conv2d


def _parts(columns, x, kernel, stride, padding):
    """The columns with all their axes: (groups, N, OH, OW, KH, KW, C/groups)."""
    counts = window_counts(x.shape[1:3], kernel, stride, padding)
    return columns.reshape(len(columns), len(x), *counts, *kernel, -1)


@mistake("im2col-channels-first", of="im2col")
def channels_first(x, kernel, stride, padding, groups=1):
    """a row lists the window channel by channel, (C, KH, KW); it should be (KH, KW, C)."""
    right = im2col(x, kernel, stride, padding, groups)
    parts = _parts(right, x, kernel, stride, padding)
    return parts.transpose(0, 1, 2, 3, 6, 4, 5).reshape(right.shape)


@mistake("im2col-pictures-last", of="im2col")
def pictures_last(x, kernel, stride, padding, groups=1):
    """the pictures vary fastest along the rows, (OH, OW, N); the order should be (N, OH, OW)."""
    right = im2col(x, kernel, stride, padding, groups)
    parts = _parts(right, x, kernel, stride, padding)
    return parts.transpose(0, 2, 3, 1, 4, 5, 6).reshape(right.shape)


@mistake("im2col-window-transposed", of="im2col")
def window_transposed(x, kernel, stride, padding, groups=1):
    """a row lists its window column by column, at j·KH + i; row by row it is i·KW + j."""
    right = im2col(x, kernel, stride, padding, groups)
    parts = _parts(right, x, kernel, stride, padding)
    return parts.transpose(0, 1, 2, 3, 5, 4, 6).reshape(right.shape)


@mistake("im2col-padding-side", of="im2col")
def padding_on_the_other_side(x, kernel, stride, padding, groups=1):
    """the padding is swapped: top with bottom, and left with right."""
    return im2col(x, kernel, stride, tuple(pair[::-1] for pair in padding), groups)


@mistake("im2col-no-stride", of="im2col")
def one_pixel_apart(x, kernel, stride, padding, groups=1):
    """the windows are one pixel apart: the stride affects only how many there are."""
    OH, OW = window_counts(x.shape[1:3], kernel, stride, padding)
    padded = np.pad(x, ((0, 0), *padding, (0, 0)))
    read = padded[:, : OH + kernel[0] - 1, : OW + kernel[1] - 1]
    return im2col(read, kernel, (1, 1), ((0, 0), (0, 0)), groups)


@mistake("im2col-groups-alternate", of="im2col")
def every_other_channel(x, kernel, stride, padding, groups=1):
    """group g takes channels g, g + groups, …; it should take C/groups neighbouring ones."""
    C = x.shape[-1]
    order = np.arange(C).reshape(C // groups, groups).T.ravel()
    return im2col(x[..., order], kernel, stride, padding, groups)


@mistake("im2col-groups-cut-window", of="im2col")
def groups_cut_the_window(x, kernel, stride, padding, groups=1):
    """each group gets part of the window with all channels; it should get the whole window with its
    own channels."""
    whole = im2col(x, kernel, stride, padding)[0]
    return whole.reshape(len(whole), groups, -1).transpose(1, 0, 2)


@mistake("im2col-float64", of="im2col")
def always_float64(x, kernel, stride, padding, groups=1):
    """the result is always float64: an array was created without dtype=x.dtype."""
    return im2col(x, kernel, stride, padding, groups).astype(np.float64)


@mistake("conv-kernel-flipped", of="Conv2d")
class KernelFlipped(Conv2d):
    """forward flips the kernel, which is convolution in the mathematical sense; do not flip it."""

    def forward(self, x, training: bool = False):
        return _with_weights(self, self.params["W"][::-1, ::-1], x)


@mistake("conv-kernel-transposed", of="Conv2d")
class KernelTransposed(Conv2d):
    """forward swaps the kernel's rows and columns."""

    def forward(self, x, training: bool = False):
        W = self.params["W"]
        return _with_weights(self, W.transpose(1, 0, 2, 3).reshape(W.shape), x)


@mistake("conv-weights-channels-first", of="Conv2d")
class WeightsChannelsFirst(Conv2d):
    """W is flattened as (C, KH, KW) but the windows as (KH, KW, C), so the wrong numbers are
    multiplied."""

    def forward(self, x, training: bool = False):
        W = self.params["W"]
        return _with_weights(self, W.transpose(2, 0, 1, 3).reshape(W.shape), x)


@mistake("conv-weights-reshaped-alone", of="Conv2d")
class WeightsReshapedAlone(Conv2d):
    """W is split into groups by a reshape alone, which mixes the groups' kernels: reshape to
    (rows, groups, K/groups), then move the group axis to the front."""

    def forward(self, x, training: bool = False):
        W = self.params["W"]
        parts = W.reshape(self.groups, *W.shape[:3], -1)
        return _with_weights(self, np.moveaxis(parts, 0, 3).reshape(W.shape), x)


@mistake("conv-outputs-reshaped-alone", of="Conv2d")
class OutputsReshapedAlone(Conv2d):
    """y is reshaped from (groups, rows, K/groups) to (N, OH, OW, K) directly: move the group axis
    after the rows first."""

    def forward(self, x, training: bool = False):
        y, b = super().forward(x), self.params["b"]
        parts = (y - b).reshape(*y.shape[:3], self.groups, -1)
        return self.remember(np.moveaxis(parts, 3, 0).reshape(y.shape) + b, x)


@mistake("conv-first-group-only", of="Conv2d")
class AllReadTheFirstGroup(Conv2d):
    """every group reads the channels of the first group."""

    def forward(self, x, training: bool = False):
        first = x[..., : x.shape[-1] // self.groups]
        y = super().forward(np.concatenate([first] * self.groups, axis=-1))
        return self.remember(y, x)


@mistake("conv-groups-swapped", of="Conv2d")
class GroupsSwapped(Conv2d):
    """the groups' outputs are in the wrong order."""

    def forward(self, x, training: bool = False):
        y, b = super().forward(x), self.params["b"]
        grouped = (y - b).reshape(*y.shape[:3], self.groups, -1)
        return self.remember(grouped[:, :, :, ::-1].reshape(y.shape) + b, x)


@mistake("conv-outputs-interleaved", of="Conv2d")
class OutputsInterleaved(Conv2d):
    """the groups' outputs alternate; all of the first group's should come first."""

    def forward(self, x, training: bool = False):
        y, b = super().forward(x), self.params["b"]
        grouped = (y - b).reshape(*y.shape[:3], self.groups, -1)
        return self.remember(grouped.swapaxes(3, 4).reshape(y.shape) + b, x)


@mistake("conv-padding-side", of="Conv2d")
class PaddingOnTheOtherSide(Conv2d):
    """forward swaps the padding: top with bottom, and left with right."""

    def forward(self, x, training: bool = False):
        right = self.padding
        self.padding = tuple(pair[::-1] for pair in right)
        y = super().forward(x)
        self.padding = right
        return self.remember(y, x)


@mistake("conv-strides-exchanged", of="Conv2d")
class StridesExchanged(Conv2d):
    """the row stride is used for the columns, and the column stride for the rows."""

    def forward(self, x, training: bool = False):
        right = self.stride
        self.stride = right[::-1]
        y = super().forward(x)
        self.stride = right
        return self.remember(y, x)


@mistake("conv-nothing-remembered", of="Conv2d")
class NothingRemembered(Conv2d):
    """forward does not call self.remember(y, x), so backward has no x to work with."""

    def forward(self, x, training: bool = False):
        y = super().forward(x)
        self._memory = None
        return y


def _with_weights(layer, W, x):
    """The correct forward with other weights, in contiguous memory."""
    right = layer.params["W"]
    layer.params["W"] = np.ascontiguousarray(W)
    y = Conv2d.forward(layer, x)
    layer.params["W"] = right
    return y
