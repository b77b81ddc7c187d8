"""Wrong dx of a convolution; other wrong backwards: mistakes/conv.py and conv_input.py."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.mistakes.mistake import mistake
from tinyalex.kernels.reference import col2im, im2col
from tinyalex.layers import Conv2d

NO_PADDING = ((0, 0), (0, 0))


@mistake("conv-dx-no-stride", of="Conv2d")
class InputGradientWithoutStride(Conv2d):
    """dx ignores the stride: it places the windows one pixel apart."""

    def backward(self, dy):
        (x,) = self.recall(dy)
        self.remember(dy, x)
        super().backward(dy)  # for dW and db
        N, H, W, C = x.shape
        (top, _), (left, _) = self.padding
        (KH, KW), (_, OH, OW, _) = self.kernel_size, dy.shape
        reached = (N, OH + KH - 1, OW + KW - 1, C)
        padded = np.pad(np.zeros_like(x), ((0, 0), *self.padding, (0, 0)))
        sent = col2im(sent_back(self, dy), reached, self.kernel_size, (1, 1), NO_PADDING)
        padded[:, : OH + KH - 1, : OW + KW - 1] = sent
        return padded[:, top : top + H, left : left + W]


@mistake("conv-dx-copies-of-x", of="Conv2d")
class CopiesOfX(Conv2d):
    """dx is col2im of x's own columns: x times the number of windows; scatter dy · Wᵀ instead."""

    def backward(self, dy):
        (x,) = self.recall(dy)
        self.remember(dy, x)
        super().backward(dy)
        geometry = self.kernel_size, self.stride, self.padding
        return col2im(im2col(x, *geometry, self.groups), x.shape, *geometry)


def sent_back(layer: Conv2d, dy: np.ndarray) -> np.ndarray:
    """dy · Wᵀ of each group: (groups, N·OH·OW, KH·KW·C/groups)."""
    dy, W = (
        array.reshape(-1, layer.groups, array.shape[-1] // layer.groups).transpose(1, 0, 2)
        for array in (dy, layer.params["W"])
    )
    return dy @ W.transpose(0, 2, 1)
