"""LeNet-5's subsampling: trainable average pooling, used before max-pooling."""

from __future__ import annotations

from tinyalex import backend
from tinyalex.kernels.underflow import allow_underflow
from tinyalex.layers.initialization import initial_bias, initial_weights
from tinyalex.layers.pooling import AvgPool2d


class TrainableSubsampling(AvgPool2d):
    """y[…, c] = W[c] · (the sum of the window) + b[c]: a coefficient and a bias for each channel.

    x: (N, H, W, C). W, b: (C,). y: (N, OH, OW, C), sizes as in AvgPool2d.
    Backward: dW = Σ dy · sum, db = Σ dy, and every value of a window gets dy · W.
    """

    def __init__(
        self,
        channels: int,
        kernel_size: int | tuple[int, int] = 2,
        stride: int | tuple[int, int] = 2,
        *,
        weight_init="uniform",
        bias_init=0.0,
        rng=None,
        dtype="float32",
    ) -> None:
        super().__init__(kernel_size, stride)
        self.channels = channels
        self.area = self.kernel_size[0] * self.kernel_size[1]
        self.params = {
            "W": initial_weights((channels,), self.area, weight_init, rng, dtype),
            "b": initial_bias(channels, self.area, bias_init, rng, dtype),
        }
        self.grads = {"W": None, "b": None}

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"W": (self.channels,), "b": (self.channels,)}

    @allow_underflow
    def forward(self, x, training: bool = False):
        self.check_input(x, channels=self.channels)
        self.output_shape(x.shape)
        sums = backend.kernels.avg_pool(x, *self._window) * self.area
        return self.remember(sums * self.params["W"] + self.params["b"], sums, x.shape)

    @allow_underflow
    def backward(self, dy, input_gradient: bool = True):
        sums, shape = self.recall(dy)
        self.grads = {"W": (dy * sums).sum(axis=(0, 1, 2)), "b": dy.sum(axis=(0, 1, 2))}
        if not input_gradient:
            return None
        share = dy * self.params["W"] * self.area
        return backend.kernels.avg_pool_backward(share, shape, *self._window)

    def multiply_adds(self, shape: tuple[int, ...]) -> int:
        N, OH, OW, C = self.output_shape(shape)
        return N * OH * OW * C
