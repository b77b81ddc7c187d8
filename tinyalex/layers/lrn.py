"""Response normalization. Section 3.3 of the paper."""

from __future__ import annotations

from tinyalex import backend
from tinyalex.layers.base import Layer, positive


class _ResponseNorm(Layer):
    """y = x · d^−β with d = k + α' · Σ x² over a window along `axes`; α' is α or α / window."""

    axes: tuple[int, ...]

    def __init__(self, size, alpha, beta, k, divide_by_size, groups) -> None:
        super().__init__()
        self.size, self.groups = positive(size, "size"), positive(groups, "groups")
        if k <= 0:
            raise ValueError(f"{self.name}: k must be above 0, or zeros would divide by 0; got {k}")
        self.alpha, self.beta, self.k = alpha, beta, k
        self.divide_by_size = divide_by_size

    @property
    def scaled_alpha(self) -> float:
        """The factor on Σ x²."""
        return self.alpha / self.size ** len(self.axes) if self.divide_by_size else self.alpha

    def forward(self, x, training: bool = False):
        self.check_input(x)
        self.output_shape(x.shape)
        return self.remember(*backend.kernels.response_norm(x, *self._settings))

    def backward(self, dy):
        (saved,) = self.recall(dy)
        return backend.kernels.response_norm_backward(dy, saved, *self._settings)

    @property
    def _settings(self) -> tuple:
        return self.size, self.scaled_alpha, self.beta, self.k, self.axes, self.groups

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        if shape[-1] % self.groups:
            raise ValueError(
                f"{self.name}: groups must divide the channels: {shape[-1]} / {self.groups}"
            )
        return tuple(shape)


class LocalResponseNorm(_ResponseNorm):
    """y_i = x_i / (k + α · Σ_{j near i} x_j²)^β, a sum over `size` neighbouring channels.

    The window of channel i has `size` channels, starts at i − ⌊size/2⌋ and is cut off at both ends.
    x and y: (N, H, W, C). With groups, a window stays within its run of C/groups channels.

    Sources scale α differently. n is the size, 5; the last column shows what to pass here:

    | source                   | formula         | its AlexNet            | divide_by_size |
    |--------------------------|-----------------|------------------------|----------------|
    | the paper                | k + α · Σ       | k 2, α 1e-4            | False          |
    | cuda-convnet (2012 code) | k + (α / n) · Σ | k 2, α 1e-4, so 2e-5   | True           |
    | Caffe                    | k + (α / n) · Σ | k 1, α 1e-4, so 2e-5   | True           |
    | PyTorch, ONNX            | k + (α / n) · Σ | the paper's: α 5e-4    | True           |
    | TensorFlow               | k + α · Σ       | the paper's: α 1e-4, depth_radius 2 | False |

    Backward: dx_i = dy_i · d_i^−β − 2αβ · x_i · Σ_{j whose window reads i} dy_j · x_j · d_j^(−β−1).
    The second, cross-channel term is small at the paper's α; a gradient check must scale x up.
    """

    axes = (3,)

    def __init__(
        self,
        size: int = 5,
        alpha: float = 1e-4,
        beta: float = 0.75,
        k: float = 2.0,
        divide_by_size: bool = False,
        *,
        groups: int = 1,
    ) -> None:
        super().__init__(size, alpha, beta, k, divide_by_size, groups)


class WithinChannelNorm(_ResponseNorm):
    """The same over a square of size × size places within one channel.

    The 2012 code has one such layer after conv2 (`rnorm`, size 5, α .001 / 25, β .75, k 1); the
    paper does not mention it.
    """

    axes = (1, 2)

    def __init__(
        self,
        size: int = 5,
        alpha: float = 1e-3,
        beta: float = 0.75,
        k: float = 1.0,
        divide_by_size: bool = True,
    ) -> None:
        super().__init__(size, alpha, beta, k, divide_by_size, groups=1)
