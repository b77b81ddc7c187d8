"""Pooling. Section 3.4 of the paper: windows of size 3 at stride 2 overlap."""

from __future__ import annotations

from tinyalex import backend
from tinyalex.kernels.underflow import allow_underflow
from tinyalex.kernels.windows import output_size
from tinyalex.layers.base import Layer, as_padding, as_pair


class _Pool2d(Layer):
    """The geometry of both kinds of pooling."""

    def __init__(
        self,
        kernel_size: int | tuple[int, int] = 3,
        stride: int | tuple[int, int] = 2,
        padding: int | tuple[int, ...] = 0,
    ) -> None:
        super().__init__()
        self.kernel_size = as_pair(kernel_size, "kernel_size")
        self.stride = as_pair(stride, "stride")
        self.padding = as_padding(padding)
        for axis, letter in enumerate("HW"):
            if max(self.padding[axis]) >= self.kernel_size[axis]:
                raise ValueError(
                    f"{self.name}: padding {self.padding[axis]} along {letter} must be below the "
                    f"kernel's {self.kernel_size[axis]}, or some windows hold nothing but padding"
                )

    @property
    def _window(self):
        return self.kernel_size, self.stride, self.padding

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        N, H, W, C = shape
        return (N, *output_size(self.name, (H, W), *self._window), C)


class MaxPool2d(_Pool2d):
    """y = the largest x in each KH × KW window. (N, H, W, C) → (N, OH, OW, C), sizes as in Conv2d.

    Backward sends dy to the place of the maximum, and *adds* where overlapping windows share it.
    In a tie the first value, row by row, wins. Padding counts as −∞.
    """

    def forward(self, x, training: bool = False):
        self.check_input(x)
        self.output_shape(x.shape)
        y, positions = backend.kernels.max_pool(x, *self._window)
        return self.remember(y, positions, x.shape)

    def backward(self, dy):
        positions, shape = self.recall(dy)
        return backend.kernels.max_pool_backward(dy, positions, shape, *self._window)


class AvgPool2d(_Pool2d):
    """y = the mean of each window's KH·KW values, padding zeros included.

    Backward gives each of them dy / (KH·KW). AlexNet has none; its successors do.
    """

    def forward(self, x, training: bool = False):
        self.check_input(x)
        self.output_shape(x.shape)
        return self.remember(backend.kernels.avg_pool(x, *self._window), x.shape)

    def backward(self, dy):
        (shape,) = self.recall(dy)
        return backend.kernels.avg_pool_backward(dy, shape, *self._window)


class GlobalAvgPool2d(Layer):
    """y[n, c] = the mean of channel c over all places. (N, H, W, C) → (N, C)."""

    @allow_underflow
    def forward(self, x, training: bool = False):
        self.check_input(x)
        return self.remember(x.mean(axis=(1, 2)), x.shape)

    @allow_underflow
    def backward(self, dy):
        ((N, H, W, C),) = self.recall(dy)
        share = (dy / (H * W)).reshape(N, 1, 1, C)
        return backend.xp.broadcast_to(share, (N, H, W, C)).copy()

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return (shape[0], shape[3])
